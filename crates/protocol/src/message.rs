//! The messages themselves.
//!
//! The worker speaks first ([`Reply::Hello`]). Then requests are answered in the order they arrive; several
//! may be under way. A worker ends when its standard input ends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of this protocol; both sides must agree. The worker is found by its digest, so they always do
/// unless somebody starts it by hand.
pub const VERSION: u32 = 1;

/// Which file a module argument means, by the SHA-256 of its content in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub String);

/// What the control machine asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Executes tasks one after the other, each answered by a [`Reply::Done`]; after the first that fails
    /// the rest of the batch is answered by [`Reply::Skipped`].
    Run {
        /// The tasks, in order.
        tasks: Vec<Task>,
    },
    /// Asks which of these files the worker does not hold in memory or in its store; answered by
    /// [`Reply::Missing`].
    Have {
        /// The files.
        digests: Vec<Digest>,
    },
    /// Announces a file; its bytes follow in [`crate::frame::Kind::Blob`] frames. Answered by
    /// [`Reply::Stored`] when `size` bytes have come and their digest is right.
    Blob {
        /// Digest of the whole content.
        digest: Digest,
        /// Size in bytes.
        size: u64,
    },
}

/// One module call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Chosen by the control machine, comes back with the answer.
    pub id: u64,
    /// Name of the module without collection, e.g. `copy`.
    pub module: String,
    /// Arguments as [`crate::check::arguments`] returned them: complete, coerced, canonical names.
    pub args: Map<String, Value>,
    /// Say what would change, change nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check: bool,
    /// Return `diff` with before and after.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diff: bool,
    /// As whom, when not as the user who logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub become_user: Option<Become>,
    /// Added to the environment of everything the module starts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Time limit in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
}

/// How to become another user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Become {
    /// `sudo` or `su`.
    pub method: String,
    /// The user.
    pub user: String,
    /// Given to the method on its standard input, never on its command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl std::fmt::Debug for Become {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Become")
            .field("method", &self.method)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "<masked>"))
            .finish()
    }
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Sent once, first.
    Hello {
        /// [`VERSION`].
        version: u32,
        /// Machine architecture, as `uname -m` says.
        machine: String,
        /// Effective user id the worker runs under.
        uid: u32,
    },
    /// A task has ended.
    Done {
        /// The task's id.
        id: u64,
        /// Ansible's return values: always `changed`, `failed` only when true, `msg` where there is one,
        /// and what the module adds.
        result: Map<String, Value>,
    },
    /// A task was not started because an earlier one of its batch failed.
    Skipped {
        /// The task's id.
        id: u64,
    },
    /// Of the digests asked for, these are not here.
    Missing {
        /// The files.
        digests: Vec<Digest>,
    },
    /// A file has arrived whole.
    Stored {
        /// The file.
        digest: Digest,
    },
    /// A request could not be understood or a blob did not match its digest. The worker goes on.
    Refused {
        /// What was wrong, in one sentence.
        reason: String,
    },
}
