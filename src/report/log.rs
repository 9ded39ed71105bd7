//! The log of a run: a file of JSON lines in the state directory, readable by its owner alone.
//!
//! Used by [`super::Report`]. Events hold no secrets, so neither do logs. Nothing that changes
//! anything reads them.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use jiff::Timestamp;

use super::json::{self, Line};

/// An open log.
#[derive(Debug)]
pub struct Log {
    file: fs_err::File,
    lost: bool,
}

impl Log {
    /// Creates `logs/<time>-<verb>.jsonl` below the state directory.
    ///
    /// # Errors
    /// What the operating system answers, with the path.
    pub fn create(state_dir: &Path, now: Timestamp, verb: &str) -> io::Result<Self> {
        let directory = state_dir.join("logs");
        fs_err::create_dir_all(&directory)?;
        fs_err::set_permissions(&directory, Permissions::from_mode(0o700))?;
        // Two runs may start in the same second; the number of the process tells them apart.
        let name = |suffix: &str| -> PathBuf {
            directory.join(format!(
                "{}-{verb}{suffix}.jsonl",
                now.strftime("%Y%m%dT%H%M%SZ")
            ))
        };
        let open = |path: &Path| {
            fs_err::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        };
        let file = open(&name("")).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => open(&name(&format!("-{}", std::process::id()))),
            _ => Err(error),
        })?;
        Ok(Self { file, lost: false })
    }

    /// Adds a line. The first time that it cannot, the reason is returned, and nothing more is written.
    pub fn write(&mut self, line: &Line) -> Option<io::Error> {
        if self.lost {
            return None;
        }
        let failed = self.file.write_all(json::text(line).as_bytes()).err();
        self.lost = failed.is_some();
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_logs_of_one_second_do_not_meet() {
        let state = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-04T12:03:01Z".parse().unwrap();
        let mut first = Log::create(state.path(), now, "apply").unwrap();
        Log::create(state.path(), now, "apply").unwrap();
        assert!(first.write(&Line::new()).is_none());
        let mut names: Vec<String> = fs_err::read_dir(state.path().join("logs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                format!("20261104T120301Z-apply-{}.jsonl", std::process::id()),
                "20261104T120301Z-apply.jsonl".to_owned()
            ]
        );
    }
}
