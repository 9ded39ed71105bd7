//! Carrying plays out on hosts.
//!
//! `section` walks one host through a play. `task` does one task: conditions, loops, retries, what counts as
//! changed and failed. `module` does what a task says once: on the control machine, on the host, or both.
//! `barrier` lets hosts wait for each other where the strategy wants that.

mod barrier;
mod module;
mod section;
mod task;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edgewright_template::Map;
use edgewright_yaml::{Diagnostic, Diagnostics};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use indexmap::IndexMap;

use self::barrier::Barrier;
use self::section::HostRun;
use crate::connections::Hosts;
use crate::events::{Event, Observer};
use crate::inventory::Inventory;
use crate::load::{Play, Project, Strategy, Task};
use crate::vars::Vars;

/// How a run is done.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Predict, change nothing.
    pub check: bool,
    /// Return differences.
    pub diff: bool,
    /// Only tasks with one of these tags; all when empty.
    pub tags: BTreeSet<String>,
    /// No tasks with one of these tags.
    pub skip_tags: BTreeSet<String>,
    /// Pattern of hosts to which every play is limited.
    pub limit: Option<String>,
    /// Most hosts at once; 0 for all.
    pub forks: usize,
    /// Variables given from outside.
    pub extra_vars: Map,
}

/// What became of a host, counted as `ansible-playbook` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Tasks that ended well, the changed ones included.
    pub ok: usize,
    /// Tasks that changed something.
    pub changed: usize,
    /// Whether it could not be reached (1) or could (0).
    pub unreachable: usize,
    /// Tasks that failed and were not rescued.
    pub failed: usize,
    /// Tasks whose condition did not hold.
    pub skipped: usize,
    /// Failures that a block rescued.
    pub rescued: usize,
    /// Failures that did not matter.
    pub ignored: usize,
}

/// What became of all hosts.
#[derive(Clone, Debug, Default)]
pub struct Recap {
    /// By host, in the order of the inventory.
    pub hosts: IndexMap<String, Stats>,
}

impl Recap {
    /// `ansible-playbook`'s exit code: 4 with an unreachable host, 2 with a failed one, else 0.
    pub fn exit_code(&self) -> u8 {
        if self.hosts.values().any(|stats| stats.unreachable > 0) {
            4
        } else if self.hosts.values().any(|stats| stats.failed > 0) {
            2
        } else {
            0
        }
    }
}

/// A run: plays, hosts, and how.
pub struct Runner {
    plays: Vec<Arc<Play>>,
    inventory: Arc<Inventory>,
    options: Arc<Options>,
    vars: Arc<Vars>,
    hosts: Arc<dyn Hosts>,
    observer: Arc<dyn Observer>,
}

/// What all hosts of a play share.
pub(crate) struct Shared {
    pub play: Arc<Play>,
    pub hosts: Arc<Vec<String>>,
    pub options: Arc<Options>,
    pub vars: Arc<Vars>,
    pub ways: Arc<dyn Hosts>,
    pub observer: Arc<dyn Observer>,
    pub barrier: Option<Barrier>,
}

impl Runner {
    /// Prepares a run. Nothing is connected to yet.
    pub fn new(
        project: Project,
        inventory: Arc<Inventory>,
        options: Options,
        hosts: Arc<dyn Hosts>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let vars = Arc::new(Vars::new(
            Arc::clone(&inventory),
            options.extra_vars.clone(),
            options.check,
            options.diff,
        ));
        let plays = project.plays.into_iter().map(Arc::new).collect();
        Self {
            plays,
            inventory,
            options: Arc::new(options),
            vars,
            hosts,
            observer,
        }
    }

