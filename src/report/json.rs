//! Events as JSON objects, one a line: `-o json`, and the log files.
//!
//! Used by [`super::Report`] and [`super::log`]. Pure. Every object has `event` (what it is) and `at` (seconds since
//! the start). docs/reference/json.md lists them all.

use std::time::Duration;

use edgewright_playbook::events::{self as playbook, Recap, TaskInfo};
use edgewright_yaml::{Diagnostic, Palette};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cluster::change::{Change, Plan, Side, Summary};
use crate::cluster::event::{Event, Step};
use crate::cluster::status::{HostStatus, Object, Status};
use crate::cluster::verify::Check;

/// An object for a line.
pub type Line = Map<String, Value>;

fn line(event: &str, at: Duration, value: Value) -> Line {
    let mut line = Map::new();
    line.insert("event".to_owned(), event.into());
    line.insert("at".to_owned(), seconds(at));
    if let Value::Object(fields) = value {
        line.extend(fields);
    }
    line
}

/// Seconds with milliseconds.
fn seconds(time: Duration) -> Value {
    let rounded = (time.as_secs_f64() * 1000.0).round() / 1000.0;
    rounded.into()
}

/// A plain structure; those of ours have no keys that JSON could not hold.
fn plain(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// An event of a cluster; `None` for what is shown in another way.
pub fn cluster(at: Duration, event: &Event) -> Option<Line> {
    let made = match event {
        Event::Hosts(hosts) => line("hosts", at, json!({"hosts": hosts})),
        Event::Step { host, step } => {
            let reason = match step {
                Step::Booting(text)
                | Step::WaitingForSsh(text)
                | Step::WaitingForMonitoring(text)
                | Step::Failed(text) => Some(text),
                _ => None,
            };
            let fields = json!({"host": host, "step": step_name(step), "detail": reason});
            line("step", at, fields)
        }
        Event::Planned(_) => return None,
        Event::Changed(found) => line("changed", at, change(found)),
        Event::Playbook(event) => return playbook(at, event),
        Event::Checked(found) => check(at, found),
        Event::Warning(found) | Event::Failed(found) => diagnostic(at, found),
        Event::HostDone {
            host,
            well,
            elapsed,
        } => {
            let fields = json!({"host": host, "well": well, "seconds": seconds(*elapsed)});
            line("host_done", at, fields)
        }
    };
    Some(made)
}

fn step_name(step: &Step) -> &'static str {
    match step {
        Step::Observing => "observing",
        Step::Ordering => "ordering",
        Step::Booting(_) => "booting",
        Step::WaitingForSsh(_) => "waiting_for_ssh",
        Step::Configuring => "configuring",
        Step::Registering => "registering",
        Step::WaitingForMonitoring(_) => "waiting_for_monitoring",
        Step::Verifying => "verifying",
        Step::Removing => "removing",
        Step::Done => "done",
        Step::Failed(_) => "failed",
    }
}

fn change(change: &Change) -> Value {
    let (side, host) = side(&change.side);
    json!({
        "verb": change.verb.word(),
        "side": side,
        "host": host,
        "kind": change.kind,
        "name": change.name,
        "details": change.details,
        "monthly_cents": change.monthly.map(|price| price.0),
    })
}

fn side(side: &Side) -> (&'static str, Option<&str>) {
    match side {
        Side::Vultr => ("vultr", None),
        Side::OpenNebula => ("opennebula", None),
        Side::Host(name) => ("host", Some(name)),
    }
}

/// What would be done: a line an object, then one for the whole.
pub fn plan(at: Duration, plan: &Plan) -> Vec<Line> {
    let mut lines: Vec<Line> = plan
        .changes
        .iter()
        .map(|planned| line("planned", at, change(planned)))
        .collect();
    let whole = json!({
        "cluster": plan.cluster,
        "spends": plan.spends(),
        "removes": plan.removes(),
        "monthly_cents_now": plan.monthly_now.0,
        "monthly_cents_then": plan.monthly_then.0,
        "notes": plan.notes,
    });
    lines.push(line("plan", at, whole));
    lines
}

/// What there is: a line a host and an object, then one for the whole.
pub fn status(at: Duration, status: &Status) -> Vec<Line> {
    let host = |host: &HostStatus| line("host", at, plain(host));
    let object = |object: &Object| {
        let (side, _) = side(&object.side);
        let fields = json!({
            "side": side,
            "kind": object.kind,
            "name": object.name,
            "id": object.id,
            "detail": object.detail,
        });
        line("object", at, fields)
    };
    let mut lines: Vec<Line> = status.hosts.iter().map(host).collect();
    lines.extend(status.objects.iter().map(object));
    let whole = json!({
        "cluster": status.cluster,
        "cluster_id": status.cluster_id,
        "hosts": status.hosts.len(),
        "objects": status.objects.len(),
        "monthly_cents": status.monthly.0,
    });
    lines.push(line("status", at, whole));
    lines
}

/// A check.
pub fn check(at: Duration, check: &Check) -> Line {
    let fields = json!({
        "check": check.name,
        "host": check.host,
        "peer": check.peer,
        "passed": check.passed,
        "seen": check.seen,
        "help": check.help,
    });
    line("check", at, fields)
}

/// An error or a warning.
pub fn diagnostic(at: Duration, found: &Diagnostic) -> Line {
    let kind = if found.is_error() { "error" } else { "warning" };
    let fields = json!({
        "code": found.code(),
        "message": found.message(),
        "place": found.span().map(ToString::to_string),
        "help": found.helps(),
        "text": found.render(Palette::Plain),
    });
    line(kind, at, fields)
}

/// Something to know that has no place and no code.
pub fn note(at: Duration, event: &str, text: &str) -> Line {
    line(event, at, json!({"message": text}))
}

