//! Reading single values of playbooks: texts, booleans, numbers, conditions, names of variables.
//!
//! Called by everything else in the loader. What is a template is taken as it is and judged when it is evaluated.

use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Key, Map as YamlMap, Node, Span};

use super::model::{Condition, Spanned};
use crate::value::{from_node, refuse_tags, variables};

/// The complaint that something is of the wrong type.
pub(crate) fn wrong_type(name: &str, node: &Node, expected: &str) -> Diagnostic {
    Diagnostic::error(
        "playbook::type",
        format!("`{name}` must be {expected}, not {}", node.kind()),
    )
    .at(&node.span, format!("expected {expected}"))
}

/// A value with its place.
pub(crate) fn spanned(node: &Node) -> Spanned<Value> {
    Spanned {
        value: from_node(node),
        span: node.span.clone(),
    }
}

/// Whether a node is a text with something to evaluate in it.
pub(crate) fn is_template(node: &Node) -> bool {
    node.tag.as_deref() != Some("unsafe")
        && node.as_str().is_some_and(edgewright_template::is_template)
}

/// A boolean in any of the ways that Ansible reads one.
pub(crate) fn boolean_of(node: &Node) -> Option<bool> {
    match &node.data {
        Data::Bool(value) => Some(*value),
        Data::Int(1) => Some(true),
        Data::Int(0) => Some(false),
        Data::Str(text) => boolean_word(text),
        _ => None,
    }
}

/// A boolean as a word.
pub(crate) fn boolean_word(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "on" | "1" | "true" | "t" | "1.0" => Some(true),
        "n" | "no" | "off" | "0" | "false" | "f" | "0.0" => Some(false),
        _ => None,
    }
}

/// A keyword that is a boolean and no template.
pub(crate) fn boolean(
    map: &YamlMap,
    name: &str,
    default: bool,
    problems: &mut Diagnostics,
) -> bool {
    let Some(node) = map.get(name) else {
        return default;
    };
    match boolean_of(node) {
        Some(value) => value,
        None if node.data == Data::Null => default,
        None => {
            problems.push(wrong_type(name, node, "`true` or `false`"));
            default
        }
    }
}

/// A text; numbers are taken as they are written.
pub(crate) fn text(node: &Node, name: &str, problems: &mut Diagnostics) -> Option<Spanned<Value>> {
    let value = match &node.data {
        Data::Str(_) => from_node(node),
        Data::Int(_) | Data::Float(_) => Value::plain(node.span.text()),
        _ => {
            problems.push(wrong_type(name, node, "a text"));
            return None;
        }
    };
    Some(Spanned {
        value,
        span: node.span.clone(),
    })
}

/// A text, or a list of texts.
pub(crate) fn texts(node: &Node, name: &str, problems: &mut Diagnostics) -> Vec<Spanned<Value>> {
    match &node.data {
        Data::List(items) => items
            .iter()
            .filter_map(|item| text(item, name, problems))
            .collect(),
        Data::Null => Vec::new(),
        _ => text(node, name, problems).into_iter().collect(),
    }
}

/// Conditions: one, or a list of them, all of which must hold.
pub(crate) fn conditions(node: &Node, name: &str, problems: &mut Diagnostics) -> Vec<Condition> {
    let nodes: Vec<&Node> = node
        .as_list()
        .map_or_else(|| vec![node], |list| list.iter().collect());
    nodes
        .into_iter()
        .filter_map(|node| condition(node, name, problems))
        .collect()
}

fn condition(node: &Node, name: &str, problems: &mut Diagnostics) -> Option<Condition> {
    let written: Arc<str> = match &node.data {
        Data::Str(text) if text.trim().is_empty() => return None,
        Data::Str(text) => Arc::clone(text),
        Data::Bool(true) => "true".into(),
        Data::Bool(false) => "false".into(),
        Data::Int(_) | Data::Float(_) => node.span.text().into(),
        Data::Null => return None,
        Data::List(_) | Data::Map(_) => {
            problems.push(wrong_type(name, node, "a condition"));
            return None;
        }
    };
    if edgewright_template::is_template(&written) {
        problems.push(
            Diagnostic::error(
                "playbook::condition",
                "a condition is an expression already, without `{{` and `}}`",
            )
            .at(&node.span, "has braces")
            .help(format!("write `{name}: {}`", unbraced(&written))),
        );
        return None;
    }
    if let Err(error) = edgewright_template::check_condition(&written) {
        let mut complaint = Diagnostic::error("template::syntax", error.message.clone())
            .at(&node.span, "this condition");
        if let Some(help) = error.help() {
            complaint = complaint.help(help);
        }
        problems.push(complaint);
        return None;
    }
    Some(Condition {
        text: written,
        origin: node.span.to_string().into(),
        span: node.span.clone(),
    })
}

/// A condition without its braces and the quotes around them.
fn unbraced(text: &str) -> String {
    let bare = ["\"{{", "'{{", "}}\"", "}}'", "{{", "}}"]
        .iter()
        .fold(text.to_owned(), |text, mark| text.replace(mark, ""));
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a variable may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(
            name,
            "True"
                | "False"
                | "None"
                | "and"
                | "or"
                | "not"
                | "in"
                | "is"
                | "if"
                | "else"
                | "for"
                | "import"
                | "class"
                | "def"
                | "return"
                | "while"
                | "with"
                | "lambda"
                | "pass"
                | "async"
                | "await"
        )
}

/// The complaint about a name that no variable may have.
pub(crate) fn bad_name(key: &Key) -> Diagnostic {
    Diagnostic::error(
        "playbook::variable-name",
        format!("`{}` is no name for a variable", key.name),
    )
    .at(&key.span, "not allowed")
    .help("a name has letters, digits and `_`, and begins with no digit")
}

/// The variables under `vars`; every template in them is looked at.
pub(crate) fn vars(node: &Node, what: &str, problems: &mut Diagnostics) -> Map {
    if let Data::Map(entries) = &node.data {
        for (key, _) in entries.iter().filter(|(key, _)| !is_name(&key.name)) {
            problems.push(bad_name(key));
        }
    }
    templates(node, problems);
    variables(node, what, problems)
}

/// Complains about every broken template in a value.
pub(crate) fn templates(node: &Node, problems: &mut Diagnostics) {
    match &node.data {
        Data::Str(text) if is_template(node) => {
            if let Err(error) = edgewright_template::check(text, "") {
                problems.push(
                    Diagnostic::error("template::syntax", error.message.clone())
                        .at(&node.span, "this template"),
                );
            }
        }
        Data::List(items) => items.iter().for_each(|item| templates(item, problems)),
        Data::Map(map) => map.iter().for_each(|(_, value)| templates(value, problems)),
        _ => {}
    }
}

/// The value under a keyword whose templates are looked at.
pub(crate) fn checked(node: &Node, problems: &mut Diagnostics) -> Spanned<Value> {
    refuse_tags(node, problems);
    templates(node, problems);
    spanned(node)
}

/// The first place of a file, for complaints about the file itself.
pub(crate) fn start_of(node: &Node) -> Span {
    Span {
        file: Arc::clone(&node.span.file),
        start: node.span.start,
        end: node.span.start,
    }
}
