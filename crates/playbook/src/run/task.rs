//! One task of one host: its loop, what is registered, how it ended, and what is told about it.
//!
//! Called by `host`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use edgewright_template::{Map, Value, evaluate};
use serde_json::Value as Json;

use super::attempt::{Done, execute};
use super::context::Context;
use super::cursor::Included;
use super::judge::holds;
use super::repeat;
use super::results::{Returned, failed, is, looped, shown, skipped, value};
use super::settings::text;
use crate::events::{Event, Status};
use crate::load::model::Repeat;
use crate::value::merged;

/// What a task came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How it ended.
    pub status: Status,
    /// What it returned.
    pub result: Returned,
    /// Handlers that it notifies.
    pub notify: Vec<String>,
    /// What it includes, with the parameters of each.
    pub included: Vec<(Included, Arc<Map>)>,
}

/// Runs a task.
pub(crate) async fn run(context: &Context<'_>) -> Outcome {
    starts(context);
    let started = Instant::now();
    match &context.task.repeat {
        None => {
            let done = execute(context, &context.local.strongest).await;
            finish(context, vec![(Arc::default(), done)], None, started)
        }
        Some(repeat) => {
            let (dones, whole) = each(context, repeat).await;
            finish(context, dones, Some(whole), started)
        }
    }
}

/// Tells that a task starts.
pub(crate) fn starts(context: &Context<'_>) {
    context.run().tell(&Event::Task {
        host: context.host.to_string(),
        task: Arc::clone(&context.info),
    });
}

type Dones = Vec<(Arc<Map>, Done)>;

/// Runs a task for each element of its loop.
async fn each(context: &Context<'_>, repeat: &Repeat) -> (Dones, Returned) {
    let items = match items(context, repeat) {
        Ok(items) => items,
        Err(whole) => return (Vec::new(), whole),
    };
    let mut dones: Dones = Vec::new();
    let mut results = Vec::new();
    let mut known = Map::new();
    for at in 0..items.len() {
        if at > 0 {
            pause(context, repeat).await;
        }
        let own = repeat::variables(repeat, &items, at);
        let strongest = Arc::new(merged(&merged(&context.local.strongest, &known), &own));
        let mut done = execute(context, &strongest).await;
        for (name, value) in &own {
            if &**name != "ansible_loop" || repeat.extended {
                done.result.insert(name.to_string(), value.to_json());
            }
        }
        if let Some(name) = &context.task.register {
            known.insert(Arc::clone(name), value(&done.result));
        }
        tell_item(context, repeat, &strongest, &done);
        let gone = is(&done.result, "unreachable");
        results.push(done.result.clone());
        dones.push((Arc::new(own), done));
        let after = merged(&strongest, &known);
        let enough = !repeat.break_when.is_empty()
            && holds(&repeat.break_when, &context.scope(&Arc::new(after)))
                .is_ok_and(|failing| failing.is_none());
        if gone || enough {
            break;
        }
    }
    (dones, looped(&results))
}

/// The elements of a loop. What cannot be evaluated does not matter to a task whose condition does not hold.
fn items(context: &Context<'_>, repeat: &Repeat) -> Result<Vec<Value>, Returned> {
    let scope = context.scope(&context.local.strongest);
    let error = match evaluate(&repeat.over.value, &scope) {
        Ok(over) => match repeat::elements(repeat.kind, &over) {
            Ok(items) => return Ok(items),
            Err(error) => error,
        },
        Err(error) => error.to_string(),
    };
    match holds(&context.task.inherited.when, &scope) {
        Ok(Some(condition)) => Err(skipped(&condition.text)),
        _ => Err(failed(error)),
    }
}

async fn pause(context: &Context<'_>, repeat: &Repeat) {
    let Some(written) = &repeat.pause else {
        return;
    };
    let seconds = evaluate(written, &context.scope(&context.local.strongest))
        .ok()
        .and_then(|value| text(&value).parse().ok());
    if let Some(pause) = seconds.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok())
    {
        tokio::time::sleep(pause).await;
    }
}

fn tell_item(context: &Context<'_>, repeat: &Repeat, strongest: &Arc<Map>, done: &Done) {
    let label = match &repeat.label {
        None => strongest.get(&repeat.var).map(text),
        Some(written) => evaluate(written, &context.scope(strongest))
            .ok()
            .map(|label| text(&label)),
    };
    let label = if done.no_log {
        "(hidden by no_log)".to_owned()
    } else {
        label.unwrap_or_default()
    };
    context.run().tell(&Event::Item {
        host: context.host.to_string(),
        task: Arc::clone(&context.info),
        label,
        status: status(&done.result, done.ignore_errors, done.ignore_unreachable),
        result: shown(&done.result, done.no_log, &done.secrets),
    });
}

fn status(result: &Returned, ignore_errors: bool, ignore_unreachable: bool) -> Status {
    if is(result, "unreachable") {
        if ignore_unreachable {
            Status::Ignored
        } else {
            Status::Unreachable
        }
    } else if is(result, "failed") {
        if ignore_errors {
            Status::Ignored
        } else {
            Status::Failed
        }
    } else if is(result, "skipped") {
        Status::Skipped
    } else if is(result, "changed") {
        Status::Changed
    } else {
        Status::Ok
    }
}

/// Ends a task: registers what it returned, and tells about it. `whole` is the result of a loop.
pub(crate) fn finish(
    context: &Context<'_>,
    dones: Dones,
    whole: Option<Returned>,
    started: Instant,
) -> Outcome {
    let ignored = |failing: &str, flag: fn(&Done) -> bool| {
        let mut failing = dones
            .iter()
            .filter(|(_, done)| is(&done.result, failing))
            .peekable();
        failing.peek().is_some() && failing.all(|(_, done)| flag(done))
    };
    let ignore_errors = ignored("failed", |done| done.ignore_errors);
    let ignore_unreachable = ignored("unreachable", |done| done.ignore_unreachable);
    let no_log = dones.iter().any(|(_, done)| done.no_log);
    let secrets: Vec<String> = dones
        .iter()
        .flat_map(|(_, done)| done.secrets.iter().cloned())
        .collect();
    let looped = whole.is_some();
    let mut result = whole.unwrap_or_default();
    let (mut notify, mut included) = (Vec::new(), Vec::new());
    for (own, done) in dones {
        notify.extend(done.notify);
        included.extend(done.included.map(|added| (added, own)));
        if !looped {
            result = done.result;
        }
    }
    if let Some(name) = &context.task.register {
        for host in &context.targets {
            context
                .run()
                .vars
                .set(host, [(Arc::clone(name), value(&result))]);
        }
    }
    let status = status(&result, ignore_errors, ignore_unreachable);
    let mut told = shown(&result, no_log, &secrets);
    if is_gathering(context) {
        told.shift_remove("ansible_facts");
    }
    context.run().tell(&Event::Result {
        host: context.host.to_string(),
        task: Arc::clone(&context.info),
        status,
        result: told,
        elapsed: started.elapsed(),
    });
    if status == Status::Ignored || !matches!(status, Status::Changed) {
        notify.clear();
    }
    Outcome {
        status,
        result,
        notify,
        included,
    }
}

/// Whether a task gathers facts: what it returns is long, and is among the variables.
fn is_gathering(context: &Context<'_>) -> bool {
    matches!(&context.task.action, crate::load::model::Action::Module { spec, .. } if spec.name == "setup")
}

/// Whether a result says that something changed.
pub(crate) fn changed(result: &Returned) -> bool {
    result.get("changed") == Some(&Json::Bool(true))
}
