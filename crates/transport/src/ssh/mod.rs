//! Connections over SSH: through jump hosts, to a host whose key is known, with the keys there are.

mod host_key;
mod known_hosts;
mod login;

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use russh::ChannelMsg;
use russh::client::{self, Config, Handle};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::host_key::{Checker, Verdict};
use crate::error::{Phase, TransportError};
use crate::process::{Process, Tail};
use crate::target::SshTarget;

/// Bytes that a host may send before we have read them. Small: memory counts, and answers are short.
const WINDOW: u32 = 512 * 1024;

/// When nothing is heard for so long, the host is asked; after three such times it counts as lost.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// A shell on a host, and the key that the host proved to have.
pub(crate) struct Opened {
    /// The shell.
    pub process: Process,
    /// The host key in OpenSSH's form.
    pub host_key: String,
}

/// Connects, checks the host key, logs in and runs one line of shell.
pub(crate) async fn open(
    host: &str,
    target: &SshTarget,
    line: &str,
) -> Result<Opened, TransportError> {
    let mut hops = Vec::new();
    for jump in target.jumps.iter().chain([target]) {
        let stream = match hops.last() {
            None => tcp(host, jump).await?,
            Some(Hop { handle, .. }) => through(host, handle, jump).await?,
        };
        hops.push(hop(host, jump, stream).await?);
    }
    let Some(last) = hops.last() else {
        return Err(TransportError::Bootstrap {
            host: host.to_owned(),
            reason: "there is no way to it".to_owned(),
        });
    };
    let (shell, host_key) = (
        shell(host, target, &last.handle, line).await?,
        last.host_key.clone(),
    );
    Ok(Opened {
        process: Process {
            keep: Box::new(hops),
            ..shell
        },
        host_key,
    })
}

struct Hop {
    handle: Handle<Checker>,
    host_key: String,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Address and port, for messages.
pub(crate) fn place(target: &SshTarget) -> String {
    if target.address.contains(':') {
        format!("[{}]:{}", target.address, target.port)
    } else {
        format!("{}:{}", target.address, target.port)
    }
}

async fn tcp(host: &str, target: &SshTarget) -> Result<Box<dyn Stream>, TransportError> {
    let limit = target.connect_timeout;
    let addresses: Vec<_> =
        match tokio::net::lookup_host((target.address.as_str(), target.port)).await {
            Ok(found) => found.collect(),
            Err(_) => {
                return Err(TransportError::Resolve {
                    host: host.to_owned(),
                    address: target.address.clone(),
                });
            }
        };
    match timeout(limit, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(stream)) => {
            // Frames are small and each is waited for.
            stream
                .set_nodelay(true)
                .map_err(|error| connect_error(host, target, &error))?;
            Ok(Box::new(stream))
        }
        Ok(Err(error)) => Err(connect_error(host, target, &error)),
        Err(_) => Err(timed_out(host, target, Phase::Tcp)),
    }
}

fn connect_error(host: &str, target: &SshTarget, error: &std::io::Error) -> TransportError {
    TransportError::Connect {
        host: host.to_owned(),
        address: place(target),
        reason: error.to_string(),
        refused: error.kind() == ErrorKind::ConnectionRefused,
    }
}

fn timed_out(host: &str, target: &SshTarget, phase: Phase) -> TransportError {
    TransportError::TimedOut {
        host: host.to_owned(),
        address: Some(place(target)),
        phase,
        limit: target.connect_timeout,
    }
}

fn broken(host: &str, target: &SshTarget, reason: &dyn std::fmt::Display) -> TransportError {
    TransportError::Ssh {
        host: host.to_owned(),
        address: place(target),
        reason: reason.to_string(),
    }
}

async fn through(
    host: &str,
    jump: &Handle<Checker>,
    to: &SshTarget,
) -> Result<Box<dyn Stream>, TransportError> {
    let channel =
        jump.channel_open_direct_tcpip(to.address.clone(), u32::from(to.port), "127.0.0.1", 0);
    match timeout(to.connect_timeout, channel).await {
        Ok(Ok(channel)) => Ok(Box::new(channel.into_stream())),
        Ok(Err(error)) => Err(TransportError::Connect {
            host: host.to_owned(),
            address: place(to),
            reason: format!("the jump host says: {error}"),
            refused: false,
        }),
        Err(_) => Err(timed_out(host, to, Phase::Tcp)),
    }
}

