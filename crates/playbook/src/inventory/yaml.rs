//! Inventories in YAML form: `all: {hosts: …, children: …, vars: …}`.
//!
//! Called by [`super::source`].

use edgewright_yaml::{Data, Diagnostic, Diagnostics, Node, nearest};

use super::{Inventory, ranges};
use crate::value::{from_node, refuse_tags};

/// Reads a file's content into an inventory.
pub fn read(node: &Node, inventory: &mut Inventory, problems: &mut Diagnostics) {
    refuse_tags(node, problems);
    let Some(groups) = node.as_map() else {
        problems.push(wrong(node, "an inventory must be a mapping of groups"));
        return;
    };
    for (key, value) in groups.iter() {
        group(&key.name, value, inventory, problems);
    }
}

fn wrong(node: &Node, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("inventory::wrong-type", message)
        .at(&node.span, format!("this is {}", node.kind()))
}

fn group(name: &str, node: &Node, inventory: &mut Inventory, problems: &mut Diagnostics) {
    inventory.add_group(name);
    let content = match &node.data {
        Data::Null => return,
        Data::Map(content) => content,
        _ => {
            problems.push(wrong(node, format!("group `{name}` must be a mapping")));
            return;
        }
    };
    for (key, value) in content.iter() {
        match (&*key.name, &value.data) {
            ("hosts" | "children" | "vars", Data::Null) => {}
            ("vars", Data::Map(vars)) => {
                for (key, value) in vars.iter() {
                    inventory.set_group_var(name, &key.name, from_node(value));
                }
            }
            ("children", Data::Map(children)) => {
                for (key, value) in children.iter() {
                    if let Err(error) = inventory.add_child(name, &key.name) {
                        problems.push(
                            Diagnostic::error("inventory::group-loop", error.to_string())
                                .at(&key.span, "a circle"),
                        );
                        continue;
                    }
                    group(&key.name, value, inventory, problems);
                }
            }
            ("hosts", Data::Map(hosts)) => {
                for (key, value) in hosts.iter() {
                    host(name, key, value, inventory, problems);
                }
            }
            ("hosts" | "children" | "vars", _) => {
                problems.push(wrong(
                    value,
                    format!("`{}` of group `{name}` must be a mapping", key.name),
                ));
            }
            (other, _) => {
                let mut complaint = Diagnostic::error(
                    "inventory::unknown-key",
                    format!("unknown key `{other}` in group `{name}`"),
                )
                .at(&key.span, "a group has `hosts`, `children` and `vars`");
                if let Some(near) = nearest(other, ["hosts", "children", "vars"]) {
                    complaint = complaint.help(format!("did you mean `{near}`?"));
                }
                problems.push(complaint);
            }
        }
    }
}

fn host(
    group: &str,
    key: &edgewright_yaml::Key,
    node: &Node,
    inventory: &mut Inventory,
    problems: &mut Diagnostics,
) {
    let names = match ranges::expand(&key.name) {
        Ok(names) => names,
        Err(error) => {
            problems.push(
                Diagnostic::error("inventory::range", error.to_string())
                    .at(&key.span, "this range"),
            );
            return;
        }
    };
    let vars = match &node.data {
        Data::Null => None,
        Data::Map(vars) => Some(vars),
        _ => {
            problems.push(wrong(
                node,
                format!("the variables of host `{}` must be a mapping", key.name),
            ));
            None
        }
    };
    for name in names {
        inventory.add_host(&name, group);
        for (key, value) in vars.iter().flat_map(|vars| vars.iter()) {
            inventory.set_host_var(&name, &key.name, from_node(value));
        }
    }
}
