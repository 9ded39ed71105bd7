//! The inventory of a cluster: its hosts with everything that the roles need to know of each other.
//!
//! Called by `configure` for a run, and by the `inventory` and `playbook` verbs through [`super::inventory`]. Pure: addresses
//! come from the API, so no host has to be asked for another's.

use std::net::Ipv4Addr;

use edgewright_playbook::from_node;
use edgewright_playbook::inventory::Inventory;
use edgewright_template::Value;
use ipnet::{IpNet, Ipv4Net};
use serde_json::json;

use super::spec::{Frontend, HostName, Spec};

/// Group of the cluster's hosts.
pub const NODES: &str = "nodes";

/// Group and name of the front-end.
pub const FRONTEND: &str = "frontend";

/// A host of the cluster that has its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: HostName,
    /// Public address.
    pub public: Ipv4Addr,
    /// Address on the NIC that carries the fabric.
    pub fabric: Ipv4Addr,
    /// Fingerprint of its host key, where it is known.
    pub fingerprint: Option<String>,
}

/// What the roles need to know beside the cluster file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Prefix of the VPC that carries the fabric.
    pub vpc: Option<Ipv4Net>,
    /// Public keys of oneadmin on the front-end, one a line.
    pub frontend_keys: String,
    /// Public keys that may log in to hosts as root.
    pub authorized_keys: Vec<String>,
    /// Version of OpenNebula as major.minor.
    pub version: String,
    /// URL below which the package repositories lie, when it is not OpenNebula's own.
    pub repository: Option<String>,
}

/// Makes the inventory of a cluster.
pub fn build(spec: &Spec, members: &[Member], surroundings: &Surroundings) -> Inventory {
    let mut inventory = Inventory::new();
    inventory.add_group(NODES);
    let first = spec.hosts.names.first();
    for member in members {
        let name = member.name.as_str();
        inventory.add_host(name, NODES);
        let mut set = |variable: &str, value: serde_json::Value| {
            inventory.set_host_var(name, variable, Value::from(value));
        };
        set("ansible_host", json!(member.public.to_string()));
        set("ansible_user", json!("root"));
        set(
            "edgewright_public_address",
            json!(member.public.to_string()),
        );
        set(
            "edgewright_fabric_address",
            json!(member.fabric.to_string()),
        );
        set("edgewright_replica", json!(first == Some(&member.name)));
        if let Some(fingerprint) = &member.fingerprint {
            set("edgewright_host_key", json!(fingerprint));
        }
    }
    for (variable, value) in shared(spec, members, surroundings) {
        inventory.set_group_var("all", variable, Value::from(value));
    }
    for (key, node) in spec.vars.iter() {
        inventory.set_group_var("all", &key.name, from_node(node));
    }
    front_end(&mut inventory, &spec.opennebula.frontend);
    inventory.reconcile();
    inventory
}

/// The members that reflect routes, in the file's order.
pub fn reflectors<'m>(spec: &Spec, members: &'m [Member]) -> Vec<&'m Member> {
    let named = spec.hosts.names.iter();
    named
        .filter_map(|name| members.iter().find(|member| member.name == *name))
        .take(spec.network.reflectors)
        .collect()
}

/// Variables that all hosts share.
fn shared(
    spec: &Spec,
    members: &[Member],
    surroundings: &Surroundings,
) -> Vec<(&'static str, serde_json::Value)> {
    let reflectors: Vec<String> = reflectors(spec, members)
        .iter()
        .map(|member| member.fabric.to_string())
        .collect();
    let hosts = || members.iter().map(|member| Ipv4Net::from(member.fabric));
    let listen: Vec<String> = match surroundings.vpc {
        Some(vpc) => vec![vpc.to_string()],
        None => hosts().map(|net| net.to_string()).collect(),
    };
    // SSH between members goes over their public names; the fabric over the VPC where there is one.
    let mut admitted: Vec<String> = surroundings.vpc.iter().map(ToString::to_string).collect();
    admitted.extend(members.iter().map(|member| member.public.to_string()));
    let mut all = vec![
        ("edgewright_cluster", json!(spec.name.as_str())),
        ("edgewright_hypervisor", json!(spec.hypervisor.driver())),
        ("edgewright_asn", json!(spec.network.asn)),
        ("edgewright_reflectors", json!(reflectors)),
        ("edgewright_listen_ranges", json!(listen)),
        ("edgewright_members", json!(admitted)),
        ("edgewright_ssh_from", json!(ssh_from(spec))),
        (
            "edgewright_frontend_keys",
            json!(surroundings.frontend_keys),
        ),
        (
            "edgewright_authorized_keys",
            json!(surroundings.authorized_keys.join("\n")),
        ),
        ("opennebula_repository_version", json!(surroundings.version)),
    ];
    if let Some(base) = &surroundings.repository {
        let base = base.trim_end_matches('/');
        all.push((
            "opennebula_repository_base",
            json!(format!("{base}/{}", surroundings.version)),
        ));
        all.push((
            "opennebula_repository_key_url",
            json!(format!("{base}/repo2.key")),
        ));
    }
    all
}

