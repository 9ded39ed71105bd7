//! What can be known beforehand about the templates under `vars` of a cluster file.
//!
//! Called by `plan::check`. Roles evaluate these variables on hosts, when instances are paid for already; what is sure to
//! fail there is refused here. Pure.

use std::collections::BTreeSet;

use edgewright_playbook::Inventory;
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Node, Span, nearest};

use super::spec::Spec;
use crate::embedded;

/// Names that every template knows: Ansible's magic variables and the functions of templates.
const GIVEN: &[&str] = &[
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_hostname",
    "inventory_hostname_short",
    "lookup",
    "namespace",
    "now",
    "omit",
    "play_hosts",
    "playbook_dir",
    "q",
    "query",
    "range",
    "role_name",
    "role_path",
    "undef",
    "vars",
];

/// Words by which a template cares for what may be undefined, or brings names of its own.
const CAREFUL: &[&str] = &[
    "default", "defined", "d(", "lookup", "query", "omit", " if ",
];

/// Complains about broken templates, and about names that neither the inventory nor any role knows.
///
/// # Errors
/// Every complaint, each with its place.
pub fn check(spec: &Spec, inventory: &Inventory) -> Result<(), Diagnostics> {
    let mut faults = Diagnostics::default();
    let mut texts = Vec::new();
    for (_, node) in spec.vars.iter() {
        collect(node, &mut texts);
    }
    if texts.is_empty() {
        return Ok(());
    }
    let known = known(spec, inventory);
    for (text, span) in texts {
        if let Err(error) = edgewright_template::check(text, "") {
            let fault = Diagnostic::error("template::syntax", error.message.clone());
            faults.push(fault.at(span, "this template"));
            continue;
        }
        if CAREFUL.iter().any(|word| text.contains(word)) {
            continue;
        }
        for name in edgewright_template::references(text) {
            if !name.starts_with("ansible_") && !known.contains(name.as_str()) {
                faults.push(undefined(&name, span, &known));
            }
        }
    }
    faults.into_result(())
}

/// All templates in a value and where they stand.
fn collect<'n>(node: &'n Node, found: &mut Vec<(&'n str, &'n Span)>) {
    match &node.data {
        Data::Str(text) if node.tag.is_none() && edgewright_template::is_template(text) => {
            found.push((text, &node.span));
        }
        Data::List(items) => items.iter().for_each(|item| collect(item, found)),
        Data::Map(map) => map.iter().for_each(|(_, item)| collect(item, found)),
        _ => {}
    }
}

/// Every name that may have a value: of the file, of the inventory, and every word in the roles, since tasks define some.
fn known<'k>(spec: &'k Spec, inventory: &'k Inventory) -> BTreeSet<&'k str> {
    let mut known: BTreeSet<&str> = GIVEN.iter().copied().collect();
    known.extend(spec.vars.iter().map(|(key, _)| &*key.name));
    for (_, host) in inventory.hosts() {
        known.extend(host.vars.keys().map(|name| &**name));
    }
    for (_, group) in inventory.groups() {
        known.extend(group.vars.keys().map(|name| &**name));
    }
    let files = embedded::roles().iter();
    let texts = files.filter_map(|(path, content)| {
        let read = !path.ends_with("/README.md");
        read.then(|| std::str::from_utf8(content).ok()).flatten()
    });
    for text in texts {
        known.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_'));
    }
    known
}

fn undefined(name: &str, span: &Span, known: &BTreeSet<&str>) -> Diagnostic {
    let fault = Diagnostic::error("playbook::undefined", format!("`{name}` is undefined"));
    let place = word(span, name);
    let fault = fault.at(place.as_ref().unwrap_or(span), "used here");
    // Of all words of the roles only names of variables are worth proposing.
    let names = known.iter().copied().filter(|name| name.contains('_'));
    match nearest(name, names) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault.help(format!(
            "define it under `vars`, or give a value for when it is not defined: `{{{{ {name} | default('…') }}}}`"
        )),
    }
}

/// The first place of a name in a range.
fn word(span: &Span, name: &str) -> Option<Span> {
    let text = span.text();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let at = text.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })?;
    Some(Span {
        start: span.start + at,
        end: span.start + at + name.len(),
        ..span.clone()
    })
}
