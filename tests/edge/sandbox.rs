//! A sandbox for a test: up at its start, down at its end, whatever happened.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A running sandbox and a directory for cluster files.
pub struct Sandbox {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// A host as `edgewright-sandbox hosts` knows it.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub container: String,
    pub public: String,
    pub fabric: String,
}

/// What came of a command line of ours.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// What came of a process.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The object on the last line of `-o json`.
    pub fn summary(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .unwrap_or_else(|error| panic!("{error}: {last}\n{}", self.stderr))
    }

    /// One count of the summary.
    pub fn count(&self, name: &str) -> u64 {
        self.summary()[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no `{name}`: {}", self.stdout))
    }

    /// Fails with everything that was said unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }
}

/// The sandbox's binary lies beside ours.
fn binary() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_edgewright")).with_file_name("edgewright-sandbox");
    assert!(
        path.is_file(),
        "type `cargo build -p edgewright-sandbox` first, or use `cargo xtask test`"
    );
    path
}

impl Sandbox {
    /// Starts one.
    pub fn up() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let output = Command::new(binary())
            .args(["up", "--dir"])
            .arg(dir.path().join("sandbox"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let env = fs_err::read_to_string(dir.path().join("sandbox/env")).unwrap();
        let env = env
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect();
        Self { dir, env }
    }

    /// Writes a cluster file and returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        fs_err::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// Runs `edgewright` in the sandbox's environment.
    pub fn edgewright(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    /// The command, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgewright"));
        command
            .args(args)
            .stdin(Stdio::null())
            .current_dir(self.dir.path())
            .env("HOME", self.dir.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A variable of the sandbox's environment.
    pub fn variable(&self, name: &str) -> &str {
        &self
            .env
            .iter()
            .find(|(known, _)| known == name)
            .expect("the sandbox writes it")
            .1
    }

    /// Runs `edgewright-sandbox VERB --dir DIR …` and returns what it prints.
    pub fn control(&self, verb: &str, args: &[&str]) -> String {
        let output = Command::new(binary())
            .args([verb, "--dir"])
            .arg(self.dir.path().join("sandbox"))
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{verb}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// All hosts there are.
    pub fn hosts(&self) -> Vec<Host> {
        let member = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let mut hosts: Vec<Host> = self
            .control("hosts", &["--json"])
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .map(|line: Value| Host {
                name: member(&line, "name"),
                container: member(&line, "container"),
                public: member(&line, "public_ip"),
                fabric: member(&line, "private_ip"),
            })
            .collect();
        hosts.sort_by(|a, b| a.name.cmp(&b.name));
        hosts
    }

    /// All calls to both APIs so far.
    pub fn calls(&self) -> Vec<Value> {
        self.control("calls", &["--json"])
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Deletes the state directory, as an operator may.
    pub fn forget(&self) {
        fs_err::remove_dir_all(self.variable("EDGEWRIGHT_STATE_DIR")).unwrap();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let down = Command::new(binary())
            .args(["down", "--dir"])
            .arg(self.dir.path().join("sandbox"))
            .output();
        assert!(
            down.is_ok_and(|output| output.status.success()) || std::thread::panicking(),
            "the sandbox does not end"
        );
    }
}

impl Host {
    /// Does something to its container: `pause`, `unpause`.
    pub fn docker(&self, verb: &str) {
        let done = Command::new("docker")
            .args([verb, &self.container])
            .output()
            .unwrap();
        assert!(done.status.success(), "{verb}: {}", text(&done.stderr));
    }

    /// Runs a line of shell on the host, past all of our code.
    pub fn sh(&self, script: &str) -> Ran {
        Ran::of(
            &Command::new("docker")
                .args(["exec", &self.container, "sh", "-c", script])
                .output()
                .unwrap(),
        )
    }

    /// What it prints; it must succeed.
    #[track_caller]
    pub fn says(&self, script: &str) -> String {
        let ran = self.sh(script);
        assert_eq!(
            ran.code, 0,
            "{}: {script}: {}{}",
            self.name, ran.stdout, ran.stderr
        );
        ran.stdout.trim().to_owned()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
