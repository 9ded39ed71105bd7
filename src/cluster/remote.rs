//! One line of shell on a host, over the session that is there already.
//!
//! Called by `configure`, `verify` and `destroy` for what no playbook does.

use edgewright_protocol::message::Task;
use edgewright_protocol::modules;
use edgewright_transport::Session;
use edgewright_yaml::{Diagnostic, Diagnostics};
use serde_json::{Value, json};

use super::connect;

/// What a line of shell came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit status.
    pub status: i64,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a script in `/bin/sh`; that it fails is no error here. It ends after `seconds`.
///
/// # Errors
/// A diagnostic when the connection is lost or the worker cannot run it.
pub async fn shell(session: &Session, script: &str, seconds: u64) -> Result<Output, Diagnostics> {
    let given = json!({ "cmd": script });
    let args = given
        .as_object()
        .and_then(|args| edgewright_protocol::check::arguments(&modules::shell::SPEC, args).ok())
        .unwrap_or_default();
    let task = Task {
        id: 0,
        module: "shell".to_owned(),
        args,
        check: false,
        diff: false,
        become_user: None,
        environment: std::collections::BTreeMap::default(),
        timeout: Some(seconds),
    };
    let result = session
        .run(task)
        .await
        .map_err(|error| connect::diagnostic(&error))?;
    let text = |name: &str| {
        result
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let Some(status) = result.get("rc").and_then(Value::as_i64) else {
        let reason = text("msg");
        return Err(Diagnostic::error(
            "transport::command",
            format!("a command could not be run: {reason}"),
        )
        .into());
    };
    Ok(Output {
        status,
        stdout: text("stdout"),
        stderr: text("stderr"),
    })
}
