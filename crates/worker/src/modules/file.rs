//! `file`: files, directories and links.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::json;

use crate::attributes::{Wanted, describe, state};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};

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
    let changed = match wanted {
        "absent" => absent(context, &args.path, before.as_ref())?,
        "directory" => directory(context, args)?,
        "touch" => touch(context, args)?,
        "link" => link(context, args, before_state)?,
        "hard" if args.src.is_some() => hard(context, args, before.as_ref())?,
        "file" | "hard" => present(context, args, before_state)?,
        other => return Err(Failure::new(format!("unknown state `{other}`"))),
    };
    let after_state = if wanted == "touch" { "file" } else { wanted };
    let mut outcome = Outcome::changed(changed);
    if !context.check {
        outcome.values = describe(&args.path);
    }
    let shown = args.path.to_string_lossy().into_owned();
    let name = if wanted == "link" || wanted == "hard" {
        "dest"
    } else {
        "path"
    };
    let outcome = outcome.with(name, shown.clone());
    Ok(if context.diff && changed {
        outcome.with(
            "diff",
            json!({"before": {"path": shown, "state": before_state}, "after": {"path": shown, "state": after_state}}),
        )
    } else {
        outcome
    })
}

fn absent(
    context: &Context<'_>,
    path: &Path,
    before: Option<&fs::Metadata>,
) -> Result<bool, Failure> {
    let Some(before) = before else {
        return Ok(false);
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
    Ok(true)
}

fn directory(context: &Context<'_>, args: &Args) -> Result<bool, Failure> {
    let path = &args.path;
    let mut changed = false;
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            return Err(
                Failure::new(format!("`{}` is there and is no directory", path.display()))
                    .with("path", path.to_string_lossy()),
            );
        }
        Err(_) => {
            changed = true;
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
        let target = if args.follow {
            crate::write::resolve(path)
        } else {
            path.clone()
        };
        changed |= args.wanted.apply(&target, context.check)?;
        if args.recurse && !args.wanted.is_empty() {
            changed |= recurse(context, path, &args.wanted)?;
        }
    }
    Ok(changed)
}

fn recurse(context: &Context<'_>, directory: &Path, wanted: &Wanted) -> Result<bool, Failure> {
    let mut changed = false;
    let entries =
        fs::read_dir(directory).map_err(|error| Failure::io("list", directory, &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| Failure::io("list", directory, &error))?
            .path();
        changed |= wanted.apply(&path, context.check)?;
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            changed |= recurse(context, &path, wanted)?;
        }
    }
    Ok(changed)
}

fn touch(context: &Context<'_>, args: &Args) -> Result<bool, Failure> {
    let path = &args.path;
    if !context.check {
        if path.exists() {
            let now = SystemTime::now();
            let times = fs::FileTimes::new().set_accessed(now).set_modified(now);
            let set = File::open(path).and_then(|file| file.set_times(times));
            set.map_err(|error| Failure::io("touch", path, &error))?;
        } else {
            let created = OpenOptions::new().write(true).create_new(true).open(path);
            created.map_err(|error| Failure::io("create", path, &error))?;
        }
        args.wanted.apply(path, false)?;
    }
    Ok(true)
}

fn link(context: &Context<'_>, args: &Args, before: &str) -> Result<bool, Failure> {
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
    if before == "link" && fs::read_link(path).is_ok_and(|now| now == target) {
        return Ok(false);
    }
    if !matches!(before, "absent" | "link") && !args.force {
        return Err(Failure::new(format!(
            "`{}` is there and is no link; `force: true` replaces it",
            path.display()
        )));
    }
    if !context.check {
        if before == "directory" {
            fs::remove_dir(path).map_err(|error| Failure::io("replace", path, &error))?;
        }
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(format!(".edgewright-{}", std::process::id()));
        let made = symlink(&target, &temporary).and_then(|()| fs::rename(&temporary, path));
        made.map_err(|error| Failure::io("link", path, &error))?;
        args.wanted.apply(path, false)?;
    }
    Ok(true)
}

fn hard(
    context: &Context<'_>,
    args: &Args,
    before: Option<&fs::Metadata>,
) -> Result<bool, Failure> {
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
    Ok(true)
}

fn present(context: &Context<'_>, args: &Args, before: &str) -> Result<bool, Failure> {
    let path = &args.path;
    let target = if before == "link" && args.follow {
        crate::write::resolve(path)
    } else {
        path.clone()
    };
    match fs::symlink_metadata(&target) {
        Ok(found) if found.is_dir() => Err(Failure::new(format!(
            "`{}` is a directory, not a file",
            path.display()
        ))
        .with("path", path.to_string_lossy())),
        Ok(_) => args.wanted.apply(&target, context.check),
        Err(_) => Err(Failure::new(format!(
            "`{}` is not there; `state: touch` or module `copy` creates it",
            path.display()
        ))
        .with("path", path.to_string_lossy())),
    }
}
