//! What the Vultr account holds of a cluster, found by the marks on the things themselves.
//!
//! Reads only: one list a kind of thing, whatever the number of hosts.

use std::net::{IpAddr, Ipv4Addr};

use edgewright_vultr::{
    BareMetal, Client, FirewallGroup, FirewallGroupId, FirewallRule, Instance, InstanceId, IpType,
    ReservedIp, Vpc, VultrError,
};
use ipnet::Ipv4Net;

use crate::cluster::marks;
use crate::cluster::spec::{HostName, Kind, Spec};

/// A virtual instance or a bare-metal server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its id.
    pub id: InstanceId,
    /// The host that it is, by its tag.
    pub host: Option<HostName>,
    /// Its label.
    pub label: String,
    /// Fingerprint of the host key that it was given, by its tag.
    pub fingerprint: Option<String>,
    /// Public address, once it has one.
    pub public: Option<Ipv4Addr>,
    /// Address in the VPC, once it has one.
    pub private: Option<Ipv4Addr>,
    /// State in Vultr's words.
    pub state: String,
    /// Whether it is one of those that are billed as instances, or bare metal.
    pub kind: Kind,
    /// The region it is in.
    pub region: String,
    /// Whether Vultr says that it runs.
    pub ready: bool,
    /// Whether it is switched off.
    pub stopped: bool,
    /// The plan it was ordered with.
    pub plan: String,
    /// The operating system it was ordered with.
    pub os: String,
    /// The firewall group it is in.
    pub firewall: Option<FirewallGroupId>,
    /// When it was made (RFC 3339).
    pub created: String,
}

impl Server {
    /// The name of the host that it is; its label when it is none.
    pub fn name(&self) -> &str {
        self.host
            .as_ref()
            .map_or(self.label.as_str(), HostName::as_str)
    }
}

/// A firewall group and its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firewall {
    /// The group.
    pub group: FirewallGroup,
    /// Its rules.
    pub rules: Vec<FirewallRule>,
}

/// Everything of a cluster at Vultr.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// One server for each host that has one.
    pub servers: Vec<Server>,
    /// Servers that carry the cluster's mark and no host's, or the mark of a host that has an older one.
    pub strays: Vec<Server>,
    /// Servers of the kind that the file does not say: it said so once.
    pub other_kind: Vec<Server>,
    /// The VPC.
    pub vpc: Option<Vpc>,
    /// The firewall group.
    pub firewall: Option<Firewall>,
    /// VPCs and firewall groups beyond those two: made by two runs at once, or by a call whose answer was lost.
    pub doubles: (Vec<Vpc>, Vec<FirewallGroup>),
    /// Reserved addresses, in order of their addresses.
    pub reserved: Vec<ReservedIp>,
}

impl Observed {
    /// The server of a host.
    pub fn server(&self, host: &HostName) -> Option<&Server> {
        self.servers
            .iter()
            .find(|server| server.host.as_ref() == Some(host))
    }

    /// Every server that carries the cluster's mark.
    pub fn all_servers(&self) -> impl Iterator<Item = &Server> {
        self.servers
            .iter()
            .chain(&self.strays)
            .chain(&self.other_kind)
    }

    /// Prefix of the VPC.
    pub fn vpc_prefix(&self) -> Option<Ipv4Net> {
        self.vpc.as_ref().and_then(prefix)
    }
}

/// Prefix of a VPC.
pub fn prefix(vpc: &Vpc) -> Option<Ipv4Net> {
    match vpc.v4_subnet? {
        IpAddr::V4(address) => Ipv4Net::new(address, vpc.v4_subnet_mask).ok(),
        IpAddr::V6(_) => None,
    }
}

/// Looks.
///
/// # Errors
/// [`VultrError`] of the first list, in the order of [`Observed`], that cannot be read.
pub async fn observe(client: &Client, spec: &Spec) -> Result<Observed, VultrError> {
    let mark = marks::cluster(&spec.name);
    let (vpcs, groups, reserved) = (
        client.vpcs(),
        client.firewall_groups(),
        client.reserved_ips(),
    );
    // All are waited for, so that what is told does not depend on which of them fails first.
    let (found, other, vpcs, groups, reserved) = futures::join!(
        servers(client, spec),
        marked(client, spec, other_kind(spec.kind)),
        vpcs.list(),
        groups.list(),
        reserved.list(),
    );
    let ((servers, strays), other_kind) = (found?, other?);
    let (vpcs, groups, reserved) = (vpcs?, groups?, reserved?);
    let mut vpcs: Vec<Vpc> = vpcs
        .into_iter()
        .filter(|vpc| vpc.description == mark)
        .collect();
    vpcs.sort_by(|a, b| (&a.date_created, &a.id).cmp(&(&b.date_created, &b.id)));
    let mut groups: Vec<FirewallGroup> = groups
        .into_iter()
        .filter(|group| group.description == mark)
        .collect();
    // The one that servers are in is the one.
    let used = servers
        .iter()
        .find_map(|server: &Server| server.firewall.clone());
    groups.sort_by_key(|group| Some(&group.id) != used.as_ref());
    let mut vpcs = vpcs.into_iter();
    let mut groups = groups.into_iter();
    let firewall = match groups.next() {
        Some(group) => {
            let rules = client.firewall_groups().rules(&group.id).await?;
            Some(Firewall { group, rules })
        }
        None => None,
    };
    let mut reserved: Vec<ReservedIp> = reserved
        .into_iter()
        .filter(|ip| ip.label == mark && ip.ip_type == IpType::V4)
        .collect();
    reserved.sort_by_key(|ip| ip.subnet);
    Ok(Observed {
        servers,
        strays,
        other_kind,
        vpc: vpcs.next(),
        firewall,
        doubles: (vpcs.collect(), groups.collect()),
        reserved,
    })
}

