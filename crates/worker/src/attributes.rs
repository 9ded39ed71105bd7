//! Owner, group and permissions of files: what is asked for, what is there, what to change.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::accounts;
use crate::outcome::Failure;

/// The options that every module has that writes files.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    mode: Option<String>,
    owner: Option<String>,
    group: Option<String>,
}

impl Wanted {
    /// The same with another mode.
    pub(crate) fn with_mode(&self, mode: u32) -> Self {
        Self {
            mode: Some(octal(mode)),
            ..self.clone()
        }
    }

    /// Whether the mode is to be the one that the source has.
    pub(crate) fn preserves_mode(&self) -> bool {
        self.mode.as_deref() == Some("preserve")
    }

    /// The permissions a new file gets, `default` when none are asked for.
    pub(crate) fn mode_or(&self, default: u32, directory: bool) -> Result<u32, Failure> {
        self.mode
            .as_deref()
            .map_or(Ok(default), |mode| parse_mode(mode, default, directory))
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.mode.is_none() && self.owner.is_none() && self.group.is_none()
    }

    /// Makes a file's attributes what is asked for; answers what was different.
    pub(crate) fn apply(&self, path: &Path, check: bool) -> Result<Changed, Failure> {
        let metadata =
            fs::symlink_metadata(path).map_err(|error| Failure::io("look at", path, &error))?;
        let owner = self
            .owner
            .as_deref()
            .map(owner_id)
            .transpose()?
            .filter(|uid| *uid != metadata.uid());
        let group = self
            .group
            .as_deref()
            .map(group_id)
            .transpose()?
            .filter(|gid| *gid != metadata.gid());
        let mut changed = Changed::default();
        if owner.is_some() || group.is_some() {
            if let Some(uid) = owner {
                changed.note("owner", metadata.uid(), uid);
            }
            if let Some(gid) = group {
                changed.note("group", metadata.gid(), gid);
            }
            if !check {
                let change = if metadata.is_symlink() { lchown } else { chown };
                change(path, owner, group)
                    .map_err(|error| Failure::io("change the owner of", path, &error))?;
            }
        }
        if let Some(mode) = self.mode.as_deref().filter(|_| !metadata.is_symlink()) {
            let now = metadata.mode() & 0o7777;
            let wanted = parse_mode(mode, now, metadata.is_dir())?;
            // Changing the owner clears set-user-id bits, so that the mode has to be set again.
            let again = changed.any() && wanted & 0o6000 != 0;
            if wanted != now {
                changed.note("mode", octal(now), octal(wanted));
            }
            if (wanted != now || again) && !check {
                fs::set_permissions(path, Permissions::from_mode(wanted))
                    .map_err(|error| Failure::io("change the mode of", path, &error))?;
            }
        }
        Ok(changed)
    }
}

/// Attributes that were different, under the names that differences use.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// What they were.
    pub before: Map<String, Value>,
    /// What they are, or in check mode would be.
    pub after: Map<String, Value>,
}

impl Changed {
    /// Whether there was one.
    pub(crate) fn any(&self) -> bool {
        !self.after.is_empty()
    }

    /// Adds one.
    pub(crate) fn note(&mut self, name: &str, before: impl Into<Value>, after: impl Into<Value>) {
        self.before.insert(name.to_owned(), before.into());
        self.after.insert(name.to_owned(), after.into());
    }

    /// The difference as it is shown, with the path that it is about.
    pub(crate) fn diff(mut self, path: &Path) -> Value {
        for side in [&mut self.before, &mut self.after] {
            side.insert("path".to_owned(), path.to_string_lossy().into());
        }
        json!({"before": self.before, "after": self.after})
    }
}

fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}

fn owner_id(name: &str) -> Result<u32, Failure> {
    let found = accounts::user(name)
        .map(|user| user.uid)
        .or_else(|| name.parse().ok());
    found.ok_or_else(|| Failure::new(format!("there is no user `{name}` on this host")))
}

fn group_id(name: &str) -> Result<u32, Failure> {
    let found = accounts::group(name)
        .map(|group| group.gid)
        .or_else(|| name.parse().ok());
    found.ok_or_else(|| Failure::new(format!("there is no group `{name}` on this host")))
}

/// Permissions from octal digits or symbols such as `u=rw,g+r,o-rwx`.
pub(crate) fn parse_mode(text: &str, now: u32, directory: bool) -> Result<u32, Failure> {
    let wrong = || {
        Failure::new(format!(
            "`{text}` is no file mode; write it as `\"0644\"` or `u=rw,g=r,o=r`"
        ))
    };
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        return u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .ok_or_else(wrong);
    }
    text.split(',').try_fold(now, |mode, clause| {
        symbolic(clause, mode, directory).ok_or_else(wrong)
    })
}

fn symbolic(clause: &str, now: u32, directory: bool) -> Option<u32> {
    let at = clause.find(['+', '-', '='])?;
    let (who, rest) = clause.split_at(at);
    let operator = rest.chars().next()?;
    let mut classes = 0;
    for letter in if who.is_empty() { "a" } else { who }.chars() {
        classes |= match letter {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            'a' => 0o7777,
            _ => return None,
        };
    }
    let mut bits = 0;
    for letter in rest.chars().skip(1) {
        bits |= match letter {
            'r' => 0o444,
            'w' => 0o222,
            'x' => 0o111,
            'X' if directory || now & 0o111 != 0 => 0o111,
            'X' => 0,
            's' => 0o6000,
            't' => 0o1000,
            _ => return None,
        };
    }
    let bits = bits & classes;
    Some(match operator {
        '+' => now | bits,
        '-' => now & !bits,
        _ => (now & !(classes & 0o777)) | bits,
    })
}

/// What modules return of a file: owner, group, mode, size and state.
pub(crate) fn describe(path: &Path) -> Map<String, Value> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Map::from_iter([("state".to_owned(), Value::from("absent"))]);
    };
    let mut map = Map::new();
    map.insert("uid".to_owned(), metadata.uid().into());
    map.insert("gid".to_owned(), metadata.gid().into());
    map.insert(
        "owner".to_owned(),
        json!(accounts::user_name(metadata.uid()).unwrap_or_else(|| metadata.uid().to_string())),
    );
    map.insert(
        "group".to_owned(),
        json!(accounts::group_name(metadata.gid()).unwrap_or_else(|| metadata.gid().to_string())),
    );
    map.insert("mode".to_owned(), octal(metadata.mode() & 0o7777).into());
    map.insert("size".to_owned(), metadata.size().into());
    map.insert("state".to_owned(), state(&metadata).into());
    map
}

/// What a file is, by the names of module `file`.
pub(crate) fn state(metadata: &Metadata) -> &'static str {
    if metadata.is_symlink() {
        "link"
    } else if metadata.is_dir() {
        "directory"
    } else if metadata.nlink() > 1 {
        "hard"
    } else {
        "file"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_in_digits_and_symbols() {
        for (text, now, directory, mode) in [
            ("0644", 0, false, 0o644),
            ("u=rw,g=r,o=", 0o777, false, 0o640),
            ("a+X", 0o644, true, 0o755),
            ("a+X", 0o644, false, 0o644),
            ("u+s", 0o755, false, 0o4755),
            ("go-w", 0o666, false, 0o644),
            ("+x", 0o600, false, 0o711),
        ] {
            assert_eq!(parse_mode(text, now, directory).unwrap(), mode, "{text}");
        }
        for text in ["", "rw", "0999", "u=q", "77777"] {
            assert!(parse_mode(text, 0, false).is_err(), "{text}");
        }
    }
}
