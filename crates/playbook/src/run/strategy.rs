//! How the hosts of a play go on: `linear` waits for all before the next task, `free` for nobody.
//!
//! Called by `run`. Hosts run as tasks of their own; dropping the future of a play ends them all.

use std::sync::Arc;

use edgewright_template::Value;
use tokio::task::JoinSet;

use super::context::{Context, PlayRun};
use super::cursor::Next;
use super::host::HostRun;
use super::settings::Settings;
use super::task::Outcome;
use crate::events::Status;
use crate::load::keywords::Keyword;
use crate::load::model::{Step, Strategy};

/// Takes hosts through a play. Returns them in the order in which they came.
pub(crate) async fn run(
    play: &Arc<PlayRun>,
    steps: &Arc<Vec<Step>>,
    mut hosts: Vec<HostRun>,
) -> Vec<HostRun> {
    for host in &mut hosts {
        host.start(play, steps);
    }
    let order: Vec<Arc<str>> = hosts.iter().map(|host| Arc::clone(&host.name)).collect();
    let mut hosts = match play.play.strategy {
        // A host that is alone waits for nobody.
        Strategy::Linear if play.vars.hosts.len() == 1 => free(play, hosts).await,
        Strategy::Free => free(play, hosts).await,
        Strategy::Linear => linear(play, hosts).await,
    };
    for host in &mut hosts {
        host.end();
    }
    hosts.sort_by_key(|host| order.iter().position(|name| *name == host.name));
    hosts
}

/// The next host that is done. A panic goes on: it is a fault of this program.
async fn joined<T: 'static>(running: &mut JoinSet<T>) -> Option<T> {
    match running.join_next().await? {
        Ok(done) => Some(done),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}

async fn free(play: &Arc<PlayRun>, hosts: Vec<HostRun>) -> Vec<HostRun> {
    let mut running = JoinSet::new();
    for mut host in hosts {
        let play = Arc::clone(play);
        running.spawn(async move {
            while !play.has_ended() && host.advance(&play).await {}
            host
        });
    }
    let mut hosts = Vec::new();
    while let Some(host) = joined(&mut running).await {
        hosts.push(host);
    }
    hosts
}

async fn linear(play: &Arc<PlayRun>, mut hosts: Vec<HostRun>) -> Vec<HostRun> {
    while !play.has_ended() {
        // The task that comes first in the play, of all that are next for some host.
        let first = hosts
            .iter_mut()
            .filter_map(|host| host.peek().cloned())
            .min_by(|one, other| one.path.cmp(&other.path));
        let Some(first) = first else {
            break;
        };
        let (mut group, mut rest) = (Vec::new(), Vec::new());
        for mut host in hosts {
            if host.is_at(&first) {
                group.push(host);
            } else {
                rest.push(host);
            }
        }
        let present = play.vars.present();
        group = if flag(play, &group, &first, Keyword::RunOnce) {
            once(play, group, &present).await
        } else {
            together(play, group).await
        };
        let fatal = group.iter().any(|host| host.last_failed)
            && flag(play, &group, &first, Keyword::AnyErrorsFatal);
        let order = &play.vars.hosts;
        hosts = group.into_iter().chain(rest).collect();
        hosts.sort_by_key(|host| order.iter().position(|name| *name == host.name));
        if fatal {
            fail_all(play, &mut hosts, &first);
        }
    }
    hosts
}

/// Runs the next task of every host, at once.
async fn together(play: &Arc<PlayRun>, group: Vec<HostRun>) -> Vec<HostRun> {
    let mut running = JoinSet::new();
    for mut host in group {
        let play = Arc::clone(play);
        running.spawn(async move {
            if let Some(next) = host.take() {
                let targets = vec![Arc::clone(&host.name)];
                let outcome = host.step(&play, next, targets).await;
                host.last_failed = is_bad(&outcome);
            }
            host
        });
    }
    let mut group = Vec::new();
    while let Some(host) = joined(&mut running).await {
        group.push(host);
    }
    group
}

fn is_bad(outcome: &Outcome) -> bool {
    matches!(outcome.status, Status::Failed | Status::Unreachable)
}

/// Runs a task on the first host, for all of them.
async fn once(play: &Arc<PlayRun>, mut group: Vec<HostRun>, present: &[Arc<str>]) -> Vec<HostRun> {
    let mut outcome = None;
    for host in &mut group {
        let Some(next) = host.take() else {
            continue;
        };
        match &outcome {
            None => {
                let found = host.step(play, next, present.to_vec()).await;
                host.last_failed = is_bad(&found);
                outcome = Some(found);
            }
            Some(outcome) => host.follow(play, &next, outcome),
        }
    }
    group
}

/// Whether a keyword holds for the hosts of a group.
fn flag(play: &Arc<PlayRun>, group: &[HostRun], next: &Next, keyword: Keyword) -> bool {
    let Some(written) = next.task.inherited.settings.get(keyword) else {
        return false;
    };
    if let Value::Bool(value) = written.value {
        return value;
    }
    let Some(host) = group.first() else {
        return false;
    };
    let context = Context::new(play, &host.name, &next.task, host.local(next), Vec::new());
    let scope = context.scope(&context.local.strongest);
    let name = match keyword {
        Keyword::RunOnce => "run_once",
        _ => "any_errors_fatal",
    };
    let value = Settings::new(&next.task, &scope).flag(keyword, name);
    // What cannot be evaluated fails where the task itself is evaluated.
    value.ok().flatten().unwrap_or(false)
}

/// A failure that is fatal for all: every host goes where a failure leads from where it is.
fn fail_all(play: &Arc<PlayRun>, hosts: &mut [HostRun], first: &Next) {
    for host in hosts.iter_mut().filter(|host| !host.out) {
        if std::mem::take(&mut host.last_failed) {
            continue;
        }
        if host.peek().is_none() {
            continue;
        }
        let name = Arc::clone(&host.name);
        let context = Context::new(play, &name, &first.task, host.local(first), Vec::new());
        host.fail(
            &context,
            &super::results::failed("another host failed, and `any_errors_fatal` is set"),
        );
    }
}
