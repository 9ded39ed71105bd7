//! cargo-deny: licences, banned crates and sources always, advisories where their database can be had.

use std::path::PathBuf;

use crate::command::Run;
use crate::failure::Failure;
use crate::{need, say};

/// What became of the check of advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advisories {
    /// It was made.
    Checked,
    /// The database cannot be had.
    Skipped,
}

/// Checks the dependencies.
///
/// # Errors
/// [`Failure::Command`] when one is not as `deny.toml` wants it.
pub fn run() -> Result<Advisories, Failure> {
    let program = program()?;
    let deny = |words: &[&str]| {
        let shown = [&["cargo", "deny"], words].concat().join(" ");
        Run::new(&program).args(words).shown_as(&shown)
    };
    deny(&["--locked", "check", "licenses", "bans", "sources"]).run()?;
    // Without a terminal git must not wait for a password.
    let fetched = deny(&["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0");
    if !fetched.succeeds() {
        say::warning(
            "advisories were NOT checked: RustSec's database cannot be fetched from this machine; \
             where it can: cargo deny check advisories",
        );
        return Ok(Advisories::Skipped);
    }
    deny(&["--locked", "check", "advisories"]).run()?;
    Ok(Advisories::Checked)
}

/// The cargo-deny that is installed, else one of this workspace's own.
fn program() -> Result<PathBuf, Failure> {
    if need::on_path("cargo-deny") {
        return Ok(PathBuf::from("cargo-deny"));
    }
    need::tool("cargo-deny")
}
