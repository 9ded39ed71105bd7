//! Keywords and modules, and where they stand.

use super::{complaints, tasks};

#[test]
fn an_unknown_module_is_refused() {
    assert_eq!(
        tasks(
            "    - name: Packages
      atp:
        name: frr
"
        ),
        "error[playbook::unknown-module]: there is no module `atp`
 --> DIR/site.yml:4:7
  |
4 |       atp:
  |       ^^^ not known
  |
  = help: did you mean `apt`?
"
    );
}

#[test]
fn a_module_without_its_collection_is_refused() {
    assert_eq!(
        tasks(
            "    - ansible.builtin.sysctl:
        name: a
"
        ),
        "error[playbook::unknown-module]: there is no module `ansible.builtin.sysctl`
 --> DIR/site.yml:3:7
  |
3 |     - ansible.builtin.sysctl:
  |       ^^^^^^^^^^^^^^^^^^^^^^ not known
  |
  = help: did you mean `ansible.posix.sysctl`?
"
    );
}

#[test]
fn an_unknown_keyword_of_a_task_is_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      becom: true
"
        ),
        "error[playbook::unknown-keyword]: a task has no keyword `becom`
 --> DIR/site.yml:4:7
  |
4 |       becom: true
  |       ^^^^^ not known
  |
  = help: did you mean `become`?
"
    );
}

#[test]
fn an_unknown_keyword_of_a_play_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- hosts: nodes
  task: []
"
        )]),
        "error[playbook::unknown-keyword]: a play has no keyword `task`
 --> DIR/site.yml:2:3
  |
2 |   task: []
  |   ^^^^ not known
  |
  = help: did you mean `tasks`?
"
    );
}

#[test]
fn a_keyword_that_is_not_supported_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- hosts: nodes
  serial: 1
  tasks: []
"
        )]),
        "error[playbook::unsupported]: keyword `serial` is not supported
 --> DIR/site.yml:2:3
  |
2 |   serial: 1
  |   ^^^^^^ used here
  |
  = help: it is planned; without it the playbook would mean something else
"
    );
}

#[test]
fn a_keyword_of_a_task_that_is_not_supported_is_refused() {
    assert_eq!(
        tasks(
            "    - command: sleep 60
      async: 60
"
        ),
        "error[playbook::unsupported]: keyword `async` is not supported
 --> DIR/site.yml:4:7
  |
4 |       async: 60
  |       ^^^^^ used here
  |
  = help: it is planned; without it the playbook would mean something else
"
    );
}

#[test]
fn a_wrong_type_is_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      become: perhaps
"
        ),
        "error[playbook::type]: `become` must be `true` or `false`, not text
 --> DIR/site.yml:4:15
  |
4 |       become: perhaps
  |               ^^^^^^^ expected `true` or `false`
"
    );
}

#[test]
fn a_play_without_hosts_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- name: nobody
  tasks: []
"
        )]),
        "error[playbook::hosts]: a play without hosts
 --> DIR/site.yml:1:3
  |
1 | - name: nobody
  |   ^^^^ the key `hosts` is missing
"
    );
}

#[test]
fn two_modules_are_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      command: ls
"
        ),
        "error[playbook::modules]: a task does one thing
 --> DIR/site.yml:4:7
  |
3 |     - debug: msg=x
  |       ----- the first module
4 |       command: ls
  |       ^^^^^^^ the second module
"
    );
}

#[test]
fn a_task_without_a_module_is_refused() {
    assert_eq!(
        tasks(
            "    - name: Nothing to do
      when: true
"
        ),
        "error[playbook::no-module]: a task without a module
 --> DIR/site.yml:3:7
  |
3 |     - name: Nothing to do
  |       ^^^^^^^^^^^^^^^^^^^ nothing says what to do
"
    );
}

#[test]
fn many_faults_are_told_at_once() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- hosts: nodes
  strategi: free
  roles: [nosuch]
  tasks:
    - nosuchmodule:
    - debug: {mgs: x}
"
        )]),
        "error[playbook::unknown-keyword]: a play has no keyword `strategi`
 --> DIR/site.yml:2:3
  |
2 |   strategi: free
  |   ^^^^^^^^ not known
  |
  = help: did you mean `strategy`?

error[playbook::role]: there is no role `nosuch`
 --> DIR/site.yml:3:11
  |
3 |   roles: [nosuch]
  |           ^^^^^^ named here
  |
  = note: searched in `DIR/roles`, `DIR`

error[playbook::unknown-module]: there is no module `nosuchmodule`
 --> DIR/site.yml:5:7
  |
5 |     - nosuchmodule:
  |       ^^^^^^^^^^^^ not known
  |
  = help: there are apt, apt_repository, assert, authorized_key, command, copy, debug, fail, file, lineinfile, package, ping, set_fact, setup, shell, slurp, stat, sysctl, systemd, template, user, wait_for

error[playbook::arguments]: module `debug` has no option `mgs`
 --> DIR/site.yml:6:15
  |
6 |     - debug: {mgs: x}
  |               ^^^ not known
  |
  = help: did you mean `msg`?
"
    );
}

#[test]
fn a_fatal_error_where_nobody_waits_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- hosts: nodes
  strategy: free
  any_errors_fatal: true
  tasks: []
"
        )]),
        "error[playbook::strategy]: `any_errors_fatal` has no meaning with the strategy `free`
 --> DIR/site.yml:3:21
  |
2 |   strategy: free
  |             ---- no host waits for another
3 |   any_errors_fatal: true
  |                     ^^^^ used here
"
    );
}
