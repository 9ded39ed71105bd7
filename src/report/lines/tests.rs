//! Tests of the lines, with the times they are told to have come at.
use std::sync::Arc;

use edgewright_yaml::Diagnostic;
use serde_json::json;

use super::*;
use crate::cluster::verify::Check;

fn lines() -> Lines {
    Lines::new(Ink::PLAIN, Ink::PLAIN, 0, Steps::Told)
}

fn tell(lines: &mut Lines, events: &[(f64, Event)]) -> String {
    events
        .iter()
        .map(|(at, event)| lines.cluster(Duration::from_secs_f64(*at), event).out)
        .collect()
}

fn step(host: &str, step: Step) -> Event {
    Event::Step {
        host: Some(host.to_owned()),
        step,
    }
}

fn task(name: &str, action: &str) -> Arc<TaskInfo> {
    Arc::new(TaskInfo {
        name: name.to_owned(),
        action: action.to_owned(),
        role: None,
        place: "site.yml:4:5".to_owned(),
        handler: false,
    })
}

fn result(name: &str, action: &str, status: Status, result: &Value) -> playbook::Event {
    playbook::Event::Result {
        host: "web1".to_owned(),
        task: task(name, action),
        status,
        result: result.as_object().cloned().unwrap_or_default(),
        elapsed: Duration::ZERO,
    }
}

fn told(event: &playbook::Event) -> String {
    lines().playbook(Duration::from_millis(1500), event).out
}

#[test]
fn an_apply_is_told_with_a_line_for_every_step_and_object() {
    let instance = Change::new(Verb::Create, Side::Vultr, "instance", "edge-0").detail("ams");
    let events = [
        (0.0, Event::Hosts(vec!["edge-0".to_owned()])),
        (
            0.0,
            Event::Step {
                host: None,
                step: Step::Observing,
            },
        ),
        (1.0, step("edge-0", Step::Ordering)),
        (1.5, Event::Changed(instance)),
        (
            2.0,
            step("edge-0", Step::WaitingForSsh("refused".to_owned())),
        ),
        (
            3.0,
            step("edge-0", Step::WaitingForSsh("no route".to_owned())),
        ),
        (4.0, step("edge-0", Step::Configuring)),
        (30.0, step("edge-0", Step::Done)),
        (
            30.0,
            Event::HostDone {
                host: "edge-0".to_owned(),
                well: true,
                elapsed: Duration::from_secs(29),
            },
        ),
    ];
    assert_eq!(
        tell(&mut lines(), &events),
        "    0.0s  cluster     looking at what is there
    1.0s  edge-0      ordering the instance
    1.5s  Vultr       + instance edge-0: ams
    2.0s  edge-0      waiting for SSH (refused)
    4.0s  edge-0      configuring
   30.0s  edge-0      done in 29 s
"
    );
}

#[test]
fn steps_are_not_told_where_moving_lines_show_them() {
    let mut lines = Lines::new(Ink::PLAIN, Ink::PLAIN, 0, Steps::Shown);
    assert_eq!(
        tell(&mut lines, &[(1.0, step("edge-0", Step::Ordering))]),
        ""
    );
}

#[test]
fn failures_go_to_standard_error_with_all_they_know() {
    let found = Diagnostic::error("vultr::quota", "no more instances").help("raise the limit");
    let said = lines().cluster(Duration::ZERO, &Event::Failed(found));
    assert_eq!(said.out, "");
    assert_eq!(
        said.err,
        "error[vultr::quota]: no more instances\n |\n = help: raise the limit\n"
    );
}

#[test]
fn only_failed_checks_are_told_unless_more_is_asked_for() {
    let check = |passed| {
        Event::Checked(Check {
            name: "bgp",
            host: "edge-0".to_owned(),
            peer: Some("edge-1".to_owned()),
            passed,
            seen: "Active".to_owned(),
            help: None,
        })
    };
    let events = [(2.0, check(true)), (2.0, check(false))];
    assert_eq!(
        tell(&mut lines(), &events),
        "    2.0s  edge-0  FAILED  bgp to edge-1: Active\n"
    );
}

#[test]
fn a_failed_task_is_told_with_its_place_message_and_outputs() {
    let event = result(
        "Restart it",
        "command",
        Status::Failed,
        &json!({"msg": "non-zero return code", "rc": 3, "stderr": "no\nway\n", "stdout": "", "failed": true}),
    );
    assert_eq!(
        told(&event),
        "    1.5s  web1  FAILED   Restart it
            at site.yml:4:5, module `command`
            msg: non-zero return code
            rc: 3
            stderr:
                no
                way
"
    );
}

#[test]
fn what_is_ok_is_told_only_when_it_was_asked_to_speak() {
    let quiet = result("Look", "stat", Status::Ok, &json!({"changed": false}));
    assert_eq!(told(&quiet), "");
    let debug = result(
        "Say",
        "debug",
        Status::Ok,
        &json!({"msg": "hello", "changed": false}),
    );
    assert_eq!(
        told(&debug),
        "    1.5s  web1  ok       Say\n            hello\n"
    );
}

#[test]
fn a_difference_is_shown_in_unified_form() {
    let event = result(
        "Write",
        "copy",
        Status::Changed,
        &json!({"diff": {"before": "a\nb\n", "after": "a\nc\n", "before_header": "/etc/x", "after_header": "/etc/x"}}),
    );
    assert_eq!(
        told(&event),
        "    1.5s  web1  changed  Write
            --- before: /etc/x
            +++ after: /etc/x
            @@ -1,2 +1,2 @@
             a
            -b
            +c
"
    );
}

#[test]
fn a_loop_is_told_by_its_items() {
    let mut lines = lines();
    let item = playbook::Event::Item {
        host: "web1".to_owned(),
        task: task("Install", "apt"),
        label: "nginx".to_owned(),
        status: Status::Changed,
        result: Map::new(),
    };
    let whole = result("Install", "apt", Status::Changed, &json!({}));
    let text: String = [item, whole]
        .iter()
        .map(|event| lines.playbook(Duration::ZERO, event).out)
        .collect();
    assert_eq!(text, "    0.0s  web1  changed  Install (nginx)\n");
}

#[test]
fn a_play_names_its_hosts_or_says_that_there_are_none() {
    let play = |hosts: &[&str]| playbook::Event::Play {
        name: "Web".to_owned(),
        hosts: hosts.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(told(&play(&["a", "b"])), "PLAY Web: a b\n");
    assert_eq!(told(&play(&[])), "PLAY Web: no hosts matched\n");
}
