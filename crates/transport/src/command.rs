//! Connections that are programs of this machine: `local` and `docker`.

use std::process::Stdio;

use tokio::process::Command;

use crate::error::TransportError;
use crate::process::{Process, Tail};

/// A shell on this machine.
pub(crate) fn local(host: &str, line: &str) -> Result<Process, TransportError> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]);
    start(host, command)
}

/// A shell in a container.
pub(crate) fn docker(
    host: &str,
    container: &str,
    user: Option<&str>,
    line: &str,
) -> Result<Process, TransportError> {
    let mut command = Command::new("docker");
    command.args(["exec", "-i"]);
    if let Some(user) = user {
        command.args(["-u", user]);
    }
    command.args([container, "/bin/sh", "-c", line]);
    start(host, command)
}

fn start(host: &str, mut command: Command) -> Result<Process, TransportError> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let failed = |reason: String| TransportError::Program {
        host: host.to_owned(),
        program: program.clone(),
        reason,
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let (Some(input), Some(output), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed("its streams are missing".to_owned()));
    };
    let tail = Tail::default();
    tail.follow(errors);
    Ok(Process {
        input: Box::new(input),
        output: Box::new(output),
        errors: tail,
        keep: Box::new(child),
    })
}
