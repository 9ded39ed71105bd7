//! One task on one host: its condition, its loop, its retries, and what its result counts as.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgewright_template::{Map, Scope, TemplateError, Value, condition, evaluate};
use serde_json::{Map as Json, Value as JsonValue, json};

use super::section::HostRun;
use super::{Options, Shared, module};
use crate::events::{Event, Status};
use crate::load::{Condition, Loop, Task};

/// What a task ended with.
pub(crate) struct Outcome {
    pub status: Status,
    pub result: Json<String, JsonValue>,
}

impl Outcome {
    pub fn failed(message: impl Into<String>) -> Self {
        let result = json!({"failed": true, "changed": false, "msg": message.into()});
        Self {
            status: Status::Failed,
            result: result.as_object().cloned().unwrap_or_default(),
        }
    }
}

/// Whether tags choose a task: `always` and `never` as Ansible has them.
pub(crate) fn is_chosen(tags: &BTreeSet<String>, options: &Options) -> bool {
    let has = |name: &str| tags.contains(name);
    let any = |wanted: &BTreeSet<String>| {
        wanted.iter().any(|tag| match tag.as_str() {
            "all" => !has("never") || wanted.iter().any(|other| has(other)),
            "tagged" => !tags.is_empty() && !has("never"),
            "untagged" => tags.is_empty(),
            tag => has(tag),
        })
    };
    let wanted = if options.tags.is_empty() {
        !has("never")
    } else {
        any(&options.tags) || (has("always") && !options.skip_tags.contains("always"))
    };
    wanted && !any(&options.skip_tags)
}

/// A task's name with its role's, its templates evaluated where that is possible.
pub(crate) fn name(shared: &Shared, host: &str, task: &Task) -> String {
    let scope = shared
        .vars
        .scope(host, &shared.play, &shared.hosts, Some(task), Map::new());
    let written =
        evaluate(&task.name.written, &scope).unwrap_or_else(|_| task.name.written.clone());
    let written = written.as_str().unwrap_or_default().to_owned();
    match &task.name.role {
        Some(role) => format!("{role} : {written}"),
        None => written,
    }
}

/// Whether all conditions hold.
pub(crate) fn conditions(
    shared: &Shared,
    host: &str,
    conditions: &[Condition],
    task: Option<&Task>,
) -> Result<bool, TemplateError> {
    let scope = shared
        .vars
        .scope(host, &shared.play, &shared.hosts, task, Map::new());
    hold(conditions, &scope)
}

