//! Keywords that tasks inherit from blocks, roles and plays: read, judged, laid over those from outside.
//!
//! Called for every play, use of a role, block and task.

use std::sync::Arc;

use edgewright_template::Value;
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Map as YamlMap, Node};

use super::fields::{self, boolean_of, checked, conditions, is_template, wrong_type};
use super::keywords::{self, Keyword, Meaning, On};
use super::model::{Inherited, Spanned};
use crate::value::merged;

/// Reads the keywords that may stand at such a place and are inherited. `vars` are left to the caller.
pub(super) fn read(
    map: &YamlMap,
    on: On,
    outer: &Inherited,
    problems: &mut Diagnostics,
) -> Inherited {
    let mut inner = outer.clone();
    for (key, node) in map.iter() {
        match keywords::meaning(&key.name, on) {
            Some(Meaning::Inherited(keyword)) => {
                if let Some(value) = setting(keyword, &key.name, node, problems) {
                    inner.settings.0.insert(keyword, Arc::new(value));
                }
            }
            Some(Meaning::Refused(why)) => problems.push(keywords::refused(key, why)),
            Some(Meaning::Own) => match &*key.name {
                "when" => inner.when.extend(conditions(node, "when", problems)),
                "tags" => inner.tags.extend(tags(node, problems)),
                "environment" => inner.environment.extend(environment(node, problems)),
                _ => {}
            },
            None => {}
        }
    }
    inner
}

/// Variables under `vars`, laid over those from outside.
pub(super) fn vars(map: &YamlMap, inner: &mut Inherited, problems: &mut Diagnostics) {
    if let Some(node) = map.get("vars") {
        let own = fields::vars(node, "`vars`", problems);
        inner.vars = Arc::new(merged(&inner.vars, &own));
    }
}

fn setting(
    keyword: Keyword,
    name: &str,
    node: &Node,
    problems: &mut Diagnostics,
) -> Option<Spanned<Value>> {
    if node.data == Data::Null {
        return None;
    }
    let literal = !is_template(node);
    let good = match keyword {
        Keyword::AnyErrorsFatal
        | Keyword::Become
        | Keyword::CheckMode
        | Keyword::Diff
        | Keyword::IgnoreErrors
        | Keyword::IgnoreUnreachable
        | Keyword::NoLog
        | Keyword::RunOnce => {
            if literal {
                let Some(value) = boolean_of(node) else {
                    problems.push(wrong_type(name, node, "`true` or `false`"));
                    return None;
                };
                return Some(Spanned {
                    value: Value::Bool(value),
                    span: node.span.clone(),
                });
            }
            true
        }
        Keyword::Port | Keyword::Timeout => {
            let number = match &node.data {
                Data::Int(number) => *number >= 0,
                Data::Str(text) => text.parse::<u32>().is_ok(),
                _ => false,
            };
            if literal && !number {
                problems.push(wrong_type(name, node, "a number"));
            }
            !literal || number
        }
        Keyword::BecomeMethod if literal && node.as_str() != Some("sudo") => {
            problems.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    format!("`become_method` `{}` is not supported", node.span.text()),
                )
                .at(&node.span, "expected `sudo`")
                .help("root becomes other users without it, everybody else with sudo"),
            );
            false
        }
        Keyword::BecomeMethod
        | Keyword::BecomeUser
        | Keyword::Connection
        | Keyword::DelegateTo
        | Keyword::RemoteUser => fields::text(node, name, problems).is_some(),
    };
    good.then(|| checked(node, problems))
}

/// Tags: a text with commas, or a list of such.
fn tags(node: &Node, problems: &mut Diagnostics) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    for tag in fields::texts(node, "tags", problems) {
        let text = tag.value.as_str().unwrap_or_default();
        if edgewright_template::is_template(text) {
            problems.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    "templates in tags are not supported",
                )
                .at(&tag.span, "a template")
                .help("tasks are chosen by their tags before anything can be evaluated"),
            );
            continue;
        }
        found.extend(
            text.split(',')
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(Arc::from),
        );
    }
    found
}

/// Environments: a mapping, a template for one, or a list of these.
fn environment(node: &Node, problems: &mut Diagnostics) -> Vec<Arc<Spanned<Value>>> {
    let nodes: Vec<&Node> = node
        .as_list()
        .map_or_else(|| vec![node], |list| list.iter().collect());
    let mut found = Vec::new();
    for node in nodes {
        match &node.data {
            Data::Null => {}
            Data::Map(_) => found.push(Arc::new(checked(node, problems))),
            Data::Str(_) if is_template(node) => found.push(Arc::new(checked(node, problems))),
            _ => problems.push(wrong_type("environment", node, "a mapping")),
        }
    }
    found
}
