//! One execution of a task: conditions, arguments, the module, tries, and what counts as changed and failed.
//!
//! Called by `task`, once for each element of a loop.

use std::sync::Arc;
use std::time::Duration;

use edgewright_protocol::check;
use edgewright_protocol::spec::{ModuleSpec, RunsOn};
use edgewright_template::{Map, Scope, Value, evaluate};
use serde_json::Value as Json;

use super::context::Context;
use super::cursor::Included;
use super::judge::{conclude, holds, judge, notifications, satisfied};
use super::remote::Call;
use super::results::{Returned, complete, failed, is, skipped};
use super::settings::Settings;
use super::{control, include, remote, results, specs};
use crate::events::Event;
use crate::load::keywords::Keyword;
use crate::load::model::Action;

/// Tries when a task says until when and not how often.
const RETRIES: u64 = 3;

/// Seconds between two tries.
const DELAY: f64 = 5.0;

/// What one execution came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// What it returned.
    pub result: Returned,
    /// Handlers that it notifies, if it changed something.
    pub notify: Vec<String>,
    /// What it includes.
    pub included: Option<Included>,
    /// Whether what it returned must not be shown.
    pub no_log: bool,
    /// Texts that must not be shown.
    pub secrets: Vec<String>,
    /// Whether a failure does not matter.
    pub ignore_errors: bool,
    /// Whether it does not matter that the host cannot be reached.
    pub ignore_unreachable: bool,
}

impl Done {
    fn of(result: Returned) -> Self {
        Self {
            result,
            ..Self::default()
        }
    }
}

/// Executes a task. `strongest` are variables that win over all others, such as the element of a loop.
pub(crate) async fn execute(context: &Context<'_>, strongest: &Arc<Map>) -> Done {
    let scope = context.scope(strongest);
    let done = match holds(&context.task.inherited.when, &scope) {
        Err(error) => Done::of(failed(error.to_string())),
        Ok(Some(condition)) => Done::of(skipped(&condition.text)),
        Ok(None) => act(context, &scope, strongest).await,
    };
    flagged(context, &scope, done)
}

/// Adds what keywords say about showing and counting a task.
fn flagged(context: &Context<'_>, scope: &Scope, mut done: Done) -> Done {
    let settings = Settings::new(context.task, scope);
    // What cannot be evaluated is hidden rather than shown.
    done.no_log = settings
        .flag(Keyword::NoLog, "no_log")
        .map_or(true, |flag| flag.unwrap_or(false));
    for (keyword, name, flag) in [
        (
            Keyword::IgnoreErrors,
            "ignore_errors",
            &mut done.ignore_errors,
        ),
        (
            Keyword::IgnoreUnreachable,
            "ignore_unreachable",
            &mut done.ignore_unreachable,
        ),
    ] {
        match settings.flag(keyword, name) {
            Ok(value) => *flag = value.unwrap_or(false),
            Err(error) => done.result = failed(error.to_string()),
        }
    }
    done
}

/// What can be said of a task before the worker is asked: the call, if there is to be one, and what is known already.
pub(crate) fn begin(
    context: &Context<'_>,
    spec: &'static ModuleSpec,
    args: &Arc<Map>,
) -> (Option<Call>, Done) {
    let strongest = &context.local.strongest;
    let scope = context.scope(strongest);
    let (call, done) = match holds(&context.task.inherited.when, &scope) {
        Err(error) => (None, Done::of(failed(error.to_string()))),
        Ok(Some(condition)) => (None, Done::of(skipped(&condition.text))),
        Ok(None) => match evaluate(&Value::Map(Arc::clone(args)), &scope) {
            Ok(Value::Map(args)) => match prepared(context, spec, &args, &scope, strongest) {
                Ok((call, secrets)) => (
                    Some(call),
                    Done {
                        secrets,
                        ..Done::default()
                    },
                ),
                Err(result) => (None, Done::of(result)),
            },
            Ok(_) => (None, Done::default()),
            Err(error) => (None, Done::of(failed(error.to_string()))),
        },
    };
    let done = flagged(context, &scope, done);
    (call, done)
}

async fn act(context: &Context<'_>, scope: &Scope, strongest: &Arc<Map>) -> Done {
    match &context.task.action {
        Action::Module { spec, args, .. } => {
            let args = match evaluate(&Value::Map(Arc::clone(args)), scope) {
                Ok(Value::Map(args)) => args,
                Ok(_) => Arc::default(),
                Err(error) => return Done::of(failed(error.to_string())),
            };
            tries(context, spec, &args, strongest).await
        }
        Action::IncludeTasks { .. } | Action::IncludeRole { .. } => include::find(context, scope)
            .map_or_else(Done::of, |(included, result)| Done {
                result,
                included: Some(included),
                ..Done::default()
            }),
        Action::IncludeVars { file, name } => {
            let mut result = control::include_vars(context, file, name.as_ref(), scope);
            complete(&mut result);
            let scope = context.scope(strongest);
            judge(context, &mut result, &scope);
            Done::of(result)
        }
        Action::ValidateArguments(_, spec) => {
            let mut result = specs::validate(spec, scope);
            complete(&mut result);
            Done::of(result)
        }
        // Those are for whoever walks through the play.
        Action::Meta(_) => Done::default(),
    }
}

