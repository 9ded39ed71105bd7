//! What becomes of a task once a module has answered: facts, what counts as changed and failed, whom it notifies.
//!
//! Called by `attempt`, and by `batch` for tasks that travelled together.

use std::sync::Arc;

use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{Map, Scope, TemplateError, Value, condition, evaluate};

use super::context::Context;
use super::results::{Returned, complete, is, value};
use super::settings::text;
use crate::load::model::Condition;

/// Whether all conditions hold; the first that does not.
pub(crate) fn holds<'c>(
    conditions: &'c [Condition],
    scope: &Scope,
) -> Result<Option<&'c Condition>, TemplateError> {
    for wanted in conditions {
        if !condition(&wanted.text, Some(&wanted.origin), scope)? {
            return Ok(Some(wanted));
        }
    }
    Ok(None)
}

/// Draws the conclusions from what a module has answered. `attempt` is the number of the try, where there are several.
pub(crate) fn conclude(
    context: &Context<'_>,
    spec: &ModuleSpec,
    strongest: &Arc<Map>,
    result: &mut Returned,
    attempt: Option<u64>,
) {
    if is(result, "unreachable") {
        return;
    }
    complete(result);
    if let Some(attempt) = attempt {
        result.insert("attempts".to_owned(), attempt.into());
    }
    facts(context, spec, result);
    if !is(result, "skipped") {
        let after = context.scope(&with_result(context, strongest, result));
        judge(context, result, &after);
    }
}

/// Whether a task need not be tried again.
pub(crate) fn satisfied(
    context: &Context<'_>,
    result: &Returned,
    strongest: &Arc<Map>,
) -> Result<bool, TemplateError> {
    if context.task.until.is_empty() {
        return Ok(!is(result, "failed"));
    }
    let scope = context.scope(&with_result(context, strongest, result));
    holds(&context.task.until, &scope).map(|failing| failing.is_none())
}

/// Variables of a task whose result is known.
fn with_result(context: &Context<'_>, strongest: &Arc<Map>, result: &Returned) -> Arc<Map> {
    match &context.task.register {
        None => Arc::clone(strongest),
        Some(name) => {
            let mut all = (**strongest).clone();
            all.insert(Arc::clone(name), value(result));
            Arc::new(all)
        }
    }
}

/// Keeps what a module found out about the host.
fn facts(context: &Context<'_>, spec: &ModuleSpec, result: &Returned) {
    if spec.name == "set_fact" {
        return;
    }
    if let Some(found) = result.get("ansible_facts").cloned()
        && let Value::Map(found) = Value::from(found)
    {
        for host in &context.targets {
            context.run().vars.add_facts(host, &found);
        }
    }
}

/// Applies `changed_when` and `failed_when`.
pub(crate) fn judge(context: &Context<'_>, result: &mut Returned, scope: &Scope) {
    if let Some(conditions) = &context.task.changed_when {
        match holds(conditions, scope) {
            Ok(failing) => {
                result.insert("changed".to_owned(), failing.is_none().into());
            }
            Err(error) => {
                blame(result, "changed_when_result", &error);
                return;
            }
        }
    }
    if let Some(conditions) = &context.task.failed_when {
        match holds(conditions, scope) {
            Ok(failing) => {
                let failed = failing.is_none();
                result.insert("failed_when_result".to_owned(), failed.into());
                result.insert("failed".to_owned(), failed.into());
            }
            Err(error) => blame(result, "failed_when_result", &error),
        }
    }
}

fn blame(result: &mut Returned, name: &str, error: &TemplateError) {
    result.insert(name.to_owned(), error.to_string().into());
    result.insert("failed".to_owned(), true.into());
    result.insert("msg".to_owned(), error.to_string().into());
}

/// Handlers that a task notifies, their names evaluated.
pub(crate) fn notifications(
    context: &Context<'_>,
    result: &Returned,
    strongest: &Arc<Map>,
) -> Vec<String> {
    if context.task.notify.is_empty() {
        return Vec::new();
    }
    let scope = context.scope(&with_result(context, strongest, result));
    context
        .task
        .notify
        .iter()
        .flat_map(|written| match evaluate(&written.value, &scope) {
            Ok(Value::List(names)) => names.iter().map(text).collect(),
            Ok(value) => vec![text(&value)],
            // A name that cannot be evaluated is the name of no handler, and is complained about as that.
            Err(_) => vec![text(&written.value)],
        })
        .collect()
}
