//! `copy`, also for `template`: writes a file whose content the control machine gave.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use crate::attributes::{Wanted, describe};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::{Options, checksum, make_directories, replace, resolve};

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each of the module's options"
)]
pub(super) struct Args {
    src: Option<PathBuf>,
    content: Option<String>,
    digest: Option<String>,
    basename: Option<String>,
    dest: PathBuf,
    #[serde(default)]
    remote_src: bool,
    #[serde(default)]
    backup: bool,
    #[serde(default = "yes")]
    force: bool,
    #[serde(default)]
    follow: bool,
    validate: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

fn yes() -> bool {
    true
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let bytes = given(context, args)?;
    let wanted = wanted(args)?;
    let dest = destination(args)?;
    let path = if args.follow {
        resolve(&dest)
    } else {
        dest.clone()
    };
    // Without `follow` a link is a file like any other: it goes, what it points to stays.
    let is_link = fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
    let there = is_link || path.exists();
    if there && !args.force {
        return Ok(Outcome::changed(false).with("dest", dest.to_string_lossy()));
    }
    let before = fs::read(&path).ok();
    let sum = checksum(&bytes);
    let mut outcome = Outcome::default();
    if is_link || before.as_deref() != Some(bytes.as_slice()) {
        outcome.changed = true;
        if context.diff {
            let mut diff = json!({"before": shown(before.as_deref().unwrap_or_default()), "after": shown(&bytes)});
            if before.is_some() {
                diff["before_header"] = dest.to_string_lossy().into();
            }
            diff["after_header"] = dest.to_string_lossy().into();
            outcome = outcome.with("diff", json!([diff]));
        }
        if !context.check {
            if args.dest.to_string_lossy().ends_with('/') {
                make_directories(dest.parent().unwrap_or(Path::new("/")))?;
            }
            let options = Options {
                validate: args.validate.as_deref(),
                backup: args.backup,
            };
            if let Some(backup) = replace(context, &path, &bytes, &wanted, &options)? {
                outcome = outcome.with("backup_file", backup.to_string_lossy());
            }
        }
    } else {
        let changed = wanted.apply(&path, context.check)?;
        outcome.changed = changed.any();
        if context.diff && outcome.changed {
            outcome = outcome.with("diff", changed.diff(&path));
        }
        outcome = outcome.with("path", path.to_string_lossy());
    }
    if !context.check {
        outcome.values.extend(describe(&path));
    }
    Ok(outcome
        .with("dest", dest.to_string_lossy())
        .with("checksum", sum))
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| "(binary)\n".to_owned())
}

/// The attributes asked for; `preserve` means those of a source that is on this host.
fn wanted(args: &Args) -> Result<Wanted, Failure> {
    if !args.wanted.preserves_mode() {
        return Ok(args.wanted.clone());
    }
    let Some(src) = args.src.as_ref().filter(|_| args.remote_src) else {
        return Err(Failure::new(
            "`mode: preserve` needs a source that has a mode",
        ));
    };
    let source = fs::metadata(src).map_err(|error| Failure::io("look at", src, &error))?;
    Ok(args.wanted.with_mode(source.permissions().mode() & 0o7777))
}

/// The file to write: `dest` itself, or a file in it.
fn destination(args: &Args) -> Result<PathBuf, Failure> {
    let dest = &args.dest;
    if !dest.to_string_lossy().ends_with('/') && !dest.is_dir() {
        return Ok(dest.clone());
    }
    let from_source = args
        .src
        .as_ref()
        .and_then(|src| src.file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let name = args.basename.clone().or(from_source);
    name.map(|name| dest.join(name)).ok_or_else(|| {
        Failure::new(format!(
            "`{}` is a directory; name the file in it",
            dest.display()
        ))
    })
}

fn given(context: &Context<'_>, args: &Args) -> Result<Vec<u8>, Failure> {
    match (&args.digest, &args.content, &args.src) {
        (Some(digest), ..) => context
            .blobs
            .get(digest)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| {
                Failure::new(format!("the content {digest} was not sent before the task"))
            }),
        (None, Some(text), _) => Ok(text.clone().into_bytes()),
        (None, None, Some(src)) if args.remote_src => {
            fs::read(src).map_err(|error| Failure::io("read", src, &error))
        }
        _ => Err(Failure::new("neither `src` nor `content` was given")),
    }
}