fn hold(conditions: &[Condition], scope: &Scope) -> Result<bool, TemplateError> {
    for one in conditions {
        let place = one.at.to_string();
        let holds = match &one.expression {
            Value::Bool(value) => *value,
            other => condition(other.as_str().unwrap_or_default(), Some(&place), scope)?,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Does a task on a host and reports it.
pub(crate) async fn run(
    host: &mut HostRun,
    shared: &Shared,
    task: &Arc<Task>,
    name: &str,
) -> Outcome {
    let Some(repeat) = &task.repeat else {
        let (outcome, took) = once(host, shared, task, Map::new()).await;
        report(host, shared, task, name, &outcome, None, took);
        return outcome;
    };
    let items = match loop_items(host, shared, task, repeat) {
        Ok(Some(items)) => items,
        Ok(None) => {
            let outcome = skipped("Conditional result was False");
            report(host, shared, task, name, &outcome, None, Duration::ZERO);
            return outcome;
        }
        Err(message) => {
            let outcome = Outcome::failed(message);
            report(host, shared, task, name, &outcome, None, Duration::ZERO);
            return outcome;
        }
    };
    let mut outcomes = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let mut local: Map = [(Arc::from(repeat.variable.as_str()), item.clone())]
            .into_iter()
            .collect();
        local.insert(
            "ansible_loop_var".into(),
            Value::plain(repeat.variable.as_str()),
        );
        if let Some(index) = &repeat.index {
            local.insert(
                index.as_str().into(),
                Value::Int(i64::try_from(at).unwrap_or(i64::MAX)),
            );
        }
        let label = label(host, shared, task, repeat, &item, &local);
        let (mut outcome, took) = once(host, shared, task, local).await;
        outcome
            .result
            .insert(repeat.variable.clone(), item.to_json());
        outcome.result.insert(
            "ansible_loop_var".to_owned(),
            repeat.variable.clone().into(),
        );
        report(host, shared, task, name, &outcome, Some(label), took);
        let stop = outcome.status == Status::Unreachable;
        outcomes.push(outcome);
        if stop {
            break;
        }
    }
    combined(outcomes)
}

fn label(
    host: &HostRun,
    shared: &Shared,
    task: &Task,
    repeat: &Loop,
    item: &Value,
    local: &Map,
) -> String {
    let scope = shared.vars.scope(
        &host.name,
        &shared.play,
        &shared.hosts,
        Some(task),
        local.clone(),
    );
    let value = repeat
        .label
        .as_ref()
        .and_then(|label| evaluate(label, &scope).ok())
        .unwrap_or_else(|| item.clone());
    value
        .as_str()
        .map_or_else(|| value.to_json().to_string(), str::to_owned)
}

/// The elements of a loop; none when the loop is not defined and the task would be skipped anyway.
fn loop_items(
    host: &HostRun,
    shared: &Shared,
    task: &Task,
    repeat: &Loop,
) -> Result<Option<Vec<Value>>, String> {
    let scope = shared.vars.scope(
        &host.name,
        &shared.play,
        &shared.hosts,
        Some(task),
        Map::new(),
    );
    let value = match evaluate(&repeat.over, &scope) {
        Ok(value) => value,
        Err(error) => {
            return match hold(&task.when, &scope) {
                Ok(false) => Ok(None),
                _ => Err(explain(&error)),
            };
        }
    };
    let Some(list) = value.as_list() else {
        let found = value.to_json();
        return Err(format!(
            "a loop goes over a list, and this is `{found}`; make a list of it, for example with `dict2items`"
        ));
    };
    if !repeat.flatten {
        return Ok(Some(list.to_vec()));
    }
    let flat = list.iter().flat_map(|item| {
        item.as_list()
            .map_or_else(|| vec![item.clone()], <[Value]>::to_vec)
    });
    Ok(Some(flat.collect()))
}

fn explain(error: &TemplateError) -> String {
    match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    }
}

fn skipped(reason: &str) -> Outcome {
    let result = json!({"changed": false, "skipped": true, "skip_reason": reason});
    Outcome {
        status: Status::Skipped,
        result: result.as_object().cloned().unwrap_or_default(),
    }
}

/// Does a task for one element, with its retries.
async fn once(
    host: &mut HostRun,
    shared: &Shared,
    task: &Arc<Task>,
    local: Map,
) -> (Outcome, Duration) {
    let started = Instant::now();
    let scope = shared.vars.scope(
        &host.name,
        &shared.play,
        &shared.hosts,
        Some(task),
        local.clone(),
    );
    match hold(&task.when, &scope) {
        Ok(true) => {}
        Ok(false) => return (skipped("Conditional result was False"), started.elapsed()),
        Err(error) => return (Outcome::failed(explain(&error)), started.elapsed()),
    }
    let number = |value: &Option<Value>, default: u64| -> u64 {
        let value = value
            .as_ref()
            .and_then(|value| evaluate(value, &scope).ok());
        match value {
            Some(Value::Int(number)) => u64::try_from(number).unwrap_or(0),
            Some(Value::Text(text)) => text.as_str().parse().unwrap_or(default),
            _ => default,
        }
    };
    // Ansible retries a failed task when `retries` is given, until it ends well.
    let tries = if task.until.is_empty() && task.retries.is_none() {
        1
    } else {
        number(&task.retries, 3) + 1
    };
    let pause = Duration::from_secs(number(&task.delay, 5));
    let mut attempt = 1;
    loop {
        let mut outcome = module::run(host, shared, task, &scope).await;
        judge(&mut outcome, task, &scope);
        if tries > 1 {
            outcome.result.insert("attempts".to_owned(), attempt.into());
        }
        let done = match outcome.status {
            Status::Unreachable => true,
            Status::Failed if task.until.is_empty() => false,
            _ => {
                let layered = with_result(&scope, task, &outcome);
                match hold(&task.until, &layered) {
                    Ok(done) => done,
                    Err(error) => return (Outcome::failed(explain(&error)), started.elapsed()),
                }
            }
        };
        if done || attempt >= tries {
            if !done && tries > 1 && outcome.status != Status::Failed {
                outcome.status = Status::Failed;
                outcome.result.insert("failed".to_owned(), true.into());
            }
            ignore(&mut outcome, task, &scope);
            return (outcome, started.elapsed());
        }
        attempt += 1;
        tokio::time::sleep(pause).await;
    }
}

fn with_result(scope: &Scope, task: &Task, outcome: &Outcome) -> Scope {
    let Some(name) = &task.register else {
        return scope.clone();
    };
    let value = Value::from(json!(outcome.result));
    scope.clone().with_layer(Arc::new(
        [(Arc::from(name.as_str()), value)].into_iter().collect(),
    ))
}

/// Applies `changed_when` and `failed_when`.
fn judge(outcome: &mut Outcome, task: &Task, scope: &Scope) {
    if matches!(outcome.status, Status::Unreachable | Status::Skipped) {
        return;
    }
    let layered = with_result(scope, task, outcome);
    if !task.failed_when.is_empty() {
        match hold(&task.failed_when, &layered) {
            Ok(failed) => {
                outcome.result.insert("failed".to_owned(), failed.into());
                outcome
                    .result
                    .insert("failed_when_result".to_owned(), failed.into());
            }
            Err(error) => *outcome = Outcome::failed(explain(&error)),
        }
    }
    if !task.changed_when.is_empty() {
        match hold(&task.changed_when, &layered) {
            Ok(changed) => {
                outcome.result.insert("changed".to_owned(), changed.into());
            }
            Err(error) => *outcome = Outcome::failed(explain(&error)),
        }
    }
    let is = |name: &str| outcome.result.get(name) == Some(&json!(true));
    outcome.status = if is("failed") {
        Status::Failed
    } else if is("skipped") {
        Status::Skipped
    } else if is("changed") {
        Status::Changed
    } else {
        Status::Ok
    };
    let failed = outcome.status == Status::Failed;
    outcome.result.insert("failed".to_owned(), failed.into());
}

fn ignore(outcome: &mut Outcome, task: &Task, scope: &Scope) {
    if outcome.status != Status::Failed {
        return;
    }
    let ignored = task
        .ignore_errors
        .as_ref()
        .is_some_and(|value| module::truth(value, scope).unwrap_or(false));
    if ignored {
        outcome.status = Status::Ignored;
    }
}

/// The result of a loop: `results`, and what they are together.
fn combined(outcomes: Vec<Outcome>) -> Outcome {
    let has = |status: Status| outcomes.iter().any(|outcome| outcome.status == status);
    let all_skipped = outcomes
        .iter()
        .all(|outcome| outcome.status == Status::Skipped);
    let changed = outcomes
        .iter()
        .any(|outcome| outcome.result.get("changed") == Some(&json!(true)));
    let status = if has(Status::Unreachable) {
        Status::Unreachable
    } else if has(Status::Failed) {
        Status::Failed
    } else if has(Status::Ignored) {
        Status::Ignored
    } else if all_skipped {
        Status::Skipped
    } else if changed {
        Status::Changed
    } else {
        Status::Ok
    };
    let failed = has(Status::Failed) || has(Status::Ignored) || has(Status::Unreachable);
    let message = if failed {
        "One or more items failed"
    } else if all_skipped {
        "All items skipped"
    } else {
        "All items completed"
    };
    let mut result = Json::new();
    result.insert("changed".to_owned(), changed.into());
    result.insert("failed".to_owned(), failed.into());
    if all_skipped {
        result.insert("skipped".to_owned(), true.into());
    }
    result.insert("msg".to_owned(), message.into());
    result.insert(
        "results".to_owned(),
        outcomes
            .into_iter()
            .map(|outcome| JsonValue::Object(outcome.result))
            .collect(),
    );
    Outcome { status, result }
}

fn report(
    host: &HostRun,
    shared: &Shared,
    task: &Task,
    name: &str,
    outcome: &Outcome,
    item: Option<String>,
    took: Duration,
) {
    let scope = shared.vars.scope(
        &host.name,
        &shared.play,
        &shared.hosts,
        Some(task),
        Map::new(),
    );
    let hidden = task
        .no_log
        .as_ref()
        .is_some_and(|value| module::truth(value, &scope).unwrap_or(true));
    let result = if hidden {
        let text = "the output has been hidden due to the fact that 'no_log: true' was specified for this result";
        [("censored".to_owned(), JsonValue::from(text))]
            .into_iter()
            .collect()
    } else {
        outcome.result.clone()
    };
    shared.observer.event(&Event::Result {
        host: host.name.clone(),
        task: name.to_owned(),
        place: task.at.to_string(),
        status: outcome.status,
        item: item.map(|item| {
            if hidden {
                "(censored)".to_owned()
            } else {
                item
            }
        }),
        result,
        took,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(tags: &str, wanted: &str, skipped: &str) -> bool {
        let set = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<BTreeSet<_>>()
        };
        is_chosen(
            &set(tags),
            &Options {
                tags: set(wanted),
                skip_tags: set(skipped),
                ..Options::default()
            },
        )
    }

    #[test]
    fn tags_choose_as_ansible_chooses() {
        assert!(chosen("", "", "") && chosen("a", "", "") && !chosen("never", "", ""));
        assert!(chosen("a b", "b", "") && !chosen("a", "b", "") && chosen("always", "b", ""));
        assert!(
            !chosen("a", "", "a") && !chosen("always", "b", "always") && chosen("never a", "a", "")
        );
        assert!(
            chosen("a", "tagged", "") && !chosen("", "tagged", "") && chosen("", "untagged", "")
        );
    }
}
