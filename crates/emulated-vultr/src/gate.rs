//! Who may call, and how often: rate limit, allow-list, key.

use crate::answer::Refusal;
use crate::config::Config;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// What the rate limit counts in.
const WINDOW: Duration = Duration::from_secs(1);

/// The calls of the last second, by address.
#[derive(Debug, Default)]
pub struct Meter(HashMap<IpAddr, VecDeque<Instant>>);

impl Meter {
    /// Counts a call, or refuses it.
    ///
    /// # Errors
    /// 429, with a second to wait.
    pub fn count(&mut self, peer: IpAddr, limit: u32, now: Instant) -> Result<(), Refusal> {
        if limit == 0 {
            return Ok(());
        }
        let calls = self.0.entry(peer).or_default();
        while calls
            .front()
            .is_some_and(|call| now.duration_since(*call) >= WINDOW)
        {
            calls.pop_front();
        }
        if calls.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(Refusal {
                retry_after: Some(1),
                ..Refusal::new(429, "rate limit exceeded")
            });
        }
        calls.push_back(now);
        Ok(())
    }
}

/// Whether a call that is not public may be made.
///
/// # Errors
/// 401 with what is wrong, the key or the address.
pub fn admit(config: &Config, peer: IpAddr, authorization: Option<&str>) -> Result<(), Refusal> {
    let key = authorization.and_then(|header| header.strip_prefix("Bearer "));
    if key.map(str::trim) != Some(config.api_key.as_str()) {
        return Err(Refusal::new(401, "Invalid API token."));
    }
    let allowed = config
        .allowed_ips
        .as_ref()
        .is_none_or(|nets| nets.iter().any(|net| net.contains(&peer)));
    if allowed {
        return Ok(());
    }
    Err(Refusal::new(
        401,
        format!("Unauthorized IP address: {peer}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_call_too_many_is_refused_until_a_second_has_passed() {
        let mut meter = Meter::default();
        let start = Instant::now();
        assert_eq!(meter.count(PEER, 2, start), Ok(()));
        assert_eq!(meter.count(PEER, 2, start), Ok(()));
        let refused = meter.count(PEER, 2, start + WINDOW / 2).unwrap_err();
        assert_eq!((refused.status, refused.retry_after), (429, Some(1)));
        assert_eq!(refused.text, "rate limit exceeded");
        assert_eq!(meter.count(PEER, 2, start + WINDOW), Ok(()));
    }

    #[test]
    fn a_key_is_needed_from_an_address_that_is_allowed() {
        let mut config = Config::default();
        assert_eq!(admit(&config, PEER, Some("Bearer EMULATED-KEY")), Ok(()));
        for wrong in [None, Some("Bearer other"), Some("EMULATED-KEY")] {
            assert_eq!(
                admit(&config, PEER, wrong),
                Err(Refusal::new(401, "Invalid API token."))
            );
        }
        config.allowed_ips = Some(vec!["198.18.0.0/24".parse().unwrap()]);
        assert_eq!(
            admit(&config, PEER, Some("Bearer EMULATED-KEY")),
            Err(Refusal::new(401, "Unauthorized IP address: 127.0.0.1"))
        );
    }
}
