//! What may be sent again after which failure, and when.
//!
//! | method | sent again after |
//! |---|---|
//! | GET, PUT, PATCH | everything that may pass: 429, 500, 502, 503, 504, locked, no connection, a broken one, no answer |
//! | POST, DELETE | what certainly had no effect: 429, locked, no connection |
//!
//! PUT and PATCH here only say how something is to be, so twice is as good as once. Called by [`super::transport`] only.

use super::Options;
use crate::error::{Kind, VultrError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

/// What a repetition is given even when the limit is near: less would only fail.
const SHORTEST: Duration = Duration::from_secs(2);

/// The repetitions of one call.
pub(super) struct Retry<'a> {
    options: &'a Options,
    began: Instant,
    limit: Duration,
    sent: u32,
    failed: u32,
}

impl<'a> Retry<'a> {
    pub(super) fn new(options: &'a Options) -> Self {
        Self {
            options,
            began: Instant::now(),
            limit: options.retry_limit,
            sent: 0,
            failed: 0,
        }
    }

    /// How often the call was sent.
    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    /// How long the call may take when it is sent now.
    pub(super) fn send(&mut self) -> Duration {
        let first = self.sent == 0;
        self.sent = self.sent.saturating_add(1);
        if first {
            return self.options.call_timeout;
        }
        let left = self.limit.saturating_sub(self.began.elapsed());
        self.options.call_timeout.min(left.max(SHORTEST))
    }

    /// The pause before the call is sent again, or none if it must not be.
    pub(super) fn pause(&mut self, error: &VultrError) -> Option<Duration> {
        if !error.is_transient() || !may_be_repeated(error) {
            return None;
        }
        let asked_for = match error.kind() {
            Kind::RateLimited { retry_after } => retry_after,
            Kind::Locked => {
                self.limit = self.limit.max(self.options.lock_limit);
                None
            }
            _ => {
                self.failed += 1;
                if self.failed >= self.options.tries {
                    return None;
                }
                None
            }
        };
        let own = jittered(self.backoff());
        let pause = asked_for.map_or(own, |asked_for| asked_for.max(own));
        (self.began.elapsed().checked_add(pause)? <= self.limit).then_some(pause)
    }

    fn backoff(&self) -> Duration {
        let factor = 1_u32 << self.sent.saturating_sub(1).min(16);
        let pause = self.options.first_pause.saturating_mul(factor);
        pause.min(self.options.longest_pause)
    }
}

fn may_be_repeated(error: &VultrError) -> bool {
    match error.method() {
        "GET" | "PUT" | "PATCH" => true,
        _ => matches!(
            error.kind(),
            Kind::RateLimited { .. } | Kind::Locked | Kind::Connect
        ),
    }
}

/// Between half of it and all of it, so that many callers do not come back together.
fn jittered(pause: Duration) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 1024;
    let chance = u32::try_from(chance).unwrap_or_default();
    pause / 2 + pause / 2048 * chance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Asked;

    fn error(method: &str, kind: Kind) -> VultrError {
        let asked = Asked {
            method: method.to_owned(),
            path: "/instances/i".to_owned(),
            endpoint: String::new(),
        };
        VultrError::new(&asked, kind).with_status(503)
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_lose_up_to_half_to_chance() {
        let options = Options {
            tries: 9,
            ..Options::default()
        };
        let mut retry = Retry::new(&options);
        for full in [300, 600, 1200, 2400, 4800, 9600, 10_000, 10_000] {
            retry.send();
            let pause = retry.pause(&error("GET", Kind::Server)).unwrap();
            let full = Duration::from_millis(full);
            assert!(pause >= full / 2 && pause <= full, "{pause:?} of {full:?}");
        }
        retry.send();
        assert_eq!(retry.pause(&error("GET", Kind::Server)), None);
    }

    #[test]
    fn what_may_be_sent_again_depends_on_the_method_and_the_failure() {
        let limit = Duration::from_secs(1);
        let retry_after = Some(limit);
        let safe = [
            Kind::RateLimited { retry_after },
            Kind::Locked,
            Kind::Connect,
        ];
        let unsure = [Kind::Server, Kind::TimedOut { limit }, Kind::BodyCut];
        let never = [
            Kind::Invalid,
            Kind::NotFound,
            Kind::Quota,
            Kind::Forbidden,
            Kind::NotJson,
            Kind::Form,
        ];
        let options = Options::default();
        let again = |method: &str, kind: Kind| {
            let mut retry = Retry::new(&options);
            retry.send();
            retry.pause(&error(method, kind)).is_some()
        };
        for method in ["GET", "PUT", "PATCH", "POST", "DELETE"] {
            let careful = matches!(method, "POST" | "DELETE");
            assert!(safe.iter().all(|kind| again(method, *kind)), "{method}");
            assert!(
                unsure.iter().all(|kind| again(method, *kind) != careful),
                "{method}"
            );
            assert!(never.iter().all(|kind| !again(method, *kind)), "{method}");
        }
    }

    #[test]
    fn the_wait_that_was_asked_for_is_kept_when_it_is_the_longer_one() {
        let options = Options::default();
        let mut retry = Retry::new(&options);
        retry.send();
        let retry_after = Some(Duration::from_secs(30));
        let limited = error("POST", Kind::RateLimited { retry_after });
        assert_eq!(retry.pause(&limited), retry_after);
        let retry_after = Some(Duration::MAX);
        let limited = error("POST", Kind::RateLimited { retry_after });
        assert_eq!(retry.pause(&limited), None);
    }

    #[test]
    fn a_locked_machine_has_a_limit_of_its_own() {
        let options = Options {
            retry_limit: Duration::ZERO,
            ..Options::default()
        };
        let mut retry = Retry::new(&options);
        retry.send();
        assert_eq!(retry.pause(&error("DELETE", Kind::Connect)), None);
        assert!(retry.pause(&error("DELETE", Kind::Locked)).is_some());
    }
}