/// Runs a module as often as the task wants it.
async fn tries(
    context: &Context<'_>,
    spec: &'static ModuleSpec,
    args: &Arc<Map>,
    strongest: &Arc<Map>,
) -> Done {
    let task = context.task;
    let scope = context.scope(strongest);
    let settings = Settings::new(task, &scope);
    let numbers = settings
        .number(task.retries.as_ref(), "retries")
        .and_then(|retries| Ok((retries, settings.number(task.delay.as_ref(), "delay")?)));
    let (retries, delay) = match numbers {
        Ok(numbers) => numbers,
        Err(error) => return Done::of(failed(error.to_string())),
    };
    let retries = match retries {
        Some(number) => Duration::try_from_secs_f64(number).map_or(0, |whole| whole.as_secs()),
        None if task.until.is_empty() => 0,
        None => RETRIES,
    };
    let delay = delay.unwrap_or(DELAY);
    let delay = Duration::try_from_secs_f64(delay).unwrap_or(Duration::from_secs(1));
    let mut done = Done::default();
    for attempt in 1..=retries + 1 {
        let (mut result, secrets) = once(context, spec, args, &scope, strongest).await;
        done.secrets = secrets;
        conclude(
            context,
            spec,
            strongest,
            &mut result,
            (retries > 0).then_some(attempt),
        );
        if is(&result, "unreachable") {
            return Done { result, ..done };
        }
        done.result = result;
        if retries == 0 {
            break;
        }
        match satisfied(context, &done.result, strongest) {
            Ok(true) => break,
            Ok(false) if attempt <= retries => {
                context.run().tell(&Event::Retry {
                    host: context.host.to_string(),
                    task: Arc::clone(&context.info),
                    left: retries + 1 - attempt,
                });
                tokio::time::sleep(delay).await;
            }
            Ok(false) => {
                done.result.insert("attempts".to_owned(), retries.into());
                done.result.insert("failed".to_owned(), true.into());
            }
            Err(error) => {
                done.result = failed(error.to_string());
                break;
            }
        }
    }
    done.notify = notifications(context, &done.result, strongest);
    done
}

/// Runs a module once. Returns what it returns and what of it must not be shown.
async fn once(
    context: &Context<'_>,
    spec: &'static ModuleSpec,
    args: &Arc<Map>,
    scope: &Scope,
    strongest: &Arc<Map>,
) -> (Returned, Vec<String>) {
    if spec.runs_on == RunsOn::Control {
        let problems = control_arguments(spec, args);
        return match problems {
            Some(problem) => (problem, Vec::new()),
            None => (control::run(context, spec, args, scope), Vec::new()),
        };
    }
    match prepared(context, spec, args, scope, strongest) {
        Ok((call, secrets)) => (remote::run(context, call).await, secrets),
        Err(result) => (result, Vec::new()),
    }
}

/// The call of a module of the host, and what of its arguments must not be shown.
fn prepared(
    context: &Context<'_>,
    spec: &'static ModuleSpec,
    args: &Map,
    scope: &Scope,
    strongest: &Arc<Map>,
) -> Result<(Call, Vec<String>), Returned> {
    let checked = arguments(spec, args)?;
    let secrets = results::secrets(spec, &checked);
    let call = remote::prepare(context, spec, &checked, scope, strongest)
        .map_err(|error| failed(error.to_string()))?;
    Ok((call, secrets))
}

/// Arguments of a module in their final form.
pub(crate) fn arguments(spec: &'static ModuleSpec, args: &Map) -> Result<Returned, Returned> {
    let json: Returned = args
        .iter()
        .map(|(name, value)| match value {
            // A mapping as the content of a file is written as JSON.
            Value::Map(_) | Value::List(_) if spec.name == "copy" && &**name == "content" => {
                (name.to_string(), as_json(value))
            }
            value => (name.to_string(), value.to_json()),
        })
        .collect();
    check::arguments(spec, &json).map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        failed(texts.join("; "))
    })
}

/// A value as the text that the filter `to_json` makes of it.
fn as_json(value: &Value) -> Json {
    let vars = [("it".into(), value.clone())].into_iter().collect();
    let scope = Scope::new(vec![Arc::new(vars)]);
    let text = evaluate(&Value::written("{{ it | to_json }}", None), &scope);
    text.map_or_else(|_| value.to_json(), |text| text.to_json())
}

/// What is wrong with the arguments of a module of this machine.
fn control_arguments(spec: &'static ModuleSpec, args: &Map) -> Option<Returned> {
    // Names of variables are no options.
    if spec.name == "set_fact" {
        return None;
    }
    // Messages may be lists, whatever their declaration says.
    let judged: Map = args
        .iter()
        .filter(|(name, value)| {
            !(matches!(&***name, "fail_msg" | "msg" | "success_msg") && value.as_str().is_none())
        })
        .map(|(name, value)| (Arc::clone(name), value.clone()))
        .collect();
    arguments(spec, &judged).err()
}
