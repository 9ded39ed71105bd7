//! `/startup-scripts`. Lists leave the script itself out.

use crate::answer::{Outcome, Refusal, Reply};
use crate::books::Script;
use crate::desk::Desk;
use crate::marks::{stamp, uuid};
use crate::request::Request;
use crate::texts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

fn summary(id: &str, script: &Script) -> Value {
    json!({
        "id": id,
        "date_created": stamp(script.created),
        "date_modified": stamp(script.modified),
        "name": script.name,
        "type": script.kind,
    })
}

fn show(id: &str, script: &Script) -> Value {
    let mut value = summary(id, script);
    value["script"] = script.text.as_str().into();
    value
}

fn checked_script(text: &str) -> Result<String, Refusal> {
    match STANDARD.decode(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Refusal::bad(texts::SCRIPT_NOT_BASE64)),
    }
}

fn checked_kind(text: &str) -> Result<String, Refusal> {
    match text {
        "boot" | "pxe" => Ok(text.to_owned()),
        _ => Err(Refusal::bad("Invalid value for type: must be boot or pxe")),
    }
}

/// `GET /startup-scripts`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    desk.books
        .scripts
        .page(request, "startup_scripts", |id, script| {
            Some(summary(id, script))
        })
}

/// `POST /startup-scripts`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let body = &request.body;
    let now = Timestamp::now();
    let id = uuid();
    let script = Script {
        name: body.required("name")?.to_owned(),
        kind: checked_kind(body.text("type")?.unwrap_or("boot"))?,
        text: checked_script(body.required("script")?)?,
        created: now,
        modified: now,
    };
    let value = show(&id, &script);
    desk.books.scripts.add(id, script);
    Ok(Reply::with(201, json!({ "startup_script": value })))
}

/// `GET /startup-scripts/{id}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let script = desk.books.scripts.get(request.id());
    let script = script.ok_or_else(|| Refusal::missing(texts::NO_SCRIPT))?;
    Ok(Reply::ok(
        json!({ "startup_script": show(request.id(), script) }),
    ))
}

/// `PATCH /startup-scripts/{id}`.
pub fn update(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let script = desk.books.scripts.get_mut(request.id());
    let script = script.ok_or_else(|| Refusal::missing(texts::NO_SCRIPT))?;
    let body = &request.body;
    let text = body.text("script")?.map(checked_script).transpose()?;
    let kind = body.text("type")?.map(checked_kind).transpose()?;
    if let Some(name) = body.text("name")? {
        name.clone_into(&mut script.name);
    }
    if let Some(text) = text {
        script.text = text;
    }
    if let Some(kind) = kind {
        script.kind = kind;
    }
    script.modified = Timestamp::now();
    Ok(Reply::empty())
}

/// `DELETE /startup-scripts/{id}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    match desk.books.scripts.remove(request.id()) {
        Some(_) => Ok(Reply::empty()),
        None => Err(Refusal::missing(texts::NO_SCRIPT)),
    }
}
