//! Carrying plays out on hosts.
//!
//! [`run`] goes through the plays. `strategy` takes the hosts of a play through it; `host` is one of them, and
//! `cursor` where it is. `task` does a task with its loop, `attempt` once, `batch`
//! several that travel together; `judge` draws the conclusions; `control` and `remote` do what it says, on
//! this machine or on the host. `settings`, `repeat`, `specs`, `include`, `handlers`, `vars_files` and `results` help.

mod attempt;
mod batch;
mod context;
mod control;
mod cursor;
mod handlers;
mod host;
mod include;
mod judge;
mod remote;
mod repeat;
mod results;
mod sessions;
mod settings;
mod specs;
mod strategy;
mod task;
mod vars_files;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use edgewright_protocol::modules;
use edgewright_template::{Map, Scope, Value, evaluate};
use edgewright_yaml::Diagnostics;
use indexmap::IndexMap;
use tokio::sync::Semaphore;

use self::context::{PlayRun, Run};
use self::host::HostRun;
use self::sessions::Sessions;
use self::settings::text;
use crate::connections::Connector;
use crate::events::{Counts, Event, Observer, Recap};
use crate::inventory::{Inventory, pattern};
use crate::load::model::{Action, Block, Meta, Order, Play, Step, Task};
use crate::load::role::blank;
use crate::load::{Around, Playbook};
use crate::value::merged;
use crate::vars::Vars;

/// How a run is done.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Predict, change nothing.
    pub check: bool,
    /// Return differences.
    pub diff: bool,
    /// Pattern of hosts to which every play is limited.
    pub limit: Option<String>,
    /// Most tasks under way at once; 0 for as many as there are hosts. Connecting does not count.
    pub forks: usize,
    /// Variables given from outside: they win over all others.
    pub extra_vars: Map,
    /// Number of `-v`, for `debug`.
    pub verbosity: u8,
}

/// Carries all plays out, one after the other. Dropping the future ends the run: every host keeps what was done.
pub async fn run(
    playbook: &Playbook,
    mut inventory: Inventory,
    options: &RunOptions,
    connector: Arc<dyn Connector>,
    observer: Arc<dyn Observer>,
) -> Recap {
    let started = Instant::now();
    // A task may be delegated to it, whether there is a play for it or not.
    inventory.add_implicit_localhost("localhost");
    let mut directories: Vec<PathBuf> = Vec::new();
    for play in &playbook.plays {
        if let Some(path) = play.place.path()
            && !directories.iter().any(|known| known == path)
        {
            directories.push(path.to_owned());
        }
    }
    let extra = merged(&playbook.options.extra_vars, &options.extra_vars);
    let mut problems = Diagnostics::default();
    let vars = Vars::new(
        inventory.clone(),
        &directories,
        options,
        extra.clone(),
        &mut problems,
    );
    let run = Arc::new(Run {
        vars: Arc::new(vars),
        options: options.clone(),
        load: Arc::clone(&playbook.options),
        sessions: Sessions::new(connector),
        observer,
        slots: (options.forks > 0).then(|| Semaphore::new(options.forks)),
    });
    let mut recap = Recap::default();
    if problems.has_errors() {
        recap.stopped = Some(problems.to_string());
    } else {
        plays(&run, &playbook.plays, &inventory, &extra, &mut recap).await;
    }
    run.sessions.close().await;
    recap.elapsed = started.elapsed();
    run.tell(&Event::Recap(recap.clone()));
    recap
}

