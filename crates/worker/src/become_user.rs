//! Tasks of other users: a second worker under that user, kept for the tasks that follow.
//!
//! Root needs nobody's leave; another user asks `sudo` or `su`. Whether those want a password is seen, not guessed: the
//! new worker's greeting and the question are waited for at once, and the password is sent only when it is asked for.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use edgewright_protocol::frame::{self, BLOB_CHUNK, Frame, Kind};
use edgewright_protocol::message::{Become, Digest, Reply, Request, Task};
use rustix::event::{PollFd, PollFlags, poll};
use serde_json::{Map, Value};

use crate::accounts;
use crate::blobs::Blobs;
use crate::lifeline::{Lifeline, is_gone, timespec};
use crate::outcome::Failure;

/// How `sudo` is told to ask; no program prints this by chance.
const SUDO_PROMPT: &str = "edgewright asks for the password: ";

/// How `su` asks in the C locale.
const SU_PROMPT: &str = "Password:";

/// How long the other user's worker may take to greet.
const START: Duration = Duration::from_secs(30);

/// How long it may take to end once its input has ended: it ends what it runs first.
const END: Duration = Duration::from_secs(3);

/// Workers of other users, by user.
#[derive(Default)]
pub(crate) struct Children(HashMap<String, Worker>);

struct Worker {
    process: Child,
    /// Gone once the worker has been told to end.
    input: Option<ChildStdin>,
    output: ChildStdout,
    held: HashSet<String>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.input = None;
        let start = Instant::now();
        while start.elapsed() < END {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
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
        lifeline: Lifeline,
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
            let worker = start(user, &account).map_err(|reason| {
                Failure::new(format!("cannot become `{}`: {reason}", user.user))
            })?;
            self.0.insert(user.user.clone(), worker);
        }
        let Some(worker) = self.0.get_mut(&user.user) else {
            return Ok(None);
        };
        let answer = worker.ask(task, blobs, lifeline);
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

fn command(user: &Become, account: &accounts::User) -> Result<Command, String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("cannot find the worker's own file: {error}"))?;
    let mut command;
    if rustix::process::geteuid().is_root() {
        // Part of util-linux, which every Debian and Ubuntu has; sets user, group and supplementary groups.
        command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", account.uid))
            .arg(format!("--regid={}", account.gid))
            .args(["--init-groups", "--"])
            .arg(&program)
            .env("HOME", &account.home)
            .env("USER", &account.name)
            .env("LOGNAME", &account.name);
    } else if user.method == "su" {
        command = Command::new("su");
        command
            .args([&user.user, "-c"])
            .arg(format!("exec '{}'", program.display()))
            .env("LC_ALL", "C.UTF-8");
    } else {
        command = Command::new("sudo");
        command
            .args(["-H", "-S", "-p", SUDO_PROMPT, "-u", &user.user, "--"])
            .arg(&program);
    }
    Ok(command)
}

fn start(user: &Become, account: &accounts::User) -> Result<Worker, String> {
    let mut process = command(user, account)?
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let (Some(input), Some(output), Some(mut errors)) = (
        process.stdin.take(),
        process.stdout.take(),
        process.stderr.take(),
    ) else {
        return Err("a process was started without its pipes".to_owned());
    };
    let mut worker = Worker {
        process,
        input: Some(input),
        output,
        held: HashSet::new(),
    };
    worker.log_in(user, &mut errors)?;
    // What it may say later must not fill the pipe and stop it.
    std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
    Ok(worker)
}

