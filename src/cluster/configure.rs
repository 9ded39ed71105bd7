//! Applying `playbooks/edge.yml` to the cluster's hosts, or predicting what it would do.
//!
//! Called by `plan` (check mode) and `apply`. The playbook and its roles are those that the binary carries.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use edgewright_playbook::{
    self as playbook, EmbeddedRoles, Inventory, LoadOptions, Playbook, PlaybookSource, RunOptions,
    Status,
};
use edgewright_yaml::{Diagnostic, Diagnostics};
use serde_json::{Map, Value};

use super::change::{Change, Side, Verb};
use super::connect::Connections;
use super::control::{Control, World};
use super::event::{Event, Observer};
use super::inventory::{self, Member, Surroundings};
use super::opennebula::desired::Nic;
use super::spec::Spec;
use crate::{embedded, settings};

/// The playbook that makes hosts edge nodes.
const PLAYBOOK: &str = "edge.yml";

/// The fact that says which NIC carries the fabric.
const NIC_FACT: &str = "fabric_nic";

/// Whether the playbook is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What would be done is found out, nothing is changed.
    Predict,
    /// It is done.
    Apply,
}

/// What a run of the playbook came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Tasks that changed something, or would.
    pub changes: Vec<Change>,
    /// Number of tasks that found everything as it should be.
    pub unchanged: u32,
    /// Why a host failed, by its name.
    pub failures: BTreeMap<String, String>,
    /// Why the run was ended before its time.
    pub stopped: Option<String>,
    nics: HashMap<String, Value>,
}

impl Outcome {
    /// The NIC that carries the fabric, if all hosts that said so agree on its name; the smallest MTU of all.
    ///
    /// # Errors
    /// A diagnostic when hosts disagree: a network template has one PHYDEV for all of them.
    pub fn nic(&self, members: &[Member]) -> Result<Option<Nic>, Diagnostics> {
        let mut found: Option<(Nic, &str)> = None;
        for member in members {
            let Some(nic) = self.nics.get(member.name.as_str()).and_then(nic) else {
                continue;
            };
            match &mut found {
                None => found = Some((nic, member.name.as_str())),
                Some((known, first)) if known.name != nic.name => {
                    let message = format!(
                        "the NIC that carries the fabric is `{}` on {first} and `{}` on {}",
                        known.name, nic.name, member.name
                    );
                    return Err(Diagnostic::error("cluster::nic", message)
                        .help("a template of private networks has one PHYDEV for all hosts: use one plan and one operating system")
                        .into());
                }
                Some((known, _)) => known.mtu = known.mtu.min(nic.mtu),
            }
        }
        Ok(found.map(|(nic, _)| nic))
    }
}

/// Reads the fact.
fn nic(fact: &Value) -> Option<Nic> {
    Some(Nic {
        name: fact.get("device")?.as_str()?.to_owned(),
        mtu: u32::try_from(fact.get("mtu")?.as_u64()?).ok()?,
    })
}

/// Reads the playbook against an inventory and checks all of it.
///
/// # Errors
/// Every complaint; the variables of the cluster file may cause some.
pub fn load(inventory: &Inventory) -> Result<Playbook, Diagnostics> {
    let text = embedded::playbook(PLAYBOOK).unwrap_or_default().to_owned();
    let source = PlaybookSource::Embedded {
        name: format!("<built in>/playbooks/{PLAYBOOK}"),
        text,
    };
    let options = LoadOptions {
        embedded: Some(Arc::new(EmbeddedRoles(embedded::roles()))),
        ..LoadOptions::default()
    };
    Playbook::load(&[source], inventory, &options)
}

/// What the roles need to know beside the file.
///
/// # Errors
/// A diagnostic when the front-end does not say which keys oneadmin has.
pub async fn surroundings(
    control: &Control,
    world: &World,
    observer: &Arc<dyn Observer>,
) -> Result<Surroundings, Diagnostics> {
    let frontend_keys = control.oneadmin_keys(observer).await?;
    Ok(Surroundings {
        frontend_keys,
        authorized_keys: control.authorized_keys(),
        ..guessed_surroundings(world)
    })
}

/// The same as far as it is known without asking anybody: enough to check roles and templates beforehand.
pub fn guessed_surroundings(world: &World) -> Surroundings {
    Surroundings {
        vpc: world.vultr.vpc_prefix(),
        frontend_keys: String::new(),
        authorized_keys: Vec::new(),
        version: world.opennebula.minor_version(),
        repository: settings::variable(settings::OPENNEBULA_REPOSITORY),
    }
}

/// Runs the playbook on all members.
///
/// # Errors
/// Complaints of the loader; what fails on hosts is in the outcome.
pub async fn run(
    spec: &Spec,
    members: &[Member],
    surroundings: &Surroundings,
    connections: Arc<Connections>,
    mode: Mode,
    observer: Arc<dyn Observer>,
) -> Result<Outcome, Diagnostics> {
    let inventory = inventory::build(spec, members, surroundings);
    let loaded = load(&inventory)?;
    let options = RunOptions {
        check: mode == Mode::Predict,
        diff: mode == Mode::Predict,
        ..RunOptions::default()
    };
    let watch = Arc::new(Watch {
        mode,
        outcome: Mutex::default(),
        observer,
    });
    let recap = playbook::run(
        &loaded,
        inventory,
        &options,
        connections,
        Arc::clone(&watch) as Arc<dyn playbook::Observer>,
    )
    .await;
    let mut outcome = watch.take();
    outcome.stopped = recap.stopped;
    for (host, counts) in &recap.hosts {
        if counts.failed + counts.unreachable > 0 {
            outcome
                .failures
                .entry(host.clone())
                .or_insert_with(|| "a task failed".to_owned());
        }
    }
    Ok(outcome)
}

