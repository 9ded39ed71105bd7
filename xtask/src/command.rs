//! Programs that are run: shown, silent, or watched.
//!
//! Everything is started in the workspace's root unless it is said otherwise. What cargo told `xtask` about its own package
//! is not handed on: build scripts that look at it would run again each time.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread;

use crate::failure::Failure;
use crate::{place, say};

/// A program about to be run.
#[derive(Debug)]
pub struct Run {
    command: Command,
    words: Vec<String>,
}

impl Run {
    /// A program.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(place::root());
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_outer_package(name)) {
            command.env_remove(name);
        }
        let words = vec![program.to_string_lossy().into_owned()];
        Self { command, words }
    }

    /// The cargo that runs us.
    pub fn cargo() -> Self {
        let mut run = Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        run.words = vec!["cargo".to_owned()];
        run
    }

    /// A line for a shell.
    pub fn shell(line: &str) -> Self {
        let mut run = Self::new("sh").args(["-c", line]);
        run.words = vec![line.to_owned()];
        run
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            let argument = argument.as_ref();
            self.words.push(quoted(&argument.to_string_lossy()));
            self.command.arg(argument);
        }
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets many variables.
    pub fn envs<'a>(
        mut self,
        variables: impl IntoIterator<Item = &'a (OsString, OsString)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, value));
        self.command.envs(variables);
        self
    }

    /// Shows another line than what is run.
    pub fn shown_as(mut self, line: &str) -> Self {
        self.words = vec![line.to_owned()];
        self
    }

    /// What one would type.
    pub fn line(&self) -> String {
        self.words.join(" ")
    }

    /// The command itself, for what is not served here.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Shows the line and runs it on our own output.
    ///
    /// # Errors
    /// [`Failure::Start`], or [`Failure::Command`] when it does not end with 0.
    pub fn run(self) -> Result<(), Failure> {
        say::typed(&self.line());
        self.run_unshown()
    }

    /// Runs it on our own output without showing the line.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_unshown(mut self) -> Result<(), Failure> {
        let status = self.command.stdin(Stdio::null()).status();
        let status = status.map_err(|source| self.not_started(source))?;
        self.judge(status)
    }

    /// Runs it silently and returns what it printed.
    ///
    /// # Errors
    /// As [`Self::run`]; what it wrote to its error output is shown then.
    pub fn read(mut self) -> Result<String, Failure> {
        let output = self.output()?;
        if !output.status.success() {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
        }
        self.judge(output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it silently, whatever comes of it.
    ///
    /// # Errors
    /// [`Failure::Start`].
    pub fn output(&mut self) -> Result<Output, Failure> {
        let output = self.command.stdin(Stdio::null()).output();
        output.map_err(|source| self.not_started(source))
    }

    /// Whether it can be started and ends with 0; silent.
    pub fn succeeds(mut self) -> bool {
        self.output().is_ok_and(|output| output.status.success())
    }

    /// Shows the line, runs it on our own output, and returns what it printed on both of its streams.
    ///
    /// # Errors
    /// [`Failure::Start`], or the system's error when its output cannot be passed on.
    pub fn watch(mut self) -> Result<(ExitStatus, String), Failure> {
        say::typed(&self.line());
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.map_err(|source| self.not_started(source))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let pass = |reader: Option<Box<dyn Read + Send>>, mut writer: Box<dyn Write + Send>| {
            thread::spawn(move || match reader {
                Some(reader) => passed_on(reader, &mut writer),
                None => Ok(Vec::new()),
            })
        };
        let out = pass(
            out.map(|out| Box::new(out) as Box<dyn Read + Send>),
            Box::new(std::io::stdout()),
        );
        let err = pass(
            err.map(|err| Box::new(err) as Box<dyn Read + Send>),
            Box::new(std::io::stderr()),
        );
        let status = child.wait()?;
        let mut text = Vec::new();
        for part in [out, err] {
            text.extend(part.join().unwrap_or_else(|_| Ok(Vec::new()))?);
        }
        Ok((status, String::from_utf8_lossy(&text).into_owned()))
    }

    fn judge(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        Err(Failure::Command {
            line: self.line(),
            status,
        })
    }

    fn not_started(&self, source: std::io::Error) -> Failure {
        Failure::Start {
            line: self.line(),
            source,
        }
    }
}

/// Copies what comes as it comes, and keeps it.
fn passed_on(mut reader: impl Read, writer: &mut impl Write) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = reader.read(&mut buffer)?;
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
            return Ok(kept);
        };
        writer.write_all(part)?;
        writer.flush()?;
        kept.extend_from_slice(part);
    }
}

/// Whether cargo set a variable for the package that it runs, which is this one.
fn is_of_outer_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_")
        || matches!(
            &*name,
            "CARGO"
                | "CARGO_BIN_NAME"
                | "CARGO_CRATE_NAME"
                | "CARGO_MANIFEST_DIR"
                | "CARGO_MANIFEST_PATH"
                | "CARGO_PRIMARY_PACKAGE"
                | "OUT_DIR"
        )
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else if word.contains('\'') && !word.contains(['"', '$', '`', '\\', '!']) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_one_would_type() {
        let run = Run::cargo().args(["nextest", "run", "-E", "not binary(/^e2e/)"]);
        assert_eq!(run.line(), "cargo nextest run -E 'not binary(/^e2e/)'");
        assert_eq!(Run::shell("echo a | wc -c").line(), "echo a | wc -c");
    }

    #[test]
    fn words_are_quoted_in_the_way_that_reads_best() {
        assert_eq!(quoted("/tmp/a-b"), "/tmp/a-b");
        assert_eq!(quoted("two words"), "'two words'");
        assert_eq!(quoted("vtysh -c 'show bgp'"), "\"vtysh -c 'show bgp'\"");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }

    #[test]
    fn what_a_program_prints_is_kept_from_both_streams() {
        let (status, text) = Run::shell("echo out; echo err >&2; exit 3")
            .watch()
            .unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!(text, "out\nerr\n");
    }

    #[test]
    fn a_bad_end_is_told_with_its_line() {
        let failure = Run::shell("exit 7").run_unshown().unwrap_err();
        assert_eq!(failure.to_string(), "`exit 7` ended with exit status: 7");
        let failure = Run::new("/no/such/program").read().unwrap_err();
        assert_eq!(
            failure.to_string(),
            "`/no/such/program` cannot be started: No such file or directory (os error 2)"
        );
    }
}
