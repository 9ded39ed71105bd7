//! Files and roles that are not there, and what is no playbook.

use super::{complaints, tasks};

#[test]
fn a_role_that_is_not_there_is_refused() {
    assert_eq!(
        complaints(&[
            (
                "site.yml",
                "- hosts: nodes
  roles:
    - frrr
"
            ),
            (
                "roles/frr/tasks/main.yml",
                "[]
"
            )
        ]),
        "error[playbook::role]: there is no role `frrr`
 --> DIR/site.yml:3:7
  |
3 |     - frrr
  |       ^^^^ named here
  |
  = help: did you mean `frr`?
  = note: searched in `DIR/roles`, `DIR`
"
    );
}

#[test]
fn tasks_that_are_no_list_are_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- hosts: nodes
  tasks:
    debug: msg=x
"
        )]),
        "error[playbook::type]: `tasks` must be a list of tasks, not a mapping
 --> DIR/site.yml:3:5
  |
3 |     debug: msg=x
  |     ^^^^^^^^^^^^ expected `- name: …`
"
    );
}

#[test]
fn a_playbook_that_is_no_list_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "hosts: nodes
"
        )]),
        "error[playbook::type]: a playbook must be a list of plays, not a mapping
 --> DIR/site.yml:1:1
  |
1 | hosts: nodes
  | ^^^^^^^^^^^^ expected `- hosts: …`
"
    );
}

#[test]
fn a_playbook_that_is_not_there_is_refused() {
    assert_eq!(
        complaints(&[("other.yml", "[]")]),
        "error[playbook::unreadable]: cannot read `DIR/site.yml`: no such file
 |
 = help: check the path and the permissions of the file
"
    );
}

#[test]
fn an_empty_playbook_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml", "---
"
        )]),
        "error[playbook::empty]: the playbook `DIR/site.yml` is empty
 |
 = help: a playbook is a list of plays: `- hosts: all`
"
    );
}

#[test]
fn a_file_of_tasks_that_is_not_there_is_refused() {
    assert_eq!(
        tasks(
            "    - import_tasks: more.yml
"
        ),
        "error[playbook::file]: there is no file `more.yml`
 --> DIR/site.yml:3:21
  |
3 |     - import_tasks: more.yml
  |                     ^^^^^^^^ named here
  |
  = note: searched in `DIR`
"
    );
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    assert_eq!(
        tasks(
            "    - copy: {src: motd, dest: /etc/motd}
"
        ),
        "error[playbook::file]: there is no file `motd`
 --> DIR/site.yml:3:14
  |
3 |     - copy: {src: motd, dest: /etc/motd}
  |              ^^^ named here
  |
  = note: searched in `DIR/files`, `DIR`
"
    );
}

#[test]
fn a_file_of_variables_that_is_not_there_is_refused() {
    assert_eq!(
        complaints(&[(
            "site.yml",
            "- hosts: nodes
  vars_files: [secrets.yml]
  tasks: []
"
        )]),
        "error[playbook::file]: there is no file `secrets.yml`
 --> DIR/site.yml:2:16
  |
2 |   vars_files: [secrets.yml]
  |                ^^^^^^^^^^^ named here
  |
  = note: searched in `DIR/vars`, `DIR`
"
    );
}

#[test]
fn a_handler_that_is_not_there_is_refused() {
    assert_eq!(
        tasks(
            "    - command: ls
      notify: Restart frr
  handlers:
    - name: Restart FRR
      command: ls
"
        ),
        "error[playbook::handler]: there is no handler `Restart frr`
 --> DIR/site.yml:4:15
  |
4 |       notify: Restart frr
  |               ^^^^^^^^^^^ notified here
  |
  = help: did you mean `Restart FRR`?
"
    );
}

#[test]
fn a_duplicate_key_is_refused() {
    assert_eq!(
        tasks(
            "    - debug: msg=x
      when: true
      when: false
"
        ),
        "error[yaml::duplicate-key]: the key `when` is written twice
 --> DIR/site.yml:5:7
  |
4 |       when: true
  |       ---- first written here
5 |       when: false
  |       ^^^^ again here
  |
  = help: keep one of them
"
    );
}

#[test]
fn a_tab_is_refused() {
    assert_eq!(
        tasks("    - debug:\n\t\tmsg: x\n"),
        "error[yaml::tab]: a tab cannot indent YAML
 --> DIR/site.yml:4:1
  |
4 |         msg: x
  | ^^^^ this is a tab
  |
  = help: indent with spaces, two for each level
"
    );
}

#[test]
fn a_role_that_needs_itself_is_refused() {
    assert_eq!(
        complaints(&[
            (
                "site.yml",
                "- hosts: nodes
  roles: [a]
"
            ),
            (
                "roles/a/meta/main.yml",
                "dependencies: [b]
"
            ),
            (
                "roles/b/meta/main.yml",
                "dependencies: [a]
"
            )
        ]),
        "error[playbook::role]: role `a` needs itself
 --> DIR/roles/b/meta/main.yml:1:16
  |
1 | dependencies: [a]
  |                ^ leads back to it
"
    );
}
