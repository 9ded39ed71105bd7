//! What the answers of hosts mean.
//!
//! Called by `verify`. Pure: from the lines of [`super::probe::look`] to checks.

use edgewright_yaml::Diagnostics;
use serde_json::Value;

use super::Check;
use crate::cluster::inventory::Member;
use crate::cluster::work::first_line;

/// Whether a check that fails now may pass by itself a moment later: BGP and what follows from it.
pub fn settles(check: &Check) -> bool {
    matches!(check.name, "bgp" | "evpn" | "overlay") && !check.seen.starts_with(SILENT)
}

/// What is seen where FRR does not run.
const SILENT: &str = "FRR does not answer";

/// A host that could not be looked at.
pub fn unreachable(member: &Member, diagnostics: &Diagnostics) -> Check {
    Check {
        name: "ssh",
        host: member.name.to_string(),
        peer: None,
        passed: false,
        seen: first_line(diagnostics),
        help: diagnostics
            .0
            .first()
            .and_then(|diagnostic| diagnostic.helps().first().cloned()),
    }
}

/// All checks of a host: a BGP session with each of `sessions`, routes and packets to each of `others`.
pub fn host(member: &Member, others: &[&Member], sessions: &[&Member], answer: &str) -> Vec<Check> {
    let line = |word: &str| {
        let rest = |line: &str| {
            line.strip_prefix(word)
                .and_then(|rest| rest.strip_prefix(' '))
                .map(str::to_owned)
        };
        answer.lines().find_map(rest).unwrap_or_default()
    };
    let check = |name, peer: Option<&Member>, passed, seen, help: &str| Check {
        name,
        host: member.name.to_string(),
        peer: peer.map(|peer| peer.name.to_string()),
        passed,
        seen,
        help: (!passed).then(|| help.to_owned()),
    };
    let summary = line("summary");
    let (routes, flood) = (line("routes"), line("flood"));
    let mut checks = Vec::new();
    for peer in sessions {
        let state = session_state(&summary, peer);
        let passed = state == "Established";
        checks.push(check(
            "bgp",
            Some(peer),
            passed,
            state,
            "see `vtysh -c 'show bgp neighbors'` and `journalctl -u frr` on the host",
        ));
    }
    for peer in others {
        let (passed, seen) = route(&routes, &flood, peer);
        checks.push(check(
            "evpn",
            Some(peer),
            passed,
            seen,
            "see `vtysh -c 'show bgp l2vpn evpn'` on both hosts",
        ));
        let (passed, seen) = ping(&line(&format!("ping {}", peer.name)));
        checks.push(check("overlay", Some(peer), passed, seen, "UDP port 8472 must be open between the hosts, and the VPC must carry packets of the NIC's whole MTU"));
    }
    let forwarding = line("forwarding");
    let seen = if forwarding == "1" { "on" } else { "off" };
    checks.push(check(
        "forwarding",
        None,
        forwarding == "1",
        seen.to_owned(),
        "`edgewright cluster apply FILE` turns it on",
    ));
    let firewall = line("firewall");
    let seen = if firewall == "same" {
        "as written"
    } else {
        "not as written"
    };
    checks.push(check(
        "firewall",
        None,
        firewall == "same",
        seen.to_owned(),
        "`edgewright cluster apply FILE` loads the rules again",
    ));
    checks
}

/// What FRR says of the session with a host.
fn session_state(summary: &str, peer: &Member) -> String {
    let Ok(value) = serde_json::from_str::<Value>(summary) else {
        let said: String = summary.chars().take(80).collect();
        return format!("{SILENT}: {said}");
    };
    // FRR puts the peers at the top, or under the name of the address family when it has several.
    let peers = value
        .get("peers")
        .or_else(|| value.pointer("/l2VpnEvpn/peers"));
    let state = peers
        .and_then(|peers| peers.get(peer.fabric.to_string()))
        .and_then(|peer| peer.get("state"));
    state
        .and_then(Value::as_str)
        .unwrap_or("no such neighbour")
        .to_owned()
}

