//! `copy`, also for `template`: writes a file whose content the control machine gave.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use crate::attributes::{Wanted, describe};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::{Options, checksum, replace, resolve};

#[derive(Deserialize)]
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
    validate: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

fn yes() -> bool {
    true
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let bytes = given(context, args)?;
    let mut dest = args.dest.clone();
    if dest.to_string_lossy().ends_with('/') || dest.is_dir() {
        let from_source = args
            .src
            .as_ref()
            .and_then(|src| src.file_name())
            .map(|name| name.to_string_lossy().into_owned());
        let Some(name) = args.basename.clone().or(from_source) else {
            return Err(Failure::new(format!(
                "`{}` is a directory; name the file in it",
                dest.display()
            )));
        };
        dest.push(name);
    }
    let path = resolve(&dest);
    let before = fs::read(&path).ok();
    let sum = checksum(&bytes);
    let differs = before.as_deref() != Some(bytes.as_slice()) && (before.is_none() || args.force);
    let mut outcome = Outcome::default();
    if differs {
        outcome.changed = true;
        if context.diff {
            let text = |content: &[u8]| {
                String::from_utf8(content.to_vec()).unwrap_or_else(|_| "(binary)\n".to_owned())
            };
            let old = before.as_deref().map_or_else(String::new, text);
            outcome = outcome.diff(&path.to_string_lossy(), &old, &text(&bytes));
        }
        if !context.check {
            let options = Options {
                validate: args.validate.as_deref(),
                backup: args.backup,
            };
            if let Some(backup) = replace(context, &path, &bytes, &args.wanted, &options)? {
                outcome = outcome.with("backup_file", backup.to_string_lossy());
            }
        }
    } else if path.exists() {
        outcome.changed = args.wanted.apply(&path, context.check)?;
    }
    if !context.check {
        outcome.values.extend(describe(&path));
    }
    Ok(outcome
        .with("dest", dest.to_string_lossy())
        .with("checksum", sum))
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
