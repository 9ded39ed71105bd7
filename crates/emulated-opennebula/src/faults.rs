//! Faults to order: the next calls of a method fail, stall, or lose their connection.
//!
//! Set through [`crate::Emulator::inject`]; `crate::server` asks before each call.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// Nothing is done, and the answer is this HTTP status.
    Status(u16),
    /// The call is carried out and answered after this time.
    Stall(Duration),
    /// Nothing is done, and the connection is cut.
    CutBefore,
    /// The call is carried out, and the connection is cut instead of an answer.
    CutAfter,
}

/// A fault for the next calls that match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRule {
    /// A method, or the beginning of one with `*` after it; `*` alone matches all.
    pub method: String,
    /// How many calls it happens to.
    pub times: u32,
    /// What happens.
    pub action: FaultAction,
}

impl FaultRule {
    fn matches(&self, method: &str) -> bool {
        match self.method.strip_suffix('*') {
            Some(beginning) => method.starts_with(beginning),
            None => method == self.method,
        }
    }
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

    /// The fault for a call, which is then one fewer.
    pub(crate) fn take(&mut self, method: &str) -> Option<FaultAction> {
        let index = self.0.iter().position(|rule| rule.matches(method))?;
        let rule = self.0.get_mut(index)?;
        let action = rule.action.clone();
        rule.times -= 1;
        if rule.times == 0 {
            self.0.remove(index);
        }
        Some(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_used_up_and_the_next_one_follows() {
        let mut faults = Faults::default();
        faults.add(FaultRule {
            method: "one.host.*".to_owned(),
            times: 2,
            action: FaultAction::CutBefore,
        });
        faults.add(FaultRule {
            method: "*".to_owned(),
            times: 1,
            action: FaultAction::Status(503),
        });
        assert_eq!(faults.take("one.host.info"), Some(FaultAction::CutBefore));
        assert_eq!(faults.take("one.vn.info"), Some(FaultAction::Status(503)));
        assert_eq!(faults.take("one.vn.info"), None);
        assert_eq!(faults.take("one.host.info"), Some(FaultAction::CutBefore));
        assert_eq!(faults.take("one.host.info"), None);
    }
}
