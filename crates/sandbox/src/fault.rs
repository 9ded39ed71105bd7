//! Faults to order for either API, as typed on the command line, and what they are in the emulators' own terms.
//!
//! Made by the verb `fault`, sent through `control`, carried out by the daemon.

use edgewright_emulated_opennebula as opennebula;
use edgewright_emulated_vultr as vultr;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use thiserror::Error;

/// Which API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// Vultr's.
    Vultr,
    /// OpenNebula's.
    Opennebula,
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is refused with this status and text.
    Refuse {
        /// HTTP status.
        status: u16,
        /// Text of the refusal.
        error: Option<String>,
        /// Seconds for `Retry-After`.
        retry_after: Option<u32>,
    },
    /// Nothing is answered for this time, and then the connection is cut.
    Stall(Duration),
    /// It is carried out and answered after this time.
    Delay(Duration),
    /// The connection is cut before anything is done.
    Cut,
    /// It is carried out, and the connection is cut instead of an answer.
    LoseAnswer,
    /// It is carried out, and the connection is cut in the middle of the answer.
    CutAnswer,
    /// The machine that the call makes stays `pending`.
    StayPending,
    /// The machine that the call makes ends `suspended`.
    Suspend,
}

/// A fault for the next calls that match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which API.
    pub api: Api,
    /// Vultr: `METHOD PATH`; OpenNebula: a method. `*` stands for any characters.
    pub calls: Vec<String>,
    /// How many calls that match pass before it begins.
    pub skip: u32,
    /// How many calls it then happens to.
    pub times: u32,
    /// What happens.
    pub action: Action,
}

/// There is no such fault.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum FaultError {
    /// The calls are not named as this API names them.
    #[error(
        "Vultr's calls are named as METHOD PATH, such as `POST /v2/instances` or `'*' '/v2/instances/*'`, not `{0}`"
    )]
    VultrCalls(String),
    /// The same for OpenNebula.
    #[error(
        "OpenNebula's calls are named by their method, such as `one.host.allocate` or `'one.host.*'`, not `{0}`"
    )]
    OpennebulaCalls(String),
    /// The emulated OpenNebula cannot do it.
    #[error(
        "calls to OpenNebula can be refused, stalled, delayed, cut, or lose their answer; nothing else"
    )]
    OpennebulaAction,
    /// The emulated OpenNebula has no such feature.
    #[error("`--skip`, `--error` and `--retry-after` are for Vultr's calls only")]
    OpennebulaDetail,
}

/// A fault in the emulators' terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// For Vultr.
    Vultr(vultr::FaultRule),
    /// For OpenNebula.
    Opennebula(opennebula::FaultRule),
}

impl Fault {
    /// Checks it and translates it.
    ///
    /// # Errors
    /// [`FaultError`].
    pub fn rule(&self) -> Result<Rule, FaultError> {
        let words = self.calls.join(" ");
        let words: Vec<&str> = words.split_whitespace().collect();
        match self.api {
            Api::Vultr => self.vultr(&words).map(Rule::Vultr),
            Api::Opennebula => self.opennebula(&words).map(Rule::Opennebula),
        }
    }

    fn vultr(&self, words: &[&str]) -> Result<vultr::FaultRule, FaultError> {
        let (method, path) = match words {
            [method, path] if path.starts_with('/') || *path == "*" => (*method, *path),
            _ => return Err(FaultError::VultrCalls(words.join(" "))),
        };
        let path = path.strip_prefix("/v2").unwrap_or(path);
        Ok(vultr::FaultRule {
            method: method.to_owned(),
            path: path.to_owned(),
            skip: self.skip,
            times: self.times,
            action: match &self.action {
                Action::Refuse {
                    status,
                    error,
                    retry_after,
                } => vultr::FaultAction::Refuse {
                    status: *status,
                    error: error
                        .clone()
                        .unwrap_or_else(|| "ordered to fail".to_owned()),
                    retry_after: *retry_after,
                },
                Action::Stall(time) => vultr::FaultAction::Stall(*time),
                Action::Delay(time) => vultr::FaultAction::Delay(*time),
                Action::Cut => vultr::FaultAction::CutBefore,
                Action::LoseAnswer => vultr::FaultAction::CutAfter,
                Action::CutAnswer => vultr::FaultAction::CutInBody,
                Action::StayPending => vultr::FaultAction::StayPending,
                Action::Suspend => vultr::FaultAction::Suspend,
            },
        })
    }

    fn opennebula(&self, words: &[&str]) -> Result<opennebula::FaultRule, FaultError> {
        let [method] = words else {
            return Err(FaultError::OpennebulaCalls(words.join(" ")));
        };
        if !method.contains(['.', '*']) {
            return Err(FaultError::OpennebulaCalls((*method).to_owned()));
        }
        let action = match &self.action {
            Action::Refuse {
                status,
                error: None,
                retry_after: None,
            } => opennebula::FaultAction::Status(*status),
            Action::Refuse { .. } => return Err(FaultError::OpennebulaDetail),
            Action::Stall(time) | Action::Delay(time) => opennebula::FaultAction::Stall(*time),
            Action::Cut => opennebula::FaultAction::CutBefore,
            Action::LoseAnswer => opennebula::FaultAction::CutAfter,
            Action::CutAnswer | Action::StayPending | Action::Suspend => {
                return Err(FaultError::OpennebulaAction);
            }
        };
        if self.skip > 0 {
            return Err(FaultError::OpennebulaDetail);
        }
        Ok(opennebula::FaultRule {
            method: (*method).to_owned(),
            times: self.times,
            action,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(api: Api, calls: &[&str], action: Action) -> Fault {
        Fault {
            api,
            calls: calls.iter().map(|word| (*word).to_owned()).collect(),
            skip: 0,
            times: 2,
            action,
        }
    }

    #[test]
    fn a_call_of_vultr_may_be_one_word_or_two() {
        let one = fault(Api::Vultr, &["POST /v2/instances"], Action::Cut).rule();
        let two = fault(Api::Vultr, &["POST", "/instances"], Action::Cut).rule();
        assert_eq!(one, two);
        assert_eq!(
            one,
            Ok(Rule::Vultr(vultr::FaultRule {
                times: 2,
                ..vultr::FaultRule::once("POST", "/instances", vultr::FaultAction::CutBefore)
            }))
        );
    }

    #[test]
    fn calls_that_are_named_wrongly_are_refused() {
        let error = fault(Api::Vultr, &["/v2/instances"], Action::Cut)
            .rule()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "Vultr's calls are named as METHOD PATH, such as `POST /v2/instances` or `'*' '/v2/instances/*'`, \
            not `/v2/instances`"
        );
        let error = fault(Api::Opennebula, &["POST", "/RPC2"], Action::Cut)
            .rule()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "OpenNebula's calls are named by their method, such as `one.host.allocate` or `'one.host.*'`, \
            not `POST /RPC2`"
        );
    }

    #[test]
    fn what_an_emulator_cannot_do_is_refused() {
        let error = fault(Api::Opennebula, &["one.*"], Action::Suspend)
            .rule()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "calls to OpenNebula can be refused, stalled, delayed, cut, or lose their answer; nothing else"
        );
    }
}
