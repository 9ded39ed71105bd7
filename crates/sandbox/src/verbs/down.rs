//! `down`: the daemon, containers, networks, and what stands in the directory for a running sandbox only.

use super::{Place, SandboxError};
use crate::control::{Order, send};
use crate::docker::labelled;
use crate::home::{Home, Running};
use crate::{container, network, say};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::time::{Duration, Instant};

/// How long the daemon may take to end before it is made to.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(place: &Place) -> Result<(), SandboxError> {
    let home = place.home()?;
    let removed = remove(&home).await?;
    if removed.is_nothing() {
        say::out(&format!("no sandbox ran in {}", home.name()));
    } else {
        let Removed {
            containers,
            networks,
            ..
        } = removed;
        say::out(&format!(
            "the sandbox in {} is down: {containers} containers and {networks} networks removed",
            home.name()
        ));
    }
    Ok(())
}

/// What was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Removed {
    daemon: bool,
    containers: usize,
    networks: usize,
}

impl Removed {
    fn is_nothing(self) -> bool {
        self == Self {
            daemon: false,
            containers: 0,
            networks: 0,
        }
    }
}

/// Removes whatever belongs to a sandbox, in whichever state it is. The daemon goes first, as it makes containers.
pub(super) async fn remove(home: &Home) -> Result<Removed, SandboxError> {
    let daemon = end_daemon(home).await?;
    let mut containers = 0;
    // What the daemon had asked Docker for may come about after it ended.
    loop {
        let ids = labelled("container", home.name()).await?;
        if ids.is_empty() {
            break;
        }
        let work = ids.iter().map(|id| container::remove(id));
        for removed in futures::future::join_all(work).await {
            removed?;
        }
        containers += ids.len();
    }
    let networks = network::remove_all(home).await?;
    home.forget()?;
    Ok(Removed {
        daemon,
        containers,
        networks,
    })
}

/// Ends the daemon, if one runs.
async fn end_daemon(home: &Home) -> Result<bool, SandboxError> {
    let Some(running) = home.running()? else {
        return Ok(false);
    };
    let asked = send(&running, Order::Stop).await.is_ok();
    let Some(pid) = process(home, &running) else {
        return Ok(asked);
    };
    let begun = Instant::now();
    let mut signals = [Signal::TERM, Signal::KILL].into_iter();
    let mut next = if asked { PATIENCE } else { Duration::ZERO };
    while process(home, &running).is_some() {
        if begun.elapsed() >= next {
            let Some(signal) = signals.next() else {
                break;
            };
            // It may have ended just now.
            kill_process(pid, signal).ok();
            next += PATIENCE;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(true)
}

/// The daemon's process, if the number still is the daemon's.
fn process(home: &Home, running: &Running) -> Option<Pid> {
    let pid = Pid::from_raw(i32::try_from(running.pid).ok()?)?;
    test_kill_process(pid).ok()?;
    let command = fs_err::read(format!("/proc/{}/cmdline", running.pid)).ok()?;
    let ours = [b"serve".as_slice(), b"--dir", home.name().as_bytes()].join(&0);
    command.strip_suffix(&[0])?.ends_with(&ours).then_some(pid)
}
