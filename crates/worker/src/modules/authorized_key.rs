//! `authorized_key`: public keys that may log in.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::accounts::{self, User};
use crate::attributes::Wanted;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::{Options, replace};

#[derive(Deserialize)]
pub(super) struct Args {
    user: String,
    key: String,
    #[serde(default)]
    state: String,
    path: Option<PathBuf>,
    #[serde(default)]
    manage_dir: bool,
    #[serde(default)]
    exclusive: bool,
    key_options: Option<String>,
    comment: Option<String>,
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let user = accounts::user(&args.user)
        .ok_or_else(|| Failure::new(format!("there is no user `{}` on this host", args.user)))?;
    let path = args
        .path
        .clone()
        .unwrap_or_else(|| Path::new(&user.home).join(".ssh/authorized_keys"));
    let keys: Vec<String> = args
        .key
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| self::line(args, line))
        .collect();
    if let Some(wrong) = keys.iter().find(|line| blob(line).is_none()) {
        return Err(Failure::new(format!(
            "this is no SSH public key: `{wrong}`"
        )));
    }
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::io("read", &path, &error)),
    };
    let after = edited(&before, &keys, args.state == "absent", args.exclusive);
    let mut outcome = Outcome::changed(after != before);
    if outcome.changed && context.diff {
        outcome = outcome.diff(&path.to_string_lossy(), &before, &after);
    }
    if outcome.changed && !context.check {
        if args.manage_dir && args.state != "absent" {
            directory(&path, &user)?;
        }
        let wanted: Wanted = serde_json::from_value(json!({"mode": "0600"})).unwrap_or_default();
        replace(
            context,
            &path,
            after.as_bytes(),
            &wanted,
            &Options::default(),
        )?;
        chown(&path, Some(user.uid), Some(user.gid))
            .map_err(|error| Failure::io("change the owner of", &path, &error))?;
    }
    Ok(outcome
        .with("user", args.user.clone())
        .with("key", args.key.clone())
        .with("key_options", args.key_options.clone())
        .with("comment", args.comment.clone())
        .with("exclusive", args.exclusive)
        .with("manage_dir", args.manage_dir)
        .with(
            "path",
            args.path
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned()),
        )
        .with("keyfile", path.to_string_lossy())
        .with(
            "state",
            Value::from(if args.state == "absent" {
                "absent"
            } else {
                "present"
            }),
        ))
}

fn line(args: &Args, key: &str) -> String {
    let mut words: Vec<&str> = key.split_whitespace().collect();
    if let Some(comment) = &args.comment
        && let Some(at) = words.iter().position(|word| word.starts_with("AAAA"))
    {
        words.truncate(at + 1);
        words.push(comment);
    }
    let key = words.join(" ");
    match &args.key_options {
        Some(options) => format!("{options} {key}"),
        None => key,
    }
}

/// The key's bytes in base64: what makes two lines the same key, whatever options and comment they have.
fn blob(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let is_type = |word: &str| {
        word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-")
    };
    words.find(|word| is_type(word))?;
    words.next().filter(|word| word.starts_with("AAAA"))
}

/// The words of a line apart from white space, which means nothing between them.
fn same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn edited(text: &str, keys: &[String], absent: bool, exclusive: bool) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let is = |line: &str, key: &str| blob(line).is_some() && blob(line) == blob(key);
    if absent {
        lines.retain(|line| !keys.iter().any(|key| is(line, key)));
    } else {
        if exclusive {
            lines.retain(|line| keys.iter().any(|key| is(line, key)));
        }
        for key in keys {
            match lines.iter_mut().find(|line| is(line, key)) {
                // The same key with other options or another comment becomes what is asked for.
                Some(line) if !same(line, key) => line.clone_from(key),
                Some(_) => {}
                None => lines.push(key.clone()),
            }
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// Makes the directory of a file, or makes it the user's own.
fn directory(file: &Path, user: &User) -> Result<(), Failure> {
    let Some(directory) = file.parent() else {
        return Ok(());
    };
    if !directory.exists() {
        fs::create_dir(directory)
            .map_err(|error| Failure::io("create the directory", directory, &error))?;
    }
    fs::set_permissions(directory, Permissions::from_mode(0o700))
        .and_then(|()| chown(directory, Some(user.uid), Some(user.gid)))
        .map_err(|error| Failure::io("set the attributes of", directory, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_there_once_with_the_options_and_the_comment_asked_for() {
        let text = "# mine\nfrom=\"198.18.0.1\" ssh-ed25519 AAAAone old\n";
        let keys = [
            "ssh-ed25519 AAAAone new".to_owned(),
            "ssh-rsa AAAAtwo x".to_owned(),
        ];
        let after = edited(text, &keys, false, false);
        assert_eq!(
            after,
            "# mine\nssh-ed25519 AAAAone new\nssh-rsa AAAAtwo x\n"
        );
        assert_eq!(edited(&after, &keys, false, false), after);
        assert_eq!(edited(&after, &keys, true, false), "# mine\n");
        assert_eq!(
            edited(&after, &keys[1..], false, true),
            "ssh-rsa AAAAtwo x\n"
        );
        assert_eq!(blob("hello world"), None);
    }
}
