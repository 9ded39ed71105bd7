//! `file`: files, directories and links.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::attributes::{Changed, Wanted, describe, state};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::resolve;

#[derive(Deserialize)]
pub(super) struct Args {
    path: PathBuf,
    state: Option<String>,
    src: Option<PathBuf>,
    #[serde(default)]
    recurse: bool,
    #[serde(default)]
    force: bool,
    #[serde(default)]
    follow: bool,
    #[serde(default)]
    modification_time: String,
    #[serde(default)]
    access_time: String,
    #[serde(flatten)]
    wanted: Wanted,
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let before = fs::symlink_metadata(&args.path).ok();
    let before_state = before.as_ref().map_or("absent", state);
    let wanted = args.state.as_deref().unwrap_or(match before_state {
        "absent" => "file",
        other => other,
    });
    if args.recurse && wanted != "directory" {
        return Err(Failure::new("`recurse` needs `state: directory`")
            .with("path", args.path.to_string_lossy()));
    }
    // What is looked at and changed: a link at the path is followed, unless the link itself is meant.
    let followed = before_state == "link" && args.follow;
    let path = match wanted {
        "directory" | "file" | "touch" | "hard" if followed => resolve(&args.path),
        _ => args.path.clone(),
    };
    let changed = match wanted {
        "absent" => absent(context, &path, before.as_ref())?,
        "directory" => directory(context, args, &path)?,
        "touch" => touch(context, args, &path)?,
        "link" => link(context, args, before_state)?,
        "hard" if args.src.is_some() => hard(context, args, before.as_ref())?,
        "file" | "hard" => present(context, args, &path)?,
        other => return Err(Failure::new(format!("unknown state `{other}`"))),
    };
    let mut outcome = Outcome::changed(changed.any());
    if wanted == "absent" {
        outcome = outcome.with("state", "absent");
    } else if path.exists() || path.is_symlink() {
        outcome.values = describe(&path);
    }
    let shown = match wanted {
        "link" | "hard" | "touch" => "dest",
        _ => "path",
    };
    let outcome = outcome.with(shown, path.to_string_lossy());
    Ok(if context.diff {
        outcome.with("diff", changed.diff(&path))
    } else {
        outcome
    })
}

fn from_to(before: &str, after: &str) -> Changed {
    let mut changed = Changed::default();
    changed.note("state", before, after);
    changed
}

/// Adds attributes that were set on the way to something larger.
fn and(mut all: Changed, more: Changed) -> Changed {
    let merge = |into: &mut Map<String, Value>, from: Map<String, Value>| into.extend(from);
    merge(&mut all.before, more.before);
    merge(&mut all.after, more.after);
    all
}

fn absent(
    context: &Context<'_>,
    path: &Path,
    before: Option<&fs::Metadata>,
) -> Result<Changed, Failure> {
    let Some(before) = before else {
        return Ok(Changed::default());
    };
    if !context.check {
        let removed = if before.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::io("remove", path, &error));
            }
            _ => {}
        }
    }
    Ok(from_to(state(before), "absent"))
}

fn directory(context: &Context<'_>, args: &Args, path: &Path) -> Result<Changed, Failure> {
    let mut changed = Changed::default();
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            return Err(
                Failure::new(format!("`{}` is there and is no directory", path.display()))
                    .with("path", path.to_string_lossy()),
            );
        }
        Err(_) => {
            changed = from_to("absent", "directory");
            if !context.check {
                // Every directory made on the way gets the attributes too, as Ansible does it.
                let missing: Vec<&Path> = path
                    .ancestors()
                    .take_while(|ancestor| !ancestor.exists())
                    .collect();
                for part in missing.into_iter().rev() {
                    fs::create_dir(part)
                        .map_err(|error| Failure::io("create the directory", part, &error))?;
                    args.wanted.apply(part, false)?;
                }
            }
        }
    }
    if path.exists() {
        changed = and(changed, args.wanted.apply(path, context.check)?);
        if args.recurse && !args.wanted.is_empty() {
            changed = and(changed, recurse(context, args, path)?);
        }
    }
    Ok(changed)
}

fn recurse(context: &Context<'_>, args: &Args, directory: &Path) -> Result<Changed, Failure> {
    let mut changed = Changed::default();
    let entries =
        fs::read_dir(directory).map_err(|error| Failure::io("list", directory, &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| Failure::io("list", directory, &error))?
            .path();
        let is_link = path.is_symlink();
        let target = if is_link && args.follow && path.exists() {
            resolve(&path)
        } else {
            path.clone()
        };
        changed = and(changed, args.wanted.apply(&target, context.check)?);
        if !is_link && path.is_dir() {
            changed = and(changed, recurse(context, args, &path)?);
        }
    }
    Ok(changed)
}

