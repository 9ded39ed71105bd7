//! `edgewright playbook`: exit codes are those of `ansible-playbook` (ansible-core 2.19).
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use edgewright::cli::Exit;
use serde_json::Value;

use crate::builder::Cli;

fn playbook(text: &str) -> Cli {
    Cli::new()
        .file("site.yml", text)
        .file("hosts", "here ansible_connection=local\n")
        .args(["playbook", "-i", "hosts", "site.yml"])
}

#[test]
fn a_playbook_that_is_not_there_ends_with_1() {
    Cli::new()
        .args(["playbook", "-i", "a,", "site.yml"])
        .stderr(
            "
            error[playbook::missing]: there is no playbook `site.yml`
             |
             = help: look at the path; it counts from the directory you are in
            ",
        )
        .fails_with(Exit::PlaybookMissing);
}

#[test]
fn a_limit_that_leaves_no_host_ends_with_1() {
    playbook("- hosts: all\n")
        .args(["--limit", "there"])
        .stderr(
            "
            error[playbook::limit]: `--limit there` leaves no host
             |
             = help: `edgewright inventory -i INVENTORY --graph` shows which hosts and groups there are
            ",
        )
        .fails_with(Exit::PlaybookMissing);
}

#[test]
fn forks_are_at_least_one() {
    playbook("- hosts: all\n")
        .args(["--forks", "0"])
        .stderr(
            "
            error: invalid value '0' for '--forks <NUMBER>': 0 is not in 1..=65535

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn changed_tasks_and_what_debug_says_are_told_and_the_recap_is_ansibles() {
    playbook(
        "- name: Words
  hosts: all
  gather_facts: false
  tasks:
    - name: Write
      copy: {content: \"one\\ntwo\\n\", dest: \"{{ to }}\"}
    - name: Look
      stat: {path: \"{{ to }}\"}
      register: found
    - name: Say
      debug: {msg: \"{{ found.stat.size }} bytes\"}
",
    )
    .args(["-e", "to={{ playbook_dir }}/words"])
    .times_vary()
    .stdout(
        "
            PLAY Words: here
            [TIME]  here  changed  Write
            [TIME]  here  ok       Say
                        8 bytes

            PLAY RECAP
            here  ok=3  changed=1  unreachable=0  failed=0  skipped=0  rescued=0  ignored=0
            took [TIME]
            ",
    )
    .succeeds();
}

#[test]
fn a_failed_task_is_told_with_its_place_and_outputs_and_ends_with_2() {
    playbook(
        "- hosts: all
  gather_facts: false
  tasks:
    - shell: echo out; echo err >&2; exit 3
",
    )
    .times_vary()
    .stdout(
        "
            PLAY all: here
            [TIME]  here  FAILED   shell
                        at site.yml:4:7, module `shell`
                        msg: non-zero return code
                        rc: 3
                        stderr: err
                        stdout: out

            PLAY RECAP
            here  ok=0  changed=0  unreachable=0  failed=1  skipped=0  rescued=0  ignored=0
            took [TIME]
            ",
    )
    .fails_with(Exit::HostsFailed);
}

#[test]
fn a_host_that_cannot_be_reached_ends_with_4() {
    playbook("- hosts: all\n  gather_facts: false\n  tasks: [ping: {}]\n")
        .file("hosts", "there ansible_host=127.0.0.1 ansible_port=1 ansible_user=root\n")
        .times_vary()
        .stdout(
            "
            PLAY all: there
            [TIME]  there  UNREACHABLE  ping
                        msg: cannot connect to `there` at 127.0.0.1:1: Connection refused (os error 111); the host is up and nobody listens there: check the port, and that sshd runs

            PLAY RECAP
            there  ok=0  changed=0  unreachable=1  failed=0  skipped=0  rescued=0  ignored=0
            took [TIME]
            ",
        )
        .fails_with(Exit::HostsUnreachable);
}

#[test]
fn a_pattern_that_matches_no_host_ends_with_0() {
    playbook("- hosts: nowhere\n  tasks: [ping: {}]\n")
        .times_vary()
        .stdout(
            "
            PLAY nowhere: no hosts matched

            PLAY RECAP
            took [TIME]
            ",
        )
        .stderr("warning: no host or group is called `nowhere` (site.yml:1:10)")
        .succeeds();
}

#[test]
fn what_is_wrong_with_a_playbook_ends_with_4_before_any_host_is_touched() {
    let directory = playbook(
        "- hosts: all
  gather_facts: false
  tasks:
    - command: touch touched
    - pign: {}
    - stat: {paht: /}
",
    )
    .stderr(
        "
        error[playbook::unknown-module]: there is no module `pign`
         --> site.yml:5:7
          |
        5 |     - pign: {}
          |       ^^^^ not known
          |
          = help: did you mean `ping`?

        error[playbook::arguments]: module `stat` has no option `paht`
         --> site.yml:6:14
          |
        6 |     - stat: {paht: /}
          |              ^^^^ not known
          |
          = help: did you mean `path`?

        error[playbook::arguments]: module `stat` needs the option `path`
         --> site.yml:6:7
          |
        6 |     - stat: {paht: /}
          |       ^^^^ in this task
        ",
    )
    .fails_with(Exit::PlaybookErrors);
    assert!(!directory.path().join("touched").exists());
}

#[test]
fn a_syntax_check_runs_nothing() {
    playbook("- hosts: all\n  gather_facts: false\n  tasks: [command: 'false']\n")
        .args(["--syntax-check"])
        .stderr("everything was read and nothing is wrong with it")
        .succeeds();
}

#[test]
fn check_and_diff_show_what_would_change_and_change_nothing() {
    let directory = playbook(
        "- hosts: all
  gather_facts: false
  tasks:
    - lineinfile: {path: conf, line: b=3, regexp: ^b=}
",
    )
    .file("conf", "a=1\nb=2\n")
    .args(["--check", "--diff"])
    .times_vary()
    .stdout(
        "
            PLAY all: here
            [TIME]  here  changed  lineinfile
                        --- before: conf (content)
                        +++ after: conf (content)
                        @@ -1,2 +1,2 @@
                         a=1
                        -b=2
                        +b=3

            PLAY RECAP
            here  ok=1  changed=1  unreachable=0  failed=0  skipped=0  rescued=0  ignored=0
            took [TIME]
            ",
    )
    .succeeds();
    let conf = fs_err::read_to_string(directory.path().join("conf")).unwrap();
    assert_eq!(conf, "a=1\nb=2\n");
}

#[test]
fn tags_choose_tasks() {
    playbook(
        "- hosts: all
  gather_facts: false
  tasks:
    - debug: {msg: one}
      tags: [a]
    - debug: {msg: two}
      tags: [b]
",
    )
    .args(["--skip-tags", "b"])
    .times_vary()
    .stdout(
        "
            PLAY all: here
            [TIME]  here  ok       debug
                        one

            PLAY RECAP
            here  ok=1  changed=0  unreachable=0  failed=0  skipped=0  rescued=0  ignored=0
            took [TIME]
            ",
    )
    .succeeds();
}

#[test]
fn programs_get_every_event_and_the_summary_last() {
    let ran =
        playbook("- hosts: all\n  gather_facts: false\n  tasks: [command: 'true', ping: {}]\n")
            .args(["-o", "json"])
            .run();
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let events: Vec<&str> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "play",
            "task",
            "connected",
            "result",
            "task",
            "result",
            "recap",
            "summary"
        ]
    );
    let summary = lines.last().unwrap();
    assert_eq!(
        (
            &summary["changed"],
            &summary["unchanged"],
            &summary["failed"],
            &summary["exit"]
        ),
        (&1.into(), &1.into(), &0.into(), &0.into())
    );
}

#[test]
fn interrupted_it_ends_at_once_with_130() {
    let cli = playbook("- hosts: all\n  gather_facts: false\n  tasks: [command: sleep 60]\n")
        .args(["-o", "json"]);
    let mut child = cli.command().stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"event\":\"task\"")));
    let started = Instant::now();
    let killed = Command::new("sh")
        .args(["-c", &format!("kill -TERM {}", child.id())])
        .status();
    assert!(killed.unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(
        child.wait().unwrap().code(),
        Some(i32::from(Exit::Interrupted.code()))
    );
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    assert!(
        rest.iter()
            .any(|line| line.contains("\"event\":\"interrupted\"")),
        "{rest:?}"
    );
    assert!(rest.last().unwrap().contains("\"exit\":130"), "{rest:?}");
}
