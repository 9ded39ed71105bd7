//! From servers with addresses to members of the fabric.
//!
//! Called by every verb that talks to hosts.

use std::net::Ipv4Addr;

use edgewright_opennebula::HostState;

use super::connect::Patience;
use super::control::World;
use super::inventory::Member;
use super::opennebula::observe::Observed as OneObserved;
use super::spec::{HostName, Spec};
use super::vultr::observe::Server;

/// A server as a member, once it has its addresses. With a VPC the fabric runs there, else on the public NIC.
pub fn member(server: &Server, has_vpc: bool) -> Option<Member> {
    let public = server.public?;
    let fabric: Ipv4Addr = if has_vpc { server.private? } else { public };
    Some(Member {
        name: server.host.clone()?,
        public,
        fabric,
        fingerprint: server.fingerprint.clone(),
    })
}

/// The members that the file names and that have their addresses, in the file's order.
pub fn of(spec: &Spec, servers: &[Server], has_vpc: bool) -> Vec<Member> {
    let server = |name: &HostName| {
        servers
            .iter()
            .find(|server| server.host.as_ref() == Some(name))
    };
    spec.hosts
        .names
        .iter()
        .filter_map(|name| member(server(name)?, has_vpc))
        .collect()
}

/// The members of a cluster as it was seen.
pub fn seen(spec: &Spec, world: &World) -> Vec<Member> {
    of(spec, &world.vultr.servers, world.vultr.vpc.is_some())
}

/// Whether a host has been configured before: OpenNebula has had it enabled since.
pub fn patience(opennebula: &OneObserved, member: &Member) -> Patience {
    let configured = opennebula
        .host(member.name.as_str(), Some(member.public))
        .is_some_and(|host| !matches!(host.state, HostState::Offline | HostState::Init));
    if configured {
        Patience::Running
    } else {
        Patience::Starting
    }
}
