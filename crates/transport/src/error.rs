//! Why a host could not be reached or was lost, and what to do.

use std::time::Duration;

/// A step of connecting, for messages about time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The TCP connection.
    Tcp,
    /// The SSH handshake up to the host key.
    Handshake,
    /// The login.
    Login,
    /// Starting the worker.
    Worker,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Tcp => "the TCP connection",
            Self::Handshake => "the SSH handshake",
            Self::Login => "the login",
            Self::Worker => "starting the worker",
        })
    }
}

/// What went wrong between this machine and a host.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The name has no address.
    #[error("cannot find the address of `{address}` for host `{host}`")]
    Resolve {
        /// Name in the inventory.
        host: String,
        /// The name that was looked up.
        address: String,
    },
    /// Nobody answers.
    #[error("cannot connect to `{host}` at {address}: {reason}")]
    Connect {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// What the operating system says.
        reason: String,
        /// Whether the host answered that nobody listens.
        refused: bool,
    },
    /// A step took too long.
    #[error("{phase} to `{host}` at {address} took more than {} s", limit.as_secs())]
    TimedOut {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// The step.
        phase: Phase,
        /// Its limit.
        limit: Duration,
    },
    /// The host answers with another key than the one that is known.
    #[error("`{host}` at {address} answered with another host key: {found} instead of {}", expected.join(" or "))]
    HostKeyMismatch {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// Fingerprint of its answer.
        found: String,
        /// Fingerprints that are known.
        expected: Vec<String>,
    },
    /// No key of the host is known.
    #[error("no host key is known for `{host}` at {address}; it answered with {found}")]
    HostKeyUnknown {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// Fingerprint of its answer.
        found: String,
        /// Files that were searched.
        searched: Vec<String>,
    },
    /// None of the keys may log in.
    #[error(
        "`{host}` at {address} lets nobody log in as `{user}` with what was tried: {}",
        list(tried)
    )]
    Login {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// The user.
        user: String,
        /// What was tried, in words.
        tried: Vec<String>,
    },
    /// The SSH protocol broke down.
    #[error("the SSH connection to `{host}` at {address} failed: {reason}")]
    Ssh {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// What happened.
        reason: String,
    },
    /// A program of this machine cannot be started.
    #[error("cannot run `{program}` for host `{host}`: {reason}")]
    Program {
        /// Name in the inventory.
        host: String,
        /// The program.
        program: String,
        /// What the operating system says.
        reason: String,
    },
    /// The worker did not start.
    #[error("cannot start the worker on `{host}`: {reason}")]
    Bootstrap {
        /// Name in the inventory.
        host: String,
        /// What happened.
        reason: String,
    },
    /// There is no worker for the host's architecture.
    #[error("there is no worker for `{host}`: its architecture is {machine}")]
    NoWorker {
        /// Name in the inventory.
        host: String,
        /// What `uname -m` says there.
        machine: String,
    },
    /// The connection ended while answers were still due.
    #[error("the connection to `{host}` was lost: {reason}")]
    Lost {
        /// Name in the inventory.
        host: String,
        /// What happened.
        reason: String,
    },
}

fn list(tried: &[String]) -> String {
    if tried.is_empty() {
        "nothing, there is no key".to_owned()
    } else {
        tried.join(", ")
    }
}

impl TransportError {
    /// What to do, in one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::Resolve { .. } => "check the name, or give the address as `ansible_host`".to_owned(),
            Self::Connect { refused: true, .. } => {
                "the host is up and nobody listens there: check the port, and that sshd runs".to_owned()
            }
            Self::Connect { .. } | Self::TimedOut { phase: Phase::Tcp, .. } => {
                "check the address, that the host is up, and that a firewall lets this machine through".to_owned()
            }
            Self::TimedOut { .. } => "the host is very slow or hangs: look at its console".to_owned(),
            Self::HostKeyMismatch { .. } => "somebody may stand between you and the host, or it was reinstalled; if \
                 you are sure of the new key, put its fingerprint where the old one is (the host's tag \
                 `edgewright/hostkey=…`, its variable `edgewright_host_key`, or known_hosts)"
                .to_owned(),
            Self::HostKeyUnknown { searched, .. } => format!(
                "compare the fingerprint with the host's console, then add the key to {}",
                searched.first().map_or("known_hosts", String::as_str)
            ),
            Self::Login { user, .. } => format!(
                "add one of these keys to `authorized_keys` of `{user}`, or name another with `identity_file` or \
                 `ansible_ssh_private_key_file`"
            ),
            Self::Ssh { .. } | Self::Lost { .. } => "look at the host and run again: what is done is not repeated".to_owned(),
            Self::Program { program, .. } => format!("install `{program}` on this machine"),
            Self::Bootstrap { .. } => {
                "log in by hand and check free space, and that /var/lib or ~/.cache may hold programs".to_owned()
            }
            Self::NoWorker { .. } => "x86_64 and aarch64 are supported".to_owned(),
        }
    }

    /// Whether a host that is still starting may answer so, and waiting can help.
    pub fn is_of_a_starting_host(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::TimedOut { .. }
                | Self::Login { .. }
                | Self::Ssh { .. }
                | Self::Lost { .. }
        )
    }
}
