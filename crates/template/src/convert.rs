//! From what a template evaluates to back to a [`Value`].

use std::sync::Arc;

use minijinja::value::{Value as Jinja, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::context::{Context, LazyList, LazyMap};
use crate::engine;
use crate::value::{Map, Value};

/// Deepest nesting of a result.
const MAX_DEPTH: usize = 128;

/// Takes a result over; everything in it is evaluated now, and no text of it is a template any more.
pub(crate) fn from_jinja(value: &Jinja) -> Result<Value, Error> {
    convert(value, 0)
}

fn convert(value: &Jinja, depth: usize) -> Result<Value, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the result is nested too deeply",
        ));
    }
    // What holds no templates is taken as it is, without a look at every element.
    if let Some(list) = value.downcast_object_ref::<LazyList>()
        && !list.0.iter().any(Value::has_templates)
    {
        return Ok(Value::List(Arc::clone(&list.0)));
    }
    if let Some(map) = value.downcast_object_ref::<LazyMap>()
        && !map.0.values().any(Value::has_templates)
    {
        return Ok(Value::Map(Arc::clone(&map.0)));
    }
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64().filter(|_| value.is_integer()) {
            Some(number) => Value::Int(number),
            None => Value::Float(f64::try_from(value.clone())?),
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value
                .try_iter()?
                .map(|item| convert(&item, depth + 1))
                .collect::<Result<Vec<_>, _>>()?;
            Value::List(Arc::new(items))
        }
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter()? {
                let item = convert(&value.get_item(&key)?, depth + 1)?;
                if !item.is_omitted() {
                    map.insert(key.to_string().into(), item);
                }
            }
            Value::Map(Arc::new(map))
        }
        _ => Value::plain(value.to_string()),
    })
}

/// Evaluates everything in a value. Entries of mappings that evaluate to `omit` are left out.
pub(crate) fn deep(context: &Context, value: &Value) -> Result<Value, Error> {
    match value {
        Value::Text(text) if text.is_template() => from_jinja(&engine::text_value(context, text)?),
        value if value.has_templates() => from_jinja(&context.lazy(value)),
        value => Ok(value.clone()),
    }
}

/// JSON as templates see it.
pub(crate) fn from_json(value: &serde_json::Value) -> Jinja {
    match value {
        serde_json::Value::Null => Jinja::from(()),
        serde_json::Value::Bool(value) => Jinja::from(*value),
        serde_json::Value::Number(number) => number.as_i64().map_or_else(
            || Jinja::from(number.as_f64().unwrap_or(f64::NAN)),
            Jinja::from,
        ),
        serde_json::Value::String(text) => Jinja::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(from_json).collect::<Vec<_>>().into(),
        serde_json::Value::Object(map) => Jinja::from_pairs(
            map.iter()
                .map(|(key, value)| (key.clone(), from_json(value))),
        ),
    }
}
