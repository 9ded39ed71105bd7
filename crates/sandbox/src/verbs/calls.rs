//! `calls`: the record of calls, as a table or as JSON lines.

use super::{Place, SandboxError};
use crate::{calls, say};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Print a JSON object a line: api, method, path, status, mutating, at
    #[arg(long)]
    json: bool,
    /// Leave out the first N calls
    #[arg(long, value_name = "N", default_value_t = 0)]
    since: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), SandboxError> {
    let home = arguments.place.home()?;
    for call in calls::read(&home.calls(), arguments.since)? {
        if arguments.json {
            say::out(&serde_json::to_string(&call).map_err(std::io::Error::from)?);
        } else {
            say::out(&call.to_string());
        }
    }
    Ok(())
}
