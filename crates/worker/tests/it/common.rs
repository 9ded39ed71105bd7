//! A worker that runs, and the control machine's side of it.

use std::io::Write as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use edgewright_protocol::frame::{self, Frame, Kind};
use edgewright_protocol::message::Reply;
use edgewright_protocol::{check, modules};
use serde_json::{Value, json};

/// A worker of this machine.
pub struct Worker {
    pub process: Child,
    pub input: Option<ChildStdin>,
    output: ChildStdout,
    next: u64,
}

impl Worker {
    /// Starts one and hears its greeting.
    pub fn start() -> Self {
        Self::by(&mut Command::new(env!("CARGO_BIN_EXE_edgewright-worker")))
    }

    /// Starts one by another command.
    pub fn by(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut this = Self {
            input: process.stdin.take(),
            output: process.stdout.take().unwrap(),
            process,
            next: 1,
        };
        assert!(matches!(this.reply(), Reply::Hello { .. }));
        this
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Sends a task: arguments are checked and completed as the control machine does it. `more` are keys of the task.
    pub fn ask(&mut self, module: &str, args: &Value, more: &Value) {
        let spec = modules::find(module).unwrap();
        let args = check::arguments(spec, args.as_object().unwrap()).unwrap();
        let mut task = json!({"id": self.next, "module": spec.name, "args": args});
        task.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.next += 1;
        self.send(&message(&json!({"request": "run", "tasks": [task]})));
    }

    /// Runs a task and returns its values.
    pub fn run(&mut self, module: &str, args: &Value) -> Value {
        self.run_as(module, args, &json!({}))
    }

    /// The same with keys of the task.
    pub fn run_as(&mut self, module: &str, args: &Value, more: &Value) -> Value {
        self.ask(module, args, more);
        match self.reply() {
            Reply::Done { result, .. } => Value::Object(result),
            other => panic!("{other:?}"),
        }
    }

    /// The next answer.
    pub fn reply(&mut self) -> Reply {
        let frame = frame::read(&mut self.output).unwrap().expect("an answer");
        serde_json::from_slice(&frame.payload).unwrap()
    }

    /// What a worker that must end soon leaves: whether it succeeded, and what it said on standard error.
    pub fn end(mut self) -> (bool, String) {
        self.input = None;
        let start = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(10), "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = self.process.wait_with_output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// Nobody reads its answers any more.
    pub fn stop_reading(self) -> (Child, Option<ChildStdin>) {
        (self.process, self.input)
    }
}

/// A frame that holds a message.
pub fn message(value: &Value) -> Vec<u8> {
    Frame {
        kind: Kind::Message,
        payload: value.to_string().into_bytes(),
    }
    .encode()
}

/// Waits until something holds.
pub fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process is there and has not ended.
pub fn runs(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{}/status", pid.trim()))
        .is_ok_and(|status| !status.contains("State:\tZ"))
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
