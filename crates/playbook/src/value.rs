//! From what a YAML file says to what a variable holds.
//!
//! Called by the loader, the inventory and the layers of variables.

use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Node};

/// Takes a node over. Texts are templates where they look like one, unless they are marked `!unsafe`.
pub fn from_node(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(value) => Value::Int(*value),
        Data::Float(value) => Value::Float(*value),
        Data::Str(text) if node.tag.as_deref() == Some("unsafe") => Value::plain(Arc::clone(text)),
        Data::Str(text) => Value::written(Arc::clone(text), Some(node.span.to_string().into())),
        Data::List(items) => items.iter().map(from_node).collect::<Vec<_>>().into(),
        Data::Map(entries) => from_map(entries).into(),
    }
}

/// Takes a mapping over.
pub(crate) fn from_map(entries: &edgewright_yaml::Map) -> Map {
    entries
        .iter()
        .map(|(key, node)| (Arc::clone(&key.name), from_node(node)))
        .collect()
}

/// One mapping over another: whole values are replaced.
pub(crate) fn merged(weak: &Map, strong: &Map) -> Map {
    let mut all = weak.clone();
    all.extend(
        strong
            .iter()
            .map(|(name, value)| (Arc::clone(name), value.clone())),
    );
    all
}

/// The variables that a node holds; `what` says in messages what it should have been.
pub(crate) fn variables(node: &Node, what: &str, problems: &mut Diagnostics) -> Map {
    refuse_tags(node, problems);
    match &node.data {
        Data::Map(entries) => from_map(entries),
        Data::Null => Map::new(),
        _ => {
            problems.push(
                Diagnostic::error(
                    "vars::type",
                    format!("{what} must be a mapping, not {}", node.kind()),
                )
                .at(&node.span, "expected `name: value` lines"),
            );
            Map::new()
        }
    }
}

/// Complains about values that cannot be read: encrypted ones.
pub(crate) fn refuse_tags(node: &Node, problems: &mut Diagnostics) {
    if node.tag.as_deref() == Some("vault") {
        problems.push(
            Diagnostic::error("vault::unsupported", "vault values cannot be read yet")
                .at(&node.span, "encrypted value")
                .help("give the secret from outside: `-e @FILE`, or the lookup `env`"),
        );
    }
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| refuse_tags(item, problems)),
        Data::Map(entries) => entries
            .iter()
            .for_each(|(_, value)| refuse_tags(value, problems)),
        _ => {}
    }
}
