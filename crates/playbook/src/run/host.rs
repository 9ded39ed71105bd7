//! One host on its way through a play: what it does next, and what follows from how that ended.
//!
//! Driven by `strategy`.

use std::sync::Arc;

use edgewright_template::Map;
use serde_json::Value as Json;

use super::batch;
use super::context::{Context, PlayRun};
use super::cursor::{Cursor, Next};
use super::handlers;
use super::judge::holds;
use super::results::{Returned, failed};
use super::task::{self, Outcome, changed};
use super::vars_files;
use crate::events::{Counts, Event, Status};
use crate::load::model::{Action, Meta, Step, Task};
use crate::vars::Local;

/// A host and what it has been through.
#[derive(Debug)]
pub(crate) struct HostRun {
    pub name: Arc<str>,
    pub counts: Counts,
    /// Whether it is out of the run.
    pub out: bool,
    /// Whether its last task failed.
    pub last_failed: bool,
    cursor: Cursor,
    /// Handlers that are to run in the round that is under way.
    notified: Vec<Arc<Task>>,
    /// Notifications since the last round: which handlers they mean is seen when the next begins.
    notifications: Vec<String>,
    files: Arc<Map>,
}

impl HostRun {
    pub fn new(name: &Arc<str>) -> Self {
        Self {
            name: Arc::clone(name),
            counts: Counts::default(),
            out: false,
            last_failed: false,
            cursor: Cursor::default(),
            notified: Vec::new(),
            notifications: Vec::new(),
            files: Arc::default(),
        }
    }

    /// Starts a play.
    pub fn start(&mut self, play: &Arc<PlayRun>, steps: &Arc<Vec<Step>>) {
        self.cursor = Cursor::new(Arc::clone(steps));
        self.notified.clear();
        self.notifications.clear();
        self.files = Arc::default();
        self.read_files(play);
    }

    /// Reads `vars_files`, whose names may need facts.
    fn read_files(&mut self, play: &Arc<PlayRun>) {
        if !play.play.vars_files.is_empty() {
            self.files = vars_files::read(play, &self.name);
        }
    }

    /// The task that is next.
    pub fn peek(&mut self) -> Option<&Next> {
        self.cursor.peek(&self.notified)
    }

    /// Whether this is the task that is next.
    pub fn is_at(&mut self, next: &Next) -> bool {
        self.peek()
            .is_some_and(|own| own.path == next.path && Arc::ptr_eq(&own.task, &next.task))
    }

    /// Takes the task that is next.
    pub fn take(&mut self) -> Option<Next> {
        let next = self.cursor.take(&self.notified)?;
        if next.task.handler {
            self.notified
                .retain(|other| !Arc::ptr_eq(other, &next.task));
        }
        Some(next)
    }

    /// Variables that this host's tasks see beside those of everybody.
    pub fn local(&self, next: &Next) -> Local {
        Local {
            files: Arc::clone(&self.files),
            params: Arc::clone(&next.params),
            strongest: Arc::default(),
            watch: None,
        }
    }

    /// Does what is next: one task, or several that can travel together. Returns whether there was something to do.
    pub async fn advance(&mut self, play: &Arc<PlayRun>) -> bool {
        let planned = batch::plan(play, self);
        if !planned.is_empty() {
            batch::run(play, self, planned).await;
            return true;
        }
        let Some(next) = self.take() else {
            return false;
        };
        let targets = vec![Arc::clone(&self.name)];
        self.step(play, next, targets).await;
        true
    }

    /// The tasks that come next if all goes well, as far as `wanted` says so of each.
    pub fn ahead(&self, mut wanted: impl FnMut(&Next) -> bool) {
        let mut cursor = self.cursor.clone();
        while let Some(next) = cursor.take(&self.notified) {
            if !wanted(&next) {
                break;
            }
            cursor.ran(&next.task);
        }
    }

    /// Does a task. `targets` get its facts and results.
    pub async fn step(
        &mut self,
        play: &Arc<PlayRun>,
        next: Next,
        targets: Vec<Arc<str>>,
    ) -> Outcome {
        let name = Arc::clone(&self.name);
        let context = Context::new(play, &name, &next.task, self.local(&next), targets);
        if let Action::Meta(meta) = &next.task.action {
            return self.meta(&context, *meta);
        }
        let outcome = task::run(&context).await;
        self.settle(&context, &outcome);
        outcome
    }

    /// Follows another host that did a task for all: it ended the same way here.
    pub fn follow(&mut self, play: &Arc<PlayRun>, next: &Next, outcome: &Outcome) {
        let name = Arc::clone(&self.name);
        let context = Context::new(play, &name, &next.task, self.local(next), Vec::new());
        match outcome.status {
            Status::Failed => self.fail(&context, &outcome.result),
            Status::Unreachable => {}
            _ if !outcome.included.is_empty() => self.cursor.include(outcome.included.clone()),
            _ => {}
        }
    }

