//! One host on its way through a play.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edgewright_template::{Map, Value};
use edgewright_transport::Session;
use serde_json::json;

use super::task::{self, Outcome};
use super::{Shared, Stats};
use crate::events::{Event, Status};
use crate::load::{Action, Block, Item, Task};

/// A host and what it has been through.
pub(crate) struct HostRun {
    pub name: String,
    pub stats: Stats,
    pub session: Option<Session>,
    notified: BTreeSet<String>,
    alive: bool,
}

/// How a list of tasks ended for a host.
#[derive(Clone, Debug)]
pub(crate) enum Flow {
    /// All done.
    Go,
    /// A task failed.
    Failed(Box<Failed>),
    /// The host has nothing more to do in this play.
    End,
}

/// A task that failed and what it returned.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    task: String,
    result: Value,
}

type Walk<'a> = Pin<Box<dyn Future<Output = Flow> + Send + 'a>>;

impl HostRun {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            stats: Stats::default(),
            session: None,
            notified: BTreeSet::new(),
            alive: true,
        }
    }

    pub fn is_alive(&self) -> bool {
        self.alive
    }

    /// Lends the host to a play; what stays behind only marks its place.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(&self.name))
    }

    pub async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }

    /// Goes through a play.
    pub async fn play(&mut self, shared: &Shared) {
        let flow = self.sections(shared).await;
        if let Flow::Failed(_) = flow {
            self.alive = false;
        }
        if let Some(barrier) = &shared.barrier {
            barrier.leave(&self.name);
        }
        shared.observer.event(&Event::HostDone {
            host: self.name.clone(),
            play: shared.play.name.clone(),
            good: self.alive,
        });
    }

    async fn sections(&mut self, shared: &Shared) -> Flow {
        if shared.play.gather_facts {
            let flow = self.gather(shared).await;
            if !matches!(flow, Flow::Go) {
                return flow;
            }
        }
        for section in &shared.play.sections {
            let flow = self.items(shared, section, false).await;
            if !matches!(flow, Flow::Go) {
                return flow;
            }
            let flow = self.flush(shared).await;
            if !matches!(flow, Flow::Go) {
                return flow;
            }
        }
        Flow::Go
    }

    async fn gather(&mut self, shared: &Shared) -> Flow {
        let name = "Gathering Facts".to_owned();
        shared.observer.event(&Event::Task {
            host: self.name.clone(),
            task: name.clone(),
        });
        let started = Instant::now();
        let outcome = super::module::gather(self, shared).await;
        let (flow, status) = match &outcome {
            Outcome {
                status: Status::Ok,
                result,
                ..
            } => {
                if let Some(facts) = result
                    .get("ansible_facts")
                    .and_then(|facts| facts.as_object())
                {
                    let facts: Map = facts
                        .iter()
                        .map(|(k, v)| (Arc::from(k.as_str()), Value::from(v.clone())))
                        .collect();
                    shared.vars.add_facts(&self.name, &facts);
                }
                (Flow::Go, Status::Ok)
            }
            other => (
                Flow::Failed(Box::new(Failed {
                    task: name.clone(),
                    result: Value::from(json!(other.result)),
                })),
                other.status,
            ),
        };
        self.count(status);
        let mut shown = outcome.result;
        shown.shift_remove("ansible_facts");
        shared.observer.event(&Event::Result {
            host: self.name.clone(),
            task: name,
            place: shared.play.at.to_string(),
            status,
            item: None,
            result: shown,
            took: started.elapsed(),
        });
        flow
    }

    /// Goes through tasks and blocks. `chosen` says that tags have chosen all of them already.
    fn items<'a>(&'a mut self, shared: &'a Shared, items: &'a [Item], chosen: bool) -> Walk<'a> {
        Box::pin(async move {
            for item in items {
                let flow = match item {
                    Item::Task(task) => self.task(shared, task, chosen).await,
                    Item::Block(block) => self.block(shared, block, chosen).await,
                };
                if !matches!(flow, Flow::Go) {
                    return flow;
                }
            }
            Flow::Go
        })
    }

    async fn block(&mut self, shared: &Shared, block: &Block, chosen: bool) -> Flow {
        if let Some(name) = &block.include {
            if !chosen && !super::task::is_chosen(&block.tags, &shared.options) {
                return Flow::Go;
            }
            match task::conditions(shared, &self.name, &block.when, None) {
                Ok(true) => {}
                Ok(false) => {
                    self.count(Status::Skipped);
                    return Flow::Go;
                }
                Err(error) => {
                    let result = json!({"failed": true, "msg": error.to_string()});
                    self.count(Status::Failed);
                    self.report(shared, name, Status::Failed, &result);
                    return Flow::Failed(Box::new(Failed {
                        task: name.clone(),
                        result: result.into(),
                    }));
                }
            }
        }
        let mut flow = self.items(shared, &block.tasks, chosen).await;
        if let (Flow::Failed(failed), false) = (&flow, block.rescue.is_empty())
            && self.session_is_usable()
        {
            // The failure has been counted when it happened: now it is one that was rescued.
            self.stats.failed = self.stats.failed.saturating_sub(1);
            self.stats.rescued += 1;
            let name: Map = [(Arc::from("name"), Value::plain(failed.task.as_str()))]
                .into_iter()
                .collect();
            shared
                .vars
                .set(&self.name, "ansible_failed_task", name.into());
            shared
                .vars
                .set(&self.name, "ansible_failed_result", failed.result.clone());
            flow = self.items(shared, &block.rescue, chosen).await;
        }
        let always = self.items(shared, &block.always, chosen).await;
        if matches!(always, Flow::Go) {
            flow
        } else {
            always
        }
    }

    fn session_is_usable(&self) -> bool {
        self.stats.unreachable == 0
    }

    async fn task(&mut self, shared: &Shared, task: &Arc<Task>, chosen: bool) -> Flow {
        if !chosen && !super::task::is_chosen(&task.tags, &shared.options) {
            return Flow::Go;
        }
        if let Some(barrier) = &shared.barrier {
            barrier.reach(&self.name, task).await;
        }
        match task.action {
            Action::Noop => Flow::Go,
            Action::FlushHandlers => self.flush(shared).await,
            Action::EndHost => match task::conditions(shared, &self.name, &task.when, Some(task)) {
                Ok(false) => Flow::Go,
                _ => Flow::End,
            },
            Action::Module(_) => self.module(shared, task).await,
        }
    }

    async fn module(&mut self, shared: &Shared, task: &Arc<Task>) -> Flow {
        let name = task::name(shared, &self.name, task);
        shared.observer.event(&Event::Task {
            host: self.name.clone(),
            task: name.clone(),
        });
        let outcome = task::run(self, shared, task, &name).await;
        self.count(outcome.status);
        if let Some(variable) = &task.register {
            shared
                .vars
                .set(&self.name, variable, Value::from(json!(outcome.result)));
        }
        if outcome.result.get("changed") == Some(&json!(true)) && outcome.status != Status::Failed {
            self.notified.extend(task.notify.iter().cloned());
        }
        match outcome.status {
            Status::Failed | Status::Unreachable => Flow::Failed(Box::new(Failed {
                task: name,
                result: Value::from(json!(outcome.result)),
            })),
            _ => Flow::Go,
        }
    }

    /// Runs the handlers that were notified, in the order in which they are defined.
    async fn flush(&mut self, shared: &Shared) -> Flow {
        // A handler may notify others: those that come after it run in the same round.
        for handler in &shared.play.handlers {
            let name = task::name(shared, &self.name, handler);
            let written = handler.name.written.as_str().unwrap_or_default().to_owned();
            let names: Vec<&String> = handler.listen.iter().chain([&name, &written]).collect();
            if !names.iter().any(|name| self.notified.contains(*name)) {
                continue;
            }
            // A topic stays notified until every handler that listens to it has run.
            self.notified.remove(&name);
            self.notified.remove(&written);
            let flow = self.module(shared, handler).await;
            if !matches!(flow, Flow::Go) {
                return flow;
            }
        }
        self.notified.clear();
        Flow::Go
    }

    fn count(&mut self, status: Status) {
        match status {
            Status::Ok => self.stats.ok += 1,
            Status::Changed => {
                self.stats.ok += 1;
                self.stats.changed += 1;
            }
            Status::Skipped => self.stats.skipped += 1,
            Status::Failed => self.stats.failed += 1,
            Status::Ignored => {
                self.stats.ok += 1;
                self.stats.ignored += 1;
            }
            Status::Unreachable => self.stats.unreachable = 1,
        }
    }

    fn report(&self, shared: &Shared, task: &str, status: Status, result: &serde_json::Value) {
        shared.observer.event(&Event::Result {
            host: self.name.clone(),
            task: task.to_owned(),
            place: String::new(),
            status,
            item: None,
            result: result.as_object().cloned().unwrap_or_default(),
            took: Duration::ZERO,
        });
    }
}
