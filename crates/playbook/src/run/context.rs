//! What a task of a host is surrounded by while it runs.
//!
//! [`Run`] is made once a run, [`PlayRun`] once a play, [`Context`] for every task of every host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use edgewright_template::{Map, Scope, evaluate};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::RunOptions;
use super::sessions::Sessions;
use super::settings::text;
use crate::events::{Event, Observer, TaskInfo};
use crate::load::model::{Action, Inherited, Play, Task};
use crate::load::{Around, LoadOptions};
use crate::vars::{Local, PlayVars, Vars};

/// What all plays share.
pub(crate) struct Run {
    pub vars: Arc<Vars>,
    pub options: RunOptions,
    pub load: Arc<LoadOptions>,
    pub sessions: Sessions,
    pub observer: Arc<dyn Observer>,
    /// As many places as tasks may be under way at once; no limit where there are none.
    pub slots: Option<Semaphore>,
}

impl Run {
    /// Tells whoever wants to know.
    pub fn tell(&self, event: &Event) {
        self.observer.event(event);
    }

    /// Waits for a place among the tasks that are under way.
    pub async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        match &self.slots {
            // Nobody closes the semaphore: there is always a place in the end.
            Some(slots) => slots.acquire().await.ok(),
            None => None,
        }
    }
}

/// What all hosts of a play share.
pub(crate) struct PlayRun {
    pub run: Arc<Run>,
    pub play: Arc<Play>,
    pub vars: Arc<PlayVars>,
    handlers: RwLock<Vec<Arc<Task>>>,
    ended: AtomicBool,
}

impl PlayRun {
    pub fn new(run: Arc<Run>, play: Arc<Play>, hosts: Vec<Arc<str>>) -> Self {
        Self {
            vars: Arc::new(PlayVars::new(Arc::clone(&play), hosts)),
            handlers: RwLock::new(play.handlers.clone()),
            ended: AtomicBool::new(false),
            run,
            play,
        }
    }

    /// All handlers there are by now.
    pub fn handlers(&self) -> Vec<Arc<Task>> {
        self.handlers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Adds the handlers of a role that is included.
    pub fn add_handlers(&self, more: &[Arc<Task>]) {
        let mut handlers = self
            .handlers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for handler in more {
            if !handlers.iter().any(|known| Arc::ptr_eq(known, handler)) {
                handlers.push(Arc::clone(handler));
            }
        }
    }

    /// Ends the play for everybody.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Whether somebody ended the play.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// What surrounds the tasks that a task includes.
    pub fn around(&self, task: &Task, inherited: &Inherited) -> Around {
        Around {
            inherited: inherited.clone(),
            role: task.role.clone(),
            place: task.place.clone(),
            play: self.play.place.clone(),
            handler: task.handler,
            chain: Vec::new(),
        }
    }
}

/// A task of a host.
pub(crate) struct Context<'p> {
    pub play: &'p Arc<PlayRun>,
    pub host: &'p Arc<str>,
    pub task: &'p Arc<Task>,
    pub info: Arc<TaskInfo>,
    /// Variables beside those of everybody.
    pub local: Local,
    /// Hosts that get its facts and results: the one host, or all where a task runs once.
    pub targets: Vec<Arc<str>>,
}

impl<'p> Context<'p> {
    pub fn new(
        play: &'p Arc<PlayRun>,
        host: &'p Arc<str>,
        task: &'p Arc<Task>,
        local: Local,
        targets: Vec<Arc<str>>,
    ) -> Self {
        let scope = play.run.vars.scope(host, &play.vars, Some(task), &local);
        Self {
            info: Arc::new(info(task, &scope)),
            play,
            host,
            task,
            local,
            targets,
        }
    }

    /// What everybody shares.
    pub fn run(&self) -> &Arc<Run> {
        &self.play.run
    }

    /// The name that the task itself has; empty when it has none.
    pub fn own_name(&self) -> String {
        let Some(name) = &self.task.name else {
            return String::new();
        };
        let value = evaluate(&name.value, &self.scope(&self.local.strongest));
        text(value.as_ref().unwrap_or(&name.value))
    }

    /// Variables, with some that win over all others.
    pub fn scope(&self, strongest: &Arc<Map>) -> Scope {
        self.scope_of(self.host, strongest)
    }

    /// Variables as another host sees them.
    pub fn scope_of(&self, host: &Arc<str>, strongest: &Arc<Map>) -> Scope {
        let local = Local {
            strongest: Arc::clone(strongest),
            ..self.local.clone()
        };
        self.run()
            .vars
            .scope(host, &self.play.vars, Some(self.task), &local)
    }
}

/// How a task is shown. Templates in its name are evaluated where they can be.
pub(crate) fn info(task: &Task, scope: &Scope) -> TaskInfo {
    let name = match (&task.name, &task.action) {
        (Some(name), _) => text(evaluate(&name.value, scope).as_ref().unwrap_or(&name.value)),
        (None, Action::IncludeRole { role, .. }) => {
            format!("{} : {}", task.action_name, text(&role.value))
        }
        (None, _) => task.action_name.to_string(),
    };
    let role = task.role.as_ref().map(|role| role.role.name.to_string());
    TaskInfo {
        name: match &role {
            Some(role) => format!("{role} : {name}"),
            None => name,
        },
        action: task.action_name.to_string(),
        role,
        place: task.span.to_string(),
        handler: task.handler,
    }
}
