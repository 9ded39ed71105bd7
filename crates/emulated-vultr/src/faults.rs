//! Faults to order: the next calls of a kind fail, stall, or lose their connection.
//!
//! Set through [`crate::Emulator::inject`]; `crate::server` asks before each call.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// Nothing is done, and the answer is this refusal.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The text of `error`.
        error: String,
        /// Seconds for `Retry-After`.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Nothing is done, and the answer is this body, whatever it is, as `application/json`.
    Raw {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// Nothing is done, and the answer is a page of a proxy that stands before the API.
    Html(u16),
    /// Nothing is done; the connection is silent for this time and then cut.
    Stall(Duration),
    /// The call is carried out at once and answered after this time.
    Delay(Duration),
    /// Nothing is done, and the connection is cut.
    CutBefore,
    /// The call is carried out, and the connection is cut in the middle of the answer's body.
    CutInBody,
    /// The call is carried out, and the connection is cut instead of an answer.
    CutAfter,
    /// The machine that the call makes is never started and stays `pending`.
    StayPending,
    /// The machine that the call makes is never started and ends `suspended` and `stopped`, Vultr's nearest to an error.
    Suspend,
    /// The machine that the call makes is not in lists for this time.
    Unlisted(Duration),
}

/// A fault for the next calls that match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRule {
    /// The verb, such as `POST`; `*` for any.
    pub method: String,
    /// The path without `/v2`, such as `/instances/*/vpcs/attach`; a `*` stands for any number of characters.
    pub path: String,
    /// How many calls that match pass before it begins.
    #[serde(default)]
    pub skip: u32,
    /// How many calls it then happens to.
    pub times: u32,
    /// What happens.
    pub action: FaultAction,
}

impl FaultRule {
    /// A fault for the next call.
    pub fn once(method: &str, path: &str, action: FaultAction) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            skip: 0,
            times: 1,
            action,
        }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method))
            && is_like(path, &self.path)
    }
}

/// Whether a text is like a pattern in which `*` stands for any characters.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return text == pattern;
    };
    let Some(tail) = text.strip_prefix(start) else {
        return false;
    };
    (0..=tail.len()).any(|at| tail.get(at..).is_some_and(|tail| is_like(tail, rest)))
}

/// The rules in force, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FaultRule>);

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        if rule.times > 0 {
            self.0.push(rule);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for a call, which is then one fewer. Every older rule that matches skips one.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<FaultAction> {
        for (index, rule) in self.0.iter_mut().enumerate() {
            if !rule.matches(method, path) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            let action = rule.action.clone();
            rule.times -= 1;
            if rule.times == 0 {
                self.0.remove(index);
            }
            return Some(action);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        assert!(is_like("/instances/1/vpcs/attach", "/instances/*/attach"));
        assert!(is_like("/instances", "/instances*"));
        assert!(is_like("/instances/1", "*"));
        assert!(!is_like("/instances/1", "/instances"));
        assert!(!is_like("/instances/1", "/instances/*/halt"));
        assert!(!is_like("/bare-metals", "/instances*"));
    }

    #[test]
    fn a_rule_skips_happens_and_is_used_up() {
        let mut faults = Faults::default();
        faults.add(FaultRule {
            skip: 1,
            times: 2,
            ..FaultRule::once("post", "/instances", FaultAction::CutBefore)
        });
        faults.add(FaultRule::once("*", "/instances*", FaultAction::Html(502)));
        assert_eq!(faults.take("GET", "/vpcs"), None);
        assert_eq!(
            faults.take("POST", "/instances"),
            Some(FaultAction::Html(502))
        );
        assert_eq!(
            faults.take("POST", "/instances"),
            Some(FaultAction::CutBefore)
        );
        assert_eq!(
            faults.take("POST", "/instances"),
            Some(FaultAction::CutBefore)
        );
        assert_eq!(faults.take("POST", "/instances"), None);
    }

    #[test]
    fn a_rule_can_be_written_as_json() {
        let text = r#"{"method": "POST", "path": "/instances", "times": 1, "action": {"refuse": {"status": 500, "error": "no"}}}"#;
        let rule: FaultRule = serde_json::from_str(text).unwrap();
        let action = FaultAction::Refuse {
            status: 500,
            error: "no".to_owned(),
            retry_after: None,
        };
        assert_eq!(rule, FaultRule::once("POST", "/instances", action));
        assert_eq!(
            serde_json::to_value(FaultAction::Delay(Duration::from_millis(1500))).unwrap(),
            serde_json::json!({ "delay": { "secs": 1, "nanos": 500_000_000 } })
        );
    }
}
