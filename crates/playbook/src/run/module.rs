//! What a task says, done once: on the control machine, on the host, or prepared here and done there.

use std::collections::BTreeMap;
use std::sync::Arc;

use edgewright_protocol::check;
use edgewright_protocol::message::{Become, Task as WireTask};
use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{Blocks, Map, Scope, TemplateError, Value, condition, evaluate, render};
use edgewright_transport::Session;
use serde_json::{Map as Json, Value as JsonValue, json};

use super::section::HostRun;
use super::task::Outcome;
use super::{Shared, find_file};
use crate::events::Status;
use crate::load::{Action, Task};

type Result<T> = std::result::Result<T, Box<Outcome>>;

/// Does a task once.
pub(crate) async fn run(
    host: &mut HostRun,
    shared: &Shared,
    task: &Arc<Task>,
    scope: &Scope,
) -> Outcome {
    match attempt(host, shared, task, scope).await {
        Ok(outcome) | Err(outcome) => *outcome,
    }
}

async fn attempt(
    host: &mut HostRun,
    shared: &Shared,
    task: &Arc<Task>,
    scope: &Scope,
) -> Result<Box<Outcome>> {
    let Action::Module(spec) = task.action else {
        return Err(failed("a meta action is no module"));
    };
    let outcome = match spec.name {
        "assert" => assert(task, scope)?,
        "debug" => debug(task, scope)?,
        "fail" => {
            let args = arguments(spec, task, scope)?;
            Outcome::failed(
                args.get("msg")
                    .and_then(JsonValue::as_str)
                    .unwrap_or_default(),
            )
        }
        "set_fact" => set_fact(host, shared, task, scope)?,
        _ => on_host(host, shared, task, spec, scope).await?,
    };
    Ok(Box::new(outcome))
}

/// Gathers facts.
pub(crate) async fn gather(host: &mut HostRun, shared: &Shared) -> Outcome {
    let call = WireTask {
        id: 0,
        module: "setup".to_owned(),
        args: json!({"gather_subset": ["all"], "gather_timeout": 10})
            .as_object()
            .cloned()
            .unwrap_or_default(),
        check: false,
        diff: false,
        become_user: None,
        environment: BTreeMap::new(),
        timeout: None,
    };
    let scope = shared
        .vars
        .scope(&host.name, &shared.play, &shared.hosts, None, Map::new());
    match session(host, shared, &scope).await {
        Err(outcome) => *outcome,
        Ok(session) => match session.run(call).await {
            Ok(result) => outcome(result),
            Err(error) => *unreachable(host, &error),
        },
    }
}

fn failed(message: impl Into<String>) -> Box<Outcome> {
    Box::new(Outcome::failed(message))
}

fn template_failed(error: &TemplateError) -> Box<Outcome> {
    failed(match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    })
}

/// A value that must be true or false.
pub(crate) fn truth(value: &Value, scope: &Scope) -> std::result::Result<bool, TemplateError> {
    Ok(match evaluate(value, scope)? {
        Value::Bool(value) => value,
        Value::Text(text) => matches!(
            text.as_str().to_lowercase().as_str(),
            "yes" | "true" | "on" | "1"
        ),
        Value::Int(number) => number != 0,
        _ => false,
    })
}

/// Evaluates a task's arguments and checks them.
fn arguments(
    spec: &'static ModuleSpec,
    task: &Task,
    scope: &Scope,
) -> Result<Json<String, JsonValue>> {
    let evaluated = evaluated(task, scope)?;
    check::arguments(spec, &evaluated).map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        failed(format!("{} at {}", texts.join("; "), task.args_at))
    })
}

fn evaluated(task: &Task, scope: &Scope) -> Result<Json<String, JsonValue>> {
    let mut args = Json::new();
    for (name, value) in &task.args {
        let value = evaluate(value, scope).map_err(|error| template_failed(&error))?;
        if !value.is_omitted() {
            args.insert(name.to_string(), value.to_json());
        }
    }
    Ok(args)
}

fn assert(task: &Task, scope: &Scope) -> Result<Outcome> {
    let that = task.args.get("that").cloned().unwrap_or(Value::Null);
    let conditions: Vec<Value> = that
        .as_list()
        .map_or_else(|| vec![that.clone()], <[Value]>::to_vec);
    for one in conditions {
        let holds = match &one {
            Value::Bool(value) => Ok(*value),
            other => condition(
                other.as_str().unwrap_or_default(),
                Some(&task.args_at.to_string()),
                scope,
            ),
        };
        if !holds.map_err(|error| template_failed(&error))? {
            let text = |name: &str| -> Result<Option<String>> {
                let Some(value) = task.args.get(name) else {
                    return Ok(None);
                };
                let value = evaluate(value, scope).map_err(|error| template_failed(&error))?;
                Ok(value.as_str().map(str::to_owned))
            };
            let message = match text("fail_msg")? {
                Some(message) => Some(message),
                None => text("msg")?,
            };
            let mut outcome =
                Outcome::failed(message.unwrap_or_else(|| "Assertion failed".to_owned()));
            outcome.result.insert("assertion".to_owned(), one.to_json());
            outcome
                .result
                .insert("evaluated_to".to_owned(), false.into());
            return Ok(outcome);
        }
    }
    Ok(good(
        json!({"changed": false, "msg": "All assertions passed"}),
    ))
}

