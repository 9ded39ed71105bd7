//! What happens during a run, for whoever shows or records it. This crate prints nothing.
//!
//! Sent by `run`; received by the CLI's report and by `cluster`.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

/// A task, for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskInfo {
    /// Name as it is shown, `role : name`; templates in it are evaluated where they can be.
    pub name: String,
    /// The module or action.
    pub action: String,
    /// The role it belongs to.
    pub role: Option<String>,
    /// Where it is written, as `file:line:column`.
    pub place: String,
    /// Whether it is a handler.
    pub handler: bool,
}

/// How a task ended on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing had to be changed.
    Ok,
    /// Something was changed.
    Changed,
    /// It was not run.
    Skipped,
    /// It failed.
    Failed,
    /// It failed, and the playbook says that this does not matter.
    Ignored,
    /// The host could not be reached.
    Unreachable,
}

/// Counts for a host, as `ansible-playbook` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Tasks that ended well, the changed ones included.
    pub ok: u32,
    /// Tasks that changed something.
    pub changed: u32,
    /// Connections that failed.
    pub unreachable: u32,
    /// Tasks that failed.
    pub failed: u32,
    /// Tasks that were skipped.
    pub skipped: u32,
    /// Failures that a `rescue` took care of.
    pub rescued: u32,
    /// Failures that were ignored.
    pub ignored: u32,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Recap {
    /// Counts by host, in the order hosts were first seen.
    pub hosts: IndexMap<String, Counts>,
    /// Why the run was ended before its time, if it was.
    pub stopped: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Recap {
    /// The exit code of `ansible-playbook`: 0, 2 when hosts failed, 4 when hosts could not be reached.
    pub fn exit_code(&self) -> u8 {
        if self.stopped.is_some() {
            1
        } else if self.hosts.values().any(|counts| counts.unreachable > 0) {
            4
        } else if self.hosts.values().any(|counts| counts.failed > 0) {
            2
        } else {
            0
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A play starts on these hosts; none when its pattern matches none.
    Play {
        /// Its name.
        name: String,
        /// Its hosts.
        hosts: Vec<String>,
    },
    /// A host's connection is being made or was made.
    Connected {
        /// The host.
        host: String,
    },
    /// A task starts on a host.
    Task {
        /// The host.
        host: String,
        /// The task.
        task: Arc<TaskInfo>,
    },
    /// One element of a loop has ended on a host.
    Item {
        /// The host.
        host: String,
        /// The task.
        task: Arc<TaskInfo>,
        /// The element, as `loop_control.label` has it.
        label: String,
        /// How it ended.
        status: Status,
        /// Return values, censored where the playbook says so.
        result: Map<String, Value>,
    },
    /// A task is tried again.
    Retry {
        /// The host.
        host: String,
        /// The task.
        task: Arc<TaskInfo>,
        /// Attempts that are left.
        left: u64,
    },
    /// A task has ended on a host.
    Result {
        /// The host.
        host: String,
        /// The task.
        task: Arc<TaskInfo>,
        /// How it ended.
        status: Status,
        /// Return values, censored where the playbook says so.
        result: Map<String, Value>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A task notified a handler.
    Notified {
        /// The host.
        host: String,
        /// Name of the handler.
        handler: String,
    },
    /// Something to know that fails nothing.
    Warning(String),
    /// The run has ended.
    Recap(Recap),
}

/// Somebody who wants to know. Called from many tasks at once; must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Nobody wants to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: &Event) {}
}