/// Listens to the playbook engine: passes everything on, and keeps what the cluster wants to know.
struct Watch {
    mode: Mode,
    outcome: Mutex<Outcome>,
    observer: Arc<dyn Observer>,
}

impl Watch {
    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Outcome {
        std::mem::take(&mut *self.outcome())
    }

    fn keep(&self, event: &playbook::Event) {
        let playbook::Event::Result {
            host,
            task,
            status,
            result,
            ..
        } = event
        else {
            return;
        };
        let mut outcome = self.outcome();
        // The role `preflight` finds it and makes it a fact.
        if let Some(nic) = result
            .get("ansible_facts")
            .and_then(|facts| facts.get(NIC_FACT))
        {
            outcome.nics.insert(host.clone(), nic.clone());
        }
        match status {
            Status::Changed => {
                let kind = if task.handler { "handler" } else { "task" };
                let side = Side::Host(host.clone());
                let mut change = Change::new(Verb::Change, side, kind, task.name.as_str());
                change.details = details(result);
                outcome.changes.push(change);
            }
            Status::Ok => outcome.unchanged += 1,
            Status::Failed | Status::Unreachable => {
                let reason = result.get("msg").and_then(Value::as_str);
                let reason = reason
                    .and_then(|text| text.lines().next())
                    .unwrap_or("no reason given");
                outcome
                    .failures
                    .insert(host.clone(), format!("{}: {reason}", task.name));
            }
            Status::Skipped | Status::Ignored => {}
        }
    }
}

impl playbook::Observer for Watch {
    fn event(&self, event: &playbook::Event) {
        self.keep(event);
        if self.mode == Mode::Apply || !is_in_the_plan(event) {
            self.observer.event(&Event::Playbook(event.clone()));
        }
    }
}

/// Whether what is predicted will be told by the plan, so that it need not be told twice.
fn is_in_the_plan(event: &playbook::Event) -> bool {
    match event {
        playbook::Event::Play { .. } => true,
        playbook::Event::Item { status, .. } | playbook::Event::Result { status, .. } => {
            *status == Status::Changed
        }
        _ => false,
    }
}

/// Most lines of a difference that are shown.
const MOST_LINES: usize = 12;

/// What a task changed, in lines: those of its `diff` that differ, of every item of a loop.
fn details(result: &Map<String, Value>) -> Vec<String> {
    let items = result.get("results").and_then(Value::as_array);
    let mut lines: Vec<String> = match items {
        Some(items) => items
            .iter()
            .filter_map(Value::as_object)
            .filter(|item| item.get("changed") == Some(&Value::Bool(true)))
            .flat_map(details)
            .collect(),
        None => match result.get("diff") {
            Some(Value::Array(diffs)) => diffs.iter().flat_map(difference).collect(),
            Some(diff) => difference(diff),
            None => result
                .get("msg")
                .and_then(Value::as_str)
                .map(str::to_owned)
                .into_iter()
                .collect(),
        },
    };
    lines.retain(|line| !line.trim().is_empty());
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("and {more} lines more"));
    }
    lines
}

fn difference(diff: &Value) -> Vec<String> {
    let text = |name: &str| match diff.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => format!("{other:#}"),
    };
    if let Some(prepared) = diff.get("prepared").and_then(Value::as_str) {
        return prepared.lines().map(str::to_owned).collect();
    }
    let (before, after) = (text("before"), text("after"));
    let gone = before
        .lines()
        .filter(|line| !after.lines().any(|other| other == *line))
        .map(|line| format!("- {line}"));
    let new = after
        .lines()
        .filter(|line| !before.lines().any(|other| other == *line))
        .map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::spec::HostName;
    use serde_json::json;

    fn member(name: &str) -> Member {
        let number = name.len().try_into().unwrap_or(u8::MAX);
        Member {
            name: HostName::new(name).unwrap(),
            public: [198, 18, 0, number].into(),
            fabric: [198, 19, 0, number].into(),
            fingerprint: None,
        }
    }

    fn fact(member: &Member, device: &str, mtu: u32) -> (String, Value) {
        (
            member.name.to_string(),
            json!({"device": device, "mtu": mtu}),
        )
    }

    #[test]
    fn the_smallest_mtu_of_all_hosts_counts() {
        let members = [member("a"), member("bb")];
        let [a, b] = &members;
        let outcome = Outcome {
            nics: [fact(a, "eth1", 1500), fact(b, "eth1", 1450)].into(),
            ..Outcome::default()
        };
        let nic = outcome.nic(&members).unwrap().unwrap();
        assert_eq!(
            nic,
            Nic {
                name: "eth1".to_owned(),
                mtu: 1450
            }
        );
    }

    #[test]
    fn hosts_that_name_their_nic_differently_cannot_share_a_template() {
        let members = [member("a"), member("bb")];
        let [a, b] = &members;
        let outcome = Outcome {
            nics: [fact(a, "eth1", 1450), fact(b, "ens7", 1450)].into(),
            ..Outcome::default()
        };
        assert_eq!(
            outcome.nic(&members).unwrap_err().to_string(),
            "error[cluster::nic]: the NIC that carries the fabric is `eth1` on a and `ens7` on bb
 |
 = help: a template of private networks has one PHYDEV for all hosts: use one plan and one operating system
"
        );
    }

    #[test]
    fn differences_are_the_lines_that_came_and_went() {
        let result = json!({"diff": {"before": "a\nb\n", "after": "a\nc\n"}});
        assert_eq!(details(result.as_object().unwrap()), ["- b", "+ c"]);
    }
}
