//! Variables of hosts, stacked by Ansible's precedence.
//!
//! Weakest first: defaults of roles, inventory (`all`, groups, host), facts, `vars` of the play, `vars_files`,
//! `vars` of roles, of blocks and of tasks, `set_fact` and `register`, parameters of roles, elements of loops,
//! and what is given from outside.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use edgewright_template::{Lazy, Map, Scope, ScopeMap, Value};
use indexmap::IndexMap;

use crate::inventory::Inventory;
use crate::load::{Play, Task};

/// What is known of a host.
#[derive(Debug, Default)]
struct Known {
    inventory: Arc<Map>,
    changing: Mutex<Changing>,
}

#[derive(Clone, Debug, Default)]
struct Changing {
    facts: Arc<Map>,
    injected: Arc<Map>,
    set: Arc<Map>,
}

/// Variables of all hosts of a run.
#[derive(Debug)]
pub(crate) struct Vars {
    hosts: IndexMap<String, Known>,
    inventory: Arc<Inventory>,
    groups: Value,
    extra: Arc<Map>,
    check: bool,
    diff: bool,
}

impl Vars {
    pub fn new(inventory: Arc<Inventory>, extra: Map, check: bool, diff: bool) -> Self {
        let hosts = inventory
            .host_names()
            .map(|name| {
                let known = Known {
                    inventory: Arc::new(inventory.vars_of(name)),
                    changing: Mutex::default(),
                };
                (name.to_owned(), known)
            })
            .collect();
        Self {
            groups: inventory.groups_value(),
            hosts,
            inventory,
            extra: Arc::new(extra),
            check,
            diff,
        }
    }

    /// Keeps facts, under `ansible_facts` and under their own names.
    pub fn add_facts(&self, host: &str, facts: &Map) {
        self.change(host, |changing| {
            let mut bare = (*changing.facts).clone();
            let mut injected = (*changing.injected).clone();
            for (name, value) in facts {
                bare.insert(
                    name.strip_prefix("ansible_").unwrap_or(name).into(),
                    value.clone(),
                );
                injected.insert(Arc::clone(name), value.clone());
            }
            changing.facts = Arc::new(bare);
            changing.injected = Arc::new(injected);
        });
    }

    /// Keeps a variable of `set_fact` or `register`.
    pub fn set(&self, host: &str, name: &str, value: Value) {
        self.change(host, |changing| {
            let mut set = (*changing.set).clone();
            set.insert(name.into(), value);
            changing.set = Arc::new(set);
        });
    }

    fn change(&self, host: &str, edit: impl FnOnce(&mut Changing)) {
        if let Some(known) = self.hosts.get(host) {
            edit(
                &mut known
                    .changing
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }

    fn changing(&self, host: &str) -> Changing {
        let known = self.hosts.get(host);
        known
            .map(|known| {
                known
                    .changing
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone()
            })
            .unwrap_or_default()
    }

    /// Variables as a task of a host sees them. `local` wins over everything but what is given from outside.
    pub fn scope(
        self: &Arc<Self>,
        host: &str,
        play: &Arc<Play>,
        hosts: &Arc<Vec<String>>,
        task: Option<&Task>,
        local: Map,
    ) -> Scope {
        let changing = self.changing(host);
        let role = task.and_then(|task| task.role.as_ref());
        let mut layers = vec![Arc::clone(&self.extra), Arc::new(local)];
        layers.extend(role.map(|role| Arc::clone(&role.params)));
        layers.push(changing.set);
        layers.extend(task.map(|task| Arc::clone(&task.vars)));
        layers.extend(role.map(|role| Arc::clone(&role.vars)));
        layers.extend([&play.role_vars, &play.vars_files, &play.vars].map(Arc::clone));
        layers.push(changing.injected);
        layers.extend(
            self.hosts
                .get(host)
                .map(|known| Arc::clone(&known.inventory)),
        );
        layers.extend(role.map(|role| Arc::clone(&role.defaults)));
        layers.push(Arc::clone(&play.role_defaults));
        layers.retain(|layer| !layer.is_empty());
        let magic = Magic {
            vars: Arc::clone(self),
            play: Arc::clone(play),
            hosts: Arc::clone(hosts),
            host: host.to_owned(),
            role: role.map(|role| (role.name.clone(), role.directory.clone())),
            facts: changing.facts,
        };
        Scope::new(layers).with_lazy(Arc::new(magic))
    }
}

/// Variables that every task has without anybody defining them.
#[derive(Debug)]
struct Magic {
    vars: Arc<Vars>,
    play: Arc<Play>,
    hosts: Arc<Vec<String>>,
    host: String,
    role: Option<(String, PathBuf)>,
    facts: Arc<Map>,
}

const NAMES: &[&str] = &[
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_name",
    "ansible_search_path",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_hostname",
    "inventory_hostname_short",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_path",
];

impl Lazy for Magic {
    fn get(&self, name: &str) -> Option<Value> {
        let texts = |names: &[String]| {
            Value::from(
                names
                    .iter()
                    .map(|name| Value::plain(name.as_str()))
                    .collect::<Vec<_>>(),
            )
        };
        let path = |path: &PathBuf| Value::plain(path.to_string_lossy().into_owned());
        Some(match name {
            "inventory_hostname" => Value::plain(self.host.as_str()),
            "inventory_hostname_short" => {
                Value::plain(self.host.split('.').next().unwrap_or_default())
            }
            "group_names" => {
                let mut names = self.vars.inventory.groups_of(&self.host);
                names.sort();
                texts(&names)
            }
            "groups" => self.vars.groups.clone(),
            "play_hosts" | "ansible_play_hosts" | "ansible_play_hosts_all" => texts(&self.hosts),
            "ansible_play_name" => Value::plain(self.play.name.as_str()),
            "ansible_facts" => Value::Map(Arc::clone(&self.facts)),
            "ansible_check_mode" => Value::Bool(self.vars.check),
            "ansible_diff_mode" => Value::Bool(self.vars.diff),
            "playbook_dir" => path(&self.play.directory),
            "inventory_dir" => path(self.vars.inventory.directory.as_ref()?),
            "role_name" => Value::plain(self.role.as_ref()?.0.as_str()),
            "role_path" => path(&self.role.as_ref()?.1),
            "ansible_search_path" => {
                let directories = self
                    .role
                    .iter()
                    .map(|(_, directory)| directory)
                    .chain([&self.play.directory]);
                Value::from(directories.map(path).collect::<Vec<_>>())
            }
            _ => return None,
        })
    }

    fn scopes(&self, name: &str) -> Option<Arc<dyn ScopeMap>> {
        (name == "hostvars").then(|| {
            let (vars, play, hosts) = (
                Arc::clone(&self.vars),
                Arc::clone(&self.play),
                Arc::clone(&self.hosts),
            );
            Arc::new(HostVars { vars, play, hosts }) as Arc<dyn ScopeMap>
        })
    }

    fn names(&self) -> Vec<String> {
        NAMES.iter().map(ToString::to_string).collect()
    }
}

#[derive(Debug)]
struct HostVars {
    vars: Arc<Vars>,
    play: Arc<Play>,
    hosts: Arc<Vec<String>>,
}

impl ScopeMap for HostVars {
    fn keys(&self) -> Vec<Arc<str>> {
        self.vars
            .hosts
            .keys()
            .map(|name| Arc::from(name.as_str()))
            .collect()
    }

    fn scope(&self, key: &str) -> Option<Scope> {
        self.vars.hosts.get(key)?;
        Some(
            self.vars
                .scope(key, &self.play, &self.hosts, None, Map::new()),
        )
    }
}
