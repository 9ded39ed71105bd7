//! Takes answers apart. Called by [`super::Client`] only.

use crate::error::{Asked, Kind, VultrError};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An object in the field `field`.
pub(super) fn object<T: DeserializeOwned>(
    asked: &Asked,
    body: &[u8],
    field: &str,
) -> Result<T, VultrError> {
    let mut answer = value(asked, body)?;
    let object = take(asked, &mut answer, field)?;
    typed(asked, object, field)
}

/// The objects in the field `field`, and the cursor of the next page.
pub(super) fn page<T: DeserializeOwned>(
    asked: &Asked,
    body: &[u8],
    field: &str,
) -> Result<(Vec<T>, Option<String>), VultrError> {
    let mut answer = value(asked, body)?;
    let items = match take(asked, &mut answer, field)? {
        Value::Null => Vec::new(),
        items => typed(asked, items, field)?,
    };
    let next = answer
        .pointer("/meta/links/next")
        .and_then(Value::as_str)
        .filter(|next| !next.is_empty());
    Ok((items, next.map(str::to_owned)))
}

/// An answer that is JSON but something else than expected.
pub(super) fn form(asked: &Asked, what: impl Into<String>) -> VultrError {
    VultrError::new(asked, Kind::Form).with_text(what)
}

fn value(asked: &Asked, body: &[u8]) -> Result<Value, VultrError> {
    if body.is_empty() {
        return Err(form(asked, "it is empty"));
    }
    serde_json::from_slice(body).map_err(|error| form(asked, error.to_string()))
}

fn take(asked: &Asked, answer: &mut Value, field: &str) -> Result<Value, VultrError> {
    match answer.get_mut(field) {
        Some(value) => Ok(value.take()),
        None => Err(form(asked, format!("there is no `{field}`"))),
    }
}

fn typed<T: DeserializeOwned>(asked: &Asked, value: Value, field: &str) -> Result<T, VultrError> {
    serde_json::from_value(value).map_err(|error| form(asked, format!("in `{field}`: {error}")))
}
