//! Objects of a kind in the order in which they were made, and how a list of them is cut into pages.
//!
//! A cursor is base64 of `next__` or `prev__` and the id at the page's edge, as recorded ones are; it stays good when that
//! object is removed meanwhile.

use crate::answer::{Outcome, Refusal, Reply};
use crate::request::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Objects of a kind.
#[derive(Debug)]
pub struct Pool<T> {
    objects: Vec<(String, T)>,
    /// Where each id stands or stood.
    places: HashMap<String, usize>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            objects: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T> Pool<T> {
    /// Enters an object at the end.
    pub fn add(&mut self, id: String, object: T) {
        self.places.insert(id.clone(), self.places.len());
        self.objects.push((id, object));
    }

    /// Finds an object.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.iter().find(|(key, _)| *key == id).map(|(_, it)| it)
    }

    /// Finds an object, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.iter_mut()
            .find(|(key, _)| *key == id)
            .map(|(_, it)| it)
    }

    /// Takes an object out; its place stays known.
    pub fn remove(&mut self, id: &str) -> Option<T> {
        let index = self.objects.iter().position(|(key, _)| key == id)?;
        Some(self.objects.remove(index).1)
    }

    /// All objects with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.objects
            .iter()
            .map(|(id, object)| (id.as_str(), object))
    }

    /// All objects with their ids, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut T)> {
        self.objects
            .iter_mut()
            .map(|(id, object)| (id.as_str(), object))
    }

    /// A page of those objects for which there is a value.
    pub fn page(
        &self,
        request: &Request,
        key: &str,
        show: impl Fn(&str, &T) -> Option<Value>,
    ) -> Outcome {
        let rows = self
            .iter()
            .filter_map(|(id, object)| {
                let place = *self.places.get(id)?;
                Some((place, id.to_owned(), show(id, object)?))
            })
            .collect();
        page(request, key, rows, |id| self.places.get(id).copied())
    }
}

/// A page of a list that never changes.
pub fn page_of(request: &Request, key: &str, rows: Vec<(String, Value)>) -> Outcome {
    let places: HashMap<String, usize> = rows
        .iter()
        .enumerate()
        .map(|(place, (id, _))| (id.clone(), place))
        .collect();
    let rows = rows
        .into_iter()
        .enumerate()
        .map(|(place, (id, value))| (place, id, value))
        .collect();
    page(request, key, rows, |id| places.get(id).copied())
}

/// Entries on a page if nothing else is asked for.
const PER_PAGE: usize = 100;
/// Entries on a page at most. What more than this or nothing does is not known; here it is cut.
const MOST_PER_PAGE: usize = 500;

type Row = (usize, String, Value);

fn page(
    request: &Request,
    key: &str,
    rows: Vec<Row>,
    place: impl Fn(&str) -> Option<usize>,
) -> Outcome {
    let size = request
        .parameter("per_page")
        .and_then(|text| text.parse().ok())
        .unwrap_or(PER_PAGE)
        .clamp(1, MOST_PER_PAGE);
    let total = rows.len();
    let start = match request.parameter("cursor") {
        None => 0,
        Some(cursor) => {
            start_of(cursor, &rows, size, place).ok_or_else(|| Refusal::bad("Invalid cursor."))?
        }
    };
    let end = total.min(start + size);
    let edge = |word: &str, index: Option<usize>| {
        index
            .and_then(|index| rows.get(index))
            .map(|(_, id, _)| STANDARD.encode(format!("{word}__{id}")))
            .unwrap_or_default()
    };
    let next = edge("next", (end < total).then(|| end.saturating_sub(1)));
    let prev = edge("prev", (start > 0).then_some(start));
    let values: Vec<Value> = rows
        .into_iter()
        .skip(start)
        .take(size)
        .map(|(_, _, value)| value)
        .collect();
    let meta = json!({ "total": total, "links": { "next": next, "prev": prev } });
    Ok(Reply::ok(json!({ key: values, "meta": meta })))
}

/// Where the page that a cursor names begins.
fn start_of(
    cursor: &str,
    rows: &[Row],
    size: usize,
    place: impl Fn(&str) -> Option<usize>,
) -> Option<usize> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    let (word, id) = text.split_once("__")?;
    let edge = place(id)?;
    match word {
        "next" => Some(rows.partition_point(|(place, ..)| *place <= edge)),
        "prev" => Some(
            rows.partition_point(|(place, ..)| *place < edge)
                .saturating_sub(size),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Pool<()> {
        let mut pool = Pool::default();
        for id in ["a", "b", "c", "d", "e"] {
            pool.add(id.to_owned(), ());
        }
        pool
    }

    fn look(pool: &Pool<()>, cursor: &str) -> (String, String, String) {
        let request = Request {
            parameters: vec![
                ("per_page".to_owned(), "2".to_owned()),
                ("cursor".to_owned(), cursor.to_owned()),
            ],
            ..Request::default()
        };
        let body = pool
            .page(&request, "letters", |id, ()| Some(id.into()))
            .unwrap()
            .body
            .unwrap();
        let link = |name| body["meta"]["links"][name].as_str().unwrap().to_owned();
        (body["letters"].to_string(), link("next"), link("prev"))
    }

    #[test]
    fn pages_follow_each_other_both_ways() {
        let pool = letters();
        let (first, next, prev) = look(&pool, "");
        assert_eq!((first.as_str(), prev.as_str()), (r#"["a","b"]"#, ""));
        assert_eq!(STANDARD.decode(&next).unwrap(), b"next__b");
        let (second, next, prev) = look(&pool, &next);
        assert_eq!(second, r#"["c","d"]"#);
        let (third, end, _) = look(&pool, &next);
        assert_eq!((third.as_str(), end.as_str()), (r#"["e"]"#, ""));
        assert_eq!(look(&pool, &prev).0, r#"["a","b"]"#);
    }

    #[test]
    fn a_cursor_outlives_the_object_it_names() {
        let mut pool = letters();
        let (_, next, _) = look(&pool, "");
        pool.remove("a");
        pool.remove("b");
        assert_eq!(look(&pool, &next).0, r#"["c","d"]"#);
    }

    #[test]
    fn a_cursor_that_is_none_is_refused() {
        for cursor in ["%", "bmV4dA==", "bmV4dF9feg=="] {
            let request = Request {
                parameters: vec![("cursor".to_owned(), cursor.to_owned())],
                ..Request::default()
            };
            let refused = letters().page(&request, "letters", |_, ()| None);
            assert_eq!(refused, Err(Refusal::bad("Invalid cursor.")));
        }
    }
}
