//! `serve`: the daemon, in a session of its own so that it outlives the terminal.

use super::{Place, SandboxError};
use crate::daemon;

pub(super) async fn run(place: &Place) -> Result<(), SandboxError> {
    // Already so if somebody runs this by hand as a leader of a group; then it stays there.
    rustix::process::setsid().ok();
    Ok(daemon::run(place.home()?).await?)
}