impl Worker {
    /// Waits for the greeting, and answers the question for a password if it comes.
    fn log_in(&mut self, user: &Become, errors: &mut ChildStderr) -> Result<(), String> {
        let prompt = if user.method == "su" {
            SU_PROMPT
        } else {
            SUDO_PROMPT
        };
        let until = Instant::now() + START;
        let mut said = String::new();
        let mut password = user.password.as_deref();
        loop {
            let left = timespec(until.saturating_duration_since(Instant::now()));
            let mut ends = [
                PollFd::new(&self.output, PollFlags::IN),
                PollFd::new(errors, PollFlags::IN),
            ];
            poll(&mut ends, Some(&left)).map_err(|error| error.to_string())?;
            let [greets, complains] = ends.map(|end| !end.revents().is_empty());
            if greets {
                return match frame::read(&mut self.output) {
                    Ok(Some(_hello)) => Ok(()),
                    _ => Err(self.last_words(said, prompt, errors)),
                };
            }
            if !complains {
                return Err(format!("{} does not answer", user.method));
            }
            let mut buffer = [0; 1024];
            match errors.read(&mut buffer) {
                Ok(0) | Err(_) => return Err(self.last_words(said, prompt, errors)),
                Ok(count) => said.push_str(&String::from_utf8_lossy(
                    buffer.get(..count).unwrap_or_default(),
                )),
            }
            if said.ends_with(prompt) || said.ends_with(&format!("{prompt} ")) {
                let Some(password) = password.take() else {
                    return Err(if user.password.is_some() {
                        format!("{} does not take the password", user.method)
                    } else {
                        format!(
                            "{} asks for a password; give it as `ansible_become_password`",
                            user.method
                        )
                    });
                };
                said.clear();
                let input = self.input.as_mut().ok_or("it ended")?;
                writeln!(input, "{password}").map_err(|error| error.to_string())?;
            }
        }
    }

    fn last_words(&mut self, mut said: String, prompt: &str, errors: &mut ChildStderr) -> String {
        self.input = None;
        // What cannot be read is not told.
        errors.read_to_string(&mut said).ok();
        let said = said.replace(prompt, "");
        if said.trim().is_empty() {
            "it ended without a word".to_owned()
        } else {
            said.trim().replace('\n', " | ")
        }
    }

    fn ask(
        &mut self,
        task: &Task,
        blobs: &Blobs,
        lifeline: Lifeline,
    ) -> Result<Map<String, Value>, String> {
        if let Some(digest) = task.args.get("digest").and_then(Value::as_str)
            && let Some(content) = blobs.get(digest)
            && !self.held.contains(digest)
        {
            self.send(&Request::Blob {
                digest: Digest(digest.to_owned()),
                size: content.len() as u64,
            })?;
            for chunk in content.chunks(BLOB_CHUNK) {
                self.write(Kind::Blob, chunk.to_vec())?;
            }
            if !content.is_empty() {
                self.receive(lifeline)?;
            }
            self.held.insert(digest.to_owned());
        }
        let task = Task {
            become_user: None,
            ..task.clone()
        };
        self.send(&Request::Run { tasks: vec![task] })?;
        match self.receive(lifeline)? {
            Reply::Done { result, .. } => Ok(result),
            Reply::Refused { reason } => Err(reason),
            other => Err(format!("unexpected answer {other:?}")),
        }
    }

    fn send(&mut self, request: &Request) -> Result<(), String> {
        let payload = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        self.write(Kind::Message, payload)
    }

    fn write(&mut self, kind: Kind, payload: Vec<u8>) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("it was told to end")?;
        frame::write(input, &Frame { kind, payload }).map_err(|error| error.to_string())
    }

    fn receive(&mut self, lifeline: Lifeline) -> Result<Reply, String> {
        loop {
            let mut ends = vec![PollFd::new(&self.output, PollFlags::IN)];
            ends.extend(lifeline.watched());
            match poll(&mut ends, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.to_string()),
            }
            let readable = ends.first().is_some_and(|end| !end.revents().is_empty());
            let alone = ends.get(1).is_some_and(is_gone);
            if alone {
                // It notices the same way, and ends what it runs before it answers.
                self.input = None;
            }
            if readable || alone {
                break;
            }
        }
        let frame = frame::read(&mut self.output)
            .map_err(|error| error.to_string())?
            .ok_or("it ended")?;
        serde_json::from_slice(&frame.payload).map_err(|error| error.to_string())
    }
}
