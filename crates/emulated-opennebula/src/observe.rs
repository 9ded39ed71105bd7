//! What is told about each call, for logs and for tests that count calls.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One call, after it was answered or cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The method, such as `one.host.info`; empty if the request could not be read as a call.
    pub method: String,
    /// Whether the call succeeded as far as OpenNebula goes.
    pub ok: bool,
    /// Whether the method is one that may change something.
    pub mutating: bool,
    /// The HTTP status of the answer; 0 if the connection was cut instead.
    pub status: u16,
    /// 0, or the code of the refusal or fault.
    pub code: i32,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Is told about each call.
pub type Observer = Arc<dyn Fn(&CallRecord) + Send + Sync>;
