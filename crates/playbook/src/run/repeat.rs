//! The elements of loops, and what a task sees of them.
//!
//! Called by `task`. Pure.

use std::sync::Arc;

use edgewright_template::{Map, Value};

use crate::load::model::{Repeat, RepeatKind};

/// Makes the elements from what was evaluated.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn elements(kind: RepeatKind, over: &Value) -> Result<Vec<Value>, String> {
    let list = |value: &Value| value.as_list().map(<[Value]>::to_vec);
    Ok(match kind {
        RepeatKind::Loop => list(over)
            .ok_or_else(|| format!("`loop` needs a list, and this is {}", kind_of(over)))?,
        RepeatKind::List => list(over).unwrap_or_else(|| vec![over.clone()]),
        RepeatKind::Items => flat(over, 1),
        RepeatKind::Flattened => flat(over, usize::MAX),
        RepeatKind::Indexed => flat(over, 1)
            .into_iter()
            .zip(0_i64..)
            .map(|(item, at)| vec![Value::Int(at), item].into())
            .collect(),
        RepeatKind::Dict => pairs(over)?,
        RepeatKind::Together => together(&lists(over)?),
        RepeatKind::Nested => nested(&lists(over)?),
    })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}

fn flat(value: &Value, depth: usize) -> Vec<Value> {
    let Some(items) = value.as_list() else {
        return vec![value.clone()];
    };
    items
        .iter()
        .flat_map(|item| match item {
            Value::List(_) if depth > 0 => flat(item, depth - 1),
            other => vec![other.clone()],
        })
        .collect()
}

fn pairs(over: &Value) -> Result<Vec<Value>, String> {
    let maps: Vec<&Map> = match over {
        Value::Map(map) => vec![map],
        Value::List(items) => items.iter().filter_map(Value::as_map).collect(),
        other => {
            return Err(format!(
                "`with_dict` needs a mapping, and this is {}",
                kind_of(other)
            ));
        }
    };
    Ok(maps
        .into_iter()
        .flat_map(|map| map.iter())
        .map(|(key, value)| {
            let pair: [(Arc<str>, Value); 2] = [
                ("key".into(), Value::plain(Arc::clone(key))),
                ("value".into(), value.clone()),
            ];
            pair.into_iter().collect::<Map>().into()
        })
        .collect())
}

fn lists(over: &Value) -> Result<Vec<Vec<Value>>, String> {
    let Some(items) = over.as_list() else {
        return Err(format!(
            "a list of lists is needed, and this is {}",
            kind_of(over)
        ));
    };
    Ok(items.iter().map(|item| flat(item, 0)).collect())
}

fn together(lists: &[Vec<Value>]) -> Vec<Value> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .map(|at| {
            lists
                .iter()
                .map(|list| list.get(at).cloned().unwrap_or(Value::Null))
                .collect::<Vec<_>>()
                .into()
        })
        .collect()
}

fn nested(lists: &[Vec<Value>]) -> Vec<Value> {
    let mut all: Vec<Vec<Value>> = vec![Vec::new()];
    for list in lists {
        all = all
            .iter()
            .flat_map(|start| {
                list.iter().map(|item| {
                    let mut row = start.clone();
                    row.push(item.clone());
                    row
                })
            })
            .collect();
    }
    all.into_iter().map(Value::from).collect()
}

/// Variables of one element.
pub(crate) fn variables(repeat: &Repeat, items: &[Value], at: usize) -> Map {
    let mut vars = Map::new();
    let number = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let Some(item) = items.get(at) else {
        return vars;
    };
    vars.insert(Arc::clone(&repeat.var), item.clone());
    vars.insert(
        "ansible_loop_var".into(),
        Value::plain(Arc::clone(&repeat.var)),
    );
    if let Some(name) = &repeat.index_var {
        vars.insert(Arc::clone(name), number(at));
        vars.insert("ansible_index_var".into(), Value::plain(Arc::clone(name)));
    }
    if repeat.extended {
        let length = items.len();
        let mut about: Map = [
            ("index", number(at + 1)),
            ("index0", number(at)),
            ("first", Value::Bool(at == 0)),
            ("last", Value::Bool(at + 1 == length)),
            ("length", number(length)),
            ("revindex", number(length - at)),
            ("revindex0", number(length - at - 1)),
            ("allitems", items.to_vec().into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
        if let Some(next) = items.get(at + 1) {
            about.insert("nextitem".into(), next.clone());
        }
        if let Some(before) = at.checked_sub(1).and_then(|before| items.get(before)) {
            about.insert("previtem".into(), before.clone());
        }
        vars.insert("ansible_loop".into(), about.into());
    }
    vars
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn made(kind: RepeatKind, over: Json) -> Json {
        elements(kind, &Value::from(over))
            .unwrap()
            .iter()
            .map(Value::to_json)
            .collect()
    }

    #[test]
    fn each_kind_of_loop_makes_its_elements() {
        assert_eq!(
            made(RepeatKind::Items, json!([1, [2, [3]], 4])),
            json!([1, 2, [3], 4])
        );
        assert_eq!(
            made(RepeatKind::Flattened, json!([1, [2, [3]]])),
            json!([1, 2, 3])
        );
        assert_eq!(made(RepeatKind::Items, json!("x")), json!(["x"]));
        assert_eq!(
            made(RepeatKind::Indexed, json!(["a", "b"])),
            json!([[0, "a"], [1, "b"]])
        );
        assert_eq!(
            made(RepeatKind::Dict, json!({"a": 1})),
            json!([{"key": "a", "value": 1}])
        );
        assert_eq!(
            made(RepeatKind::Together, json!([[1, 2], ["a"]])),
            json!([[1, "a"], [2, null]])
        );
        assert_eq!(
            made(RepeatKind::Nested, json!([[1, 2], ["a"]])),
            json!([[1, "a"], [2, "a"]])
        );
    }

    #[test]
    fn loop_takes_nothing_but_a_list() {
        assert_eq!(
            elements(RepeatKind::Loop, &Value::plain("x")).unwrap_err(),
            "`loop` needs a list, and this is a text"
        );
    }
}
