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
            Self::Tcp => "the TCP connection to",
            Self::Handshake => "the SSH handshake with",
            Self::Login => "the login on",
            Self::Worker => "starting the worker on",
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
    #[error("{phase} `{host}`{} took more than {}", at(address.as_deref()), seconds(*limit))]
    TimedOut {
        /// Name in the inventory.
        host: String,
        /// Address and port, where there is one.
        address: Option<String>,
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
        found: Box<str>,
        /// Fingerprints that are known.
        expected: Vec<String>,
        /// Files and lines that they stand in; empty when they came with the host.
        known_in: Box<[String]>,
        /// The line of `known_hosts` that would name its answer.
        line: Box<str>,
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
        /// Files that were searched; empty when the host came without a fingerprint.
        searched: Vec<String>,
        /// The line of `known_hosts` that would name its answer.
        line: String,
    },
    /// The host answers with a key that is marked `@revoked`.
    #[error("`{host}` at {address} answered with a host key that is revoked: {found}")]
    HostKeyRevoked {
        /// Name in the inventory.
        host: String,
        /// Address and port.
        address: String,
        /// Fingerprint of its answer.
        found: String,
        /// File and line that revoke it.
        place: String,
    },
    /// None of the keys may log in.
    #[error(
        "`{host}` at {address} lets nobody log in as `{user}` with what was tried: {}{}",
        list(tried),
        hung_up(closed.as_deref())
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
        /// Why the host hung up before everything was tried, if it did.
        closed: Option<String>,
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

fn hung_up(closed: Option<&str>) -> String {
    closed.map_or_else(String::new, |reason| {
        format!("; then it hung up ({reason})")
    })
}

fn at(address: Option<&str>) -> String {
    address.map_or_else(String::new, |address| format!(" at {address}"))
}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
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
            Self::HostKeyMismatch { known_in, line, .. } => mismatch(known_in, line),
            Self::HostKeyUnknown { searched, line, .. } => match searched.first() {
                Some(file) => format!(
                    "compare the fingerprint with what `{}` says on the host's console, then add this line to {file}: \
                     {line}",
                    show_fingerprint(line)
                ),
                None => format!(
                    "compare the fingerprint with what `{}` says on the host's console, then give it as \
                     `edgewright_host_key`",
                    show_fingerprint(line)
                ),
            },
            Self::HostKeyRevoked { place, .. } => format!(
                "somebody else may hold this key: give the host another one (`ssh-keygen -A` after removing the old \
                 files in /etc/ssh), or remove the mark at {place} if it is a mistake"
            ),
            Self::Login { closed: Some(_), .. } => "a host hangs up after a few keys that it does not know: name the \
                 right one first, with `identity_file` or `ansible_ssh_private_key_file`"
                .to_owned(),
            Self::Login { user, .. } => format!(
                "add one of these keys to `authorized_keys` of `{user}`, or name another with `identity_file` or \
                 `ansible_ssh_private_key_file`"
            ),
            Self::Ssh { .. } | Self::Lost { .. } => "look at the host and run again: what is done is not repeated".to_owned(),
            Self::Program { program, .. } => format!("install `{program}` on this machine"),
            Self::Bootstrap { reason, .. } if reason.contains("No such container") => {
                "see which containers run: `docker ps`".to_owned()
            }
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

/// How a key that changed is accepted on purpose.
fn mismatch(known_in: &[String], line: &str) -> String {
    let warning = format!(
        "somebody may stand between you and the host, or it was reinstalled; if `{}` on the host's console says the \
         new fingerprint, ",
        show_fingerprint(line)
    );
    if known_in.is_empty() {
        format!(
            "{warning}put it where the old one is: the variable `edgewright_host_key`, or the tag \
             `edgewright/hostkey=…` of the instance"
        )
    } else {
        format!("{warning}replace {} by: {line}", known_in.join(" and "))
    }
}

/// What shows the fingerprint of a host's key on that host.
fn show_fingerprint(line: &str) -> String {
    let kind = line.split(' ').nth(1).unwrap_or_default();
    let name = if kind.starts_with("ecdsa") {
        "ecdsa"
    } else if kind == "ssh-rsa" {
        "rsa"
    } else {
        "ed25519"
    };
    format!("ssh-keygen -lf /etc/ssh/ssh_host_{name}_key.pub")
}
