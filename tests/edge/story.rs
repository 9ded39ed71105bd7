//! Made, repeated, grown, damaged, repaired, removed.

use serde_json::Value;

use crate::guest::Guests;
use crate::independent::agree;
use crate::sandbox::{Host, Sandbox};

const FILE: &str = "plugin: edgewright.cluster\nname: demo\nprovider: {vultr: {region: ams}}\nhypervisor: lxc\nhosts: {count: COUNT}\npublic_ips: 2\n";

fn file(sandbox: &Sandbox, hosts: u32) -> String {
    sandbox.file("demo.edge.yml", &FILE.replace("COUNT", &hosts.to_string()))
}

#[test]
fn a_cluster_lives() {
    let sandbox = Sandbox::up();
    made(&sandbox);
    repeated(&sandbox);
    sandbox.forget();
    repeated(&sandbox);
    grown(&sandbox);
    sandbox.forget();
    repaired(&sandbox);
    sandbox.forget();
    removed(&sandbox);
}

fn made(sandbox: &Sandbox) {
    let file = file(sandbox, 3);
    let refused = sandbox.edgewright(&["cluster", "apply", &file]).exits(3);
    assert!(sandbox.hosts().is_empty(), "{}", refused.stderr);
    let ran = sandbox
        .edgewright(&["cluster", "apply", "--yes", "-o", "json", &file])
        .exits(0);
    assert_eq!(ran.count("failed"), 0);
    let hosts = sandbox.hosts();
    assert_eq!(names(&hosts), ["edge-vhost0", "edge-vhost1", "edge-vhost2"]);
    agree(&hosts);
    let verified = sandbox.edgewright(&["cluster", "verify", &file]).exits(0);
    assert!(verified.stdout.contains("overlay"), "{}", verified.stdout);
}

fn names(hosts: &[Host]) -> Vec<&str> {
    hosts.iter().map(|host| host.name.as_str()).collect()
}

/// A second application changes nothing, and says so, and asks both sides for nothing that could.
fn repeated(sandbox: &Sandbox) {
    let file = file(sandbox, 3);
    let plan = sandbox
        .edgewright(&["cluster", "plan", "-o", "json", &file])
        .exits(0);
    assert_eq!(changes(&plan.stdout), Vec::<String>::new());
    let before = sandbox.calls().len();
    let ran = sandbox
        .edgewright(&["cluster", "apply", "-o", "json", &file])
        .exits(0);
    for name in ["created", "changed", "removed", "failed"] {
        assert_eq!(ran.count(name), 0, "{name}: {}", ran.stdout);
    }
    assert!(ran.count("unchanged") > 30, "{}", ran.summary());
    let calls = sandbox.calls();
    let mutating: Vec<&Value> = calls[before..]
        .iter()
        .filter(|call| call["mutating"] == true)
        .collect();
    assert_eq!(mutating, Vec::<&Value>::new());
}

/// Lines that a plan in JSON says would be done.
fn changes(stdout: &str) -> Vec<String> {
    let lines = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["event"] == "planned")
        .map(|line| format!("{} {} {}", line["verb"], line["kind"], line["name"]))
        .collect()
}

/// Tasks that changed something, each with its host.
fn tasks(stdout: &str) -> Vec<String> {
    let lines = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    lines
        .filter(|line| line["event"] == "result" && line["status"] == "changed")
        .map(|line| format!("{}: {}", text(&line, "host"), text(&line, "task")))
        .collect()
}

/// The fourth host joins; no session is reset and a ping that runs across the overlay loses nothing.
fn grown(sandbox: &Sandbox) {
    let old = sandbox.hosts();
    let guests = Guests::new(&old, 77);
    let (Some(first), Some(last)) = (old.first(), old.last()) else {
        panic!("no hosts")
    };
    for host in &old {
        guests.wait_for_routes(host, &old);
    }
    let before: Vec<u64> = old.iter().map(established).collect();
    let ping = guests.keep_pinging(first, last);
    let file = file(sandbox, 4);
    let ran = sandbox
        .edgewright(&["cluster", "apply", "--yes", "-o", "json", &file])
        .exits(0);
    assert_eq!(ran.count("failed"), 0);
    let (sent, received) = guests.lost(first, ping);
    assert!(sent > 20, "the ping ran: {sent}");
    assert_eq!(sent, received, "packets were lost");
    let after: Vec<u64> = old.iter().map(established).collect();
    assert_eq!(
        before, after,
        "sessions that were there were established only once"
    );
    drop(guests);
    let hosts = sandbox.hosts();
    assert_eq!(hosts.len(), 4);
    agree(&hosts);
}

