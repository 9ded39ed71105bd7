//! What is there, without judging it.

use edgewright_yaml::Diagnostics;
use serde::Serialize;

use super::change::{Cents, Side};
use super::control::{Control, World};
use super::opennebula::observe::provision_member;
use super::vultr::catalogue::RESERVED_IPV4;
use super::vultr::diff::address_name;

/// A host of a cluster, from all that is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HostStatus {
    /// Its name.
    pub name: String,
    /// Id of its instance at Vultr.
    pub instance: Option<String>,
    /// State of the instance in Vultr's words, such as `active/ok`.
    pub instance_state: Option<String>,
    /// Public address.
    pub public_address: Option<String>,
    /// Address on the fabric.
    pub fabric_address: Option<String>,
    /// Number of the host in OpenNebula.
    pub host_id: Option<i32>,
    /// State in OpenNebula, such as `MONITORED`.
    pub host_state: Option<String>,
    /// Whether the file names this host.
    pub wanted: bool,
}

/// What there is of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its name.
    pub cluster: String,
    /// Number of the cluster in OpenNebula.
    pub cluster_id: Option<i32>,
    /// Its hosts, those of the file first.
    pub hosts: Vec<HostStatus>,
    /// Other objects that belong to it, as (`kind`, `name`, `id`), for instance a VPC or a datastore.
    pub objects: Vec<Object>,
    /// What it costs a month, in US cents.
    pub monthly: Cents,
}

/// An object that is no host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Who keeps it.
    pub side: Side,
    /// What it is.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its id there.
    pub id: String,
    /// What matters of it in a few words, such as a prefix or a state.
    pub detail: String,
}

/// Looks at both sides; no host is asked.
///
/// # Errors
/// The complaints of what cannot be read.
pub async fn status(control: &Control) -> Result<Status, Diagnostics> {
    let world = control.observe().await?;
    let spec = control.spec();
    let mut hosts: Vec<HostStatus> = spec
        .hosts
        .names
        .iter()
        .map(|name| HostStatus {
            name: name.to_string(),
            wanted: true,
            ..HostStatus::default()
        })
        .collect();
    for server in world.vultr.all_servers() {
        let name = server.name();
        let stray = world.vultr.strays.contains(server);
        let name = if stray {
            format!("{name} (one too many)")
        } else {
            name.to_owned()
        };
        let host = entry(&mut hosts, &name);
        host.instance = Some(server.id.to_string());
        host.instance_state = Some(server.state.clone());
        host.public_address = server.public.map(|address| address.to_string());
        host.fabric_address = server
            .private
            .or(server.public)
            .map(|address| address.to_string());
    }
    for registered in &world.opennebula.hosts {
        let host = entry(
            &mut hosts,
            provision_member(registered, "HOSTNAME").unwrap_or(&registered.name),
        );
        host.host_id = Some(registered.id.number());
        host.host_state = Some(registered.state.to_string());
    }
    let instances = world.vultr.all_servers();
    let instances: Cents = instances
        .filter_map(|server| world.catalogue.price(&server.plan))
        .sum();
    let reserved: Cents = world.vultr.reserved.iter().map(|_| RESERVED_IPV4).sum();
    Ok(Status {
        cluster: spec.name.to_string(),
        cluster_id: world
            .opennebula
            .cluster
            .as_ref()
            .map(|cluster| cluster.id.number()),
        hosts,
        objects: objects(&world),
        monthly: [instances, reserved].into_iter().sum(),
    })
}

fn entry<'h>(hosts: &'h mut Vec<HostStatus>, name: &str) -> &'h mut HostStatus {
    let at = hosts
        .iter()
        .position(|host| host.name == name)
        .unwrap_or(hosts.len());
    if at == hosts.len() {
        hosts.push(HostStatus {
            name: name.to_owned(),
            ..HostStatus::default()
        });
    }
    &mut hosts[at]
}

fn objects(world: &World) -> Vec<Object> {
    let (cloud, one) = (&world.vultr, &world.opennebula);
    let mut objects = Vec::new();
    let mut add = |side: Side, kind, name: &str, id: String, detail: String| {
        objects.push(Object {
            side,
            kind,
            name: name.to_owned(),
            id,
            detail,
        });
    };
    if let Some(vpc) = &cloud.vpc {
        let prefix = cloud
            .vpc_prefix()
            .map(|prefix| prefix.to_string())
            .unwrap_or_default();
        add(
            Side::Vultr,
            "vpc",
            &vpc.description,
            vpc.id.to_string(),
            prefix,
        );
    }
    if let Some(firewall) = &cloud.firewall {
        let rules = format!("{} rules", firewall.rules.len());
        add(
            Side::Vultr,
            "firewall group",
            &firewall.group.description,
            firewall.group.id.to_string(),
            rules,
        );
    }
    for ip in &cloud.reserved {
        let used = ip
            .instance_id
            .as_ref()
            .map_or_else(|| "free".to_owned(), |id| format!("on instance {id}"));
        add(
            Side::Vultr,
            "reserved ip",
            &address_name(ip),
            ip.id.to_string(),
            used,
        );
    }
    for datastore in one.image.iter().chain(&one.system) {
        let replica = datastore
            .template
            .scalar("REPLICA_HOST")
            .map(|host| format!("replica {host}"));
        add(
            Side::OpenNebula,
            "datastore",
            &datastore.name,
            datastore.id.to_string(),
            replica.unwrap_or_default(),
        );
    }
    if let Some(network) = &one.public {
        let detail = format!("{}, {} address ranges", network.state, network.ranges.len());
        add(
            Side::OpenNebula,
            "virtual network",
            &network.name,
            network.id.to_string(),
            detail,
        );
    }
    if let Some(template) = &one.private {
        let nic = template
            .template
            .scalar("PHYDEV")
            .unwrap_or_default()
            .to_owned();
        add(
            Side::OpenNebula,
            "network template",
            &template.name,
            template.id.to_string(),
            nic,
        );
    }
    objects
}
