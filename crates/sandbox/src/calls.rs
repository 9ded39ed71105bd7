//! The record of API calls, an object a line in `DIR/calls.jsonl`.
//!
//! The daemon writes it through [`Recorder`]; the verb `calls` reads it, also after the sandbox went down.

use edgewright_emulated_opennebula as opennebula;
use edgewright_emulated_vultr as vultr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// `vultr` or `opennebula`.
    pub api: String,
    /// The verb of HTTP for Vultr, the method for OpenNebula.
    pub method: String,
    /// The path, with what stands after the `?`.
    pub path: String,
    /// The status of the answer; 0 if the connection was cut instead.
    pub status: u16,
    /// Whether the call is one that may change something.
    pub mutating: bool,
    /// When it came, RFC 3339.
    pub at: String,
}

impl From<&vultr::CallRecord> for Call {
    fn from(record: &vultr::CallRecord) -> Self {
        let path = if record.query.is_empty() {
            record.path.clone()
        } else {
            format!("{}?{}", record.path, record.query)
        };
        Self {
            api: "vultr".to_owned(),
            method: record.method.clone(),
            path,
            status: record.status,
            mutating: record.mutating,
            at: time(record.at),
        }
    }
}

impl From<&opennebula::CallRecord> for Call {
    fn from(record: &opennebula::CallRecord) -> Self {
        Self {
            api: "opennebula".to_owned(),
            method: record.method.clone(),
            path: "/RPC2".to_owned(),
            status: record.status,
            mutating: record.mutating,
            at: time(record.at),
        }
    }
}

fn time(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            api,
            method,
            path,
            status,
            at,
            ..
        } = self;
        let mark = if self.mutating { '*' } else { ' ' };
        write!(f, "{at}  {status:3} {mark} {api:<10}  {method} {path}")
    }
}

/// Appends calls to a file.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Mutex<fs_err::File>>);

impl Recorder {
    /// Begins a new record.
    ///
    /// # Errors
    /// The system's error.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let file = fs_err::File::create(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Appends a call; a full disk is said in the log.
    pub fn record(&self, call: &Call) {
        let line = match serde_json::to_string(call) {
            Ok(line) => line + "\n",
            Err(error) => return crate::say::log(&format!("a call cannot be recorded: {error}")),
        };
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()) {
            crate::say::log(&format!("a call cannot be recorded: {error}"));
        }
    }
}

/// Reads the calls after the first `skip`.
///
/// # Errors
/// The system's error, or a line that is no call.
pub fn read(path: &Path, skip: usize) -> std::io::Result<Vec<Call>> {
    let text = match fs_err::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        other => other?,
    };
    text.lines()
        .skip(skip)
        .map(|line| serde_json::from_str(line).map_err(std::io::Error::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call::from(&opennebula::CallRecord {
            method: "one.host.allocate".to_owned(),
            ok: true,
            mutating: true,
            status: 200,
            code: 0,
            at: 1_790_000_000_123,
        })
    }

    #[test]
    fn a_call_is_an_object_with_six_members() {
        assert_eq!(
            serde_json::to_string(&call()).unwrap(),
            r#"{"api":"opennebula","method":"one.host.allocate","path":"/RPC2","status":200,"mutating":true,"at":"2026-09-21T14:13:20.123Z"}"#
        );
    }

    #[test]
    fn calls_are_read_as_they_were_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("calls.jsonl");
        assert_eq!(read(&path, 0).unwrap(), []);
        let recorder = Recorder::create(&path).unwrap();
        recorder.record(&call());
        recorder.record(&call());
        assert_eq!(read(&path, 1).unwrap(), [call()]);
    }

    #[test]
    fn a_mutating_call_is_marked() {
        assert_eq!(
            call().to_string(),
            "2026-09-21T14:13:20.123Z  200 * opennebula  one.host.allocate /RPC2"
        );
    }
}