    /// Carries all plays out, one after the other.
    ///
    /// # Errors
    /// When a play's pattern of hosts, or the limit, matches nothing that is known.
    pub async fn run(self) -> Result<Recap, Diagnostics> {
        let mut states: IndexMap<String, HostRun> = IndexMap::new();
        for play in &self.plays {
            let names = self.hosts_of(play)?;
            self.observer.event(&Event::Play {
                name: play.name.clone(),
                hosts: names.clone(),
            });
            for name in &names {
                states
                    .entry(name.clone())
                    .or_insert_with(|| HostRun::new(name));
            }
            // A host that failed is out of the run; the others go on.
            let alive: Vec<String> = names
                .into_iter()
                .filter(|name| states.get(name).is_some_and(HostRun::is_alive))
                .collect();
            let barrier = (play.strategy == Strategy::Linear).then(|| Barrier::new(play, &alive));
            let shared = Arc::new(Shared {
                play: Arc::clone(play),
                hosts: Arc::new(alive.clone()),
                options: Arc::clone(&self.options),
                vars: Arc::clone(&self.vars),
                ways: Arc::clone(&self.hosts),
                observer: Arc::clone(&self.observer),
                barrier,
            });
            let mut waiting: Vec<HostRun> = alive
                .iter()
                .filter_map(|name| states.get_mut(name).map(HostRun::take))
                .collect();
            // Hosts that wait for each other must all be under way.
            let limit = if self.options.forks == 0 || shared.barrier.is_some() {
                usize::MAX
            } else {
                self.options.forks
            };
            waiting.reverse();
            let mut running = FuturesUnordered::new();
            loop {
                while running.len() < limit
                    && let Some(mut host) = waiting.pop()
                {
                    let shared = Arc::clone(&shared);
                    running.push(tokio::spawn(async move {
                        host.play(&shared).await;
                        host
                    }));
                }
                match running.next().await {
                    None => break,
                    Some(Ok(host)) => {
                        states.insert(host.name.clone(), host);
                    }
                    Some(Err(_)) => {}
                }
            }
        }
        let mut recap = Recap::default();
        for (name, host) in states {
            recap.hosts.insert(name, host.stats);
            host.close().await;
        }
        Ok(recap)
    }

    fn hosts_of(&self, play: &Play) -> Result<Vec<String>, Diagnostics> {
        let scope =
            edgewright_template::Scope::new(vec![Arc::new(self.options.extra_vars.clone())]);
        let pattern = edgewright_template::evaluate(&play.hosts, &scope).map_err(|error| {
            Diagnostics::from(
                Diagnostic::error("playbook::hosts", error.to_string())
                    .at(&play.at, "in this pattern"),
            )
        })?;
        let pattern = pattern.as_str().unwrap_or_default().to_owned();
        let mut hosts = match self.inventory.matching(&pattern) {
            Ok(hosts) => hosts,
            // `localhost` needs no inventory.
            Err(_) if pattern == "localhost" => Vec::new(),
            Err(error) => {
                let fault = Diagnostic::warning("playbook::hosts", error.to_string());
                return Err(fault.at(&play.at, "this play is for nobody").into());
            }
        };
        if let Some(limit) = &self.options.limit {
            let limited = self.inventory.matching(limit).map_err(|error| {
                Diagnostic::error("playbook::limit", error.to_string())
                    .help("check the pattern of `--limit`")
            })?;
            hosts.retain(|host| limited.contains(host));
        }
        Ok(hosts)
    }
}

/// Finds a file that a task names: in its role, then beside the playbook.
pub(crate) fn find_file(task: &Task, directory: &Path, part: &str, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.is_absolute() {
        return path.exists().then(|| path.to_owned());
    }
    let role = task.role.iter().map(|role| &role.directory);
    let beside = task.at.file.path().parent().map(Path::to_owned);
    let places: Vec<PathBuf> = role
        .cloned()
        .chain(beside)
        .chain([directory.to_owned()])
        .collect();
    let candidates = places
        .iter()
        .flat_map(|place| [place.join(part).join(path), place.join(path)]);
    candidates.into_iter().find(|candidate| candidate.exists())
}
