//! `status`: whether a sandbox runs, where it answers, and how much there is.

use super::{Place, SandboxError, hosts};
use crate::control::{Order, send};
use crate::{calls, say};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), SandboxError> {
    let home = arguments.place.home()?;
    let not_up = || SandboxError::NotUp(home.name().to_owned());
    let settings = home.settings()?.ok_or_else(not_up)?;
    let running = home.running()?.ok_or_else(not_up)?;
    send(&running, Order::Ping).await?;
    let hosts = hosts::list(&home).await?.len();
    let calls = calls::read(&home.calls(), 0)?.len();
    let frontend = format!("oneadmin@{}", settings.frontend());
    if arguments.json {
        let object = json!({
            "dir": home.name(),
            "since": running.since,
            "pid": running.pid,
            "vultr": running.vultr,
            "opennebula": running.opennebula,
            "frontend": frontend,
            "repository": running.repository,
            "public_net": settings.public_net,
            "hosts": hosts,
            "calls": calls,
        });
        say::out(&object.to_string());
        return Ok(());
    }
    let rows = [
        ("since", running.since),
        (
            "daemon",
            format!("process {}, log {}", running.pid, home.log().display()),
        ),
        ("vultr", running.vultr),
        ("opennebula", running.opennebula),
        ("front-end", frontend),
        ("packages", running.repository),
        ("public network", settings.public_net.to_string()),
        ("hosts", hosts.to_string()),
        ("calls", calls.to_string()),
    ];
    say::out(&format!("a sandbox runs in {}", home.name()));
    for (name, value) in rows {
        say::out(&format!("  {name:<15} {value}"));
    }
    Ok(())
}