fn debug(task: &Task, scope: &Scope) -> Result<Outcome> {
    if let Some(var) = task.args.get("var") {
        let name = evaluate(var, scope).map_err(|error| template_failed(&error))?;
        let name = name.as_str().unwrap_or_default().to_owned();
        let expression = Value::written(format!("{{{{ {name} }}}}"), None);
        let value = evaluate(&expression, scope).map_or_else(
            |_| "VARIABLE IS NOT DEFINED!".into(),
            |value| value.to_json(),
        );
        return Ok(good(json!({"changed": false, name: value})));
    }
    let message = match task.args.get("msg") {
        Some(message) => evaluate(message, scope)
            .map_err(|error| template_failed(&error))?
            .to_json(),
        None => "Hello world!".into(),
    };
    Ok(good(json!({"changed": false, "msg": message})))
}

fn set_fact(host: &HostRun, shared: &Shared, task: &Task, scope: &Scope) -> Result<Outcome> {
    let mut facts = Json::new();
    for (name, value) in task.args.iter().filter(|(name, _)| &***name != "cacheable") {
        let value = evaluate(value, scope).map_err(|error| template_failed(&error))?;
        shared.vars.set(&host.name, name, value.clone());
        facts.insert(name.to_string(), value.to_json());
    }
    Ok(good(json!({"changed": false, "ansible_facts": facts})))
}

fn good(result: JsonValue) -> Outcome {
    Outcome {
        status: Status::Ok,
        result: result.as_object().cloned().unwrap_or_default(),
    }
}

/// What a worker's answer counts as.
fn outcome(result: Json<String, JsonValue>) -> Outcome {
    let is = |name: &str| result.get(name) == Some(&json!(true));
    let status = if is("failed") {
        Status::Failed
    } else if is("skipped") {
        Status::Skipped
    } else if is("changed") {
        Status::Changed
    } else {
        Status::Ok
    };
    Outcome { status, result }
}

fn unreachable(host: &mut HostRun, error: &edgewright_transport::TransportError) -> Box<Outcome> {
    host.session = None;
    let result =
        json!({"unreachable": true, "changed": false, "msg": format!("{error}; {}", error.help())});
    Box::new(Outcome {
        status: Status::Unreachable,
        result: result.as_object().cloned().unwrap_or_default(),
    })
}

/// The session of a host; connects when there is none yet.
async fn session(host: &mut HostRun, shared: &Shared, scope: &Scope) -> Result<Session> {
    if let Some(session) = &host.session {
        return Ok(session.clone());
    }
    let mut vars = Json::new();
    for name in scope
        .names()
        .into_iter()
        .filter(|name| name.starts_with("ansible_") || name.starts_with("edgewright_"))
    {
        if scope.scopes(&name).is_some() || matches!(name.as_str(), "ansible_facts") {
            continue;
        }
        if let Some(value) = scope.get(&name) {
            let value = evaluate(&value, scope).map_err(|error| template_failed(&error))?;
            vars.insert(name, value.to_json());
        }
    }
    match shared.ways.connect(&host.name, &vars).await {
        Ok(session) => {
            host.session = Some(session.clone());
            Ok(session)
        }
        Err(error) => Err(unreachable(host, &error)),
    }
}

async fn on_host(
    host: &mut HostRun,
    shared: &Shared,
    task: &Arc<Task>,
    spec: &'static ModuleSpec,
    scope: &Scope,
) -> Result<Outcome> {
    let args = arguments(spec, task, scope)?;
    let check = match &task.check_mode {
        Some(value) => truth(value, scope).map_err(|error| template_failed(&error))?,
        None => shared.options.check,
    };
    let diff = match &task.diff {
        Some(value) => truth(value, scope).map_err(|error| template_failed(&error))?,
        None => shared.options.diff,
    };
    let prepared = prepare(spec, task, args, scope, shared)?;
    let session = session(host, shared, scope).await?;
    let mut args = prepared.args;
    if let Some(content) = prepared.content {
        match session.put(&content).await {
            Ok(digest) => args.insert("digest".to_owned(), digest.0.into()),
            Err(error) => return Err(unreachable(host, &error)),
        };
    }
    let call = WireTask {
        id: 0,
        module: prepared.module.to_owned(),
        args,
        check,
        diff,
        become_user: become_user(task, scope)?,
        environment: environment(task, scope)?,
        timeout: timeout(task, scope)?,
    };
    match session.run(call).await {
        Ok(result) => {
            if spec.name == "setup"
                && let Some(facts) = result.get("ansible_facts").and_then(JsonValue::as_object)
            {
                let facts: Map = facts
                    .iter()
                    .map(|(k, v)| (Arc::from(k.as_str()), Value::from(v.clone())))
                    .collect();
                shared.vars.add_facts(&host.name, &facts);
            }
            Ok(outcome(result))
        }
        Err(error) => Err(unreachable(host, &error)),
    }
}

