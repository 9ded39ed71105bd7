//! How fast calls go out: never more than so many within any second, and none while Vultr asks to wait.
//!
//! One for a client and all its clones, since Vultr counts by address. Called by [`super::transport`] only.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The window calls are counted in: a second, and a little for what reaches Vultr closer together than it was sent.
const WINDOW: Duration = Duration::from_millis(1050);

pub(super) struct Pace {
    calls: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the latest calls went out, or will: at most as many as may go out within the window.
    sent: VecDeque<Instant>,
    /// Nothing goes out before.
    held_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(calls_per_second: u32) -> Self {
        let calls = usize::try_from(calls_per_second.max(1)).unwrap_or(usize::MAX);
        let state = Mutex::default();
        Self { calls, state }
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self) {
        let mut at = self.reserve(Instant::now());
        loop {
            tokio::time::sleep_until(at).await;
            match self.held(at) {
                Some(until) => at = self.reserve(until),
                None => return,
            }
        }
    }

    /// Sends nothing for a while: Vultr had too many calls.
    pub(super) fn hold(&self, time: Duration) {
        let until = Instant::now().checked_add(time);
        let mut state = self.lock();
        state.held_until = state.held_until.max(until);
    }

    /// The end of a hold that began while a call waited for `at`.
    fn held(&self, at: Instant) -> Option<Instant> {
        self.lock().held_until.filter(|until| *until > at)
    }

    /// The first moment from `now` on at which one more call may go out; it is taken.
    fn reserve(&self, now: Instant) -> Instant {
        let mut state = self.lock();
        let mut at = state.held_until.map_or(now, |until| until.max(now));
        if state.sent.len() >= self.calls
            && let Some(oldest) = state.sent.pop_front()
        {
            at = at.max(oldest + WINDOW);
        }
        state.sent.push_back(at);
        at
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_beyond_the_allowed_ones_wait_until_the_oldest_is_a_second_old() {
        let pace = Pace::new(3);
        let now = Instant::now();
        let waits: Vec<Duration> = (0..7).map(|_| pace.reserve(now) - now).collect();
        let (zero, one, two) = (Duration::ZERO, WINDOW, WINDOW * 2);
        assert_eq!(waits, [zero, zero, zero, one, one, one, two]);
    }

    #[test]
    fn calls_that_come_slowly_never_wait() {
        let pace = Pace::new(3);
        let now = Instant::now();
        for call in 0..20 {
            let at = now + Duration::from_millis(400) * call;
            assert_eq!(pace.reserve(at), at);
        }
    }

    #[test]
    fn a_call_that_waited_when_a_hold_began_waits_for_its_end() {
        let pace = Pace::new(3);
        let at = pace.reserve(Instant::now());
        assert_eq!(pace.held(at), None);
        pace.hold(Duration::from_secs(60));
        pace.hold(Duration::from_secs(1));
        let until = pace.held(at).unwrap();
        assert!(until - at > Duration::from_secs(59));
        assert!(pace.reserve(at) >= until);
    }
}