/// How often the sessions of a host with the first three were established, by FRR's own counters.
fn established(host: &Host) -> u64 {
    let text = host.says("vtysh -c 'show bgp neighbors json'");
    let neighbors: Value = serde_json::from_str(&text).unwrap();
    let dropped = neighbors
        .as_object()
        .unwrap()
        .values()
        .map(|neighbor| neighbor["connectionsDropped"].as_u64().unwrap_or(0));
    dropped.sum()
}

/// Every damage is named by the plan, and the next application repairs exactly these.
fn repaired(sandbox: &Sandbox) {
    let file = file(sandbox, 4);
    let hosts = sandbox.hosts();
    let [a, b, c, d] = hosts.as_slice() else {
        panic!("four hosts")
    };
    a.says("sed -i 's/frr defaults datacenter/frr defaults traditional/' /etc/frr/frr.conf");
    b.says("sysctl -w net.ipv4.ip_forward=0");
    c.says("apt-get remove -y opennebula-node-lxc");
    d.says("sed -i '/oneadmin@edge-vhost0/d' /var/lib/one/.ssh/authorized_keys");
    let plan = sandbox
        .edgewright(&["cluster", "plan", "-o", "json", &file])
        .exits(0);
    let said = changes(&plan.stdout).join("\n");
    for part in [
        "Configuration of FRR",
        "IPv4 is forwarded",
        "Packages of the LXC node",
        "log in to each other",
    ] {
        assert!(said.contains(part), "`{part}` is missing in\n{said}");
    }
    let ran = sandbox
        .edgewright(&["cluster", "apply", "-o", "json", &file])
        .exits(0);
    assert_eq!(
        (
            ran.count("created"),
            ran.count("removed"),
            ran.count("failed")
        ),
        (0, 0, 0)
    );
    let mut done = tasks(&ran.stdout);
    done.sort_unstable();
    assert_eq!(
        done,
        [
            "edge-vhost0: frr : Configuration of FRR",
            "edge-vhost0: frr : FRR has loaded its configuration",
            "edge-vhost0: frr : Reload FRR",
            "edge-vhost1: ip_forwarding : IPv4 is forwarded",
            "edge-vhost2: opennebula_node_lxc : Packages of the LXC node",
            "edge-vhost3: opennebula_ssh : Hosts may log in to each other as oneadmin",
        ]
    );
    agree(&sandbox.hosts());
}

/// Nothing is left on either side, by listing everything there.
fn removed(sandbox: &Sandbox) {
    let file = file(sandbox, 4);
    sandbox.edgewright(&["cluster", "destroy", &file]).exits(3);
    assert_eq!(sandbox.hosts().len(), 4);
    sandbox
        .edgewright(&["cluster", "destroy", "--yes", "-o", "json", &file])
        .exits(0);
    assert!(sandbox.hosts().is_empty());
    let status = sandbox
        .edgewright(&["cluster", "status", "-o", "json", &file])
        .exits(0);
    assert!(!status.stdout.contains("198.1"), "{}", status.stdout);
    for path in [
        "instances",
        "vpcs",
        "firewalls",
        "reserved-ips",
        "bare-metals",
    ] {
        let url = format!("{}/{path}", sandbox.variable("VULTR_API_ENDPOINT"));
        let header = format!(
            "Authorization: Bearer {}",
            sandbox.variable("VULTR_API_KEY")
        );
        let listed = std::process::Command::new("curl")
            .args(["-sS", "--noproxy", "*", "-H", &header, &url])
            .output()
            .unwrap();
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(listed["meta"]["total"], 0, "{path}: {listed}");
    }
}
