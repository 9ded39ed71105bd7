//! One command line in a directory and a home of its own: what is not said to be expected must not happen.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use edgewright::cli::Exit;
use tempfile::TempDir;

/// A command line and what is expected of it.
pub struct Cli {
    directory: TempDir,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdout: String,
    stderr: String,
    filter: fn(&str) -> String,
    names: Vec<(String, &'static str)>,
}

/// What came of a command line whose outputs are looked at one by one.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub directory: TempDir,
}

impl Cli {
    /// The bare command: no output is expected.
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            args: Vec::new(),
            env: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
            filter: str::to_owned,
            names: Vec::new(),
        }
    }

    /// A file in the directory that the command runs in.
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.directory.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
        self
    }

    /// Words behind the command.
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.args.extend(args.into_iter().map(str::to_owned));
        self
    }

    /// A variable of the environment, which is empty otherwise.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is expected on standard output; indentation is that of the first line.
    pub fn stdout(mut self, text: &str) -> Self {
        self.stdout = dedented(text);
        self
    }

    /// What is expected on standard error; indentation is that of the first line.
    pub fn stderr(mut self, text: &str) -> Self {
        self.stderr = dedented(text);
        self
    }

    /// Times of this run are shown as `[TIME]` on both streams.
    pub fn times_vary(mut self) -> Self {
        self.filter = without_times;
        self
    }

    /// A text that differs from run to run, such as an address, is shown as this name on both streams.
    pub fn named(mut self, text: &str, name: &'static str) -> Self {
        self.names.push((text.to_owned(), name));
        self
    }

    /// Expects success; returns the directory.
    #[track_caller]
    pub fn succeeds(self) -> TempDir {
        self.fails_with(Exit::Done)
    }

    /// Expects this exit; returns the directory. Its path is shown as `[DIRECTORY]`.
    #[track_caller]
    pub fn fails_with(self, exit: Exit) -> TempDir {
        let output = self.command().output().unwrap();
        let shown = |bytes: Vec<u8>| self.shown(&String::from_utf8(bytes).unwrap());
        assert_eq!(shown(output.stderr), self.stderr, "standard error");
        assert_eq!(shown(output.stdout), self.stdout, "standard output");
        assert_eq!(output.status.code(), Some(i32::from(exit.code())));
        self.directory
    }

    /// Runs it, expecting nothing.
    pub fn run(self) -> Ran {
        let output = self.command().output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            directory: self.directory,
        }
    }

    /// Runs it until a line of standard output holds `text`, then interrupts it as Ctrl-C does. What it prints is shown
    /// with the names given to it.
    pub fn interrupted_at(self, text: &str) -> Ran {
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).map(|_| text)
        });
        let mut stdout = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line.contains(text) && !stdout.contains(text) {
                // What goes on beside it may be a moment behind on a busy machine.
                std::thread::sleep(std::time::Duration::from_secs(1));
                let kill = format!("kill -INT {}", child.id());
                Command::new("sh").args(["-c", &kill]).status().unwrap();
            }
            stdout.push_str(&line);
            stdout.push('\n');
        }
        let code = child.wait().unwrap().code();
        let stderr = errors.join().unwrap().unwrap();
        Ran {
            code,
            stdout: self.shown(&stdout),
            stderr: self.shown(&stderr),
            directory: self.directory,
        }
    }

    /// A text of this run with the names that were given to what varies.
    fn shown(&self, text: &str) -> String {
        let directory = self.directory.path().display().to_string();
        let named = self.names.iter().fold(
            text.replace(&directory, "[DIRECTORY]"),
            |text, (this, name)| text.replace(this, name),
        );
        (self.filter)(&named)
    }

    /// The command, ready to be started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgewright"));
        command
            .args(&self.args)
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command
    }

    fn home(&self) -> std::path::PathBuf {
        self.directory.path().join("home")
    }

    /// The directory that the command runs in.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// A text without the indentation of its first line and without the line breaks around it.
pub fn dedented(text: &str) -> String {
    let text = text.trim_start_matches('\n').trim_end_matches(' ');
    let indent = text.len() - text.trim_start_matches(' ').len();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.get(indent..).unwrap_or(line.trim_start()))
        .collect();
    let mut joined = lines.join("\n");
    if !joined.is_empty() {
        joined.push('\n');
    }
    joined
}

/// Durations and times since the start, as people and as programs get them.
fn without_times(text: &str) -> String {
    let patterns = [
        (r"(?m)^ *\d+\.\ds ", "[TIME] "),
        (r"\b\d+(\.\d)? (s|min|h)\b", "[TIME]"),
        (r#""(at|seconds)":\d+(\.\d+)?"#, r#""$1":[TIME]"#),
    ];
    patterns
        .iter()
        .fold(text.to_owned(), |text, (pattern, name)| {
            regex_lite::Regex::new(pattern)
                .unwrap()
                .replace_all(&text, *name)
                .into_owned()
        })
}
