//! Connections to hosts (SSH, local, docker), pinned host keys, and the worker at the other end.
//!
//! Called by the playbook engine and by `cluster`. [`connect`] starts a shell on the host over one of three
//! [`Via`]s, finds or pushes the worker there (`bootstrap`), and returns a [`Session`] that carries tasks over
//! that one channel. One TCP connection, one SSH channel and one worker a host and run.
//!
//! No trust on first use: an SSH host is spoken to only when its key is one that the caller knows. The
//! operator's `~/.ssh/config` is not read.

mod bootstrap;
mod command;
mod error;
mod process;
mod ready;
mod session;
mod ssh;
mod target;

use bootstrap::Start;

pub use bootstrap::WorkerImage;
pub use error::{Phase, TransportError};
pub use ready::{Attempt, connect_when_ready};
pub use session::{Answer, Session};
pub use target::{HostKeys, Identity, Password, SshTarget, Target, Via};

/// Connects to a host and starts the worker there.
///
/// # Errors
/// [`TransportError`]: what happened, on which host, and through [`TransportError::help`] what to do.
pub async fn connect(target: &Target, workers: &[WorkerImage]) -> Result<Session, TransportError> {
    let line = bootstrap::line(workers);
    let mut start = Start {
        host: &target.name,
        address: None,
        host_key: None,
        limit: target::START_TIMEOUT,
    };
    let process = match &target.via {
        Via::Ssh(ssh) => {
            let opened = ssh::open(&target.name, ssh, &line).await?;
            start.address = Some(ssh::place(ssh));
            start.host_key = Some(opened.host_key);
            start.limit = ssh.start_timeout;
            opened.process
        }
        Via::Local => command::local(&target.name, &line)?,
        Via::Docker { container, user } => {
            command::docker(&target.name, container, user.as_deref(), &line)?
        }
    };
    bootstrap::start(start, process, workers).await
}
