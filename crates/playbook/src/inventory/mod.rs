//! Hosts and groups, where they come from, and how they are chosen and shown.
//!
//! Built from files by [`Inventory::load`], or by other sources (a cluster file) through [`Inventory::new`],
//! [`Inventory::add_host`] and their like. [`pattern`] chooses hosts, [`mod@print`] shows them.

mod files;
mod ini;
mod literal;
pub mod pattern;
pub mod print;
mod ranges;
mod source;
mod yaml;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use edgewright_template::{Map, Value};
use indexmap::{IndexMap, IndexSet};

pub use files::{VarsFiles, load_vars};

/// Name of a host or group.
pub type Name = Arc<str>;

/// A group of hosts.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Hosts that it names itself, in order.
    pub hosts: IndexSet<Name>,
    /// Groups that it contains, in order.
    pub children: IndexSet<Name>,
    /// Its variables as the source gave them, without those of `group_vars`.
    pub vars: Map,
}

/// A host.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Its variables as the source gave them, without those of `host_vars`.
    pub vars: Map,
    /// Made because a play named `localhost` and no source did; not part of `all`.
    pub implicit: bool,
}

/// All hosts and groups of a run.
#[derive(Clone, Debug)]
pub struct Inventory {
    groups: IndexMap<Name, Group>,
    hosts: IndexMap<Name, Host>,
    directories: Vec<PathBuf>,
}

/// Two groups that contain each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("group `{child}` cannot be in group `{parent}`, which is in `{child}` already")]
pub struct GroupLoop {
    /// The group that was to contain the other.
    pub parent: String,
    /// The other.
    pub child: String,
}

impl Default for Inventory {
    fn default() -> Self {
        Self::new()
    }
}

impl Inventory {
    /// An inventory with nothing but the groups `all` and `ungrouped`.
    pub fn new() -> Self {
        let mut groups = IndexMap::new();
        let all = Group {
            children: [Name::from("ungrouped")].into_iter().collect(),
            ..Group::default()
        };
        groups.insert("all".into(), all);
        groups.insert("ungrouped".into(), Group::default());
        Self {
            groups,
            hosts: IndexMap::new(),
            directories: Vec::new(),
        }
    }

    /// Adds a directory whose `group_vars` and `host_vars` belong to this inventory.
    pub fn add_directory(&mut self, directory: impl Into<PathBuf>) {
        let directory = directory.into();
        if !self.directories.contains(&directory) {
            self.directories.push(directory);
        }
    }

    /// Directories of the sources; the first is `inventory_dir`.
    pub fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// Adds a group, if it is not there.
    pub fn add_group(&mut self, name: &str) {
        self.groups.entry(name.into()).or_default();
    }

    /// Adds a host, if it is not there, to a group, which is made if it is not there.
    pub fn add_host(&mut self, name: &str, group: &str) {
        self.hosts.entry(name.into()).or_default();
        self.groups
            .entry(group.into())
            .or_default()
            .hosts
            .insert(name.into());
    }

    /// Puts a group into another one; both are made if they are not there.
    ///
    /// # Errors
    /// [`GroupLoop`] when the parent is in the child already.
    pub fn add_child(&mut self, parent: &str, child: &str) -> Result<(), GroupLoop> {
        self.add_group(child);
        if parent == child || self.descendants(child).contains(parent) {
            return Err(GroupLoop {
                parent: parent.to_owned(),
                child: child.to_owned(),
            });
        }
        self.groups
            .entry(parent.into())
            .or_default()
            .children
            .insert(child.into());
        Ok(())
    }

    /// Sets a variable of a host that is there.
    pub fn set_host_var(&mut self, host: &str, name: &str, value: Value) {
        if let Some(host) = self.hosts.get_mut(host) {
            host.vars.insert(name.into(), value);
        }
    }

    /// Sets a variable of a group that is there.
    pub fn set_group_var(&mut self, group: &str, name: &str, value: Value) {
        if let Some(group) = self.groups.get_mut(group) {
            group.vars.insert(name.into(), value);
        }
    }

