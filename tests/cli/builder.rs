//! One command line in a directory and a home of its own: what is not said to be expected must not happen.

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

    /// Expects success; returns the directory.
    pub fn succeeds(self) -> TempDir {
        self.fails_with(Exit::Done)
    }

    /// Expects this exit; returns the directory. Its path is shown as `[DIRECTORY]`.
    pub fn fails_with(self, exit: Exit) -> TempDir {
        let (stdout, stderr, filter) = (self.stdout.clone(), self.stderr.clone(), self.filter);
        let ran = self.run();
        let directory = ran.directory.path().display().to_string();
        let shown = |text: &str| filter(text).replace(&directory, "[DIRECTORY]");
        assert_eq!(shown(&ran.stderr), stderr, "standard error");
        assert_eq!(shown(&ran.stdout), stdout, "standard output");
        assert_eq!(ran.code, Some(i32::from(exit.code())));
        ran.directory
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
fn dedented(text: &str) -> String {
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