/// An event of a playbook's run; `None` for its end, which [`recap`] tells.
pub fn playbook(at: Duration, event: &playbook::Event) -> Option<Line> {
    let task_fields = |host: &str, task: &TaskInfo| json!({"host": host, "task": task.name, "action": task.action, "role": task.role, "place": task.place, "handler": task.handler});
    let with = |mut fields: Value, more: Value| {
        if let (Value::Object(all), Value::Object(more)) = (&mut fields, more) {
            all.extend(more);
        }
        fields
    };
    let made = match event {
        playbook::Event::Play { name, hosts } => {
            line("play", at, json!({"play": name, "hosts": hosts}))
        }
        playbook::Event::Connected { host } => line("connected", at, json!({"host": host})),
        playbook::Event::Task { host, task } => line("task", at, task_fields(host, task)),
        playbook::Event::Item {
            host,
            task,
            label,
            status,
            result,
        } => {
            let more = json!({"item": label, "status": plain(status), "result": result});
            line("item", at, with(task_fields(host, task), more))
        }
        playbook::Event::Retry { host, task, left } => line(
            "retry",
            at,
            with(task_fields(host, task), json!({"left": left})),
        ),
        playbook::Event::Result {
            host,
            task,
            status,
            result,
            elapsed,
        } => {
            let more =
                json!({"status": plain(status), "seconds": seconds(*elapsed), "result": result});
            line("result", at, with(task_fields(host, task), more))
        }
        playbook::Event::Notified { host, handler } => {
            line("notified", at, json!({"host": host, "handler": handler}))
        }
        playbook::Event::Warning(text) => note(at, "warning", text),
        playbook::Event::Recap(_) => return None,
    };
    Some(made)
}

/// What a playbook's run came to, host by host.
pub fn recap(at: Duration, recap: &Recap) -> Line {
    line(
        "recap",
        at,
        json!({"hosts": plain(&recap.hosts), "stopped": recap.stopped}),
    )
}

/// The last line of a verb.
pub fn summary(at: Duration, verb: &str, summary: &Summary, exit: u8) -> Line {
    let fields = json!({
        "verb": verb,
        "created": summary.created,
        "changed": summary.changed,
        "removed": summary.removed,
        "failed": summary.failed,
        "unchanged": summary.unchanged,
        "seconds": seconds(at),
        "exit": exit,
    });
    line("summary", at, fields)
}

/// A line as it is printed.
pub fn text(line: &Line) -> String {
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::change::{Cents, Verb};

    const AT: Duration = Duration::from_millis(1500);

    #[test]
    fn a_plan_is_a_line_an_object_and_one_for_the_whole() {
        let changes = vec![
            Change::new(Verb::Create, Side::Vultr, "instance", "edge-0").costs(Cents(500)),
            Change::new(
                Verb::Change,
                Side::Host("edge-1".to_owned()),
                "task",
                "frr : Write",
            ),
        ];
        let made = Plan {
            cluster: "lab".to_owned(),
            changes,
            monthly_then: Cents(500),
            ..Plan::default()
        };
        let lines: String = plan(AT, &made).iter().map(text).collect();
        assert_eq!(
            lines,
            r#"{"event":"planned","at":1.5,"verb":"create","side":"vultr","host":null,"kind":"instance","name":"edge-0","details":[],"monthly_cents":500}
{"event":"planned","at":1.5,"verb":"change","side":"host","host":"edge-1","kind":"task","name":"frr : Write","details":[],"monthly_cents":null}
{"event":"plan","at":1.5,"cluster":"lab","spends":true,"removes":false,"monthly_cents_now":0,"monthly_cents_then":500,"notes":[]}
"#
        );
    }

    #[test]
    fn a_step_has_a_stable_name_and_its_reason_apart() {
        let event = Event::Step {
            host: Some("edge-0".to_owned()),
            step: Step::WaitingForSsh("refused".to_owned()),
        };
        assert_eq!(
            cluster(AT, &event).map(|line| text(&line)).unwrap(),
            "{\"event\":\"step\",\"at\":1.5,\"host\":\"edge-0\",\"step\":\"waiting_for_ssh\",\"detail\":\"refused\"}\n"
        );
    }

    #[test]
    fn a_check_and_an_error_tell_all_they_know() {
        let found = Check {
            name: "bgp",
            host: "edge-0".to_owned(),
            peer: None,
            passed: false,
            seen: "Active".to_owned(),
            help: Some("look at port 179".to_owned()),
        };
        assert_eq!(
            text(&check(AT, &found)),
            "{\"event\":\"check\",\"at\":1.5,\"check\":\"bgp\",\"host\":\"edge-0\",\"peer\":null,\"passed\":false,\"seen\":\"Active\",\"help\":\"look at port 179\"}\n"
        );
        let found = Diagnostic::error("vultr::quota", "no more").help("ask");
        assert_eq!(
            text(&diagnostic(AT, &found)),
            "{\"event\":\"error\",\"at\":1.5,\"code\":\"vultr::quota\",\"message\":\"no more\",\"place\":null,\"help\":[\"ask\"],\"text\":\"error[vultr::quota]: no more\\n |\\n = help: ask\\n\"}\n"
        );
    }

    #[test]
    fn the_last_line_holds_the_counts() {
        let counts = Summary {
            created: 3,
            unchanged: 2,
            ..Summary::default()
        };
        assert_eq!(
            text(&summary(AT, "apply", &counts, 0)),
            "{\"event\":\"summary\",\"at\":1.5,\"verb\":\"apply\",\"created\":3,\"changed\":0,\"removed\":0,\"failed\":0,\"unchanged\":2,\"seconds\":1.5,\"exit\":0}\n"
        );
    }
}