/// Prefixes from which SSH is admitted: those of the file, and the front-end, which could not do its work otherwise.
pub fn ssh_from(spec: &Spec) -> Vec<String> {
    let mut from: Vec<IpNet> = spec.ssh.allow_from.clone();
    if let Frontend::Ssh { host, .. } = &spec.opennebula.frontend
        && let Ok(address) = host.parse::<std::net::IpAddr>()
        && !from.iter().any(|prefix| prefix.contains(&address))
    {
        from.push(IpNet::from(address));
    }
    from.iter().map(ToString::to_string).collect()
}

fn front_end(inventory: &mut Inventory, frontend: &Frontend) {
    inventory.add_host(FRONTEND, FRONTEND);
    let mut set = |variable: &str, value: serde_json::Value| {
        inventory.set_host_var(FRONTEND, variable, Value::from(value));
    };
    match frontend {
        Frontend::Local => set("ansible_connection", json!("local")),
        Frontend::Ssh {
            host,
            port,
            user,
            identity_file,
            ..
        } => {
            set("ansible_host", json!(host));
            set("ansible_port", json!(port));
            set("ansible_user", json!(user));
            if let Some(path) = identity_file {
                set("ansible_ssh_private_key_file", json!(path));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewright_yaml::{SourceFile, load};

    fn spec(rest: &str) -> Spec {
        let text = format!(
            "plugin: edgewright.cluster\nname: lab\nprovider: {{vultr: {{region: ams}}}}\nopennebula: {{frontend: 'oneadmin@198.18.0.2'}}\n{rest}"
        );
        Spec::from_node(&load(&SourceFile::new("edge.yml", text)).unwrap().unwrap()).unwrap()
    }

    fn members(spec: &Spec) -> Vec<Member> {
        (10..)
            .zip(&spec.hosts.names)
            .map(|(number, name)| Member {
                name: name.clone(),
                public: Ipv4Addr::new(198, 18, 0, number),
                fabric: Ipv4Addr::new(198, 19, 0, number),
                fingerprint: None,
            })
            .collect()
    }

    fn variable(inventory: &Inventory, name: &str) -> serde_json::Value {
        inventory
            .group("all")
            .unwrap()
            .vars
            .get(name)
            .unwrap()
            .to_json()
    }

    #[test]
    fn hosts_that_are_not_there_yet_are_no_reflectors() {
        let spec = spec("hosts: 3\n");
        let all = members(&spec);
        let inventory = build(&spec, all.get(1..).unwrap(), &Surroundings::default());
        assert_eq!(
            variable(&inventory, "edgewright_reflectors"),
            json!(["198.19.0.11", "198.19.0.12"])
        );
    }

    #[test]
    fn without_a_vpc_only_the_members_are_listened_to() {
        let spec = spec("hosts: 2\n");
        let inventory = build(&spec, &members(&spec), &Surroundings::default());
        assert_eq!(
            variable(&inventory, "edgewright_listen_ranges"),
            json!(["198.19.0.10/32", "198.19.0.11/32"])
        );
        assert_eq!(
            variable(&inventory, "edgewright_members"),
            json!(["198.18.0.10", "198.18.0.11"])
        );
    }

    #[test]
    fn the_front_end_may_always_log_in() {
        let spec = spec("ssh: {allow_from: [198.18.7.0/24]}\n");
        assert_eq!(ssh_from(&spec), ["198.18.7.0/24", "198.18.0.2/32"]);
    }

    #[test]
    fn variables_of_the_file_win_and_may_be_templates() {
        let spec = spec("vars: {frr_as: 65001, motd: 'on {{ inventory_hostname }}'}\n");
        let inventory = build(&spec, &members(&spec), &Surroundings::default());
        assert_eq!(variable(&inventory, "frr_as"), json!(65001));
        assert!(
            inventory
                .group("all")
                .unwrap()
                .vars
                .get("motd")
                .unwrap()
                .has_templates()
        );
    }
}