async fn plays(
    run: &Arc<Run>,
    plays: &[Play],
    inventory: &Inventory,
    extra: &Map,
    recap: &mut Recap,
) {
    let mut known: IndexMap<Arc<str>, HostRun> = IndexMap::new();
    for play in plays {
        let names = match hosts(run, play, inventory, extra) {
            Ok(names) => names,
            Err(reason) => {
                recap.stopped = Some(reason);
                break;
            }
        };
        run.tell(&Event::Play {
            name: text(
                &evaluate(&play.name.value, &play_scope(play, extra))
                    .unwrap_or_else(|_| play.name.value.clone()),
            ),
            hosts: names.iter().map(ToString::to_string).collect(),
        });
        if names.is_empty() {
            continue;
        }
        for name in &names {
            known
                .entry(Arc::clone(name))
                .or_insert_with(|| HostRun::new(name));
        }
        let mut alive = Vec::new();
        for name in &ordered(&names, play.order) {
            if known.get(name).is_some_and(|host| !host.out)
                && let Some(place) = known.get_mut(name)
            {
                alive.push(std::mem::replace(place, HostRun::new(name)));
            }
        }
        let play = Arc::new(play.clone());
        let shared = Arc::new(PlayRun::new(
            Arc::clone(run),
            Arc::clone(&play),
            names.clone(),
        ));
        for name in names
            .iter()
            .filter(|name| !alive.iter().any(|host| host.name == **name))
        {
            shared.vars.leave(name);
        }
        let steps = Arc::new(steps(run, &play));
        let done = strategy::run(&shared, &steps, alive).await;
        let lost = done.iter().filter(|host| host.out).count();
        for host in done {
            known.insert(Arc::clone(&host.name), host);
        }
        // Where every host of a play is lost, what would follow has nothing to stand on.
        if lost == names.len() {
            break;
        }
    }
    for (name, host) in known {
        if host.counts != Counts::default() {
            recap.hosts.insert(name.to_string(), host.counts);
        }
    }
}

fn play_scope(play: &Play, extra: &Map) -> Scope {
    Scope::new(vec![Arc::new(extra.clone()), Arc::clone(&play.vars)])
}

/// The hosts of a play.
fn hosts(
    run: &Run,
    play: &Play,
    inventory: &Inventory,
    extra: &Map,
) -> Result<Vec<Arc<str>>, String> {
    let written =
        evaluate(&play.hosts.value, &play_scope(play, extra)).map_err(|error| error.to_string())?;
    let wanted = pattern::of_value(&written);
    let chosen = pattern::choose(inventory, &wanted).map_err(|error| error.to_string())?;
    for unknown in &chosen.unknown {
        run.tell(&Event::Warning(format!(
            "no host or group is called `{unknown}` ({})",
            play.hosts.span
        )));
    }
    let mut names: Vec<Arc<str>> = chosen.hosts.into_iter().collect();
    if let Some(limit) = &run.options.limit {
        let limited = pattern::choose(inventory, limit).map_err(|error| error.to_string())?;
        if limited.hosts.is_empty() {
            return Err(format!("`--limit {limit}` leaves no host"));
        }
        names.retain(|name| limited.hosts.contains(name));
    }
    Ok(names)
}

/// The hosts of a play in the order in which they are started.
fn ordered(names: &[Arc<str>], order: Order) -> Vec<Arc<str>> {
    let mut names = names.to_vec();
    if matches!(order, Order::Sorted | Order::ReverseSorted) {
        names.sort();
    }
    if matches!(order, Order::ReverseInventory | Order::ReverseSorted) {
        names.reverse();
    }
    names
}

/// Everything a host does in a play: facts, then each section and the handlers that it notified.
fn steps(run: &Run, play: &Play) -> Vec<Step> {
    let around = Around {
        inherited: play.inherited.clone(),
        role: None,
        place: play.place.clone(),
        play: play.place.clone(),
        handler: false,
        chain: Vec::new(),
    };
    let mut steps = Vec::new();
    steps.extend(gathering(run, play, &around));
    let flush = || {
        let mut inherited = around.inherited.clone();
        inherited.when.clear();
        Step::Task(Arc::new(Task {
            action: Action::Meta(Meta::FlushHandlers),
            ..blank(
                "meta",
                Value::plain("flush_handlers"),
                &play.span,
                inherited,
                &around,
            )
        }))
    };
    for section in &play.sections {
        if play.force_handlers {
            steps.push(Step::Block(Arc::new(Block {
                body: section.clone(),
                rescue: Vec::new(),
                always: vec![flush()],
            })));
        } else {
            steps.extend(section.iter().cloned());
            steps.push(flush());
        }
    }
    steps
}

/// The task that gathers facts, if the play wants that and tags choose it.
fn gathering(run: &Run, play: &Play, around: &Around) -> Option<Step> {
    let mut inherited = around.inherited.clone();
    inherited.tags.push("always".into());
    if !play.gather_facts || !run.load.chooses(&inherited.tags) {
        return None;
    }
    let spec = modules::find("setup")?;
    Some(Step::Task(Arc::new(Task {
        action: Action::Module {
            spec,
            args: Arc::new(play.gather.clone()),
            spans: Arc::new(BTreeMap::new()),
        },
        ..blank(
            "gather_facts",
            Value::plain("Gathering Facts"),
            &play.span,
            inherited,
            around,
        )
    })))
}
