//! What tasks return: made whole, put together over loops, and made fit to be shown.
//!
//! Called by `task` and `attempt`. What is registered is never censored; what is shown is.

use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::Value;
use serde_json::{Map, Value as Json, json};

/// Return values of a task.
pub(crate) type Returned = Map<String, Json>;

/// What is shown in place of what must not be.
const MASK: &str = "********";

/// What a failed task returns.
pub(crate) fn failed(message: impl Into<String>) -> Returned {
    object(json!({"changed": false, "failed": true, "msg": message.into()}))
}

/// What a task returns whose condition does not hold.
pub(crate) fn skipped(condition: &str) -> Returned {
    object(json!({
        "changed": false,
        "skipped": true,
        "skip_reason": "Conditional result was False",
        "false_condition": condition,
    }))
}

/// What a task returns whose host cannot be reached.
pub(crate) fn unreachable(message: impl Into<String>) -> Returned {
    object(json!({"changed": false, "unreachable": true, "msg": message.into()}))
}

pub(crate) fn object(value: Json) -> Returned {
    match value {
        Json::Object(map) => map,
        other => [("value".to_owned(), other)].into_iter().collect(),
    }
}

/// Whether a return value is true.
pub(crate) fn is(result: &Returned, name: &str) -> bool {
    result.get(name).is_some_and(|value| match value {
        Json::Bool(value) => *value,
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::Array(items) => !items.is_empty(),
        Json::Object(map) => !map.is_empty(),
    })
}

/// Adds what every result has: whether it failed (a return code other than 0 says so too) and changed something.
pub(crate) fn complete(result: &mut Returned) {
    if !result.contains_key("failed") {
        let bad = result.get("rc").is_some_and(|rc| rc != 0 && rc != "0");
        result.insert("failed".to_owned(), bad.into());
    }
    if !result.contains_key("changed") {
        result.insert("changed".to_owned(), false.into());
    }
}

/// The result of a loop from those of its elements.
pub(crate) fn looped(items: &[Returned]) -> Returned {
    if items.is_empty() {
        return object(json!({
            "changed": false,
            "skipped": true,
            "skipped_reason": "No items in the list",
            "results": [],
        }));
    }
    let any = |name: &str| items.iter().any(|item| is(item, name));
    let mut result = Map::new();
    result.insert("changed".to_owned(), any("changed").into());
    let skipped = items.iter().all(|item| is(item, "skipped"));
    let message = if any("failed") {
        result.insert("failed".to_owned(), true.into());
        "One or more items failed"
    } else if skipped {
        "All items skipped"
    } else {
        "All items completed"
    };
    if any("unreachable") {
        result.insert("unreachable".to_owned(), true.into());
    }
    result.insert("msg".to_owned(), message.into());
    result.insert("skipped".to_owned(), skipped.into());
    let results = items.iter().cloned().map(Json::Object).collect();
    result.insert("results".to_owned(), Json::Array(results));
    result
}

/// What is shown of a result: nothing but how it ended where `no_log` says so, and no secrets.
pub(crate) fn shown(result: &Returned, no_log: bool, secrets: &[String]) -> Returned {
    if no_log {
        let mut shown: Returned = [
            "changed",
            "failed",
            "skipped",
            "unreachable",
            "attempts",
            "rc",
        ]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), result.get(*name)?.clone())))
        .collect();
        shown.insert(
            "censored".to_owned(),
            "the output is hidden, since the task has `no_log: true`".into(),
        );
        return shown;
    }
    if secrets.is_empty() {
        return result.clone();
    }
    result
        .iter()
        .map(|(name, value)| (name.clone(), masked(value, secrets)))
        .collect()
}

fn masked(value: &Json, secrets: &[String]) -> Json {
    match value {
        Json::String(text) => Json::String(secrets.iter().fold(text.clone(), |text, secret| {
            text.replace(secret.as_str(), MASK)
        })),
        Json::Array(items) => items.iter().map(|item| masked(item, secrets)).collect(),
        Json::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), masked(value, secrets)))
            .collect(),
        other => other.clone(),
    }
}

/// Texts among the arguments of a module that must not be shown.
pub(crate) fn secrets(spec: &ModuleSpec, args: &Returned) -> Vec<String> {
    spec.options()
        .filter(|option| option.secret)
        .filter_map(|option| args.get(option.name)?.as_str())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A result as the value of a variable.
pub(crate) fn value(result: &Returned) -> Value {
    Value::from(Json::Object(result.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(value: Json) -> Returned {
        object(value)
    }

    #[test]
    fn a_return_code_tells_of_a_failure_where_nothing_else_does() {
        let mut result = returned(json!({"rc": 2}));
        complete(&mut result);
        assert_eq!(
            Json::Object(result),
            json!({"rc": 2, "failed": true, "changed": false})
        );
        let mut result = returned(json!({"rc": 2, "failed": false}));
        complete(&mut result);
        assert_eq!(result["failed"], false);
    }

    #[test]
    fn a_loop_is_what_its_elements_are() {
        let all = looped(&[
            returned(json!({"changed": true})),
            returned(json!({"skipped": true, "changed": false})),
        ]);
        assert_eq!(
            (&all["changed"], &all["skipped"], &all["msg"]),
            (&json!(true), &json!(false), &json!("All items completed"))
        );
        assert_eq!(looped(&[])["skipped_reason"], "No items in the list");
        assert_eq!(looped(&[skipped("false")])["msg"], "All items skipped");
        assert_eq!(
            looped(&[failed("x"), returned(json!({}))])["msg"],
            "One or more items failed"
        );
    }

    #[test]
    fn secrets_are_masked_and_censored_results_say_only_how_they_ended() {
        let result =
            returned(json!({"changed": true, "stdout": "password is s3cret!", "list": ["s3cret"]}));
        assert_eq!(
            Json::Object(shown(&result, false, &["s3cret".to_owned()])),
            json!({"changed": true, "stdout": "password is ********!", "list": ["********"]})
        );
        assert_eq!(
            Json::Object(shown(&result, true, &[])),
            json!({"changed": true, "censored": "the output is hidden, since the task has `no_log: true`"})
        );
    }
}
