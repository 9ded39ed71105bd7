//! A sandbox for the demo and the measurements, which goes down whatever happens.
//!
//! A guard, a shell in a process group of its own, reads from a pipe that only we hold: when we end, well or badly, by
//! Ctrl-C or killed, the pipe closes, and the guard takes the sandbox down.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::command::{Run, quoted};
use crate::failure::Failure;
use crate::{place, say};

/// What the guard does. It is told `keep` when the sandbox is to stay.
const GUARD: &str = r#"[ "$(cat)" = keep ] || exec "$0" down --dir "$1" > "$2" 2>&1"#;

/// Whether a sandbox stays after we end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// It goes down.
    Down,
    /// It stays.
    Stay,
}

/// A sandbox that is up.
#[derive(Debug)]
pub struct Sandbox {
    dir: PathBuf,
    program: PathBuf,
    afterwards: Afterwards,
    guard: Option<Child>,
    environment: Vec<(OsString, OsString)>,
}

impl Sandbox {
    /// Starts a sandbox in a directory, with this program.
    ///
    /// # Errors
    /// [`Failure::Command`] when it does not come up.
    pub fn up(program: PathBuf, dir: &Path, afterwards: Afterwards) -> Result<Self, Failure> {
        fs_err::create_dir_all(dir)?;
        let dir = fs_err::canonicalize(dir)?;
        let mut command = Run::new("sh")
            .args(["-c", GUARD])
            .args([&program, &dir, &dir.join("down.log")])
            .into_command();
        let guard = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut sandbox = Self {
            dir,
            program,
            afterwards,
            guard: Some(guard),
            environment: Vec::new(),
        };
        sandbox.run(&["up"])?;
        sandbox.environment = environment(&sandbox.file("env"))?;
        Ok(sandbox)
    }

    /// A file or directory in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// What a shell has after it has read `DIR/env`.
    pub fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// A variable of `DIR/env`.
    pub fn variable(&self, name: &str) -> Option<String> {
        let mut all = self.environment.iter();
        let (_, value) = all.find(|(known, _)| known == name)?;
        Some(value.to_string_lossy().into_owned())
    }

    /// A verb of `edgewright-sandbox`, as it is typed.
    pub fn command(&self, words: &[&str]) -> Run {
        let (verb, rest) = words.split_first().unwrap_or((&"--help", &[]));
        let dir = quoted(&self.dir.display().to_string());
        let shown = [&["edgewright-sandbox", verb, "--dir", &dir], rest].concat();
        Run::new(&self.program)
            .args([*verb, "--dir"])
            .args([&self.dir])
            .args(rest)
            .shown_as(&shown.join(" "))
    }

    /// Shows a verb and runs it.
    ///
    /// # Errors
    /// [`Failure::Command`].
    pub fn run(&self, words: &[&str]) -> Result<(), Failure> {
        self.command(words).run()
    }

    /// What a verb says as JSON lines.
    ///
    /// # Errors
    /// [`Failure::Command`] or [`Failure::Unreadable`].
    pub fn lines(&self, words: &[&str]) -> Result<Vec<Value>, Failure> {
        let command = self.command(&[words, &["--json"]].concat());
        let line = command.line();
        let text = command.read()?;
        text.lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::Unreadable(line, error))
    }

    /// Takes it down, or leaves it, and waits until that is done.
    ///
    /// # Errors
    /// The system's error, or [`Failure::Command`] when it could not be taken down.
    pub fn close(mut self) -> Result<(), Failure> {
        if self.afterwards == Afterwards::Down {
            say::typed(&self.command(&["down"]).line());
        }
        self.dismiss()
    }

    fn dismiss(&mut self) -> Result<(), Failure> {
        let Some(mut guard) = self.guard.take() else {
            return Ok(());
        };
        if let Some(mut pipe) = guard.stdin.take()
            && self.afterwards == Afterwards::Stay
        {
            pipe.write_all(b"keep\n")?;
        }
        let status = guard.wait()?;
        match self.afterwards {
            Afterwards::Stay => say::line(&format!(
                "the sandbox stays; end it with: {} down --dir {}",
                place::shown(&self.program),
                self.dir.display()
            )),
            Afterwards::Down => {
                say::line(fs_err::read_to_string(self.file("down.log"))?.trim_end());
            }
        }
        if status.success() {
            return Ok(());
        }
        Err(Failure::Command {
            line: self.command(&["down"]).line(),
            status,
        })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Err(failure) = self.dismiss() {
            say::failure(&failure);
        }
    }
}

/// What a shell has after it has read a file, beside what it had before.
fn environment(file: &Path) -> Result<Vec<(OsString, OsString)>, Failure> {
    let output = Run::new("env")
        .args(["-i", "sh", "-c", ". \"$0\" && exec /usr/bin/env -0"])
        .args([file])
        .output()?;
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let variables = output.stdout.split(|byte| *byte == 0).filter_map(|entry| {
        let at = entry.iter().position(|byte| *byte == b'=')?;
        let (name, value) = entry.split_at(at);
        let value = value.get(1..)?.to_vec();
        Some((OsString::from_vec(name.to_vec()), OsString::from_vec(value)))
    });
    Ok(variables
        .filter(|(name, _)| !own.iter().any(|known| name == known))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that says what it is asked in a file beside its directory.
    fn stand_in(home: &Path) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let program = home.join("stand-in");
        let script = "#!/bin/sh\necho \"$1\" >> \"$3/asked\"\necho \"export NAME='a b'\" > \"$3/env\"\necho done\n";
        fs_err::write(&program, script).unwrap();
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn a_sandbox_goes_down_also_when_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("box");
        let sandbox = Sandbox::up(stand_in(home.path()), &dir, Afterwards::Down).unwrap();
        assert_eq!(sandbox.variable("NAME").unwrap(), "a b");
        drop(sandbox);
        assert_eq!(
            fs_err::read_to_string(dir.join("asked")).unwrap(),
            "up\ndown\n"
        );
    }

    #[test]
    fn a_sandbox_stays_when_it_is_to_stay() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("box");
        let sandbox = Sandbox::up(stand_in(home.path()), &dir, Afterwards::Stay).unwrap();
        sandbox.close().unwrap();
        assert_eq!(fs_err::read_to_string(dir.join("asked")).unwrap(), "up\n");
    }
}
