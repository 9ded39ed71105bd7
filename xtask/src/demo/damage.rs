//! A host is damaged in four ways; `plan` must name each, and `apply` must repair exactly these.

use std::collections::BTreeSet;

use serde_json::Value;

use super::stage::{self, Came, Host, Stage, holds};
use crate::failure::Failure;
use crate::sandbox::Sandbox;
use crate::say;

/// What is done to the host, and a line that says whether it is still so.
const DAMAGE: [(&str, &str); 4] = [
    (
        "sed -i '/advertise-all-vni/d' /etc/frr/frr.conf && systemctl reload frr",
        "! grep -q advertise-all-vni /etc/frr/frr.conf",
    ),
    (
        "sysctl -w net.ipv4.ip_forward=0",
        "[ \"$(cat /proc/sys/net/ipv4/ip_forward)\" = 0 ]",
    ),
    (
        "dpkg --remove opennebula-node-lxc",
        "! dpkg-query -W -f '${Status}' opennebula-node-lxc 2> /dev/null | grep -q 'ok installed'",
    ),
    (
        "rm /var/lib/one/.ssh/authorized_keys",
        "[ ! -e /var/lib/one/.ssh/authorized_keys ]",
    ),
];

/// Tells it.
///
/// # Errors
/// [`Failure::Story`] when something is not named, not repaired, or repaired elsewhere.
pub fn chapter(stage: &mut Stage, sandbox: &Sandbox, file: &str) -> Result<(), Failure> {
    let hosts = stage::hosts(sandbox)?;
    let Some(host) = hosts.get(1) else {
        return Err(Failure::Story("there is a second host".to_owned()));
    };
    stage.chapter(
        "Somebody damages a host: FRR, forwarding, a package, a key",
        || {
            for (line, _) in DAMAGE {
                stage::on_host(host, line)?;
            }
            let plan = stage::edgewright(sandbox, "plan", file, &[])?;
            let named = touched(&plan, "planned");
            say::note(&format!(
                "the plan names {} on {}",
                plan.changed + plan.created,
                host.name
            ));
            holds(
                plan.removed == 0 && plan.created + plan.changed >= DAMAGE.len() as u64,
                "the plan names each damage",
            )?;
            holds(
                named == BTreeSet::from([host.name.clone()]),
                "and nothing on other hosts",
            )
        },
    )?;
    stage.chapter("The damaged host comes back", || {
        let apply = stage::edgewright(sandbox, "apply", file, &["--yes"])?;
        holds(apply.failed == 0 && apply.removed == 0, "it is repaired")?;
        for (line, still) in DAMAGE {
            holds(!is_so(host, still), &format!("undone: {line}"))?;
        }
        let plan = stage::edgewright(sandbox, "plan", file, &[])?;
        holds(plan.is_nothing(), "nothing is left to do")
    })
}

/// The hosts on which a plan would change something.
fn touched(came: &Came, event: &str) -> BTreeSet<String> {
    let events = came.events.iter().filter(|found| found["event"] == event);
    events
        .filter_map(|found| found["host"].as_str().or(elsewhere(found)))
        .map(str::to_owned)
        .collect()
}

/// What stands for a host where something of an API is to be changed.
fn elsewhere(event: &Value) -> Option<&str> {
    event["side"].as_str()
}

/// Whether a line holds on a host.
fn is_so(host: &Host, line: &str) -> bool {
    crate::command::Run::new("docker")
        .args(["exec", &host.container, "sh", "-c", line])
        .succeeds()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_plan_touches_is_told_apart_by_host_and_side() {
        let came = Came {
            events: vec![
                json!({"event": "planned", "side": "host", "host": "a"}),
                json!({"event": "planned", "side": "vultr", "host": null}),
                json!({"event": "step", "side": "host", "host": "b"}),
            ],
            ..Came::default()
        };
        let touched = touched(&came, "planned");
        assert_eq!(Vec::from_iter(touched), ["a", "vultr"]);
    }
}