/// The servers of a cluster: one a host, and those that are too many. Of two that claim to be the same host, the older
/// one is it.
///
/// # Errors
/// [`VultrError`].
pub async fn servers(
    client: &Client,
    spec: &Spec,
) -> Result<(Vec<Server>, Vec<Server>), VultrError> {
    let mut found = marked(client, spec, spec.kind).await?;
    for server in &mut found {
        if server.ready && server.private.is_none() {
            server.private = private_address(client, server).await?;
        }
    }
    found.sort_by(|a, b| (&a.created, a.id.as_str()).cmp(&(&b.created, b.id.as_str())));
    let mut servers: Vec<Server> = Vec::new();
    let mut strays = Vec::new();
    for server in found {
        let taken = servers.iter().any(|known| known.host == server.host);
        if server.host.is_none() || taken {
            strays.push(server);
        } else {
            servers.push(server);
        }
    }
    Ok((servers, strays))
}

/// Servers of a kind that carry the cluster's mark.
async fn marked(client: &Client, spec: &Spec, kind: Kind) -> Result<Vec<Server>, VultrError> {
    let mark = marks::cluster(&spec.name);
    Ok(match kind {
        Kind::Virtual => {
            let all = client.instances().list(Some(&mark)).await?;
            let ours = all
                .iter()
                .filter(|instance| marks::belongs(&instance.tags, &spec.name));
            ours.map(virtual_server).collect()
        }
        Kind::Metal => {
            let all = client.bare_metals().list(Some(&mark)).await?;
            let ours = all
                .iter()
                .filter(|server| marks::belongs(&server.tags, &spec.name));
            ours.map(metal_server).collect()
        }
    })
}

/// The kind that a cluster is not of.
fn other_kind(kind: Kind) -> Kind {
    match kind {
        Kind::Virtual => Kind::Metal,
        Kind::Metal => Kind::Virtual,
    }
}

/// The address in the VPC of a server whose listing does not tell it.
async fn private_address(client: &Client, server: &Server) -> Result<Option<Ipv4Addr>, VultrError> {
    let vpcs = match server.kind {
        Kind::Virtual => client.instances().vpcs(&server.id).await,
        Kind::Metal => client.bare_metals().vpcs(&server.id).await,
    };
    match vpcs {
        Ok(vpcs) => Ok(vpcs.iter().find_map(|vpc| v4(vpc.ip_address))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn v4(address: Option<IpAddr>) -> Option<Ipv4Addr> {
    match address? {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

/// Takes an instance over.
pub fn virtual_server(instance: &Instance) -> Server {
    Server {
        id: instance.id.clone(),
        host: marks::host_of(&instance.tags),
        label: instance.label.clone(),
        fingerprint: marks::fingerprint_of(&instance.tags).map(str::to_owned),
        public: v4(instance.main_ip()),
        private: v4(instance.internal_ip),
        state: format!("{}/{}", instance.status, instance.server_status),
        kind: Kind::Virtual,
        region: instance.region.to_string(),
        ready: instance.is_ready(),
        stopped: instance.power_status == edgewright_vultr::PowerStatus::Stopped,
        plan: instance.plan.to_string(),
        os: instance.os.clone(),
        firewall: instance.firewall_group_id.clone(),
        created: instance.date_created.clone(),
    }
}

/// Takes a bare-metal server over.
pub fn metal_server(server: &BareMetal) -> Server {
    Server {
        id: server.id.clone(),
        host: marks::host_of(&server.tags),
        label: server.label.clone(),
        fingerprint: marks::fingerprint_of(&server.tags).map(str::to_owned),
        public: v4(server.main_ip()),
        private: v4(server.internal_ip),
        state: server.status.to_string(),
        kind: Kind::Metal,
        region: server.region.to_string(),
        ready: server.is_ready(),
        stopped: server.power_status == edgewright_vultr::PowerStatus::Stopped,
        plan: server.plan.to_string(),
        os: server.os.clone(),
        firewall: None,
        created: server.date_created.clone(),
    }
}
