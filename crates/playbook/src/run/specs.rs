//! Arguments of roles, checked against `meta/argument_specs.yml` when a role starts.
//!
//! Called by `attempt`. Types and choices have Ansible's meaning: what can be converted is good.

use edgewright_template::{Scope, Value, evaluate};
use edgewright_yaml::{Map as YamlMap, Node};
use serde_json::json;

use super::results::{Returned, failed, object};
use super::settings::{boolean, text};
use crate::load::fields::boolean_of;
use crate::value::from_node;

/// Checks the variables of a role.
pub(crate) fn validate(spec: &Node, scope: &Scope) -> Returned {
    let options = spec.as_map().and_then(|map| map.get("options"));
    let Some(options) = options.and_then(Node::as_map) else {
        return passed();
    };
    let mut errors = Vec::new();
    for (key, option) in options.iter() {
        let value = match scope.get(&key.name) {
            None => None,
            Some(written) => match evaluate(&written, scope) {
                Ok(value) => Some(value).filter(|value| !value.is_omitted()),
                Err(error) => return failed(error.to_string()),
            },
        };
        check(&key.name, option, value.as_ref(), &mut errors);
    }
    if errors.is_empty() {
        return passed();
    }
    object(json!({
        "changed": false,
        "failed": true,
        "msg": format!("Validation of arguments failed:\n{}", errors.join("\n")),
        "argument_errors": errors,
    }))
}

fn passed() -> Returned {
    object(json!({"changed": false, "msg": "The arg spec validation passed"}))
}

/// Checks one argument, and what is in it.
fn check(name: &str, option: &Node, value: Option<&Value>, errors: &mut Vec<String>) {
    let empty = YamlMap::default();
    let option = option.as_map().unwrap_or(&empty);
    let word = |key: &str| option.get(key).and_then(Node::as_str);
    let Some(value) = value.filter(|value| **value != Value::Null) else {
        if option.get("required").and_then(boolean_of) == Some(true) {
            errors.push(format!("missing required argument: {name}"));
        }
        return;
    };
    let kind = word("type").unwrap_or("str");
    if !fits(kind, value) {
        errors.push(format!(
            "argument `{name}` must be of type {kind}, not {}",
            shown(value)
        ));
        return;
    }
    let items: Vec<Value> = match (kind, value) {
        ("list", Value::List(items)) => items.to_vec(),
        ("list", other) => text(other)
            .split(',')
            .map(|item| Value::plain(item.trim()))
            .collect(),
        (_, other) => vec![other.clone()],
    };
    if let Some(elements) = word("elements").filter(|_| kind == "list") {
        for item in items.iter().filter(|item| !fits(elements, item)) {
            errors.push(format!(
                "elements of argument `{name}` must be of type {elements}, not {}",
                shown(item)
            ));
        }
    }
    if let Some(choices) = option.get("choices").and_then(Node::as_list) {
        let choices: Vec<String> = choices
            .iter()
            .map(|choice| text(&from_node(choice)))
            .collect();
        for item in items.iter().filter(|item| !choices.contains(&text(item))) {
            errors.push(format!(
                "value of {name} must be one of: {}, got: {}",
                choices.join(", "),
                text(item)
            ));
        }
    }
    let Some(inner) = option.get("options").and_then(Node::as_map) else {
        return;
    };
    for map in items.iter().filter_map(Value::as_map) {
        for (key, option) in inner.iter() {
            check(
                &format!("{name}.{}", key.name),
                option,
                map.get(&key.name),
                errors,
            );
        }
        for unknown in map.keys().filter(|known| inner.get(known).is_none()) {
            errors.push(format!("unsupported argument: {name}.{unknown}"));
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
        other => format!("`{}`", text(other)),
    }
}

/// Whether a value is of a type, or can be converted to it.
fn fits(kind: &str, value: &Value) -> bool {
    let scalar = !matches!(value, Value::List(_) | Value::Map(_));
    match kind {
        "bool" => boolean(value).is_some() && *value != Value::Null,
        "int" => match value {
            Value::Int(_) => true,
            Value::Float(number) => number.fract() == 0.0,
            Value::Text(_) => text(value).trim().parse::<i64>().is_ok(),
            _ => false,
        },
        "float" => match value {
            Value::Int(_) | Value::Float(_) => true,
            Value::Text(_) => text(value).trim().parse::<f64>().is_ok(),
            _ => false,
        },
        "list" => !matches!(value, Value::Map(_) | Value::Bool(_)),
        "dict" => match value {
            Value::Map(_) => true,
            Value::Text(_) => text(value).trim().starts_with('{') || text(value).contains('='),
            _ => false,
        },
        "path" => scalar,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use edgewright_template::Map;
    use edgewright_yaml::SourceFile;

    use super::*;

    fn errors(spec: &str, vars: &serde_json::Value) -> Vec<String> {
        let spec = edgewright_yaml::load(&SourceFile::new("spec.yml", spec))
            .unwrap()
            .unwrap();
        let Value::Map(vars) = Value::from(vars.clone()) else {
            panic!("a mapping is expected")
        };
        let vars: Arc<Map> = vars;
        let result = validate(&spec, &Scope::new(vec![vars]));
        result
            .get("argument_errors")
            .map_or_else(Vec::new, |errors| {
                errors
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|error| error.as_str().unwrap().to_owned())
                    .collect()
            })
    }

    #[test]
    fn every_wrong_argument_is_named() {
        let spec = "options:\n  a: {type: int, required: true}\n  b: {type: list, elements: int}\n  c: {choices: [x, y]}\n  d: {type: bool, required: true}\n  e: {type: dict, options: {f: {required: true}}}\n";
        assert_eq!(
            errors(
                spec,
                &json!({"a": "1x", "b": [1, "z"], "c": "q", "e": {"g": 1}})
            ),
            [
                "argument `a` must be of type int, not `1x`",
                "elements of argument `b` must be of type int, not `z`",
                "value of c must be one of: x, y, got: q",
                "missing required argument: d",
                "missing required argument: e.f",
                "unsupported argument: e.g",
            ]
        );
    }

    #[test]
    fn what_can_be_converted_is_good() {
        let spec = "options:\n  a: {type: int}\n  b: {type: list, elements: str}\n  d: {type: bool}\n  s: {type: str}\n";
        assert!(errors(spec, &json!({"a": "7", "b": "x,y", "d": "yes", "s": 5})).is_empty());
    }
}
