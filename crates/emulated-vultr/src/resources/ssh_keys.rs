//! `/ssh-keys`. Neither names nor keys are unique.

use super::cut;
use crate::answer::{Outcome, Refusal, Reply};
use crate::books::SshKey;
use crate::desk::Desk;
use crate::marks::{stamp, uuid};
use crate::request::Request;
use crate::texts;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Characters of a name that are kept.
const NAME: usize = 128;

fn show(id: &str, key: &SshKey) -> Value {
    json!({
        "id": id,
        "date_created": stamp(key.created),
        "name": key.name,
        "ssh_key": key.key,
    })
}

/// Whether a text looks like a public key.
fn is_key(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let known = ["ssh-", "ecdsa-", "sk-"];
    known.iter().any(|start| kind.starts_with(start)) && words.next().is_some()
}

fn checked_key(text: &str) -> Result<String, Refusal> {
    if is_key(text) {
        return Ok(text.trim().to_owned());
    }
    Err(Refusal::bad(
        "Invalid SSH key. Please enter a valid public key.",
    ))
}

/// `GET /ssh-keys`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    desk.books
        .keys
        .page(request, "ssh_keys", |id, key| Some(show(id, key)))
}

/// `POST /ssh-keys`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let id = uuid();
    let key = SshKey {
        name: cut(request.body.required("name")?, NAME),
        key: checked_key(request.body.required("ssh_key")?)?,
        created: Timestamp::now(),
    };
    let value = show(&id, &key);
    desk.books.keys.add(id, key);
    Ok(Reply::with(201, json!({ "ssh_key": value })))
}

/// `GET /ssh-keys/{id}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let key = desk.books.keys.get(request.id());
    let key = key.ok_or_else(|| Refusal::missing(texts::NO_KEY))?;
    Ok(Reply::ok(json!({ "ssh_key": show(request.id(), key) })))
}

/// `PATCH /ssh-keys/{id}`.
pub fn update(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let key = desk.books.keys.get_mut(request.id());
    let key = key.ok_or_else(|| Refusal::missing(texts::NO_KEY))?;
    let material = request.body.text("ssh_key")?.map(checked_key).transpose()?;
    if let Some(name) = request.body.text("name")? {
        key.name = cut(name, NAME);
    }
    if let Some(material) = material {
        key.key = material;
    }
    Ok(Reply::empty())
}

/// `DELETE /ssh-keys/{id}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    match desk.books.keys.remove(request.id()) {
        Some(_) => Ok(Reply::empty()),
        None => Err(Refusal::missing(texts::NO_KEY)),
    }
}
