//! `slurp`: reads a file of the host.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::outcome::{Context, Failure, ModuleResult, Outcome};

#[derive(Deserialize)]
pub(super) struct Args {
    src: PathBuf,
}

pub(super) fn run(_context: &Context<'_>, args: &Args) -> ModuleResult {
    let content =
        std::fs::read(&args.src).map_err(|error| Failure::io("read", &args.src, &error))?;
    Ok(Outcome::changed(false)
        .with("content", STANDARD.encode(content))
        .with("source", args.src.to_string_lossy())
        .with("encoding", "base64"))
}
