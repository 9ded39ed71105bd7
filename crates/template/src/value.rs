//! What variables hold.

use std::sync::Arc;

use indexmap::IndexMap;

/// A mapping, in the order it was written.
pub type Map = IndexMap<Arc<str>, Value>;

/// What `omit` evaluates to; arguments with this value are left out.
pub const OMIT: &str = "__omit_place_holder__edgewright";

/// A value. Cheap to clone: texts, lists and mappings are shared.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// A text, perhaps a template.
    Text(Text),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A mapping.
    Map(Arc<Map>),
}

/// A text that knows whether it is a template.
#[derive(Clone, Debug)]
pub struct Text {
    pub(crate) content: Arc<str>,
    /// Where it was written, as `file:line:column`; set for templates only.
    pub(crate) origin: Option<Arc<str>>,
    pub(crate) template: bool,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content && self.template == other.template
    }
}

/// Whether a text holds anything that would be evaluated.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

impl Value {
    /// A text that is never evaluated: what a host answered, or what is marked `!unsafe`.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self::Text(Text {
            content: text.into(),
            origin: None,
            template: false,
        })
    }

    /// A text that a user wrote: a template, if it looks like one. `origin` is its place.
    pub fn written(text: impl Into<Arc<str>>, origin: Option<Arc<str>>) -> Self {
        let text = text.into();
        let template = is_template(&text);
        Self::Text(Text {
            content: text,
            origin: origin.filter(|_| template),
            template,
        })
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.content),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// Whether it, or anything in it, is a template.
    pub fn has_templates(&self) -> bool {
        match self {
            Self::Text(text) => text.template,
            Self::List(list) => list.iter().any(Self::has_templates),
            Self::Map(map) => map.values().any(Self::has_templates),
            _ => false,
        }
    }

    /// Whether it is what `omit` evaluates to.
    pub fn is_omitted(&self) -> bool {
        self.as_str() == Some(OMIT)
    }

    /// As JSON; templates as they are written.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) => text.content.as_ref().into(),
            Self::List(list) => list.iter().map(Self::to_json).collect(),
            Self::Map(map) => map
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_json()))
                .collect(),
        }
    }
}

impl Text {
    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.content
    }

    /// Whether it is evaluated.
    pub fn is_template(&self) -> bool {
        self.template
    }

    /// Where it was written, as `file:line:column`.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

impl From<serde_json::Value> for Value {
    /// Takes what a host answered: texts are not templates.
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => number.as_i64().map_or_else(
                || Self::Float(number.as_f64().unwrap_or(f64::NAN)),
                Self::Int,
            ),
            serde_json::Value::String(text) => Self::plain(text),
            serde_json::Value::Array(items) => {
                Self::List(Arc::new(items.into_iter().map(Self::from).collect()))
            }
            serde_json::Value::Object(map) => Self::Map(Arc::new(
                map.into_iter()
                    .map(|(key, value)| (key.into(), value.into()))
                    .collect(),
            )),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }
}
