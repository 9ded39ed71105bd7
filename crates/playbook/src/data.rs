//! From YAML to the values of templates: texts remember where they were written.

use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Node};

/// Takes a node over. Texts are templates unless they are marked `!unsafe`.
pub fn value(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(value) => Value::Int(*value),
        Data::Float(value) => Value::Float(*value),
        Data::Str(text) if node.tag.as_deref() == Some("unsafe") => Value::plain(Arc::clone(text)),
        Data::Str(text) => Value::written(Arc::clone(text), Some(node.span.to_string().into())),
        Data::List(items) => items.iter().map(value).collect::<Vec<_>>().into(),
        Data::Map(entries) => map(entries).into(),
    }
}

/// Takes a mapping over.
pub(crate) fn map(entries: &edgewright_yaml::Map) -> Map {
    entries
        .iter()
        .map(|(key, node)| (Arc::clone(&key.name), value(node)))
        .collect()
}
