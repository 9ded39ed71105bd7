//! Tasks of other users: a second worker under that user, kept for the tasks that follow.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use edgewright_protocol::frame::{self, BLOB_CHUNK, Frame, Kind};
use edgewright_protocol::message::{Become, Digest, Reply, Request, Task};
use serde_json::{Map, Value};

use crate::accounts;
use crate::blobs::Blobs;
use crate::outcome::Failure;

/// Workers of other users, by user.
#[derive(Default)]
pub(crate) struct Children(HashMap<String, Worker>);

struct Worker {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Its input ends with it, so it ends by itself; the wait only keeps it from staying a zombie.
        if self.process.kill().is_ok() {
            self.process.wait().ok();
        }
    }
}

impl Children {
    /// Runs a task as another user; `None` when this process is that user already.
    pub(crate) fn run(
        &mut self,
        user: &Become,
        task: &Task,
        blobs: &Blobs,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        let account = accounts::user(&user.user).ok_or_else(|| {
            Failure::new(format!(
                "cannot become `{}`: there is no such user",
                user.user
            ))
        })?;
        if account.uid == rustix::process::geteuid().as_raw() {
            return Ok(None);
        }
        if !self.0.contains_key(&user.user) {
            let worker = start(user, &account)?;
            self.0.insert(user.user.clone(), worker);
        }
        let Some(worker) = self.0.get_mut(&user.user) else {
            return Ok(None);
        };
        let answer = worker.ask(task, blobs);
        if answer.is_err() {
            self.0.remove(&user.user);
        }
        answer.map(Some).map_err(|error| {
            Failure::new(format!(
                "the worker of user `{}` failed: {error}",
                user.user
            ))
        })
    }
}

fn start(user: &Become, account: &accounts::User) -> Result<Worker, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("cannot find the worker's own file: {error}")))?;
    let root = rustix::process::geteuid().is_root();
    let mut command = if root {
        // Part of util-linux, which every Debian and Ubuntu has; sets user, group and supplementary groups.
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", account.uid))
            .arg(format!("--regid={}", account.gid));
        command.args(["--init-groups", "--"]).arg(&program);
        command
            .env("HOME", &account.home)
            .env("USER", &account.name)
            .env("LOGNAME", &account.name);
        command
    } else {
        let mut command = Command::new("sudo");
        command
            .args(["-H", "-S", "-p", "", "-u", &user.user, "--"])
            .arg(&program);
        command
    };
    let mut process = command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::new(format!("cannot become `{}`: {error}", user.user)))?;
    let (Some(mut input), Some(mut output)) = (process.stdin.take(), process.stdout.take()) else {
        return Err(Failure::new("a process was started without its pipes"));
    };
    if !root {
        let password = user.password.clone().unwrap_or_default();
        if let Err(error) = writeln!(input, "{password}") {
            return Err(Failure::new(format!(
                "cannot become `{}`: {error}",
                user.user
            )));
        }
    }
    match frame::read(&mut output) {
        Ok(Some(_hello)) => Ok(Worker {
            process,
            input,
            output,
        }),
        _ => {
            drop(input);
            let said = process
                .wait_with_output()
                .map(|out| String::from_utf8_lossy(&out.stderr).trim().to_owned());
            Err(Failure::new(format!(
                "cannot become `{}`: {}",
                user.user,
                said.unwrap_or_default()
            )))
        }
    }
}

impl Worker {
    fn ask(&mut self, task: &Task, blobs: &Blobs) -> Result<Map<String, Value>, String> {
        if let Some(digest) = task.args.get("digest").and_then(Value::as_str)
            && let Some(content) = blobs.get(digest)
        {
            self.send(&Request::Blob {
                digest: Digest(digest.to_owned()),
                size: content.len() as u64,
            })?;
            for chunk in content.chunks(BLOB_CHUNK) {
                frame::write(
                    &mut self.input,
                    &Frame {
                        kind: Kind::Blob,
                        payload: chunk.to_vec(),
                    },
                )
                .map_err(|error| error.to_string())?;
            }
            if !content.is_empty() {
                self.receive()?;
            }
        }
        let task = Task {
            become_user: None,
            ..task.clone()
        };
        self.send(&Request::Run { tasks: vec![task] })?;
        match self.receive()? {
            Reply::Done { result, .. } => Ok(result),
            Reply::Refused { reason } => Err(reason),
            other => Err(format!("unexpected answer {other:?}")),
        }
    }

    fn send(&mut self, request: &Request) -> Result<(), String> {
        let payload = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        frame::write(
            &mut self.input,
            &Frame {
                kind: Kind::Message,
                payload,
            },
        )
        .map_err(|error| error.to_string())
    }

    fn receive(&mut self) -> Result<Reply, String> {
        let frame = frame::read(&mut self.output)
            .map_err(|error| error.to_string())?
            .ok_or("it ended")?;
        serde_json::from_slice(&frame.payload).map_err(|error| error.to_string())
    }
}
