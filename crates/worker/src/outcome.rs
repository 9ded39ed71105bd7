//! What a module is given and what it returns.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use edgewright_protocol::message::Task;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::blobs::Blobs;
use crate::lifeline::Lifeline;

/// Everything around a module's arguments.
pub(crate) struct Context<'t> {
    /// Say what would change, change nothing.
    pub check: bool,
    /// Return before and after.
    pub diff: bool,
    /// Added to the environment of what is started.
    pub environment: &'t BTreeMap<String, String>,
    /// How long the task may take.
    pub timeout: Option<Duration>,
    /// When its time is up.
    pub deadline: Option<Instant>,
    /// Whether anybody still waits for the answer.
    pub lifeline: Lifeline,
    /// Files that were sent.
    pub blobs: &'t Blobs,
}

impl<'t> Context<'t> {
    /// The surroundings of a task that starts now.
    pub(crate) fn new(task: &'t Task, blobs: &'t Blobs, lifeline: Lifeline) -> Self {
        let timeout = task.timeout.map(Duration::from_secs);
        Self {
            check: task.check,
            diff: task.diff,
            environment: &task.environment,
            timeout,
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            lifeline,
            blobs,
        }
    }
}

/// A module's return values.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Whether something was, or in check mode would be, changed.
    pub changed: bool,
    /// What else it returns.
    pub values: Map<String, Value>,
}

impl Outcome {
    /// Nothing but whether something changed.
    pub(crate) fn changed(changed: bool) -> Self {
        Self {
            changed,
            values: Map::new(),
        }
    }

    /// Adds a return value.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// Adds before and after of a text.
    #[must_use]
    pub(crate) fn diff(self, name: &str, before: &str, after: &str) -> Self {
        self.with(
            "diff",
            json!({"before": before, "after": after, "before_header": name, "after_header": name}),
        )
    }
}

/// Why a module failed: a message, and return values that help.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What happened.
    pub message: String,
    /// Return values, e.g. `rc` and `stderr`.
    pub values: Map<String, Value>,
}

impl Failure {
    /// A failure with nothing but a message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            values: Map::new(),
        }
    }

    /// Adds a return value.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// What went wrong with a file.
    pub(crate) fn io(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let hint = match error.kind() {
            std::io::ErrorKind::StorageFull => {
                "; the file system is full: free some space and run again"
            }
            std::io::ErrorKind::ReadOnlyFilesystem => "; the file system is mounted read-only",
            _ => "",
        };
        Self::new(format!("cannot {what} `{}`: {error}{hint}", path.display()))
    }
}

/// What every module returns.
pub(crate) type ModuleResult = Result<Outcome, Failure>;

/// Decodes the arguments that the control machine checked.
pub(crate) fn decode<A: DeserializeOwned>(args: &Map<String, Value>) -> Result<A, Failure> {
    serde_json::from_value(Value::Object(args.clone())).map_err(|error| {
        Failure::new(format!(
            "the arguments are not what this module takes: {error}"
        ))
    })
}

#[cfg(test)]
pub(crate) mod tests;