fn touch(context: &Context<'_>, args: &Args, path: &Path) -> Result<Changed, Failure> {
    if !path.exists() {
        if !context.check {
            let created = OpenOptions::new().write(true).create_new(true).open(path);
            created.map_err(|error| Failure::io("create", path, &error))?;
            args.wanted.apply(path, false)?;
        }
        return Ok(from_to("absent", "touch"));
    }
    let keeps = |option: &str| match option {
        "preserve" => Ok(true),
        "" | "now" => Ok(false),
        other => Err(Failure::new(format!(
            "times are set to `now` or kept by `preserve`, not set to `{other}`"
        ))),
    };
    let (keeps_modified, keeps_accessed) =
        (keeps(&args.modification_time)?, keeps(&args.access_time)?);
    let mut changed = args.wanted.apply(path, context.check)?;
    if keeps_modified && keeps_accessed {
        return Ok(changed);
    }
    changed.note("state", "file", "touch");
    if !context.check {
        let now = SystemTime::now();
        let mut times = fs::FileTimes::new();
        if !keeps_modified {
            times = times.set_modified(now);
        }
        if !keeps_accessed {
            times = times.set_accessed(now);
        }
        let set = File::open(path).and_then(|file| file.set_times(times));
        set.map_err(|error| Failure::io("touch", path, &error))?;
    }
    Ok(changed)
}

fn link(context: &Context<'_>, args: &Args, before: &str) -> Result<Changed, Failure> {
    let path = &args.path;
    let target = match (&args.src, before) {
        (Some(target), _) => target.clone(),
        (None, "link") => {
            fs::read_link(path).map_err(|error| Failure::io("read the link", path, &error))?
        }
        (None, _) => return Err(Failure::new("`src` is needed for creating a link")),
    };
    let there = path.parent().unwrap_or(Path::new("/")).join(&target);
    if !there.exists() && !args.force && args.src.is_some() {
        return Err(Failure::new(format!(
            "`{}`, to which the link would point, is not there; `force: true` makes it all the same",
            there.display()
        )));
    }
    let mut changed = Changed::default();
    if before != "link" || fs::read_link(path).is_ok_and(|now| now != target) {
        if !matches!(before, "absent" | "link") && !args.force {
            return Err(Failure::new(format!(
                "`{}` is there and is no link; `force: true` replaces it",
                path.display()
            )));
        }
        changed = from_to(before, "link");
        if !context.check {
            replace_by_link(path, &target, before)?;
        }
    }
    // Attributes belong to what the link points to, where links are followed.
    let end = if args.follow && there.exists() {
        resolve(&there)
    } else {
        path.clone()
    };
    if end.exists() || end.is_symlink() {
        changed = and(changed, args.wanted.apply(&end, context.check)?);
    }
    Ok(changed)
}

fn replace_by_link(path: &Path, target: &Path, before: &str) -> Result<(), Failure> {
    if before == "directory" {
        fs::remove_dir(path).map_err(|error| Failure::io("replace", path, &error))?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".edgewright-{}", std::process::id()));
    let made = symlink(target, &temporary).and_then(|()| fs::rename(&temporary, path));
    made.map_err(|error| Failure::io("link", path, &error))
}

fn hard(
    context: &Context<'_>,
    args: &Args,
    before: Option<&fs::Metadata>,
) -> Result<Changed, Failure> {
    let src = args.src.clone().unwrap_or_default();
    let source = fs::metadata(&src).map_err(|error| Failure::io("link to", &src, &error))?;
    if before.is_some_and(|before| before.ino() == source.ino() && before.dev() == source.dev()) {
        return args.wanted.apply(&args.path, context.check);
    }
    if before.is_some() && !args.force {
        return Err(Failure::new(format!(
            "`{}` is there; `force: true` replaces it",
            args.path.display()
        )));
    }
    if !context.check {
        if before.is_some() {
            fs::remove_file(&args.path)
                .map_err(|error| Failure::io("replace", &args.path, &error))?;
        }
        fs::hard_link(&src, &args.path).map_err(|error| Failure::io("link", &args.path, &error))?;
        args.wanted.apply(&args.path, false)?;
    }
    Ok(from_to(before.map_or("absent", state), "hard"))
}

fn present(context: &Context<'_>, args: &Args, path: &Path) -> Result<Changed, Failure> {
    let about = |message: String, state: &str| {
        Failure::new(message)
            .with("path", args.path.to_string_lossy())
            .with("state", state)
    };
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Err(about(
            format!("`{}` is a directory, not a file", path.display()),
            "directory",
        )),
        Ok(_) => args.wanted.apply(path, context.check),
        Err(_) => Err(about(
            format!(
                "`{}` is not there; `state: touch` or module `copy` creates it",
                path.display()
            ),
            "absent",
        )),
    }
}
