//! What is told about each call, for logs and for tests that count calls, and about machines that fail.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// One call, after it was answered or cut off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The verb, such as `POST`.
    pub method: String,
    /// The path, such as `/v2/instances`.
    pub path: String,
    /// What stood after the `?`, as it came; empty if there was none.
    pub query: String,
    /// The HTTP status of the answer; 0 if the connection was cut instead.
    pub status: u16,
    /// Whether the verb is one that may change something.
    pub mutating: bool,
    /// Whether a fault was ordered for this call.
    pub fault: bool,
    /// Milliseconds since 1970, when the call came.
    pub at: i64,
    /// Milliseconds from the call to its answer.
    pub took_ms: u64,
    /// The body of the request with `user_data` replaced by its length; null if there was none or it is no JSON.
    pub body: Value,
    /// The text of the refusal, if it was one.
    pub error: Option<String>,
}

/// Is told about each call.
pub type Observer = Arc<dyn Fn(&CallRecord) + Send + Sync>;

/// [`crate::Machines`] could not do what it was asked. No call fails because of it, except those that make or remove a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The machine or VPC.
    pub id: String,
    /// What was to be done, such as `start`.
    pub action: String,
    /// Why it was not.
    pub error: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Trouble {
    pub(crate) fn now(id: &str, action: &str, error: String) -> Self {
        Self {
            id: id.to_owned(),
            action: action.to_owned(),
            error,
            at: crate::marks::milliseconds(),
        }
    }
}

/// Is told about each trouble.
pub type TroubleObserver = Arc<dyn Fn(&Trouble) + Send + Sync>;