    /// Draws the consequences of how a task ended.
    pub fn settle(&mut self, context: &Context<'_>, outcome: &Outcome) {
        self.count(outcome);
        match outcome.status {
            Status::Unreachable => self.leave(context.play),
            Status::Failed => self.fail(context, &outcome.result),
            Status::Ok | Status::Changed => {
                self.cursor.ran(context.task);
                self.notify(context, outcome);
                if !outcome.included.is_empty() {
                    self.cursor.include(outcome.included.clone());
                }
                if let Action::Module { spec, .. } = &context.task.action
                    && spec.name == "setup"
                {
                    self.read_files(context.play);
                }
            }
            Status::Skipped | Status::Ignored => {
                if !outcome.included.is_empty() {
                    self.cursor.include(outcome.included.clone());
                }
            }
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        let counts = &mut self.counts;
        match outcome.status {
            // An include counts as often as it includes something.
            Status::Ok if !outcome.included.is_empty() => {
                counts.ok += u32::try_from(outcome.included.len()).unwrap_or(u32::MAX);
            }
            Status::Ok => counts.ok += 1,
            Status::Changed => {
                counts.ok += 1;
                counts.changed += 1;
            }
            Status::Skipped => counts.skipped += 1,
            Status::Failed if self.cursor.is_rescued() => counts.rescued += 1,
            Status::Failed => counts.failed += 1,
            Status::Unreachable => counts.unreachable += 1,
            Status::Ignored => {
                counts.ok += 1;
                counts.ignored += 1;
                counts.changed += u32::from(changed(&outcome.result));
            }
        }
    }

    fn leave(&mut self, play: &PlayRun) {
        self.out = true;
        self.cursor.stop();
        play.vars.leave(&self.name);
    }

    /// Goes where a failure leads.
    pub fn fail(&mut self, context: &Context<'_>, result: &Returned) {
        let play = context.play;
        let rescued = self.cursor.is_rescued();
        if rescued {
            let about: Json = serde_json::json!({
                "name": context.own_name(),
                "action": context.info.action,
            });
            play.run.vars.set(
                &self.name,
                [
                    ("ansible_failed_task".into(), about.into()),
                    (
                        "ansible_failed_result".into(),
                        super::results::value(result),
                    ),
                ],
            );
        }
        self.cursor.fail();
        if rescued {
            play.vars.stay(&self.name);
        } else {
            play.vars.leave(&self.name);
        }
    }

    /// Whether a failure has ended the play for this host.
    pub fn has_failed(&self) -> bool {
        self.cursor.has_failed()
    }

    /// After a play: a host that failed is out of the run.
    pub fn end(&mut self) {
        self.out = self.out || self.has_failed();
    }

    /// Notifies handlers. Among handlers they run in the same round; else in the next.
    fn notify(&mut self, context: &Context<'_>, outcome: &Outcome) {
        for name in &outcome.notify {
            let scope = context.scope(&context.local.strongest);
            let found = handlers::notified(context.play, name, &scope);
            if found.is_empty() {
                self.counts.failed += 1;
                self.fail(context, &failed(format!("there is no handler `{name}`")));
                return;
            }
            if context.task.handler {
                self.due(found);
            } else if !self.notifications.contains(name) {
                self.notifications.push(name.clone());
            }
            context.run().tell(&Event::Notified {
                host: self.name.to_string(),
                handler: name.clone(),
            });
        }
    }

    fn due(&mut self, found: Vec<Arc<Task>>) {
        for handler in found {
            if !self
                .notified
                .iter()
                .any(|known| Arc::ptr_eq(known, &handler))
            {
                self.notified.push(handler);
            }
        }
    }

    /// Begins a round of handlers.
    fn flush(&mut self, context: &Context<'_>) {
        let scope = context.scope(&context.local.strongest);
        for name in std::mem::take(&mut self.notifications) {
            self.due(handlers::notified(context.play, &name, &scope));
        }
        if !self.notified.is_empty() {
            self.cursor.handlers(Arc::new(context.play.handlers()));
        }
    }

    /// Does what `meta` says.
    fn meta(&mut self, context: &Context<'_>, meta: Meta) -> Outcome {
        let scope = context.scope(&context.local.strongest);
        let mut outcome = Outcome {
            status: Status::Ok,
            result: Returned::new(),
            notify: Vec::new(),
            included: Vec::new(),
        };
        match holds(&context.task.inherited.when, &scope) {
            Ok(None) => {}
            Ok(Some(_)) => {
                outcome.status = Status::Skipped;
                return outcome;
            }
            Err(error) => {
                outcome.status = Status::Failed;
                outcome.result = failed(error.to_string());
                self.settle(context, &outcome);
                return outcome;
            }
        }
        match meta {
            Meta::FlushHandlers => self.flush(context),
            Meta::EndPlay => context.play.end(),
            Meta::EndHost => self.cursor.stop(),
            Meta::EndRole => {
                if let Some(role) = &context.task.role {
                    self.cursor.leave(role);
                }
            }
            Meta::ClearFacts => context.run().vars.clear_facts(&self.name),
            Meta::ResetConnection => context.run().sessions.forget(&self.name),
            Meta::Noop => {}
        }
        outcome
    }
}
