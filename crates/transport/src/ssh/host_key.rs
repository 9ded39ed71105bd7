//! Whether a host is the one that is meant: the first thing that is decided, before anything is sent to it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{self, DisconnectReason};
use russh::keys::{Algorithm, HashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{Error, Preferred};

use super::known_hosts::{self, Known};
use crate::error::TransportError;
use crate::target::{HostKeys, SshTarget};

/// What was decided.
pub(super) enum Verdict {
    /// Its key, in OpenSSH's form.
    Accepted(String),
    /// It is not spoken to.
    Refused(Box<Refusal>),
}

/// Why a host is not spoken to.
pub(super) struct Refusal {
    kind: Kind,
    found: String,
    /// The line of `known_hosts` that would name the key.
    line: String,
}

enum Kind {
    /// Other keys are known: their fingerprints, and where they stand.
    Other(Vec<String>, Vec<String>),
    /// None is known; the files that were searched.
    Unknown(Vec<String>),
    /// The key is revoked there.
    Revoked(String),
}

impl Refusal {
    pub(super) fn into_error(self, host: &str, address: &str) -> TransportError {
        let (host, address) = (host.to_owned(), address.to_owned());
        let Self { kind, found, line } = self;
        match kind {
            Kind::Other(expected, known_in) => TransportError::HostKeyMismatch {
                host,
                address,
                found: found.into(),
                expected,
                known_in: known_in.into(),
                line: line.into(),
            },
            Kind::Unknown(searched) => TransportError::HostKeyUnknown {
                host,
                address,
                found,
                searched,
                line,
            },
            Kind::Revoked(place) => TransportError::HostKeyRevoked {
                host,
                address,
                found,
                place,
            },
        }
    }
}

#[derive(Default)]
struct Seen {
    verdict: Option<Verdict>,
    goodbye: Option<String>,
}

/// What the checker saw, for the one who waits for the handshake.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Seen>>);

impl Slot {
    /// The verdict on the host's key, once.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.change(|seen| seen.verdict.take())
    }

    /// Why the connection ended, in the host's words or the protocol's.
    pub(super) fn goodbye(&self) -> Option<String> {
        self.change(|seen| seen.goodbye.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is known before the host answers.
enum Expected {
    Anything,
    Fingerprints(Vec<String>),
    Known(Known, Vec<String>),
}

/// Compares the key that a host answers with.
pub(super) struct Checker {
    expected: Expected,
    name: String,
    slot: Slot,
}

impl Checker {
    pub(super) fn new(target: &SshTarget) -> (Self, Slot) {
        let slot = Slot::default();
        let expected = match &target.host_keys {
            HostKeys::Unchecked => Expected::Anything,
            HostKeys::Fingerprints(fingerprints) => Expected::Fingerprints(fingerprints.clone()),
            HostKeys::KnownHosts(files) => Expected::Known(
                known_hosts::search(files, &target.address, target.port),
                files
                    .iter()
                    .map(|file| file.display().to_string())
                    .collect(),
            ),
        };
        let checker = Self {
            expected,
            name: known_hosts::host(&target.address, target.port),
            slot: slot.clone(),
        };
        (checker, slot)
    }

    /// The algorithms to ask for: first those that a key is known for, since a host has several keys and shows one.
    pub(super) fn preferred(&self) -> Preferred {
        // Signatures with SHA-1 prove nothing any more.
        let usable = Preferred::DEFAULT.key;
        let usable = usable
            .iter()
            .filter(|algorithm| !matches!(algorithm, Algorithm::Rsa { hash: None }));
        let known = |algorithm: &&Algorithm| match &self.expected {
            Expected::Known(known, _) => known.keys.iter().any(|line| {
                let key = line.key.algorithm();
                let is_rsa = |algorithm: &Algorithm| matches!(algorithm, Algorithm::Rsa { .. });
                &key == *algorithm || (is_rsa(&key) && is_rsa(algorithm))
            }),
            Expected::Anything | Expected::Fingerprints(_) => false,
        };
        let (mut first, others): (Vec<&Algorithm>, Vec<&Algorithm>) = usable.partition(known);
        first.extend(others);
        Preferred {
            key: Cow::Owned(first.into_iter().cloned().collect()),
            ..Preferred::DEFAULT
        }
    }

    fn decide(&self, key: &PublicKey) -> Verdict {
        let found = fingerprint(key);
        let text = key.to_openssh();
        let kind = match &self.expected {
            Expected::Anything => None,
            Expected::Fingerprints(expected) if expected.contains(&found) => None,
            Expected::Fingerprints(expected) if expected.is_empty() => Some(Kind::Unknown(vec![])),
            Expected::Fingerprints(expected) => Some(Kind::Other(expected.clone(), Vec::new())),
            Expected::Known(known, files) => {
                let same = |line: &&known_hosts::Line| line.key.key_data() == key.key_data();
                if let Some(line) = known.revoked.iter().find(same) {
                    Some(Kind::Revoked(line.place.clone()))
                } else if known.keys.is_empty() {
                    Some(Kind::Unknown(files.clone()))
                } else if known.keys.iter().any(|line| same(&line)) {
                    None
                } else {
                    let keys = known.keys.iter();
                    Some(Kind::Other(
                        keys.clone().map(|line| fingerprint(&line.key)).collect(),
                        keys.map(|line| line.place.clone()).collect(),
                    ))
                }
            }
        };
        match (kind, text) {
            (None, Ok(text)) => Verdict::Accepted(text),
            (kind, text) => Verdict::Refused(Box::new(Refusal {
                kind: kind.unwrap_or_else(|| Kind::Unknown(Vec::new())),
                found,
                line: format!("{} {}", self.name, text.unwrap_or_default()),
            })),
        }
    }
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

impl client::Handler for Checker {
    type Error = Error;

    async fn check_server_key(&mut self, answer: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let verdict = self.decide(&answer.public_key());
        let accepted = matches!(verdict, Verdict::Accepted(_));
        self.slot.change(|seen| seen.verdict = Some(verdict));
        Ok(accepted)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        let (said, result) = match reason {
            DisconnectReason::ReceivedDisconnect(said) => (said.message, Ok(())),
            DisconnectReason::Error(error) => (error.to_string(), Err(error)),
        };
        let said = crate::process::one_line(&said);
        self.slot.change(|seen| seen.goodbye = Some(said));
        result
    }
}
