//! A call as the resources see it: segments of the path, parameters, and a body whose fields are taken one by one.
//!
//! Made by `crate::server`. An absent field and `null` are the same: clients send `null` for everything they do not set.

use crate::answer::Refusal;
use crate::machines::MachineKind;
use serde_json::{Map, Value};

/// A call.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The path below `/v2/`, cut at the slashes.
    pub segments: Vec<String>,
    /// What stood after the `?`.
    pub parameters: Vec<(String, String)>,
    pub body: Body,
}

impl Request {
    /// A segment of the path; empty if there is none.
    pub fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }

    /// The object's id, which is the second segment.
    pub fn id(&self) -> &str {
        self.segment(1)
    }

    /// Which kind of machine the path is about.
    pub fn kind(&self) -> MachineKind {
        match self.segment(0) {
            "bare-metals" => MachineKind::Metal,
            _ => MachineKind::Virtual,
        }
    }

    /// A parameter that is not empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether a parameter says yes.
    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.parameter(name), Some("true" | "1"))
    }
}

/// The body of a call.
#[derive(Clone, Debug, Default)]
pub struct Body(pub Map<String, Value>);

impl Body {
    /// Reads a body: nothing and `null` are an empty one.
    ///
    /// # Errors
    /// 400 if it is no JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(Value::Null) => Ok(Self::default()),
            _ => Err(Refusal::bad("Invalid JSON")),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    ///
    /// # Errors
    /// 400 if it is of another type.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    /// A text, or an empty one.
    ///
    /// # Errors
    /// 400 if it is of another type.
    pub fn text_or_empty(&self, name: &str) -> Result<String, Refusal> {
        Ok(self.text(name)?.unwrap_or_default().to_owned())
    }

    /// A text that must be there and not be empty.
    ///
    /// # Errors
    /// 400 if it is missing, empty or of another type.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::bad(format!("Missing required parameter: {name}")))
    }

    /// A number, also one that is written as a text.
    ///
    /// # Errors
    /// 400 if it is of another type.
    pub fn number(&self, name: &str) -> Result<Option<u32>, Refusal> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number
            .and_then(|number| u32::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| wrong(name, "an integer"))
    }

    /// A number that must be there.
    ///
    /// # Errors
    /// 400 if it is missing or of another type.
    pub fn required_number(&self, name: &str) -> Result<u32, Refusal> {
        self.number(name)?
            .ok_or_else(|| Refusal::bad(format!("Missing required parameter: {name}")))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// 400 if it is of another type.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(wrong(name, "a boolean")),
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// 400 if it is of another type.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or_else(|| wrong(name, "a list of strings")),
            Some(_) => Err(wrong(name, "a list of strings")),
        }
    }
}

fn wrong(name: &str, wanted: &str) -> Refusal {
    Refusal::bad(format!("Invalid value for {name}: must be {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_the_same_as_absent() {
        let body = Body::parse(br#"{"label": null, "tags": ["a"], "os_id": "2136"}"#).unwrap();
        assert_eq!(body.text("label"), Ok(None));
        assert_eq!(body.text("hostname"), Ok(None));
        assert_eq!(body.texts("tags"), Ok(Some(vec!["a".to_owned()])));
        assert_eq!(body.number("os_id"), Ok(Some(2136)));
        assert!(Body::parse(b"null").unwrap().0.is_empty());
    }

    #[test]
    fn a_wrong_type_is_named() {
        let body = Body::parse(br#"{"label": 3, "tags": "a"}"#).unwrap();
        let text = |refusal: Refusal| refusal.text;
        assert_eq!(
            body.text("label").map_err(text),
            Err("Invalid value for label: must be a string".to_owned())
        );
        assert_eq!(
            body.texts("tags").map_err(text),
            Err("Invalid value for tags: must be a list of strings".to_owned())
        );
        assert_eq!(
            body.required("region").map_err(text),
            Err("Missing required parameter: region".to_owned())
        );
    }
}
