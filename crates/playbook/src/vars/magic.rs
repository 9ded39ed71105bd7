//! Variables that nobody defines: who and where a task is, what other hosts know, how the run is done.

use std::sync::Arc;

use edgewright_template::{Lazy, Map, Scope, ScopeMap, Value};

use super::{PlayVars, Vars};
use crate::inventory::Inventory;
use crate::load::model::Task;
use crate::load::place::Place;

/// Names of these variables.
pub(crate) const NAMES: &[&str] = &[
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_forks",
    "ansible_limit",
    "ansible_parent_role_names",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_name",
    "ansible_play_role_names",
    "ansible_role_name",
    "ansible_role_names",
    "ansible_search_path",
    "ansible_verbosity",
    "ansible_version",
    "environment",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_hostname",
    "inventory_hostname_short",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_names",
    "role_path",
];

/// The version of Ansible whose meaning playbooks have here.
const VERSION: (i64, i64, i64) = (2, 19, 0);

/// What is computed for one host, and one task of it.
#[derive(Debug)]
pub(super) struct Magic {
    vars: Arc<Vars>,
    host: Arc<str>,
    facts: Arc<Map>,
    play: Option<Arc<PlayVars>>,
    role: Option<Arc<crate::load::model::RoleUse>>,
    place: Option<Place>,
    environment: Vec<Value>,
}

impl Magic {
    pub fn new(vars: &Arc<Vars>, host: &Arc<str>, facts: Arc<Map>) -> Self {
        Self {
            vars: Arc::clone(vars),
            host: Arc::clone(host),
            facts,
            play: None,
            role: None,
            place: None,
            environment: Vec::new(),
        }
    }

    pub fn within(mut self, play: &Arc<PlayVars>, task: Option<&Task>) -> Self {
        self.play = Some(Arc::clone(play));
        self.role = task.and_then(|task| task.role.clone());
        self.place = task.map(|task| task.place.clone());
        self.environment = task
            .iter()
            .flat_map(|task| &task.inherited.environment)
            .map(|environment| environment.value.clone())
            .collect();
        self
    }

    fn of_play(&self, name: &str) -> Option<Value> {
        let play = self.play.as_ref()?;
        let roles = || play.play.roles.iter().map(|role| &role.role.name);
        Some(match name {
            "play_hosts" | "ansible_play_hosts" | "ansible_play_batch" => texts(&play.present()),
            "ansible_play_hosts_all" => texts(&play.hosts),
            "ansible_play_name" => Value::plain(play.play.name.value.as_str().unwrap_or_default()),
            "role_names" | "ansible_play_role_names" | "ansible_role_names" => texts(roles()),
            "playbook_dir" => path(&play.play.place),
            "ansible_search_path" => self.search_path(play),
            "environment" => self.environment.clone().into(),
            _ => return None,
        })
    }

    fn of_role(&self, name: &str) -> Option<Value> {
        let role = self.role.as_ref()?;
        Some(match name {
            "role_name" | "ansible_role_name" => Value::plain(Arc::clone(&role.role.name)),
            "role_path" => path(&role.role.place),
            "ansible_parent_role_names" => {
                texts(role.parents.iter().rev().map(|parent| &parent.role.name))
            }
            _ => return None,
        })
    }

    fn search_path(&self, play: &PlayVars) -> Value {
        let role = self.role.iter().map(|role| &role.role.place);
        let places = role.chain(&self.place).chain([&play.play.place]);
        let mut paths: Vec<Value> = Vec::new();
        for place in places.filter(|place| place.path().is_some()) {
            let value = path(place);
            if !paths.contains(&value) {
                paths.push(value);
            }
        }
        paths.into()
    }
}

impl Lazy for Magic {
    fn get(&self, name: &str) -> Option<Value> {
        let options = &self.vars.options;
        Some(match name {
            "inventory_hostname" => Value::plain(Arc::clone(&self.host)),
            "inventory_hostname_short" => {
                Value::plain(self.host.split('.').next().unwrap_or_default())
            }
            "group_names" => {
                let mut names = self.vars.inventory.groups_of(&self.host);
                names.retain(|name| &**name != "all");
                names.sort();
                texts(&names)
            }
            "groups" => self.vars.groups.clone(),
            "ansible_facts" => Value::Map(Arc::clone(&self.facts)),
            "ansible_check_mode" => Value::Bool(options.check),
            "ansible_diff_mode" => Value::Bool(options.diff),
            "ansible_forks" => Value::Int(i64::try_from(options.forks).unwrap_or(0)),
            "ansible_verbosity" => Value::Int(options.verbosity.into()),
            "ansible_limit" => Value::plain(options.limit.as_deref()?),
            "ansible_version" => version(),
            "inventory_dir" => {
                let directory = self.vars.inventory.directories().first()?;
                path(&Place::Disk(directory.clone()))
            }
            _ => return self.of_play(name).or_else(|| self.of_role(name)),
        })
    }

    fn scopes(&self, name: &str) -> Option<Arc<dyn ScopeMap>> {
        (name == "hostvars")
            .then(|| Arc::new(HostVars(Arc::clone(&self.vars))) as Arc<dyn ScopeMap>)
    }

    fn names(&self) -> Vec<String> {
        NAMES.iter().map(ToString::to_string).collect()
    }
}

/// What `hostvars` stands for.
#[derive(Debug)]
struct HostVars(Arc<Vars>);

impl ScopeMap for HostVars {
    fn keys(&self) -> Vec<Arc<str>> {
        let implicit = |name: &str| {
            self.0
                .inventory
                .host(name)
                .is_some_and(|host| host.implicit)
        };
        self.0
            .hosts
            .keys()
            .filter(|name| !implicit(name))
            .cloned()
            .collect()
    }

    fn scope(&self, key: &str) -> Option<Scope> {
        let (name, _) = self.0.hosts.get_key_value(key)?;
        Some(self.0.outside(name))
    }
}

/// What `groups` stands for.
pub(super) fn groups(inventory: &Inventory) -> Value {
    inventory
        .groups()
        .map(|(name, _)| (Arc::clone(name), texts(&inventory.hosts_of(name))))
        .collect::<Map>()
        .into()
}

fn version() -> Value {
    let (major, minor, revision) = VERSION;
    let full = Value::plain(format!("{major}.{minor}.{revision}"));
    let entries: [(&str, Value); 5] = [
        ("full", full.clone()),
        ("major", major.into()),
        ("minor", minor.into()),
        ("revision", revision.into()),
        ("string", full),
    ];
    entries
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect::<Map>()
        .into()
}

fn texts<'a>(names: impl IntoIterator<Item = &'a Arc<str>>) -> Value {
    names
        .into_iter()
        .map(|name| Value::plain(Arc::clone(name)))
        .collect::<Vec<_>>()
        .into()
}

/// A directory as it is shown: the whole path where it is on disk.
fn path(place: &Place) -> Value {
    match place.path() {
        Some(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            Value::plain(path.to_string_lossy().into_owned())
        }
        None => Value::plain(place.to_string()),
    }
}
