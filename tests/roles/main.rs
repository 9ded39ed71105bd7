//! What the shipped roles make of hosts that the sandbox cannot have: their own expressions, evaluated with the facts of
//! other distributions.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use edgewright_playbook::from_node;
use edgewright_template::{Blocks, Map, Scope, Value, condition, evaluate, render};
use edgewright_yaml::{Node, load_file};
use serde_json::json;

fn role(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("roles")
        .join(path)
}

fn map(value: serde_json::Value) -> Arc<Map> {
    Arc::new(Value::from(value).as_map().cloned().unwrap())
}

/// A host of a distribution, with a role's defaults and further variables.
fn host(role_name: &str, distribution: &str, version: &str, more: serde_json::Value) -> Scope {
    let defaults = load_file(&role(&format!("{role_name}/defaults/main.yml")))
        .unwrap()
        .unwrap();
    let defaults = from_node(&defaults).as_map().cloned().unwrap();
    let facts = json!({"ansible_facts": {
        "distribution": distribution,
        "distribution_version": version,
        "distribution_major_version": version.split('.').next(),
    }});
    Scope::new(vec![map(more), map(facts), Arc::new(defaults)])
}

/// The task of a name in a role's main file.
fn task(role_name: &str, name: &str) -> Node {
    let tasks = load_file(&role(&format!("{role_name}/tasks/main.yml")))
        .unwrap()
        .unwrap();
    let named =
        |task: &&Node| task.as_map().unwrap().get("name").and_then(Node::as_str) == Some(name);
    tasks.as_list().unwrap().iter().find(named).unwrap().clone()
}

fn argument(task: &Node, module: &str, name: &str) -> Value {
    let arguments = task
        .as_map()
        .unwrap()
        .get(module)
        .unwrap()
        .as_map()
        .unwrap();
    from_node(arguments.get(name).unwrap())
}

#[test]
fn the_repository_is_that_of_the_distribution() {
    let task = task("opennebula_repository", "Repository");
    let line = argument(&task, "ansible.builtin.apt_repository", "repo");
    for (distribution, version, path) in [
        ("Ubuntu", "22.04", "Ubuntu/22.04"),
        ("Ubuntu", "24.04", "Ubuntu/24.04"),
        ("Debian", "12.11", "Debian/12"),
        ("Debian", "13.1", "Debian/13"),
    ] {
        let scope = host("opennebula_repository", distribution, version, json!({}));
        let evaluated = evaluate(&line, &scope).unwrap();
        let expected = format!(
            "deb [signed-by=/etc/apt/keyrings/opennebula.asc] https://downloads.opennebula.io/repo/7.0/{path} stable opennebula"
        );
        assert_eq!(evaluated.as_str(), Some(expected.as_str()));
    }
}

#[test]
fn only_supported_versions_pass_preflight() {
    let task = task("preflight", "The distribution is supported");
    let that = argument(&task, "ansible.builtin.assert", "that");
    let passes = |distribution: &str, version: &str| {
        let scope = host("preflight", distribution, version, json!({}));
        that.as_list()
            .unwrap()
            .iter()
            .all(|one| condition(one.as_str().unwrap(), None, &scope).unwrap_or(false))
    };
    for (distribution, version) in [
        ("Ubuntu", "22.04"),
        ("Ubuntu", "24.04"),
        ("Debian", "12.11"),
        ("Debian", "13.1"),
    ] {
        assert!(passes(distribution, version), "{distribution} {version}");
    }
    for (distribution, version) in [("Ubuntu", "20.04"), ("Debian", "11.9"), ("Rocky", "9.4")] {
        assert!(!passes(distribution, version), "{distribution} {version}");
    }
}

/// `/etc/frr/frr.conf` of a host at an address.
fn frr(address: &str) -> String {
    let variables = json!({
        "inventory_hostname": "edge", "edgewright_asn": 65001, "edgewright_fabric_address": address,
        "edgewright_reflectors": ["198.19.0.1", "198.19.0.2"], "edgewright_listen_ranges": ["198.19.0.0/24"],
    });
    let source = fs_err::read_to_string(role("frr/templates/frr.conf.j2")).unwrap();
    let blocks = Blocks {
        trim: true,
        lstrip: false,
    };
    render(
        &source,
        "frr.conf.j2",
        blocks,
        &host("frr", "Debian", "12", variables),
    )
    .unwrap()
}

#[test]
fn a_reflector_listens_and_peers_with_the_other_one() {
    let text = frr("198.19.0.1");
    for line in [
        "router bgp 65001",
        " bgp listen range 198.19.0.0/24 peer-group fabric",
        " neighbor 198.19.0.2 peer-group reflectors",
        "  neighbor fabric route-reflector-client",
        "  neighbor reflectors activate",
        "  advertise-all-vni",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
    assert!(!text.contains("neighbor 198.19.0.1 "), "{text}");
}

#[test]
fn a_client_has_a_session_with_each_reflector_and_listens_to_nobody() {
    let text = frr("198.19.0.9");
    assert!(
        text.contains(
            " neighbor 198.19.0.1 peer-group fabric\n neighbor 198.19.0.2 peer-group fabric\n"
        ),
        "{text}"
    );
    assert!(
        !text.contains("listen") && !text.contains("route-reflector-client"),
        "{text}"
    );
}

/// The rules of a host whose SSH is admitted from some prefixes.
fn firewall(from: &[&str]) -> String {
    let variables = json!({"edgewright_ssh_from": from, "edgewright_members": ["198.19.0.0/24", "198.18.0.10"]});
    let source = fs_err::read_to_string(role("firewall/templates/firewall.nft.j2")).unwrap();
    let blocks = Blocks {
        trim: true,
        lstrip: false,
    };
    render(
        &source,
        "firewall.nft.j2",
        blocks,
        &host("firewall", "Ubuntu", "24.04", variables),
    )
    .unwrap()
}

#[test]
fn ssh_is_admitted_from_prefixes_of_both_families() {
    let text = firewall(&["198.51.100.0/24", "2001:db8::/32"]);
    assert!(
        text.contains("\t\tip saddr { 198.51.100.0/24 } tcp dport 22 accept\n"),
        "{text}"
    );
    assert!(
        text.contains("\t\tip6 saddr { 2001:db8::/32 } tcp dport 22 accept\n"),
        "{text}"
    );
    let text = firewall(&["198.51.100.0/24"]);
    assert!(!text.contains("ip6 saddr { "), "{text}");
    assert!(
        text.contains("elements = { 198.19.0.0/24, 198.18.0.10 }"),
        "{text}"
    );
}