/// Whether the route to a host's VTEP is there, and in the kernel.
fn route(routes: &str, flood: &str, peer: &Member) -> (bool, String) {
    let address = peer.fabric;
    let known = routes.contains(&format!("[{address}]"));
    let installed = flood.split("00:00:00:00:00:00").skip(1).any(|entry| {
        entry
            .split_whitespace()
            .skip_while(|word| *word != "dst")
            .nth(1)
            == Some(&address.to_string())
    });
    match (known, installed) {
        (true, true) => (true, format!("VTEP {address}")),
        (true, false) => (
            false,
            format!("the route to {address} is known and not in the kernel"),
        ),
        _ => (false, format!("no route to {address}")),
    }
}

/// What a ping came to: `2 packets transmitted, 2 received, 0% packet loss, time 201ms`.
fn ping(said: &str) -> (bool, String) {
    let counted = said.split(',').find_map(|part| {
        let (number, rest) = part.trim().split_once(' ')?;
        rest.starts_with("received")
            .then(|| number.parse::<u32>().ok())
            .flatten()
    });
    match counted {
        Some(received) if received > 0 => (true, format!("{received} of 2 packets of full size")),
        Some(_) => {
            let reason = if said.contains("message too long") {
                ": they are too long"
            } else {
                ""
            };
            (false, format!("no packet of full size came back{reason}"))
        }
        None => (false, said.chars().take(80).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::spec::HostName;

    fn member(name: &str, number: u8) -> Member {
        Member {
            name: HostName::new(name).unwrap(),
            public: [198, 18, 0, number].into(),
            fabric: [198, 19, 0, number].into(),
            fingerprint: None,
        }
    }

    fn seen(checks: &[Check]) -> Vec<(&str, bool, &str)> {
        checks
            .iter()
            .map(|check| (check.name, check.passed, check.seen.as_str()))
            .collect()
    }

    #[test]
    fn a_host_where_all_is_well() {
        let (a, b) = (member("a", 1), member("b", 2));
        let answer = "summary {\"peers\":{\"198.19.0.2\":{\"state\":\"Established\"}}}\n\
            routes Route [3]:[0]:[32]:[198.19.0.2] 198.19.0.2 0 100 0 i\n\
            flood 00:00:00:00:00:00 dst 198.19.0.2 self permanent\n\
            forwarding 1\nfirewall same\n\
            ping b PING 169.254.77.2 1372(1400) bytes of data. --- 2 packets transmitted, 2 received, 0% packet loss\n";
        assert_eq!(
            seen(&host(&a, &[&b], &[&b], answer)),
            [
                ("bgp", true, "Established"),
                ("evpn", true, "VTEP 198.19.0.2"),
                ("overlay", true, "2 of 2 packets of full size"),
                ("forwarding", true, "on"),
                ("firewall", true, "as written"),
            ]
        );
    }

    #[test]
    fn a_host_where_nothing_is_well() {
        let (a, b) = (member("a", 1), member("b", 2));
        let answer = "summary bgpd is not running\nroutes bgpd is not running\nflood \nforwarding 0\nfirewall differs\n\
            ping b PING --- 2 packets transmitted, 0 received, 100% packet loss, time 201ms\n";
        assert_eq!(
            seen(&host(&a, &[&b], &[&b], answer)),
            [
                ("bgp", false, "FRR does not answer: bgpd is not running"),
                ("evpn", false, "no route to 198.19.0.2"),
                ("overlay", false, "no packet of full size came back"),
                ("forwarding", false, "off"),
                ("firewall", false, "not as written"),
            ]
        );
    }

    #[test]
    fn a_prefix_of_an_address_is_another_address() {
        let answer =
            "routes [198.19.0.2]\nflood 00:00:00:00:00:00 dst 198.19.0.20 self permanent\n";
        let checks = host(&member("a", 1), &[&member("b", 2)], &[], answer);
        assert_eq!(
            checks
                .first()
                .map(|check| (check.passed, check.seen.as_str())),
            Some((
                false,
                "the route to 198.19.0.2 is known and not in the kernel"
            ))
        );
    }
}