    /// Puts groups without a parent into `all` and hosts without a group into `ungrouped`. To be called once,
    /// after everything was added; [`Inventory::load`] does it.
    pub fn reconcile(&mut self) {
        let with_parent: BTreeSet<Name> = self
            .groups
            .values()
            .flat_map(|group| group.children.iter().cloned())
            .collect();
        let orphans: Vec<Name> = self
            .groups
            .keys()
            .filter(|name| &***name != "all" && !with_parent.contains(*name))
            .cloned()
            .collect();
        if let Some(all) = self.groups.get_mut("all") {
            all.children.extend(orphans);
        }
        let grouped: BTreeSet<Name> = self
            .groups
            .iter()
            .filter(|(name, _)| !matches!(&***name, "all" | "ungrouped"))
            .flat_map(|(_, group)| group.hosts.iter().cloned())
            .collect();
        let alone: Vec<Name> = self
            .hosts
            .iter()
            .filter(|(name, host)| !grouped.contains(*name) && !host.implicit)
            .map(|(name, _)| name.clone())
            .collect();
        if let Some(ungrouped) = self.groups.get_mut("ungrouped") {
            ungrouped.hosts.retain(|host| !grouped.contains(host));
            ungrouped.hosts.extend(alone);
        }
    }

    /// Makes `localhost` when a play names it and no source does. Nothing happens when it is there.
    pub fn add_implicit_localhost(&mut self, name: &str) {
        if self.hosts.contains_key(name) {
            return;
        }
        let vars = [(Name::from("ansible_connection"), Value::plain("local"))];
        let host = Host {
            vars: vars.into_iter().collect(),
            implicit: true,
        };
        self.hosts.insert(name.into(), host);
    }

    /// A host.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.get(name)
    }

    /// A group.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// All groups, in the order they were added.
    pub fn groups(&self) -> impl Iterator<Item = (&Name, &Group)> {
        self.groups.iter()
    }

    /// All hosts that sources named, in the order they were added.
    pub fn hosts(&self) -> impl Iterator<Item = (&Name, &Host)> {
        self.hosts.iter().filter(|(_, host)| !host.implicit)
    }

    /// Every host there is, also those made on demand.
    pub(crate) fn every_host(&self) -> impl Iterator<Item = (&Name, &Host)> {
        self.hosts.iter()
    }

    /// A group and all groups in it, level by level.
    pub fn descendants(&self, group: &str) -> IndexSet<Name> {
        let mut found: IndexSet<Name> = [Name::from(group)].into_iter().collect();
        let mut at = 0;
        while let Some(name) = found.get_index(at).cloned() {
            at += 1;
            if let Some(group) = self.groups.get(&name) {
                found.extend(group.children.iter().cloned());
            }
        }
        found
    }

    /// All hosts of a group and of the groups in it.
    pub fn hosts_of(&self, group: &str) -> IndexSet<Name> {
        self.descendants(group)
            .iter()
            .filter_map(|name| self.groups.get(name))
            .flat_map(|group| group.hosts.iter().cloned())
            .collect()
    }

    /// The groups that a host is in, `all` first, then by depth and name: the order in which variables apply.
    pub fn groups_of(&self, host: &str) -> Vec<Name> {
        let depths = self.depths();
        let mut groups: Vec<(i64, usize, Name)> = self
            .groups
            .keys()
            .filter(|name| self.hosts_of(name).contains(host))
            .map(|name| {
                let priority = self.groups.get(name).map_or(1, priority);
                let depth = depths.get(name).copied().unwrap_or(0);
                (priority, depth, name.clone())
            })
            .collect();
        groups.sort_by(|(pa, da, na), (pb, db, nb)| (da, pa, na).cmp(&(db, pb, nb)));
        groups.into_iter().map(|(_, _, name)| name).collect()
    }

    /// The longest way from `all` to every group.
    fn depths(&self) -> IndexMap<Name, usize> {
        let mut depths: IndexMap<Name, usize> = IndexMap::new();
        let mut level: IndexSet<Name> = [Name::from("all")].into_iter().collect();
        let mut depth = 0;
        // Groups do not contain each other in a circle, so this ends after as many levels as there are groups.
        while !level.is_empty() && depth <= self.groups.len() {
            let mut next = IndexSet::new();
            for name in level {
                if let Some(group) = self.groups.get(&name) {
                    next.extend(group.children.iter().cloned());
                }
                depths.insert(name, depth);
            }
            level = next;
            depth += 1;
        }
        depths
    }
}

/// `ansible_group_priority` of a group.
fn priority(group: &Group) -> i64 {
    match group.vars.get("ansible_group_priority") {
        Some(Value::Int(priority)) => *priority,
        Some(other) => other
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(1),
        None => 1,
    }
}

#[cfg(test)]
mod tests;
