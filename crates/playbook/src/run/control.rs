//! Modules that this machine executes alone: `debug`, `assert`, `fail`, `set_fact`, and `include_vars`.
//!
//! Called by `attempt`.

use std::sync::Arc;

use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{Map, Scope, Value, condition, evaluate};
use serde_json::json;

use super::context::Context;
use super::results::{Returned, failed, object};
use super::settings::{boolean, text};
use crate::load::Loader;
use crate::load::fields;
use crate::load::include::vars_file;
use crate::load::model::Spanned;

/// Runs a module with evaluated arguments.
pub(crate) fn run(context: &Context<'_>, spec: &ModuleSpec, args: &Map, scope: &Scope) -> Returned {
    match spec.name {
        "debug" => debug(context, args, scope),
        "assert" => assert(context, args, scope),
        "fail" => failed(
            args.get("msg")
                .map_or_else(|| "Failed as requested from task".to_owned(), text),
        ),
        "set_fact" => set_fact(context, args),
        other => failed(format!("this machine has no module `{other}`")),
    }
}

fn debug(context: &Context<'_>, args: &Map, scope: &Scope) -> Returned {
    let wanted = args
        .get("verbosity")
        .map(text)
        .and_then(|text| text.parse().ok());
    if wanted.is_some_and(|wanted: u8| wanted > context.run().options.verbosity) {
        return object(json!({
            "changed": false,
            "skipped": true,
            "skipped_reason": "Verbosity threshold not met.",
        }));
    }
    if let Some(variable) = args.get("var") {
        let Some(name) = variable.as_str() else {
            return object(json!({"changed": false, "value": variable.to_json()}));
        };
        let expression = Value::written(format!("{{{{ {name} }}}}"), None);
        let shown = match evaluate(&expression, scope) {
            Ok(value) => value.to_json(),
            Err(error) => format!("<< error 1 - {} >>", error.message.replace('`', "'")).into(),
        };
        return [
            ("changed".to_owned(), false.into()),
            (name.to_owned(), shown),
        ]
        .into_iter()
        .collect();
    }
    let message = args
        .get("msg")
        .map_or_else(|| json!("Hello world!"), Value::to_json);
    object(json!({"changed": false, "msg": message}))
}

fn assert(context: &Context<'_>, args: &Map, scope: &Scope) -> Returned {
    let Some(that) = args.get("that") else {
        return failed("module `assert` needs the option `that`");
    };
    let conditions = that
        .as_list()
        .map_or_else(|| vec![that.clone()], <[Value]>::to_vec);
    let message = |name: &[&str], default: &str| {
        let given = name.iter().find_map(|name| args.get(*name));
        given.map_or_else(|| json!(default), Value::to_json)
    };
    let origin = context.task.span.to_string();
    for wanted in conditions {
        let holds = match &wanted {
            Value::Bool(value) => Ok(*value),
            other => condition(&text(other), Some(&origin), scope),
        };
        match holds {
            Ok(true) => {}
            Ok(false) => {
                return object(json!({
                    "changed": false,
                    "failed": true,
                    "evaluated_to": false,
                    "assertion": wanted.to_json(),
                    "msg": message(&["fail_msg", "msg"], "Assertion failed"),
                }));
            }
            Err(error) => return failed(error.to_string()),
        }
    }
    object(json!({
        "changed": false,
        "msg": message(&["success_msg"], "All assertions passed"),
    }))
}

fn set_fact(context: &Context<'_>, args: &Map) -> Returned {
    let facts: Map = args
        .iter()
        .filter(|(name, _)| &***name != "cacheable")
        .map(|(name, value)| (Arc::clone(name), value.clone()))
        .collect();
    let kept = args.get("cacheable").and_then(boolean) == Some(true);
    for host in &context.targets {
        context.run().vars.set(
            host,
            facts
                .iter()
                .map(|(name, value)| (Arc::clone(name), value.clone())),
        );
        if kept {
            context.run().vars.add_facts(host, &facts);
        }
    }
    object(json!({"changed": false, "ansible_facts": Value::from(facts).to_json()}))
}

/// Reads variables from a file.
pub(crate) fn include_vars(
    context: &Context<'_>,
    file: &Spanned<Value>,
    name: Option<&Arc<str>>,
    scope: &Scope,
) -> Returned {
    let named = match evaluate(&file.value, scope) {
        Ok(value) => text(&value),
        Err(error) => return failed(error.to_string()),
    };
    let around = context.play.around(context.task, &context.task.inherited);
    let Some(place) = vars_file(&named, &around) else {
        return failed(format!("there is no file `{named}`"));
    };
    let options = Arc::clone(&context.run().load);
    let mut loader = Loader::new(&options);
    let node = loader.yaml(&place, Some(&file.span));
    let mut vars = node
        .map(|node| fields::vars(&node, "a file of variables", &mut loader.problems))
        .unwrap_or_default();
    if loader.problems.has_errors() {
        return failed(loader.problems.to_string());
    }
    if let Some(name) = name {
        vars = [(Arc::clone(name), Value::from(vars))]
            .into_iter()
            .collect();
    }
    for host in &context.targets {
        context.run().vars.include(host, &vars);
    }
    object(json!({
        "changed": false,
        "ansible_facts": Value::from(vars).to_json(),
        "ansible_included_var_files": [place.to_string()],
    }))
}
