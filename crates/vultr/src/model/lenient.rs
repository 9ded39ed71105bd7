//! Reading what the wire sends where the documentation says something else.
//!
//! Vultr writes an unset text as `""`, an unset number as 0, an empty map as `[]`, and a few numbers as texts. Used by the
//! objects' `Deserialize` only.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// `null` is the default.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// `null` and `""` are none.
pub(super) fn unset<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()).map(T::from))
}

/// `null`, `""`, `0.0.0.0`, `::` and what is no address are none.
pub(super) fn address<'de, D>(from: D) -> Result<Option<IpAddr>, D::Error>
where
    D: Deserializer<'de>,
{
    let text: Option<String> = Option::deserialize(from)?;
    let address = text.and_then(|text| text.parse().ok());
    Ok(address.filter(|address: &IpAddr| !address.is_unspecified()))
}

/// A number, also when it is written as a text; `null`, `""` and `false` are the default.
pub(super) fn number<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    match Value::deserialize(from)? {
        Value::Null | Value::Bool(false) => Ok(T::default()),
        Value::String(text) if text.trim().is_empty() => Ok(T::default()),
        Value::String(text) => serde_json::from_str(text.trim())
            .map_err(|_| D::Error::custom(format!("`{text}` is not a number"))),
        other => whole(other).map_err(D::Error::custom),
    }
}

/// Reads a number; `1024.0` is 1024.
fn whole<T: DeserializeOwned>(value: Value) -> serde_json::Result<T> {
    let text = value.to_string();
    serde_json::from_value(value).or_else(|error| match text.strip_suffix(".0") {
        Some(digits) => serde_json::from_str(digits),
        None => Err(error),
    })
}

/// A text, also when it is written as a number; `null` is `""`.
pub(super) fn text<'de, D>(from: D) -> Result<String, D::Error>
where
    D: Deserializer<'de>,
{
    match Value::deserialize(from)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(D::Error::custom(format!("`{other}` is not a text"))),
    }
}

/// A map; `null` and `[]` are the empty one.
pub(super) fn map<'de, D, K, V>(from: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Ord + DeserializeOwned,
    V: DeserializeOwned,
{
    match Value::deserialize(from)? {
        Value::Null => Ok(BTreeMap::new()),
        Value::Array(list) if list.is_empty() => Ok(BTreeMap::new()),
        other => serde_json::from_value(other).map_err(D::Error::custom),
    }
}
