//! Whether anybody still waits for the answers.
//!
//! The worker's standard input is its lifeline: when the control machine goes, sshd closes it. While a task runs
//! nobody reads it, so whoever waits for something else looks at it too. Looking takes nothing from it.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The worker's standard input, or nothing where a test plays the control machine.
#[derive(Clone, Copy, Debug)]
pub struct Lifeline(Option<BorrowedFd<'static>>);

/// What an end that is gone shows, whether it is a pipe or a socket.
const GONE: PollFlags = PollFlags::RDHUP.union(PollFlags::HUP).union(PollFlags::ERR);

impl Lifeline {
    /// Standard input.
    pub fn of_stdin() -> Self {
        Self(Some(rustix::stdio::stdin()))
    }

    /// None: nothing ever cuts it.
    pub fn none() -> Self {
        Self(None)
    }

    /// Whether the other end is gone.
    pub(crate) fn is_cut(self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Sleeps; answers at once, and with true, when the other end goes.
    pub(crate) fn wait(self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let mut watched: Vec<PollFd<'_>> = self.watched().into_iter().collect();
            let left = until.saturating_duration_since(Instant::now());
            // A signal that came in between is no reason to stop early.
            let seen = poll(&mut watched, Some(&timespec(left)));
            if watched.iter().any(is_gone) {
                return true;
            }
            if seen.is_ok() && until <= Instant::now() {
                return false;
            }
        }
    }

    /// What to poll beside other things; [`is_gone`] tells what it means.
    pub(crate) fn watched(self) -> Option<PollFd<'static>> {
        self.0
            .map(|end| PollFd::from_borrowed_fd(end, PollFlags::RDHUP))
    }
}

/// Whether a polled end shows that the other one is gone.
pub(crate) fn is_gone(end: &PollFd<'_>) -> bool {
    end.revents().intersects(GONE)
}

/// A time as the kernel takes it.
pub(crate) fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_end_the_whole_time_is_slept() {
        let start = Instant::now();
        assert!(!Lifeline::none().wait(Duration::from_millis(30)));
        assert!(start.elapsed() >= Duration::from_millis(30));
        assert!(!Lifeline::none().is_cut());
    }
}
