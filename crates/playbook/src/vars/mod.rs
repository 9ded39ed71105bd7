//! Variables, laid over each other by Ansible's order of precedence.
//!
//! `run` keeps one [`Vars`] a run: what the inventory says, and what changes while hosts are at work (facts, results,
//! `set_fact`). [`Vars::scope`] lays the layers over each other for a task of a host, from the strongest: elements of
//! loops; what is given from outside; parameters of includes and roles; `set_fact` and results; `include_vars`; `vars`
//! of tasks and blocks; those of roles; `vars_files`; `vars` of the play; facts; the inventory; defaults of roles.
//! `magic` computes what nobody defines.

mod magic;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use edgewright_template::{Map, Scope, Value, Watch};
use edgewright_yaml::Diagnostics;
use indexmap::IndexMap;

use self::magic::Magic;
pub(crate) use self::magic::NAMES as MAGIC;
use crate::inventory::{Inventory, VarsFiles};
use crate::load::model::{Play, Task};
use crate::run::RunOptions;
use crate::value::merged;

/// What is known of a host.
#[derive(Debug, Default)]
struct Known {
    inventory: Arc<Map>,
    changing: Mutex<Changing>,
}

/// What is learnt of a host on the way.
#[derive(Clone, Debug, Default)]
struct Changing {
    /// Facts by their bare names: `ansible_facts`.
    facts: Arc<Map>,
    /// Facts as variables of their own.
    injected: Arc<Map>,
    /// From `include_vars`.
    included: Arc<Map>,
    /// From `set_fact` and `register`.
    set: Arc<Map>,
}

/// Variables of all hosts of a run.
#[derive(Debug)]
pub(crate) struct Vars {
    hosts: IndexMap<Arc<str>, Known>,
    inventory: Inventory,
    groups: Value,
    extra: Arc<Map>,
    options: RunOptions,
}

/// What all tasks of a play see, and who is in it.
#[derive(Debug)]
pub(crate) struct PlayVars {
    /// The play.
    pub play: Arc<Play>,
    /// All its hosts.
    pub hosts: Vec<Arc<str>>,
    /// Hosts that are out of it.
    pub gone: RwLock<Vec<Arc<str>>>,
    /// Variables of its roles.
    exported: Arc<Map>,
    /// Defaults of its roles.
    defaults: Arc<Map>,
}

impl PlayVars {
    /// What all tasks of a play see.
    pub fn new(play: Arc<Play>, hosts: Vec<Arc<str>>) -> Self {
        let (mut exported, mut defaults) = (Map::new(), Map::new());
        for role in &play.roles {
            exported = merged(&exported, &role.exported);
            defaults = merged(&defaults, &role.defaults);
        }
        Self {
            play,
            hosts,
            gone: RwLock::default(),
            exported: Arc::new(exported),
            defaults: Arc::new(defaults),
        }
    }

    /// Takes a host out.
    pub fn leave(&self, host: &Arc<str>) {
        let mut gone = self.gone.write().unwrap_or_else(PoisonError::into_inner);
        if !gone.contains(host) {
            gone.push(Arc::clone(host));
        }
    }

    /// Takes a host in again, after a rescue.
    pub fn stay(&self, host: &Arc<str>) {
        let mut gone = self.gone.write().unwrap_or_else(PoisonError::into_inner);
        gone.retain(|other| other != host);
    }

    /// Hosts that are still in it.
    pub fn present(&self) -> Vec<Arc<str>> {
        let gone = self.gone.read().unwrap_or_else(PoisonError::into_inner);
        self.hosts
            .iter()
            .filter(|host| !gone.contains(host))
            .cloned()
            .collect()
    }
}

/// What a task of a host sees beside what all see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    /// From `vars_files`.
    pub files: Arc<Map>,
    /// Parameters of includes that led there.
    pub params: Arc<Map>,
    /// Elements of loops and the like: they win over everything.
    pub strongest: Arc<Map>,
    /// Who is told which variables are asked for.
    pub watch: Option<Arc<Watch>>,
}

