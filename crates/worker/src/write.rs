//! Writing files so that nobody ever sees half of one.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use sha1::{Digest as _, Sha1};

use crate::attributes::Wanted;
use crate::blobs::hex;
use crate::outcome::{Context, Failure};
use crate::process;

/// Permissions of a new file when none are asked for, before the process's umask.
const NEW_FILE: u32 = 0o644;

/// How a file is to be replaced.
#[derive(Default)]
pub(crate) struct Options<'o> {
    /// Command that must accept the new file, with `%s` for its path.
    pub validate: Option<&'o str>,
    /// Whether the old file is kept under another name.
    pub backup: bool,
}

/// Follows links to where the bytes lie, so that a link stays one.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Makes a directory and those above it that are missing.
pub(crate) fn make_directories(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::io("create the directory", path, &error))
}

/// Replaces a file's content and sets its attributes. Returns the backup's path, if one was made.
pub(crate) fn replace(
    context: &Context<'_>,
    path: &Path,
    bytes: &[u8],
    wanted: &Wanted,
    options: &Options<'_>,
) -> Result<Option<PathBuf>, Failure> {
    // A link is replaced by the file; whoever follows links resolves them first.
    let old = fs::symlink_metadata(path)
        .ok()
        .filter(|old| !old.is_symlink());
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("/"));
    if !parent.is_dir() {
        return Err(Failure::new(format!(
            "cannot write `{}`: the directory `{}` is not there",
            path.display(),
            parent.display()
        )));
    }
    let temporary = Temporary::create(parent, bytes)?;
    let mode = wanted.mode_or(
        old.as_ref().map_or(NEW_FILE, |old| old.mode() & 0o7777),
        false,
    )?;
    fs::set_permissions(&temporary.0, Permissions::from_mode(mode))
        .map_err(|error| Failure::io("set the mode of", &temporary.0, &error))?;
    if let Some(old) = &old {
        // Only root may give files away; then the owner stays as it was.
        if rustix::process::geteuid().is_root() {
            chown(&temporary.0, Some(old.uid()), Some(old.gid()))
                .map_err(|error| Failure::io("set the owner of", &temporary.0, &error))?;
        }
    }
    wanted.apply(&temporary.0, false)?;
    if let Some(validate) = options.validate {
        check(context, validate, &temporary.0)?;
    }
    let backup = if options.backup && old.is_some() {
        Some(keep(path)?)
    } else {
        None
    };
    fs::rename(&temporary.0, path).map_err(|error| Failure::io("write", path, &error))?;
    temporary.forget();
    Ok(backup)
}

/// Runs the command that must accept a new file.
pub(crate) fn check(context: &Context<'_>, validate: &str, path: &Path) -> Result<(), Failure> {
    if !validate.contains("%s") {
        return Err(Failure::new(format!(
            "`validate` must contain `%s`, the path of the new file: `{validate}`"
        )));
    }
    let line = validate.replace("%s", &path.to_string_lossy());
    let finished = process::run(context, Command::new("/bin/sh").args(["-c", &line]), None)?;
    if finished.rc == 0 {
        return Ok(());
    }
    let said = format!("{}{}", finished.stdout, finished.stderr);
    Err(Failure::new(format!(
        "the new file was refused by `{validate}`: {}",
        said.trim()
    ))
    .with("rc", finished.rc)
    .with("exit_status", finished.rc)
    .with("stdout", finished.stdout)
    .with("stderr", finished.stderr))
}

fn keep(path: &Path) -> Result<PathBuf, Failure> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos());
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{now}~", std::process::id()));
    let backup = PathBuf::from(name);
    fs::copy(path, &backup).map_err(|error| Failure::io("back up", path, &error))?;
    Ok(backup)
}

struct Temporary(PathBuf);

impl Temporary {
    fn create(directory: &Path, content: &[u8]) -> Result<Self, Failure> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_nanos());
        let path = directory.join(format!(".edgewright-{}-{now}", std::process::id()));
        let this = Self(path);
        let written = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&this.0)
            .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
        written.map_err(|error| Failure::io("write a file in", directory, &error))?;
        Ok(this)
    }

    fn forget(mut self) {
        self.0 = PathBuf::new();
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            fs::remove_file(&self.0).ok();
        }
    }
}

/// SHA-1 of a content, which Ansible calls its checksum.
pub(crate) fn checksum(content: &[u8]) -> String {
    hex(&Sha1::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::tests::within;
    use serde_json::json;

    #[test]
    fn a_refused_file_leaves_the_old_one_and_no_litter() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "old").unwrap();
        let options = Options {
            validate: Some("grep -q good %s"),
            backup: false,
        };
        let failure = within(&json!({}), |context| {
            replace(context, &path, b"bad", &Wanted::default(), &options)
        })
        .unwrap_err();
        assert!(
            failure
                .message
                .starts_with("the new file was refused by `grep -q good %s`"),
            "{}",
            failure.message
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_mode_of_an_old_file_is_kept_and_a_backup_is_made_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let options = Options {
            validate: None,
            backup: true,
        };
        let backup = within(&json!({}), |context| {
            replace(context, &path, b"new", &Wanted::default(), &options)
        })
        .unwrap()
        .unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(
            (
                fs::read_to_string(&path).unwrap(),
                fs::read_to_string(backup).unwrap()
            ),
            ("new".into(), "old".into())
        );
    }
}
