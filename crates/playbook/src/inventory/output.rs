//! The inventory as `ansible-inventory` prints it.

use serde_json::{Map, Value, json};

use super::Inventory;

impl Inventory {
    /// What `--list` prints: groups, and all variables under `_meta`.
    pub fn to_list(&self) -> Value {
        let mut top = Map::new();
        let mut hostvars = Map::new();
        for host in self.host_names() {
            let vars: Map<String, Value> = self.vars_of(host).iter().map(|(k, v)| (k.to_string(), v.to_json())).collect();
            if !vars.is_empty() {
                hostvars.insert(host.to_owned(), Value::Object(sorted(vars)));
            }
        }
        top.insert("_meta".to_owned(), json!({ "hostvars": sorted(hostvars), "profile": "inventory_legacy" }));
        let mut names: Vec<&str> = self.group_names().filter(|name| *name != "all").collect();
        names.sort_unstable();
        let children: Vec<&str> = self.top_groups();
        top.insert("all".to_owned(), json!({ "children": children }));
        for name in names {
            let Some(group) = self.group(name) else { continue };
            let mut shown = Map::new();
            if !group.children.is_empty() {
                let mut children = group.children.clone();
                children.sort();
                shown.insert("children".to_owned(), json!(children));
            }
            let hosts = if name == "ungrouped" { self.hosts_of(name) } else { group.hosts.clone() };
            if !hosts.is_empty() {
                shown.insert("hosts".to_owned(), json!(hosts));
            }
            if !shown.is_empty() {
                top.insert(name.to_owned(), Value::Object(shown));
            }
        }
        Value::Object(top)
    }

    /// What `--host` prints: the variables of one host; `None` when there is no such host.
    pub fn to_host(&self, host: &str) -> Option<Value> {
        self.host(host)?;
        let vars = self.vars_of(host).iter().map(|(k, v)| (k.to_string(), v.to_json())).collect();
        Some(Value::Object(sorted(vars)))
    }

    /// What `--graph` prints.
    pub fn to_graph(&self) -> String {
        let mut out = String::from("@all:\n");
        for group in self.top_groups() {
            self.branch(group, 1, &mut out);
        }
        out
    }

    fn top_groups(&self) -> Vec<&str> {
        let inner = |name: &str| {
            let parents = self.groups.iter().filter(|(parent, _)| parent.as_str() != "all");
            parents.into_iter().any(|(_, group)| group.children.iter().any(|child| child == name))
        };
        let mut names: Vec<&str> = self.group_names().filter(|name| *name != "all" && !inner(name)).collect();
        // Ansible lists `ungrouped` first, then by name.
        names.sort_by_key(|name| (*name != "ungrouped", *name));
        names
    }

    fn branch(&self, name: &str, depth: usize, out: &mut String) {
        let Some(group) = self.group(name) else { return };
        let indent = "  |".repeat(depth);
        out.push_str(&indent);
        out.push_str(&format!("--@{name}:\n"));
        let mut children = group.children.clone();
        children.sort();
        for child in &children {
            self.branch(child, depth + 1, out);
        }
        let mut hosts = if name == "ungrouped" { self.hosts_of(name) } else { group.hosts.clone() };
        hosts.sort();
        for host in hosts {
            out.push_str(&format!("{indent}  |--{host}\n"));
        }
    }
}

fn sorted(map: Map<String, Value>) -> Map<String, Value> {
    let mut pairs: Vec<(String, Value)> = map.into_iter().collect();
    pairs.sort_by(|left, right| left.0.cmp(&right.0));
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_is_ansibles() {
        let mut inventory = Inventory::default();
        inventory.place("w1", "web");
        inventory.place("w2", "web");
        inventory.place("lonely", "ungrouped");
        inventory.add_group("site").children.push("web".to_owned());
        assert_eq!(
            inventory.to_graph(),
            "@all:\n  |--@ungrouped:\n  |  |--lonely\n  |--@site:\n  |  |--@web:\n  |  |  |--w1\n  |  |  |--w2\n"
        );
        assert_eq!(
            inventory.to_list(),
            json!({
                "_meta": {"hostvars": {}, "profile": "inventory_legacy"},
                "all": {"children": ["ungrouped", "site"]},
                "site": {"children": ["web"]},
                "ungrouped": {"hosts": ["lonely"]},
                "web": {"hosts": ["w1", "w2"]},
            })
        );
    }
}
