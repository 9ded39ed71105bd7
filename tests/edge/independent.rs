//! Looks at hosts with the distribution's own tools: whether they are what the cluster file asks for.

use serde_json::Value;

use crate::guest::Guests;
use crate::sandbox::Host;

/// Everything that the issue of a cluster lives on, on every host.
pub fn agree(hosts: &[Host]) {
    for host in hosts {
        bgp(host, hosts);
        assert_eq!(
            host.says("sysctl -n net.ipv4.ip_forward"),
            "1",
            "{}",
            host.name
        );
        firewall(host);
        oneadmin(host, hosts);
        assert_eq!(
            host.says("dpkg-query -W -f '${Status}' opennebula-node-lxc"),
            "install ok installed"
        );
    }
    overlay(hosts);
}

/// Sessions by `vtysh`: reflectors (the first two of three or more) have one with everybody, clients with reflectors.
fn bgp(host: &Host, hosts: &[Host]) {
    let reflectors = if hosts.len() < 3 { 1 } else { 2 };
    let index = hosts
        .iter()
        .position(|other| other.name == host.name)
        .unwrap();
    let peers = hosts
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index && (index < reflectors || *other < reflectors));
    let summary: Value =
        serde_json::from_str(&host.says("vtysh -c 'show bgp l2vpn evpn summary json'")).unwrap();
    for (_, peer) in peers {
        assert_eq!(
            summary["peers"][&peer.fabric]["state"], "Established",
            "{} with {}: {summary}",
            host.name, peer.name
        );
    }
}

/// BGP and VXLAN only from members: a policy that drops, and no rule that admits the ports from anywhere.
fn firewall(host: &Host) {
    let rules = host.says("nft list table inet edgewright");
    assert!(rules.contains("policy drop"), "{rules}");
    let vxlan = rules.lines().find(|line| line.contains("8472")).unwrap();
    assert!(vxlan.contains("ip saddr @members"), "{vxlan}");
    let bgp = rules.lines().find(|line| line.contains("179")).unwrap();
    assert!(bgp.contains("ip saddr @members"), "{bgp}");
}

/// oneadmin gets from every host to every other one, and to itself, without being asked anything.
fn oneadmin(host: &Host, hosts: &[Host]) {
    for other in hosts {
        let name = host.says(&format!(
            "runuser -u oneadmin -- ssh -o BatchMode=yes -o StrictHostKeyChecking=yes {} hostname",
            other.public
        ));
        assert_eq!(name, other.name, "from {}", host.name);
    }
}

/// A VXLAN as OpenNebula's driver makes it carries packets of full size between every pair of hosts.
fn overlay(hosts: &[Host]) {
    let guests = Guests::new(hosts, 4242);
    for from in hosts {
        let flood = guests.wait_for_routes(from, hosts);
        assert!(flood.contains("00:00:00:00:00:00"), "{flood}");
        for to in hosts.iter().filter(|to| to.name != from.name) {
            let ran = guests.ping(from, to, "-c 2 -i 0.2 -W 2");
            assert_eq!(ran.code, 0, "{} to {}: {}", from.name, to.name, ran.stdout);
        }
    }
}