impl Vars {
    /// Variables at the start of a run. `directories` are those of the playbooks.
    pub fn new(
        inventory: Inventory,
        directories: &[PathBuf],
        options: &RunOptions,
        extra: Map,
        problems: &mut Diagnostics,
    ) -> Self {
        let files = VarsFiles::read(&inventory, directories, problems);
        let hosts = inventory
            .every_host()
            .map(|(name, _)| {
                let known = Known {
                    inventory: Arc::new(files.host_variables(&inventory, name, directories)),
                    changing: Mutex::default(),
                };
                (Arc::clone(name), known)
            })
            .collect();
        Self {
            groups: magic::groups(&inventory),
            hosts,
            inventory,
            extra: Arc::new(extra),
            options: options.clone(),
        }
    }

    /// Whether there is such a host.
    pub fn has(&self, host: &str) -> bool {
        self.hosts.contains_key(host)
    }

    /// Keeps facts, under `ansible_facts` and as variables of their own.
    pub fn add_facts(&self, host: &str, facts: &Map) {
        self.change(host, |changing| {
            let bare = Arc::make_mut(&mut changing.facts);
            let injected = Arc::make_mut(&mut changing.injected);
            for (name, value) in facts {
                let short = name.strip_prefix("ansible_").unwrap_or(name);
                bare.insert(short.into(), value.clone());
                injected.insert(Arc::clone(name), value.clone());
            }
        });
    }

    /// Forgets the facts of a host.
    pub fn clear_facts(&self, host: &str) {
        self.change(host, |changing| {
            changing.facts = Arc::default();
            changing.injected = Arc::default();
        });
    }

    /// Keeps variables of `set_fact` or `register`.
    pub fn set(&self, host: &str, values: impl IntoIterator<Item = (Arc<str>, Value)>) {
        self.change(host, |changing| {
            Arc::make_mut(&mut changing.set).extend(values);
        });
    }

    /// Keeps variables of `include_vars`.
    pub fn include(&self, host: &str, values: &Map) {
        self.change(host, |changing| {
            changing.included = Arc::new(merged(&changing.included, values));
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

    /// Variables as a task of a host sees them; as the play itself does where there is no task.
    pub fn scope(
        self: &Arc<Self>,
        host: &Arc<str>,
        play: &Arc<PlayVars>,
        task: Option<&Task>,
        local: &Local,
    ) -> Scope {
        let changing = self.changing(host);
        let role = task.and_then(|task| task.role.as_ref());
        let mut layers = vec![
            Arc::clone(&local.strongest),
            Arc::clone(&self.extra),
            Arc::clone(&local.params),
        ];
        layers.extend(task.map(|task| Arc::clone(&task.inherited.include_vars)));
        layers.extend(role.map(|role| Arc::clone(&role.params)));
        layers.extend([changing.set, changing.included]);
        layers.extend(task.map(|task| Arc::clone(&task.inherited.vars)));
        layers.extend(role.map(|role| Arc::clone(&role.vars)));
        layers.extend([&play.exported, &local.files, &play.play.vars].map(Arc::clone));
        layers.push(changing.injected);
        layers.extend(
            self.hosts
                .get(host)
                .map(|known| Arc::clone(&known.inventory)),
        );
        layers.extend(role.map(|role| Arc::clone(&role.defaults)));
        layers.push(Arc::clone(&play.defaults));
        layers.retain(|layer| !layer.is_empty());
        let magic = Magic::new(self, host, changing.facts).within(play, task);
        let scope = Scope::new(layers).with_lazy(Arc::new(magic));
        match &local.watch {
            Some(watch) => scope.with_watch(Arc::clone(watch)),
            None => scope,
        }
    }

    /// Variables of a host as other hosts see them: without those of a play.
    fn outside(self: &Arc<Self>, host: &Arc<str>) -> Scope {
        let changing = self.changing(host);
        let mut layers = vec![
            Arc::clone(&self.extra),
            changing.set,
            changing.included,
            changing.injected,
        ];
        layers.extend(
            self.hosts
                .get(host)
                .map(|known| Arc::clone(&known.inventory)),
        );
        layers.retain(|layer| !layer.is_empty());
        Scope::new(layers).with_lazy(Arc::new(Magic::new(self, host, changing.facts)))
    }
}
