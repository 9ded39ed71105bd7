//! Whether a host is the one that is meant: the first thing that is decided, before anything is sent to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client;
use russh::keys::PublicKeyOrCertificate;
use russh::keys::{HashAlg, PublicKey, known_hosts::known_host_keys_path};

use crate::error::TransportError;
use crate::target::{HostKeys, SshTarget};

/// What was decided.
pub(super) enum Verdict {
    /// Its key, in OpenSSH's form.
    Accepted(String),
    /// It is not spoken to.
    Refused(Refusal),
}

/// Why a host is not spoken to.
pub(super) struct Refusal {
    found: String,
    expected: Vec<String>,
    searched: Vec<String>,
}

impl Refusal {
    pub(super) fn into_error(self, host: &str, address: &str) -> TransportError {
        let (host, address) = (host.to_owned(), address.to_owned());
        if self.expected.is_empty() {
            TransportError::HostKeyUnknown {
                host,
                address,
                found: self.found,
                searched: self.searched,
            }
        } else {
            TransportError::HostKeyMismatch {
                host,
                address,
                found: self.found,
                expected: self.expected,
            }
        }
    }
}

/// Where the verdict is left for the one who waits for the handshake.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Verdict>>>);

impl Slot {
    pub(super) fn take(&self) -> Option<Verdict> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Compares the key that a host answers with.
pub(super) struct Checker {
    keys: HostKeys,
    address: String,
    port: u16,
    slot: Slot,
}

impl Checker {
    pub(super) fn new(target: &SshTarget) -> (Self, Slot) {
        let slot = Slot::default();
        let checker = Self {
            keys: target.host_keys.clone(),
            address: target.address.clone(),
            port: target.port,
            slot: slot.clone(),
        };
        (checker, slot)
    }

    fn decide(&self, key: &PublicKey) -> Verdict {
        let found = key.fingerprint(HashAlg::Sha256).to_string();
        let (expected, searched) = match &self.keys {
            HostKeys::Unchecked => (vec![found.clone()], Vec::new()),
            HostKeys::Fingerprints(fingerprints) => (fingerprints.clone(), Vec::new()),
            HostKeys::KnownHosts(files) => (
                self.known(files),
                files
                    .iter()
                    .map(|file| file.display().to_string())
                    .collect(),
            ),
        };
        match key.to_openssh() {
            Ok(text) if expected.contains(&found) => Verdict::Accepted(text),
            _ => Verdict::Refused(Refusal {
                found,
                expected,
                searched,
            }),
        }
    }

    fn known(&self, files: &[PathBuf]) -> Vec<String> {
        // A file that is missing or broken knows no keys; the refusal names the files.
        let keys = files
            .iter()
            .filter_map(|file| known_host_keys_path(&self.address, self.port, file).ok())
            .flatten();
        keys.map(|(_, key)| key.fingerprint(HashAlg::Sha256).to_string())
            .collect()
    }
}

impl client::Handler for Checker {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        answer: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let verdict = self.decide(&answer.public_key());
        let accepted = matches!(verdict, Verdict::Accepted(_));
        *self.slot.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        Ok(accepted)
    }
}
