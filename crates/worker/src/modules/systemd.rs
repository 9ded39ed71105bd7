//! `systemd` and `service`: units.
//!
//! What is there is asked over D-Bus; `systemctl` is started only when something has to change.

use std::process::Command;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::dbus;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process;

/// Lines of a unit's journal that are told when it fails.
const LAST_WORDS: &str = "8";

#[derive(Deserialize)]
pub(super) struct Args {
    name: Option<String>,
    state: Option<String>,
    enabled: Option<bool>,
    masked: Option<bool>,
    #[serde(default)]
    daemon_reload: bool,
}

/// A unit as it was found.
struct Unit {
    name: String,
    status: Map<String, Value>,
}

impl Unit {
    fn property(&self, name: &str) -> &str {
        self.status
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn is_found(&self) -> bool {
        !matches!(self.property("LoadState"), "not-found" | "")
    }

    fn runs(&self) -> bool {
        matches!(
            self.property("ActiveState"),
            "active" | "activating" | "reloading"
        )
    }
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    if args.daemon_reload && !context.check {
        systemctl(context, &["daemon-reload"])?;
    }
    let Some(name) = &args.name else {
        return Ok(Outcome::changed(false)
            .with("name", Value::Null)
            .with("status", Map::new()));
    };
    if name.contains(['*', '?', '[']) {
        return Err(Failure::new(format!(
            "`{name}` is a pattern; name one unit"
        )));
    }
    let unit = Unit {
        name: if name.contains('.') {
            name.clone()
        } else {
            format!("{name}.service")
        },
        status: Map::new(),
    };
    let status = dbus::unit(&unit.name).or_else(|_| show(context, &unit.name))?;
    let unit = Unit { status, ..unit };
    if !unit.is_found() && (args.state.is_some() || args.enabled.is_some()) {
        // What an earlier task of this very run would install cannot be looked at in check mode.
        if context.check {
            return Ok(Outcome::changed(true).with("name", name.clone()));
        }
        return Err(Failure::new(format!(
            "Could not find the requested service {name}: there is no unit `{}` on this host",
            unit.name
        )));
    }
    if unit.property("LoadState") == "error" || unit.property("LoadState") == "bad-setting" {
        return Err(Failure::new(format!(
            "systemd cannot read the unit `{}`; look at `systemctl status {}` on the host",
            unit.name, unit.name
        )));
    }
    let mut outcome = Outcome::default();
    mask(context, args, &unit, &mut outcome)?;
    enable(context, args, &unit, &mut outcome)?;
    set_state(context, args, &unit, &mut outcome)?;
    Ok(outcome
        .with("name", name.clone())
        .with("status", unit.status))
}

fn mask(
    context: &Context<'_>,
    args: &Args,
    unit: &Unit,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let is = unit.property("UnitFileState") == "masked" || unit.property("LoadState") == "masked";
    if let Some(wanted) = args.masked.filter(|wanted| *wanted != is) {
        outcome.changed = true;
        if !context.check {
            let verb = if wanted { "mask" } else { "unmask" };
            systemctl(context, &[verb, &unit.name])?;
        }
    }
    Ok(())
}

fn enable(
    context: &Context<'_>,
    args: &Args,
    unit: &Unit,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let Some(wanted) = args.enabled else {
        return Ok(());
    };
    if is_enabled(context, unit)? != wanted {
        outcome.changed = true;
        if !context.check {
            let verb = if wanted { "enable" } else { "disable" };
            systemctl(context, &[verb, &unit.name])?;
        }
    }
    outcome.values.insert("enabled".to_owned(), wanted.into());
    Ok(())
}

fn is_enabled(context: &Context<'_>, unit: &Unit) -> Result<bool, Failure> {
    let state = unit.property("UnitFileState");
    if !state.is_empty() {
        return Ok(matches!(state, "enabled" | "static" | "generated"));
    }
    // Units made from init scripts have no file state.
    let finished = process::run(
        context,
        Command::new("systemctl").args(["is-enabled", &unit.name]),
        None,
    )?;
    Ok(finished.rc == 0)
}

fn set_state(
    context: &Context<'_>,
    args: &Args,
    unit: &Unit,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let Some(state) = args.state.as_deref() else {
        return Ok(());
    };
    let ends = unit.property("ActiveState") == "deactivating";
    let action = match state {
        "stopped" => (unit.runs() || ends).then_some("stop"),
        "started" => (!unit.runs()).then_some("start"),
        _ if !unit.runs() => Some("start"),
        "reloaded" => Some("reload"),
        _ => Some("restart"),
    };
    if let Some(action) = action {
        outcome.changed = true;
        if !context.check {
            act(context, action, &unit.name)?;
        }
    }
    let state = if state == "stopped" {
        "stopped"
    } else {
        "started"
    };
    outcome.values.insert("state".to_owned(), state.into());
    Ok(())
}

fn act(context: &Context<'_>, action: &str, unit: &str) -> Result<(), Failure> {
    let start = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let Err(failure) = systemctl(context, &[action, unit]) else {
        return Ok(());
    };
    // systemctl only says that it failed; the unit's own last words say why.
    let mut journal = Command::new("journalctl");
    let since = format!("--since=@{}", start.as_secs());
    journal.args(["--no-pager", "-q", "-n", LAST_WORDS, "-o", "cat", &since]);
    journal.args(["-u", unit]);
    let said = process::run(context, &mut journal, None)
        .map(|finished| finished.stdout)
        .unwrap_or_default();
    let said = said.trim();
    if said.is_empty() {
        return Err(failure);
    }
    Err(Failure {
        message: format!(
            "cannot {action} `{unit}`; its journal ends with: {}",
            said.replace('\n', " | ")
        ),
        values: failure.values,
    })
}

fn systemctl(context: &Context<'_>, words: &[&str]) -> Result<process::Finished, Failure> {
    process::succeed(context, Command::new("systemctl").args(words))
}

/// Properties of a unit, where D-Bus does not answer.
fn show(context: &Context<'_>, unit: &str) -> Result<Map<String, Value>, Failure> {
    let shown = systemctl(context, &["show", "--", unit])?;
    let pairs = shown.stdout.lines().filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect())
}
