//! `/firewalls`: groups of rules. One that is used can be removed all the same.

use super::cut;
use crate::answer::{Outcome, Refusal, Reply};
use crate::books::FirewallGroup;
use crate::desk::Desk;
use crate::marks::{stamp, uuid};
use crate::request::Request;
use crate::texts;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Rules that a group may have.
pub const MOST_RULES: usize = 50;
/// Characters of a description that are kept.
const DESCRIPTION: usize = 255;

/// A group; while instances use it, the number of them is missing.
fn show(desk: &Desk<'_>, id: &str, group: &FirewallGroup) -> Value {
    let mut value = json!({
        "id": id,
        "description": group.description,
        "date_created": stamp(group.created),
        "date_modified": stamp(group.modified),
        "rule_count": group.rules.len(),
        "max_rule_count": MOST_RULES,
    });
    let used = desk
        .books
        .machines
        .iter()
        .any(|(_, machine)| !machine.gone && machine.firewall_group == id);
    if !used {
        value["instance_count"] = 0.into();
    }
    value
}

/// `GET /firewalls`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let groups = &desk.books.groups;
    groups.page(request, "firewall_groups", |id, group| {
        Some(show(desk, id, group))
    })
}

/// `POST /firewalls`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let now = Timestamp::now();
    let id = uuid();
    let group = FirewallGroup {
        description: cut(&request.body.text_or_empty("description")?, DESCRIPTION),
        created: now,
        modified: now,
        rules: Vec::new(),
        last_rule: 0,
    };
    let value = show(desk, &id, &group);
    desk.books.groups.add(id, group);
    Ok(Reply::with(201, json!({ "firewall_group": value })))
}

/// `GET /firewalls/{id}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let group = desk.books.groups.get(request.id());
    let group = group.ok_or_else(|| Refusal::missing(texts::NO_GROUP))?;
    Ok(Reply::ok(
        json!({ "firewall_group": show(desk, request.id(), group) }),
    ))
}

/// `PUT /firewalls/{id}`.
pub fn update(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let description = cut(request.body.required("description")?, DESCRIPTION);
    let group = desk.books.groups.get_mut(request.id());
    let group = group.ok_or_else(|| Refusal::missing(texts::NO_GROUP))?;
    group.description = description;
    group.modified = Timestamp::now();
    Ok(Reply::empty())
}

/// `DELETE /firewalls/{id}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    if desk.books.groups.remove(request.id()).is_none() {
        return Err(Refusal::missing(texts::NO_GROUP));
    }
    for (_, machine) in desk.books.machines.iter_mut() {
        if machine.firewall_group == request.id() {
            machine.firewall_group.clear();
        }
    }
    Ok(Reply::empty())
}
