//! Attribute templates as `oned` keeps them, and the parsers for both of their syntaxes.
//!
//! Unlike the client's `Template`, which keeps the writer's order, this one sorts attributes by name (those of the same name
//! stay in order) and keeps vectors as maps: answers show them so. Used by every object in `crate::state`.

mod grammar;
mod lexer;
mod xml;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Value {
    Single(String),
    Vector(BTreeMap<String, String>),
}

/// Attributes sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Attributes(Vec<(String, Value)>);

impl Attributes {
    /// Reads either syntax; the error is the server's text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parsed = if text.starts_with('<') {
            xml::parse(text).ok_or("Parse error: XML Template malformed.")?
        } else {
            grammar::parse(text)?
        };
        if let Some(name) = parsed.single("NAME").map(|name| name.trim_end().to_owned()) {
            parsed.replace("NAME", name);
        }
        Ok(parsed)
    }

    /// Adds an attribute behind those of the same name.
    pub(crate) fn add(&mut self, key: &str, value: Value) {
        let key = key.to_ascii_uppercase();
        let at = self.0.partition_point(|(name, _)| *name <= key);
        self.0.insert(at, (key, value));
    }

    /// Puts one single value in the place of all of that name.
    pub(crate) fn replace(&mut self, key: &str, value: impl Into<String>) {
        self.remove(key);
        self.add(key, Value::Single(value.into()));
    }

    /// Takes all of that name out.
    pub(crate) fn remove(&mut self, key: &str) -> Vec<Value> {
        let (gone, kept) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(name, _)| name == key);
        self.0 = kept;
        let gone: Vec<(String, Value)> = gone;
        gone.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes a single value out and returns it, empty if there was none.
    pub(crate) fn take(&mut self, key: &str) -> String {
        let value = self.text(key);
        self.remove(key);
        value
    }

    /// The first single value of that name.
    pub(crate) fn single(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|(name, value)| match value {
            Value::Single(text) if name == key => Some(text.as_str()),
            _ => None,
        })
    }

    /// The first single value of that name, or nothing.
    pub(crate) fn text(&self, key: &str) -> String {
        self.single(key).unwrap_or_default().to_owned()
    }

    /// Whether there is any attribute of that name.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    /// Whether a single value says yes.
    pub(crate) fn yes(&self, key: &str) -> bool {
        self.single(key)
            .is_some_and(|value| value.eq_ignore_ascii_case("yes"))
    }

    /// A single value that is a whole number.
    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        self.single(key)?.trim().parse().ok()
    }

    /// Every vector of that name.
    pub(crate) fn vectors(&self, key: &str) -> Vec<BTreeMap<String, String>> {
        let vector = |value: &Value| match value {
            Value::Vector(members) => Some(members.clone()),
            Value::Single(_) => None,
        };
        self.0
            .iter()
            .filter(|(name, _)| name == key)
            .filter_map(|(_, value)| vector(value))
            .collect()
    }

    /// Attributes of `other` take the place of all of the same name.
    pub(crate) fn merge(&mut self, other: Attributes) {
        for (key, _) in &other.0 {
            self.remove(key);
        }
        for (key, value) in other.0 {
            self.add(&key, value);
        }
    }

    /// Whether every name can be that of an XML element: otherwise `oned` fails to store the object.
    pub(crate) fn is_storable(&self) -> bool {
        let sound = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        self.0.iter().all(|(name, value)| {
            sound(name)
                && match value {
                    Value::Single(_) => true,
                    Value::Vector(members) => members.keys().all(|member| sound(member)),
                }
        })
    }

    /// Writes the attributes below an element of the given name.
    pub(crate) fn to_xml(&self, root: &str) -> String {
        let mut out = format!("<{root}>");
        for (key, value) in &self.0 {
            match value {
                Value::Single(text) => push_data(&mut out, key, text),
                Value::Vector(members) if members.is_empty() => {}
                Value::Vector(members) => push_vector(&mut out, key, members),
            }
        }
        out.push_str("</");
        out.push_str(root);
        out.push('>');
        out
    }
}

/// Writes one element with its text in a CDATA section.
pub(crate) fn push_data(out: &mut String, name: &str, text: &str) {
    for piece in ["<", name, "><![CDATA[", text, "]]></", name, ">"] {
        out.push_str(piece);
    }
}

/// Writes one element with members, each in a CDATA section.
pub(crate) fn push_vector(out: &mut String, name: &str, members: &BTreeMap<String, String>) {
    for piece in ["<", name, ">"] {
        out.push_str(piece);
    }
    for (member, text) in members {
        push_data(out, member, text);
    }
    for piece in ["</", name, ">"] {
        out.push_str(piece);
    }
}

#[cfg(test)]
mod tests;