async fn hop(
    host: &str,
    target: &SshTarget,
    stream: Box<dyn Stream>,
) -> Result<Hop, TransportError> {
    let (checker, seen) = Checker::new(target);
    let config = Arc::new(Config {
        window_size: WINDOW,
        keepalive_interval: Some(KEEPALIVE),
        nodelay: true,
        preferred: checker.preferred(),
        ..Config::default()
    });
    let connected = timeout(
        target.connect_timeout,
        client::connect_stream(config, stream, checker),
    )
    .await;
    let verdict = seen.verdict();
    if let Some(Verdict::Refused(refusal)) = verdict {
        return Err(refusal.into_error(host, &place(target)));
    }
    let mut handle = match connected {
        Err(_) => return Err(timed_out(host, target, Phase::Handshake)),
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => return Err(broken(host, target, &handshake(&error))),
    };
    let Some(Verdict::Accepted(host_key)) = verdict else {
        return Err(broken(
            host,
            target,
            &"the handshake ended without a host key",
        ));
    };
    match timeout(target.connect_timeout, login::login(&mut handle, target)).await {
        Err(_) => Err(timed_out(host, target, Phase::Login)),
        Ok(Ok(())) => Ok(Hop { handle, host_key }),
        Ok(Err(login::Failure::Broken(reason))) => {
            Err(broken(host, target, &seen.goodbye().unwrap_or(reason)))
        }
        Ok(Err(login::Failure::Refused(tried))) => Err(TransportError::Login {
            host: host.to_owned(),
            address: place(target),
            user: target.user.clone(),
            tried,
            closed: if handle.is_closed() {
                seen.goodbye()
            } else {
                None
            },
        }),
    }
}

/// What an error of the handshake means, where the protocol's own word for it helps nobody.
fn handshake(error: &russh::Error) -> String {
    match error {
        russh::Error::Version => {
            "what answers there is no SSH server: it does not greet as one".to_owned()
        }
        russh::Error::Disconnect | russh::Error::HUP => {
            "it hung up during the handshake".to_owned()
        }
        russh::Error::IO(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            ) =>
        {
            "it hung up during the handshake".to_owned()
        }
        other => other.to_string(),
    }
}

async fn shell(
    host: &str,
    target: &SshTarget,
    handle: &Handle<Checker>,
    line: &str,
) -> Result<Process, TransportError> {
    let opened = timeout(target.connect_timeout, async {
        let channel = handle.channel_open_session().await?;
        channel.exec(false, line).await?;
        Ok::<_, russh::Error>(channel)
    });
    let channel = match opened.await {
        Ok(Ok(channel)) => channel,
        Ok(Err(error)) => return Err(broken(host, target, &error)),
        Err(_) => return Err(timed_out(host, target, Phase::Worker)),
    };
    let (mut reader, writer) = channel.split();
    let (output, mut sink) = tokio::io::duplex(64 * 1024);
    let errors = Tail::default();
    let tail = errors.clone();
    tokio::spawn(async move {
        while let Some(message) = reader.wait().await {
            match message {
                ChannelMsg::Data { data } if sink.write_all(&data).await.is_err() => break,
                ChannelMsg::ExtendedData { data, .. } => tail.push(&data),
                // Neither proves anything: only the worker's own answers count. They may explain an end, though.
                ChannelMsg::ExitStatus { exit_status } if exit_status != 0 => {
                    tail.push(format!("\nit ended with status {exit_status}").as_bytes());
                }
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    tail.push(format!("\nit was ended by signal {signal_name:?}").as_bytes());
                }
                ChannelMsg::Eof | ChannelMsg::Close => break,
                _ => {}
            }
        }
    });
    Ok(Process {
        input: Box::new(writer.make_writer()),
        output: Box::new(output),
        errors,
        keep: Box::new(writer),
    })
}
