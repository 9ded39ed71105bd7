//! Includes, when a host reaches them: what was read beforehand, or the file that is named only now.
//!
//! Called by `attempt`.

use std::sync::Arc;

use edgewright_template::{Map, Scope, Value, evaluate};
use serde_json::json;

use super::context::Context;
use super::cursor::Included;
use super::results::{Returned, failed, object};
use super::settings::text;
use crate::load::Loader;
use crate::load::include::parents;
use crate::load::model::{Action, RoleFrom, Spanned};
use crate::load::role::Wanted;
use crate::load::role_files::Files;

/// What an include adds, and what the task returns; what it returns when it fails.
pub(crate) fn find(context: &Context<'_>, scope: &Scope) -> Result<(Included, Returned), Returned> {
    match &context.task.action {
        Action::IncludeTasks {
            file,
            apply,
            loaded,
        } => {
            let name = named(file, scope)?;
            let steps = match loaded {
                Some(steps) => Arc::clone(steps),
                None => {
                    let around = context.play.around(context.task, apply);
                    let options = Arc::clone(&context.run().load);
                    let mut loader = Loader::new(&options);
                    let steps = loader.tasks_file(&name, &file.span, &around);
                    good(&loader)?;
                    Arc::new(steps.unwrap_or_default())
                }
            };
            let result = object(json!({"changed": false, "include": name, "include_args": {}}));
            Ok((Included::Tasks(steps), result))
        }
        Action::IncludeRole {
            role,
            from,
            apply,
            loaded,
        } => {
            let name = named(role, scope)?;
            let role = match loaded {
                Some(role) => Arc::clone(role),
                None => {
                    let around = context.play.around(context.task, apply);
                    let options = Arc::clone(&context.run().load);
                    let mut loader = Loader::new(&options);
                    let wanted = Wanted {
                        files: files(from, scope)?,
                        name: name.clone(),
                        span: role.span.clone(),
                        params: Map::new(),
                        vars: (*apply.include_vars).clone(),
                        own: Vec::new(),
                        checked: !from.unchecked,
                        once: false,
                    };
                    let found = loader.role(&wanted, &around, &parents(&around));
                    good(&loader)?;
                    Arc::new(found.ok_or_else(|| failed(format!("there is no role `{name}`")))?)
                }
            };
            context.play.add_handlers(&role.handlers);
            let result = object(json!({"changed": false, "include_args": {"name": name}}));
            Ok((Included::Role(role), result))
        }
        _ => Err(failed("this task includes nothing")),
    }
}

fn good(loader: &Loader<'_>) -> Result<(), Returned> {
    if loader.problems.has_errors() {
        Err(failed(loader.problems.to_string()))
    } else {
        Ok(())
    }
}

fn named(written: &Spanned<Value>, scope: &Scope) -> Result<String, Returned> {
    evaluate(&written.value, scope)
        .map(|value| text(&value))
        .map_err(|error| failed(error.to_string()))
}

fn files(from: &RoleFrom, scope: &Scope) -> Result<Files, Returned> {
    let one = |written: &Option<Spanned<Value>>| {
        written
            .as_ref()
            .map(|written| named(written, scope))
            .transpose()
    };
    Ok(Files {
        tasks: one(&from.tasks)?,
        handlers: one(&from.handlers)?,
        vars: one(&from.vars)?,
        defaults: one(&from.defaults)?,
    })
}
