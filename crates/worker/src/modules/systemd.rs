//! `systemd` and `service`: units.

use std::process::Command;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process;

#[derive(Deserialize)]
pub(super) struct Args {
    name: Option<String>,
    state: Option<String>,
    enabled: Option<bool>,
    masked: Option<bool>,
    #[serde(default)]
    daemon_reload: bool,
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    if args.daemon_reload && !context.check {
        systemctl(context, &["daemon-reload"])?;
    }
    let Some(name) = &args.name else {
        return Ok(Outcome::changed(false));
    };
    let unit = if name.contains('.') {
        name.clone()
    } else {
        format!("{name}.service")
    };
    let status = show(context, &unit)?;
    let property = |name: &str| status.get(name).and_then(Value::as_str).unwrap_or_default();
    let found = property("LoadState") != "not-found";
    if !found
        && (args
            .state
            .as_deref()
            .is_some_and(|state| state != "stopped")
            || args.enabled == Some(true))
    {
        // A unit that this very run would install cannot be looked at in check mode.
        if context.check {
            return Ok(Outcome::changed(true).with("name", name.clone()));
        }
        return Err(Failure::new(format!(
            "there is no unit `{unit}` on this host"
        )));
    }
    let mut changed = false;
    if let Some(masked) = args.masked
        && masked != (property("LoadState") == "masked")
    {
        changed = true;
        if !context.check {
            systemctl(context, &[if masked { "mask" } else { "unmask" }, &unit])?;
        }
    }
    if let Some(enabled) = args.enabled.filter(|_| found)
        && is_enabled(context, property("UnitFileState"), &unit)? != enabled
        && args.masked != Some(true)
    {
        changed = true;
        if !context.check {
            systemctl(
                context,
                &[if enabled { "enable" } else { "disable" }, &unit],
            )?;
        }
    }
    let active = property("ActiveState");
    let running = matches!(active, "active" | "activating" | "reloading");
    let action = match args.state.as_deref() {
        Some("started") if !running => Some("start"),
        Some("stopped") if running || active == "deactivating" => Some("stop"),
        Some("restarted") => Some("restart"),
        Some("reloaded") if running => Some("reload"),
        Some("reloaded") => Some("start"),
        _ => None,
    };
    if let Some(action) = action {
        changed = true;
        if !context.check {
            act(context, action, &unit)?;
        }
    }
    let mut outcome = Outcome::changed(changed)
        .with("name", name.clone())
        .with("status", status);
    if let Some(enabled) = args.enabled {
        outcome = outcome.with("enabled", enabled);
    }
    if let Some(state) = &args.state {
        outcome = outcome.with(
            "state",
            if state == "stopped" {
                "stopped"
            } else {
                "started"
            },
        );
    }
    Ok(outcome)
}

fn act(context: &Context<'_>, action: &str, unit: &str) -> Result<(), Failure> {
    systemctl(context, &[action, unit])
        .map(|_| ())
        .map_err(|failure| {
            // systemctl only says that it failed; the unit's own last words say why.
            let mut journal = Command::new("journalctl");
            journal.args(["--no-pager", "-q", "-n", "5", "-o", "cat", "-u", unit]);
            let said = process::run(context, &mut journal, None)
                .map(|finished| finished.stdout)
                .unwrap_or_default();
            let message = if said.trim().is_empty() {
                failure.message
            } else {
                format!(
                    "{}; its last words: {}",
                    failure.message,
                    said.trim().replace('\n', " | ")
                )
            };
            Failure {
                message,
                values: failure.values,
            }
        })
}

fn systemctl(context: &Context<'_>, words: &[&str]) -> Result<process::Finished, Failure> {
    process::succeed(context, Command::new("systemctl").args(words))
}

/// Properties of a unit, as systemd names them.
fn show(context: &Context<'_>, unit: &str) -> Result<Map<String, Value>, Failure> {
    let properties = "--property=Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,FragmentPath,Description";
    let shown = systemctl(context, &["show", properties, "--", unit])?;
    let pairs = shown.stdout.lines().filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect())
}

fn is_enabled(context: &Context<'_>, state: &str, unit: &str) -> Result<bool, Failure> {
    if !state.is_empty() {
        return Ok(matches!(
            state,
            "enabled" | "enabled-runtime" | "static" | "alias" | "indirect"
        ));
    }
    // Units made from init scripts have no file state.
    let finished = process::run(
        context,
        Command::new("systemctl").args(["is-enabled", unit]),
        None,
    )?;
    Ok(finished.rc == 0)
}
