//! `ping`: answers.

use serde::Deserialize;

use crate::outcome::{Context, Failure, ModuleResult, Outcome};

#[derive(Deserialize)]
pub(super) struct Args {
    #[serde(default = "pong")]
    data: String,
}

fn pong() -> String {
    "pong".to_owned()
}

pub(super) fn run(_context: &Context<'_>, args: &Args) -> ModuleResult {
    if args.data == "crash" {
        return Err(Failure::new("boom"));
    }
    Ok(Outcome::changed(false).with("ping", args.data.clone()))
}
