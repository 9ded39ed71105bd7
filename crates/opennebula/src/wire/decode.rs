//! Reading calls and answers. Called by servers (calls) and by the client (answers).

use super::{Answer, Call, Fault, MAX_BYTES, Value, WireError};
use crate::xml::{Element, Limits};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Envelopes are shallow; what nests deeper is an array of arrays nobody needs.
const ENVELOPE: Limits = Limits {
    depth: 64,
    elements: 1_000_000,
};

/// Many writers leave the padding of base64 out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads a call.
///
/// # Errors
/// [`WireError`] for anything that is not one well-formed `methodCall`.
pub fn decode_call(bytes: &[u8]) -> Result<Call, WireError> {
    let root = document(bytes)?;
    expect(&root, "methodCall")?;
    let method = only(&root, "methodName")?.text().trim().to_owned();
    if method.is_empty() {
        return Err(WireError::Structure(
            "the method's name is empty".to_owned(),
        ));
    }
    let params = match root.child("params") {
        Some(params) => parameters(params)?,
        None => Vec::new(),
    };
    Ok(Call { method, params })
}

/// Reads an answer.
///
/// # Errors
/// [`WireError`] for anything that is not one well-formed `methodResponse`; a fault is a successful reading.
pub fn decode_answer(bytes: &[u8]) -> Result<Answer, WireError> {
    let root = document(bytes)?;
    expect(&root, "methodResponse")?;
    if let Some(fault) = root.child("fault") {
        return Ok(Err(read_fault(&value(only(fault, "value")?)?)?));
    }
    let mut values = parameters(only(&root, "params")?)?;
    match (values.pop(), values.is_empty()) {
        (Some(result), true) => Ok(Ok(result)),
        _ => Err(WireError::Structure(
            "an answer has exactly one value".to_owned(),
        )),
    }
}

fn document(bytes: &[u8]) -> Result<Element, WireError> {
    if bytes.len() > MAX_BYTES {
        return Err(WireError::TooLong { found: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| WireError::Encoding {
        at: error.valid_up_to(),
    })?;
    Ok(Element::parse_within(text, ENVELOPE)?)
}

fn expect(element: &Element, name: &str) -> Result<(), WireError> {
    if element.name() == name {
        return Ok(());
    }
    Err(WireError::Structure(format!(
        "the root element is `{}`, not `{name}`",
        clip(element.name())
    )))
}

fn only<'a>(parent: &'a Element, name: &str) -> Result<&'a Element, WireError> {
    parent
        .child(name)
        .ok_or_else(|| WireError::Structure(format!("`{}` has no `{name}`", clip(parent.name()))))
}

fn parameters(params: &Element) -> Result<Vec<Value>, WireError> {
    params
        .all("param")
        .map(|param| value(only(param, "value")?))
        .collect()
}

fn value(element: &Element) -> Result<Value, WireError> {
    let Some(typed) = element.children().first() else {
        return Ok(Value::Text(element.text().to_owned()));
    };
    let text = typed.text();
    match typed.name() {
        "string" => Ok(Value::Text(text.to_owned())),
        "i4" | "int" => number(text, "i4").map(Value::Int),
        "i8" | "ex:i8" => number(text, "i8").map(Value::Long),
        "boolean" => match text.trim() {
            "1" => Ok(Value::Bool(true)),
            "0" => Ok(Value::Bool(false)),
            _ => Err(bad("boolean", text)),
        },
        "double" => number(text, "double").map(Value::Double),
        "dateTime.iso8601" => Ok(Value::DateTime(text.trim().to_owned())),
        "base64" => {
            let compact: String = text.split_ascii_whitespace().collect();
            BASE64
                .decode(compact)
                .map(Value::Bytes)
                .map_err(|_| bad("base64", text))
        }
        "array" => only(typed, "data")?
            .all("value")
            .map(value)
            .collect::<Result<_, _>>()
            .map(Value::Array),
        "struct" => typed
            .all("member")
            .map(member)
            .collect::<Result<_, _>>()
            .map(Value::Struct),
        "nil" | "ex:nil" => Ok(Value::Nil),
        other => Err(WireError::Structure(format!(
            "`{}` is not a type",
            clip(other)
        ))),
    }
}

fn member(element: &Element) -> Result<(String, Value), WireError> {
    Ok((
        only(element, "name")?.text().to_owned(),
        value(only(element, "value")?)?,
    ))
}

fn number<T: std::str::FromStr>(text: &str, kind: &'static str) -> Result<T, WireError> {
    text.trim().parse().map_err(|_| bad(kind, text))
}

fn bad(kind: &'static str, text: &str) -> WireError {
    WireError::Value {
        kind,
        text: clip(text),
    }
}

/// Keeps hostile texts out of messages: the first characters tell enough.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

fn read_fault(value: &Value) -> Result<Fault, WireError> {
    let Value::Struct(members) = value else {
        return Err(WireError::Structure("a fault is not a `struct`".to_owned()));
    };
    let find = |name: &str| {
        members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let code = find("faultCode")
        .and_then(Value::as_integer)
        .and_then(|code| i32::try_from(code).ok());
    let text = find("faultString").and_then(Value::as_text);
    match (code, text) {
        (Some(code), Some(text)) => Ok(Fault {
            code,
            text: text.to_owned(),
        }),
        _ => Err(WireError::Structure(
            "a fault lacks `faultCode` or `faultString`".to_owned(),
        )),
    }
}
