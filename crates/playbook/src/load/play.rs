//! Reading a play.

use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Map as YamlMap, Node};

use super::Place;
use super::keywords::PLAY;
use super::model::{Item, Play, Strategy, Task};
use super::role::{Use, read_uses};
use super::task::{Around, items, texts};
use crate::data;
use crate::inventory::vars_file_at;

/// Reads one element of a playbook.
pub(super) fn read(node: &Node, place: &Place<'_>, faults: &mut Diagnostics) -> Option<Play> {
    let Some(map) = node.as_map() else {
        faults.push(
            Diagnostic::error(
                "playbook::type",
                format!("a play is a mapping, not {}", node.kind()),
            )
            .at(&node.span, "expected `hosts: …`"),
        );
        return None;
    };
    if let Some((key, _)) = map
        .entry("import_playbook")
        .or_else(|| map.entry("ansible.builtin.import_playbook"))
    {
        faults.push(
            Diagnostic::error(
                "playbook::unsupported",
                "`import_playbook` is not supported yet",
            )
            .at(
                &key.span,
                "refused, since leaving it out would change what is done",
            )
            .help("name both playbooks on the command line"),
        );
        return None;
    }
    PLAY.check(map, faults);
    let Some(hosts) = map.get("hosts") else {
        faults.push(
            Diagnostic::error(
                "playbook::missing-key",
                "the play does not say on which hosts",
            )
            .at(&node.span, "the key `hosts` is missing"),
        );
        return None;
    };
    let hosts_value = match hosts.as_list() {
        Some(list) => {
            let parts: Vec<&str> = list.iter().filter_map(Node::as_str).collect();
            Value::written(parts.join(","), Some(hosts.span.to_string().into()))
        }
        None => data::value(hosts),
    };
    let name = map
        .get("name")
        .and_then(Node::as_str)
        .or_else(|| hosts_value.as_str())
        .unwrap_or("play")
        .to_owned();
    let around = Around::of_play(map, faults);
    let uses = map
        .get("roles")
        .map(|node| read_uses(node, place, faults))
        .unwrap_or_default();
    let section = |name: &str, faults: &mut Diagnostics| {
        map.get(name)
            .map(|node| items(node, &around, place, faults))
            .unwrap_or_default()
    };
    let pre = section("pre_tasks", faults);
    let mut main: Vec<Item> = uses
        .iter()
        .flat_map(|role| role.items(&around, place, faults))
        .collect();
    main.extend(section("tasks", faults));
    let post = section("post_tasks", faults);
    let mut handlers: Vec<Arc<Task>> = uses
        .iter()
        .flat_map(|role| role.handlers(&around, place, faults))
        .collect();
    // Roles that tasks include bring their handlers with them.
    for task in pre.iter().chain(&main).chain(&post).flat_map(Item::tasks) {
        let Some(role) = task.role.clone() else {
            continue;
        };
        if !handlers.iter().any(|handler| {
            handler
                .role
                .as_ref()
                .is_some_and(|known| known.name == role.name)
        }) {
            handlers.extend(Use::of(&role).handlers(&around, place, faults));
        }
    }
    handlers.extend(
        section("handlers", faults)
            .iter()
            .flat_map(Item::tasks)
            .cloned(),
    );
    Some(Play {
        name,
        hosts: hosts_value,
        at: hosts.span.clone(),
        strategy: strategy(map, faults),
        gather_facts: boolean(map, "gather_facts", true, faults),
        vars: Arc::new(variables(map, faults)),
        vars_files: Arc::new(vars_files(map, place, faults)),
        role_defaults: layered(&uses, |role| &role.defaults),
        role_vars: layered(&uses, |role| &role.vars),
        sections: [pre, main, post],
        handlers,
        directory: place.directory.clone(),
    })
}

/// What all roles of a play say together; later roles win.
fn layered(uses: &[Use], part: impl Fn(&super::Role) -> &Arc<Map>) -> Arc<Map> {
    let mut all = Map::new();
    for role in uses.iter().flat_map(Use::with_dependencies) {
        all.extend(
            part(&role)
                .iter()
                .map(|(key, value)| (Arc::clone(key), value.clone())),
        );
    }
    Arc::new(all)
}

fn strategy(map: &YamlMap, faults: &mut Diagnostics) -> Strategy {
    match map.get("strategy").map(|node| (node.as_str(), node)) {
        None | Some((Some("linear" | "ansible.builtin.linear"), _)) => Strategy::Linear,
        Some((Some("free" | "ansible.builtin.free"), _)) => Strategy::Free,
        Some((_, node)) => {
            faults.push(
                Diagnostic::error("playbook::strategy", "this strategy is not supported")
                    .at(&node.span, "expected `linear` or `free`"),
            );
            Strategy::Linear
        }
    }
}

/// A keyword that is a boolean, whatever way it is written.
pub(super) fn boolean(map: &YamlMap, name: &str, default: bool, faults: &mut Diagnostics) -> bool {
    match map.get(name).map(|node| (&node.data, node)) {
        None | Some((Data::Null, _)) => default,
        Some((Data::Bool(value), _)) => *value,
        Some((_, node)) => {
            faults.push(
                Diagnostic::error(
                    "playbook::type",
                    format!("`{name}` must be a boolean, not {}", node.kind()),
                )
                .at(&node.span, "expected `true` or `false`"),
            );
            default
        }
    }
}

/// The variables that stand under `vars`.
pub(super) fn variables(map: &YamlMap, faults: &mut Diagnostics) -> Map {
    let Some(node) = map.get("vars") else {
        return Map::new();
    };
    match &node.data {
        Data::Map(vars) => data::map(vars),
        Data::Null => Map::new(),
        _ => {
            faults.push(
                Diagnostic::error(
                    "playbook::type",
                    format!("`vars` must be a mapping, not {}", node.kind()),
                )
                .at(&node.span, "expected `name: value` lines"),
            );
            Map::new()
        }
    }
}

fn vars_files(map: &YamlMap, place: &Place<'_>, faults: &mut Diagnostics) -> Map {
    let mut all = Map::new();
    let Some(node) = map.get("vars_files") else {
        return all;
    };
    for (file, at) in texts(node, "vars_files", faults) {
        if edgewright_template::is_template(&file) {
            faults.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    "templates in `vars_files` are not supported yet",
                )
                .at(&at, "a template"),
            );
            continue;
        }
        match vars_file_at(&place.directory.join(&file), &at) {
            Ok(vars) => all.extend(vars),
            Err(errors) => faults.extend(errors),
        }
    }
    all
}
