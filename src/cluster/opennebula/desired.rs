//! What OpenNebula's objects of a cluster should say.
//!
//! Called by `diff` and `act`. Pure. Attributes are OneProvision's where it had them, so that everything that knows edge
//! clusters (Sunstone, drivers, operators) finds what it looks for; docs/architecture.md lists what differs and why.

use std::net::Ipv4Addr;

use edgewright_opennebula::Template;

use crate::cluster::fabric;
use crate::cluster::inventory::Member;
use crate::cluster::marks::PROVISION_MEMBER;
use crate::cluster::spec::{HostName, Kind, Spec};

/// Names of a cluster's objects.
#[derive(Clone, Debug)]
pub struct Names {
    /// The cluster itself.
    pub cluster: String,
    /// Datastore of images.
    pub image: String,
    /// Datastore of running machines.
    pub system: String,
    /// Network of public addresses.
    pub public: String,
    /// Template of private networks.
    pub private: String,
}

impl Names {
    /// The names that a cluster's objects have.
    pub fn of(spec: &Spec) -> Self {
        let name = spec.name.as_str();
        Self {
            cluster: name.to_owned(),
            image: format!("{name}-image"),
            system: format!("{name}-system"),
            public: format!("{name}-public"),
            private: format!("{name}-private"),
        }
    }
}

/// The vector by which every object is found again; `more` are further members.
fn provision(spec: &Spec, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut members = vec![
        (PROVISION_MEMBER.to_owned(), spec.name.as_str().to_owned()),
        ("PROVIDER".to_owned(), "vultr".to_owned()),
        ("REGION".to_owned(), spec.provider.region.value.clone()),
    ];
    members.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    members
}

/// Attributes of the cluster.
pub fn cluster(spec: &Spec) -> Template {
    let kind = match spec.kind {
        Kind::Virtual => "virtual",
        Kind::Metal => "metal",
    };
    Template::new()
        .with("DESCRIPTION", "Vultr edge cluster")
        .with_vector("PROVISION", provision(spec, &[("PROVISION_TYPE", kind)]))
}

/// Attributes of a host.
pub fn host(spec: &Spec, member: &Member, instance: &str) -> Template {
    let more = [("HOSTNAME", member.name.as_str()), ("DEPLOY_ID", instance)];
    Template::new()
        .with_vector("PROVISION", provision(spec, &more))
        // Copies from the replica to this host go over the fabric's NIC.
        .with("REPLICA_STORAGE_IP", member.fabric.to_string())
}

/// Attributes of the image datastore.
pub fn image_datastore(spec: &Spec) -> Template {
    Template::new()
        .with("NAME", Names::of(spec).image)
        .with("TYPE", "IMAGE_DS")
        .with("DS_MAD", "fs")
        .with("TM_MAD", "ssh")
        .with("SAFE_DIRS", "/var/tmp /tmp")
        .with_vector("PROVISION", provision(spec, &[]))
}

/// Attributes of the system datastore; `replica` is the name in OpenNebula of the host that caches images.
pub fn system_datastore(spec: &Spec, replica: Option<Ipv4Addr>) -> Template {
    let template = Template::new()
        .with("NAME", Names::of(spec).system)
        .with("TYPE", "SYSTEM_DS")
        .with("TM_MAD", "ssh")
        .with("SAFE_DIRS", "/var/tmp /tmp")
        .with_vector("PROVISION", provision(spec, &[]));
    match replica {
        Some(address) => template.with("REPLICA_HOST", address.to_string()),
        None => template,
    }
}

/// Attributes of the public network, without its address ranges.
pub fn public_network(spec: &Spec) -> Template {
    let dns: Vec<String> = spec.dns.iter().map(ToString::to_string).collect();
    let template = Template::new()
        .with("NAME", Names::of(spec).public)
        .with("VN_MAD", "elastic")
        .with("BRIDGE", "br0")
        .with("NETROLE", "public")
        .with_vector("PROVISION", provision(spec, &[]));
    if dns.is_empty() {
        template
    } else {
        template.with("DNS", dns.join(" "))
    }
}

/// The address range of one reserved address: the guest owns the address itself, with a gateway that answers for it.
pub fn range(address: Ipv4Addr, reserved_ip: &str) -> Vec<(&'static str, String)> {
    let gateway = Ipv4Addr::from(u32::from(address) ^ 1);
    vec![
        ("TYPE", "IP4".to_owned()),
        ("IP", address.to_string()),
        ("SIZE", "1".to_owned()),
        ("GATEWAY", gateway.to_string()),
        ("NETWORK_MASK", "255.255.255.254".to_owned()),
        ("EXTERNAL_IP", address.to_string()),
        ("VULTR_IP_ID", reserved_ip.to_owned()),
    ]
}

/// The NIC that carries the fabric, as the hosts themselves say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// Its name; the same on every host.
    pub name: String,
    /// Its MTU in bytes.
    pub mtu: u32,
}

/// Attributes of the template of private networks.
pub fn private_template(spec: &Spec, cluster: i32, nic: &Nic) -> Template {
    Template::new()
        .with("NAME", Names::of(spec).private)
        .with("VN_MAD", "vxlan")
        .with("PHYDEV", nic.name.as_str())
        .with("AUTOMATIC_VLAN_ID", "YES")
        .with("NETROLE", "private")
        .with("VXLAN_MODE", "evpn")
        // With `dev` FRR 10.6 announces no VNI: the VTEP must have an address of its own.
        .with("VXLAN_TEP", "local_ip")
        .with("IP_LINK_CONF", "nolearning=")
        .with("GUEST_MTU", (nic.mtu - fabric::VXLAN_OVERHEAD).to_string())
        .with("CLUSTER_IDS", cluster.to_string())
        .with_vector("PROVISION", provision(spec, &[]))
}

/// The host that caches images: the first of the file.
pub fn replica(spec: &Spec, members: &[Member]) -> Option<Ipv4Addr> {
    let first: &HostName = spec.hosts.names.first()?;
    members
        .iter()
        .find(|member| member.name == *first)
        .map(|member| member.public)
}
