//! Which host, how to reach it, and what proves that it is the one that is meant.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How long a worker may take to start: the upload is half a megabyte, and lines can be slow.
pub(crate) const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A host of the inventory and the way to it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name in the inventory, for messages.
    pub name: String,
    /// The way.
    pub via: Via,
}

/// A way to a host.
#[derive(Clone, Debug)]
pub enum Via {
    /// Over SSH.
    Ssh(SshTarget),
    /// This machine.
    Local,
    /// A container on this machine.
    Docker {
        /// Its name or id.
        container: String,
        /// User in it; its own default when not given.
        user: Option<String>,
    },
}

/// A host that is reached over SSH.
#[derive(Clone, Debug)]
pub struct SshTarget {
    /// Address or name.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// User to log in as.
    pub user: String,
    /// What the host key is compared with.
    pub host_keys: HostKeys,
    /// Keys to log in with, in order.
    pub identities: Vec<Identity>,
    /// Whether the keys of the agent at `SSH_AUTH_SOCK` are tried after those.
    pub use_agent: bool,
    /// Password, tried last.
    pub password: Option<Password>,
    /// Hosts to go through, the nearest first.
    pub jumps: Vec<SshTarget>,
    /// How long the TCP connection, then the handshake, then the login may take.
    pub connect_timeout: Duration,
    /// How long the worker may take to start, its upload included.
    pub start_timeout: Duration,
}

impl SshTarget {
    /// A host with everything else at its default: port 22, 10 s to connect and 60 s to start the worker, no keys
    /// yet.
    pub fn new(address: impl Into<String>, user: impl Into<String>, host_keys: HostKeys) -> Self {
        Self {
            address: address.into(),
            port: 22,
            user: user.into(),
            host_keys,
            identities: Vec::new(),
            use_agent: true,
            password: None,
            jumps: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            start_timeout: START_TIMEOUT,
        }
    }
}

/// What a host key is compared with.
#[derive(Clone, Debug)]
pub enum HostKeys {
    /// SHA-256 fingerprints as OpenSSH prints them (`SHA256:…`).
    Fingerprints(Vec<String>),
    /// Files in the form of `known_hosts`.
    KnownHosts(Vec<PathBuf>),
    /// Any key is taken: only where the operator said so (`host_key_checking = False`).
    Unchecked,
}

/// A key to log in with.
#[derive(Clone)]
pub enum Identity {
    /// A private key file.
    File(PathBuf),
    /// A private key in OpenSSH's format.
    Text(String),
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "File({})", path.display()),
            Self::Text(_) => out.write_str("Text(masked)"),
        }
    }
}

/// A password that is masked however it is shown.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(masked)")
    }
}
