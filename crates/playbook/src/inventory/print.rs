//! Shows an inventory as `ansible-inventory` does: `--list`, `--host`, `--graph`.
//!
//! Called by the CLI. Texts are returned, nothing is printed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use edgewright_template::{Map, Value};
use edgewright_yaml::Diagnostics;
use serde_json::{Value as Json, json};

use super::{Inventory, VarsFiles};

/// An inventory with the variables of its files, ready to be shown.
#[derive(Debug)]
pub struct View<'i> {
    inventory: &'i Inventory,
    files: VarsFiles,
}

impl<'i> View<'i> {
    /// Reads `group_vars` and `host_vars` beside the inventory.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn new(inventory: &'i Inventory) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::default();
        let files = VarsFiles::read(inventory, &[], &mut problems);
        problems.into_result(Self { inventory, files })
    }

    /// Variables of a host, as JSON with sorted keys; `None` when there is no such host.
    pub fn host(&self, name: &str) -> Option<Json> {
        self.inventory.host(name)?;
        Some(self.variables(name))
    }

    fn variables(&self, host: &str) -> Json {
        sorted(&Value::from(self.files.host_variables(self.inventory, host, &[])).to_json())
    }

    /// Everything, as JSON with sorted keys.
    pub fn list(&self) -> Json {
        let mut groups = serde_json::Map::new();
        self.list_group("all", &mut groups);
        let mut hostvars = serde_json::Map::new();
        for (name, _) in self.inventory.hosts() {
            let variables = self.variables(name);
            if variables.as_object().is_some_and(|map| !map.is_empty()) {
                hostvars.insert(name.to_string(), variables);
            }
        }
        groups.insert(
            "_meta".to_owned(),
            json!({"hostvars": hostvars, "profile": "inventory_legacy"}),
        );
        sorted(&Json::Object(groups))
    }

    fn list_group(&self, name: &str, groups: &mut serde_json::Map<String, Json>) {
        let Some(group) = self.inventory.group(name) else {
            return;
        };
        let mut shown = serde_json::Map::new();
        if name != "all" && !group.hosts.is_empty() {
            shown.insert(
                "hosts".to_owned(),
                group.hosts.iter().map(ToString::to_string).collect(),
            );
        }
        let children: Vec<&super::Name> = group.children.iter().collect();
        if !children.is_empty() {
            shown.insert(
                "children".to_owned(),
                children.iter().map(ToString::to_string).collect(),
            );
        }
        if !shown.is_empty() {
            groups.insert(name.to_owned(), Json::Object(shown));
        }
        for child in children {
            if !groups.contains_key(&**child) {
                self.list_group(child, groups);
            }
        }
    }

    /// Groups and hosts as a tree below `group`, with variables if asked for; `None` when there is no such group.
    pub fn graph(&self, group: &str, with_variables: bool) -> Option<String> {
        self.inventory.group(group)?;
        let mut out = String::new();
        self.graph_group(group, 0, with_variables, &mut out);
        Some(out)
    }

    fn graph_group(&self, name: &str, depth: usize, with_variables: bool, out: &mut String) {
        branch(out, depth, &format!("@{name}:"));
        let Some(group) = self.inventory.group(name) else {
            return;
        };
        for child in &group.children {
            self.graph_group(child, depth + 1, with_variables, out);
        }
        if name != "all" {
            for host in &group.hosts {
                branch(out, depth + 1, host);
                if with_variables {
                    let variables = self.files.host_variables(self.inventory, host, &[]);
                    leaves(out, depth + 2, &variables);
                }
            }
        }
        if with_variables {
            leaves(out, depth + 1, &self.files.group(self.inventory, name));
        }
    }
}

fn branch(out: &mut String, depth: usize, text: &str) {
    if depth == 0 {
        out.push_str(text);
    } else {
        // Writing to a string cannot fail.
        write!(out, "{}--{text}", "  |".repeat(depth)).unwrap_or_default();
    }
    out.push('\n');
}

fn leaves(out: &mut String, depth: usize, variables: &Map) {
    let names: BTreeSet<&str> = variables.keys().map(|name| &**name).collect();
    for name in names {
        let value = variables.get(name).map(python).unwrap_or_default();
        branch(out, depth, &format!("{{{name} = {value}}}"));
    }
}

/// As Python's `str()` prints it.
fn python(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| python_repr(value), str::to_owned)
}

fn python_repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => {
            let quote = if text.as_str().contains('\'') && !text.as_str().contains('"') {
                '"'
            } else {
                '\''
            };
            let escaped = text
                .as_str()
                .replace('\\', "\\\\")
                .replace('\n', "\\n")
                .replace(quote, &format!("\\{quote}"));
            format!("{quote}{escaped}{quote}")
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(python_repr).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let items: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{}: {}",
                        python_repr(&Value::plain(key.clone())),
                        python_repr(value)
                    )
                })
                .collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            keys.into_iter()
                .filter_map(|key| map.get(key).map(|value| (key.clone(), sorted(value))))
                .collect()
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// JSON with four spaces a level, as Python's `json.dumps(…, indent=4)` writes it.
pub fn to_text(value: &Json) -> String {
    let mut out = String::new();
    write_json(value, 0, &mut out);
    out.push('\n');
    out
}

fn write_json(value: &Json, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth + 1);
    let close = "    ".repeat(depth);
    match value {
        Json::Object(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (at, (key, value)) in map.iter().enumerate() {
                let comma = if at == 0 { "" } else { ",\n" };
                write!(out, "{comma}{indent}{}: ", Json::from(key.as_str())).unwrap_or_default();
                write_json(value, depth + 1, out);
            }
            write!(out, "\n{close}}}").unwrap_or_default();
        }
        Json::Array(items) if !items.is_empty() => {
            out.push_str("[\n");
            for (at, item) in items.iter().enumerate() {
                let comma = if at == 0 { "" } else { ",\n" };
                write!(out, "{comma}{indent}").unwrap_or_default();
                write_json(item, depth + 1, out);
            }
            write!(out, "\n{close}]").unwrap_or_default();
        }
        other => write!(out, "{other}").unwrap_or_default(),
    }
}
