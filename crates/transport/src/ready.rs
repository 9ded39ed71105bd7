//! Waiting for a host that is still starting.

use std::time::{Duration, Instant};

use crate::bootstrap::WorkerImage;
use crate::error::TransportError;
use crate::session::Session;
use crate::target::Target;

/// Time between two attempts at first; it grows to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// An attempt that failed, for whoever shows progress.
#[derive(Debug)]
pub struct Attempt<'e> {
    /// Time since the first attempt.
    pub waited: Duration,
    /// Why this one failed.
    pub error: &'e TransportError,
}

/// Connects as soon as a starting host lets us in, and gives up after `limit`.
///
/// Right after the boot of a cloud image sshd may answer with keys that cloud-init has yet to replace by ours:
/// a wrong key is therefore waited out for `grace`, and never spoken to.
///
/// # Errors
/// The last [`TransportError`]; at once when waiting cannot help.
pub async fn connect_when_ready(
    target: &Target,
    workers: &[WorkerImage],
    limit: Duration,
    grace: Duration,
    mut on_attempt: impl FnMut(&Attempt<'_>),
) -> Result<Session, TransportError> {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match crate::connect(target, workers).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        let waited = start.elapsed();
        let wrong_key = matches!(error, TransportError::HostKeyMismatch { .. });
        let may_help = error.is_of_a_starting_host() || (wrong_key && waited < grace);
        if !may_help || waited + pause >= limit {
            return Err(error);
        }
        on_attempt(&Attempt {
            waited,
            error: &error,
        });
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}
