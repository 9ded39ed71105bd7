//! Starting programs: with a deadline, without leaving any behind.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::outcome::{Context, Failure};

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(5);

/// What a program that has ended left.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Exit code; minus the signal's number for one that was killed.
    pub rc: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a program to its end.
///
/// Fails when it cannot be started or when the task's time is up; then the program and everything it started is
/// killed.
pub(crate) fn run(
    context: &Context<'_>,
    command: &mut Command,
    stdin: Option<&[u8]>,
) -> Result<Finished, Failure> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .envs(context.environment)
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Failure::new(format!("cannot run `{shown}`: {error}"))
                .with("rc", error.raw_os_error().unwrap_or(127))
        })?;
    let writer = child
        .stdin
        .take()
        .zip(stdin.map(<[u8]>::to_vec))
        .map(|(mut pipe, bytes)| {
            // A program that ends without reading its input is no fault of ours.
            thread::spawn(move || pipe.write_all(&bytes).ok())
        });
    let stdout = child.stdout.take().map(reader);
    let stderr = child.stderr.take().map(reader);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(error) => return Err(Failure::new(format!("cannot wait for `{shown}`: {error}"))),
        }
        if context
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            if let Ok(id) = i32::try_from(child.id())
                && let Some(group) = Pid::from_raw(id)
            {
                kill_process_group(group, Signal::KILL).ok();
            }
            child.wait().ok();
            return Err(
                Failure::new(format!("`{shown}` was stopped: the task's time was up"))
                    .with("timedout", true),
            );
        }
        thread::sleep(POLL);
    };
    if let Some(writer) = writer {
        writer.join().ok();
    }
    let text = |handle: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = handle
            .and_then(|handle| handle.join().ok())
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let rc = status
        .code()
        .unwrap_or_else(|| -status.signal().unwrap_or(1));
    Ok(Finished {
        rc,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

fn reader(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).ok();
        bytes
    })
}

/// Runs a program that must succeed, and returns what it printed.
pub(crate) fn succeed(context: &Context<'_>, command: &mut Command) -> Result<Finished, Failure> {
    let line: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let finished = run(context, command, None)?;
    if finished.rc == 0 {
        return Ok(finished);
    }
    let said = if finished.stderr.trim().is_empty() {
        finished.stdout.trim()
    } else {
        finished.stderr.trim()
    };
    Err(Failure::new(format!(
        "`{}` ended with {}: {said}",
        line.join(" "),
        finished.rc
    ))
    .with("rc", finished.rc)
    .with("stdout", finished.stdout.clone())
    .with("stderr", finished.stderr.clone()))
}