/// A call for the worker, and a file that goes with it.
struct Prepared {
    module: &'static str,
    args: Json<String, JsonValue>,
    content: Option<Vec<u8>>,
}

fn prepare(
    spec: &'static ModuleSpec,
    task: &Task,
    mut args: Json<String, JsonValue>,
    scope: &Scope,
    shared: &Shared,
) -> Result<Prepared> {
    let remote = args.get("remote_src") == Some(&json!(true));
    let src = args
        .get("src")
        .and_then(JsonValue::as_str)
        .map(str::to_owned);
    let (part, src) = match (spec.name, src) {
        ("template", Some(src)) => ("templates", src),
        ("copy", Some(src)) if !remote => ("files", src),
        _ => {
            return Ok(Prepared {
                module: spec.name,
                args,
                content: None,
            });
        }
    };
    let path = find_file(task, &shared.play.directory, part, &src)
        .ok_or_else(|| failed(format!("there is no file `{src}`; it is looked for in `{part}` of the role and beside the playbook")))?;
    if path.is_dir() {
        return Err(failed(format!(
            "`{src}` is a directory; copying directories is not supported yet"
        )));
    }
    let content = if spec.name == "template" {
        let text = fs_err::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let flag = |name: &str| args.get(name) == Some(&json!(true));
        let blocks = Blocks {
            trim: flag("trim_blocks"),
            lstrip: flag("lstrip_blocks"),
        };
        let text = render(&text, &path.to_string_lossy(), blocks, scope)
            .map_err(|error| template_failed(&error))?;
        text.into_bytes()
    } else {
        fs_err::read(&path).map_err(|error| failed(error.to_string()))?
    };
    for name in ["src", "trim_blocks", "lstrip_blocks"] {
        args.shift_remove(name);
    }
    let basename = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    args.insert("basename".to_owned(), basename.into());
    Ok(Prepared {
        module: "copy",
        args,
        content: Some(content),
    })
}

fn become_user(task: &Task, scope: &Scope) -> Result<Option<Become>> {
    let text = |value: Option<&Value>, variable: &str| -> Result<Option<String>> {
        let value = scope.get(variable).or_else(|| value.cloned());
        let Some(value) = value else { return Ok(None) };
        let value = evaluate(&value, scope).map_err(|error| template_failed(&error))?;
        Ok(value.as_str().map(str::to_owned))
    };
    let wanted = &task.become_user;
    let enabled = scope
        .get("ansible_become")
        .or_else(|| wanted.enabled.clone());
    let enabled = enabled
        .map(|value| truth(&value, scope))
        .transpose()
        .map_err(|error| template_failed(&error))?;
    if enabled != Some(true) {
        return Ok(None);
    }
    let method =
        text(wanted.method.as_ref(), "ansible_become_method")?.unwrap_or_else(|| "sudo".to_owned());
    if method != "sudo" {
        return Err(failed(format!(
            "the method `{method}` of becoming another user is not supported yet; use `sudo`"
        )));
    }
    Ok(Some(Become {
        method,
        user: text(wanted.user.as_ref(), "ansible_become_user")?
            .unwrap_or_else(|| "root".to_owned()),
        password: text(None, "ansible_become_password")?,
    }))
}

fn environment(task: &Task, scope: &Scope) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for value in &task.environment {
        let value = evaluate(value, scope).map_err(|error| template_failed(&error))?;
        for (name, value) in value.as_map().into_iter().flatten() {
            let text = value
                .as_str()
                .map_or_else(|| value.to_json().to_string(), str::to_owned);
            all.insert(name.to_string(), text);
        }
    }
    Ok(all)
}

fn timeout(task: &Task, scope: &Scope) -> Result<Option<u64>> {
    let Some(value) = &task.timeout else {
        return Ok(None);
    };
    let value = evaluate(value, scope)
        .map_err(|error| template_failed(&error))?
        .to_json();
    let seconds = value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    match seconds {
        Some(0) => Ok(None),
        Some(seconds) => Ok(Some(seconds)),
        None => Err(failed(format!(
            "`timeout` must be a number of seconds, not `{value}`"
        ))),
    }
}
