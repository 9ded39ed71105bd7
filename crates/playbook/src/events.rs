//! What happens during a run, for whoever shows or records it.

use std::time::Duration;

use serde_json::{Map, Value};

/// What became of a task on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing had to be changed.
    Ok,
    /// Something was changed.
    Changed,
    /// A condition did not hold.
    Skipped,
    /// It failed.
    Failed,
    /// It failed, and the playbook says that this does not matter.
    Ignored,
    /// The host cannot be reached.
    Unreachable,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A play begins.
    Play {
        /// Its name.
        name: String,
        /// Its hosts.
        hosts: Vec<String>,
    },
    /// A host begins with a task.
    Task {
        /// The host.
        host: String,
        /// The task's name, with its role's.
        task: String,
    },
    /// A task has ended on a host.
    Result {
        /// The host.
        host: String,
        /// The task's name, with its role's.
        task: String,
        /// Where the task stands.
        place: String,
        /// What became of it.
        status: Status,
        /// The element of a loop.
        item: Option<String>,
        /// Return values; none where the task says `no_log`.
        result: Map<String, Value>,
        /// How long it took.
        took: Duration,
    },
    /// A host has reached the end of a play.
    HostDone {
        /// The host.
        host: String,
        /// The play's name.
        play: String,
        /// Whether it got there without a failure.
        good: bool,
    },
}

/// Takes events. Called from many tasks at once; must not block.
pub trait Observer: Send + Sync {
    /// Takes one.
    fn event(&self, event: &Event);
}

/// Takes no notice.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: &Event) {}
}
