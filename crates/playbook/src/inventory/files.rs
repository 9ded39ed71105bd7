//! `group_vars` and `host_vars` beside inventories and playbooks.
//!
//! Called by `vars` when the variables of hosts are put together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Diagnostic, Diagnostics, SourceFile};

use super::Inventory;
use crate::value::{merged, variables};

/// Variables of groups and hosts from files, by directory and name.
#[derive(Debug, Default)]
pub struct VarsFiles {
    groups: HashMap<(PathBuf, String), Map>,
    hosts: HashMap<(PathBuf, String), Map>,
}

/// The variables of one file.
pub fn load_vars(path: &Path, problems: &mut Diagnostics) -> Map {
    let source = match SourceFile::read(path) {
        Ok(source) => source,
        Err(error) => {
            problems.push(Diagnostic::error("playbook::read", error.to_string()));
            return Map::new();
        }
    };
    match edgewright_yaml::load(&source) {
        Ok(None) => Map::new(),
        Ok(Some(node)) => variables(&node, "a file of variables", problems),
        Err(found) => {
            problems.extend(found);
            Map::new()
        }
    }
}

impl VarsFiles {
    /// Reads what there is for the groups and hosts of an inventory beside its sources and in `more` directories.
    pub fn read(inventory: &Inventory, more: &[PathBuf], problems: &mut Diagnostics) -> Self {
        let mut found = Self::default();
        let directories = inventory.directories().iter().chain(more);
        for directory in directories {
            let groups = listing(&directory.join("group_vars"));
            let hosts = listing(&directory.join("host_vars"));
            for (name, _) in inventory.groups().filter(|_| !groups.is_empty()) {
                let map = entity(&directory.join("group_vars"), name, problems);
                found
                    .groups
                    .insert((directory.clone(), name.to_string()), map);
            }
            for (name, _) in inventory.every_host().filter(|_| !hosts.is_empty()) {
                let map = entity(&directory.join("host_vars"), name, problems);
                found
                    .hosts
                    .insert((directory.clone(), name.to_string()), map);
            }
        }
        found
    }

    /// Variables of a host from all sources of Ansible's levels 3 to 10, the stronger over the weaker.
    /// `playbooks` are the directories of playbooks.
    pub fn host_variables(&self, inventory: &Inventory, host: &str, playbooks: &[PathBuf]) -> Map {
        let groups = inventory.groups_of(host);
        let beside = inventory.directories();
        let mut all = Map::new();
        let mut put = |more: &Map| all = merged(&all, more);
        let (everyone, others): (Vec<&Arc<str>>, Vec<&Arc<str>>) =
            groups.iter().partition(|name| &***name == "all");
        for level in [&everyone, &others] {
            for name in level {
                inventory
                    .group(name)
                    .into_iter()
                    .for_each(|group| put(&group.vars));
            }
            for directory in beside.iter().chain(playbooks) {
                for name in level {
                    let key = (directory.clone(), name.to_string());
                    self.groups.get(&key).into_iter().for_each(&mut put);
                }
            }
        }
        if let Some(host) = inventory.host(host) {
            put(&host.vars);
        }
        for directory in beside.iter().chain(playbooks) {
            let key = (directory.clone(), host.to_owned());
            self.hosts.get(&key).into_iter().for_each(&mut put);
        }
        all.shift_remove("ansible_group_priority");
        all
    }

    /// Variables that files give to a group, for printing.
    pub(super) fn group(&self, inventory: &Inventory, name: &str) -> Map {
        let mut all = inventory
            .group(name)
            .map(|group| group.vars.clone())
            .unwrap_or_default();
        for directory in inventory.directories() {
            if let Some(more) = self.groups.get(&(directory.clone(), name.to_owned())) {
                all = merged(&all, more);
            }
        }
        all
    }
}

fn listing(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs_err::read_dir(directory)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths
}

/// `NAME`, `NAME.yml`, `NAME.yaml`, `NAME.json`, or all files in the directory `NAME`.
fn entity(directory: &Path, name: &str, problems: &mut Diagnostics) -> Map {
    // A name with a slash would lead elsewhere.
    if name.contains('/') {
        return Map::new();
    }
    let mut all: IndexedMap = Map::new();
    for ending in ["", ".yml", ".yaml", ".json"] {
        let path = directory.join(format!("{name}{ending}"));
        if path.is_file() {
            all = merged(&all, &load_vars(&path, problems));
        } else if path.is_dir() {
            all = directory_of(&path, all, problems);
        }
    }
    all
}

type IndexedMap = indexmap::IndexMap<Arc<str>, Value>;

fn directory_of(path: &Path, mut all: Map, problems: &mut Diagnostics) -> Map {
    for inner in listing(path) {
        let name = inner
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if inner.is_dir() {
            all = directory_of(&inner, all, problems);
            continue;
        }
        let ending = inner
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if matches!(ending.as_str(), "" | "yml" | "yaml" | "json") {
            all = merged(&all, &load_vars(&inner, problems));
        }
    }
    all
}
