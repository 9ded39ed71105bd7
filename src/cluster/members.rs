//! From servers with addresses to members of the fabric.
//!
//! Called by every verb that talks to hosts.

use std::net::Ipv4Addr;

use edgewright_opennebula::HostState;

use super::connect::Patience;
use super::control::World;
use super::inventory::Member;
use super::opennebula::observe::{Observed as OneObserved, provision_member};
use super::spec::{HostName, Spec};
use super::vultr::observe::Server;

/// A server as a member, once it has its addresses. The fabric runs in the VPC.
pub fn member(server: &Server) -> Option<Member> {
    let public = server.public?;
    let fabric: Ipv4Addr = server.private?;
    Some(Member {
        name: server.host.clone()?,
        public,
        fabric,
        fingerprint: server.fingerprint.clone(),
    })
}

/// The members that the file names and that have their addresses, in the file's order.
pub fn of(spec: &Spec, servers: &[Server]) -> Vec<Member> {
    let server = |name: &HostName| {
        servers
            .iter()
            .find(|server| server.host.as_ref() == Some(name))
    };
    spec.hosts
        .names
        .iter()
        .filter_map(|name| member(server(name)?))
        .collect()
}

/// The members of a cluster as it was seen.
pub fn seen(spec: &Spec, world: &World) -> Vec<Member> {
    of(spec, &world.vultr.servers)
}

/// Whether a host has been configured before: OpenNebula has had this very instance enabled.
pub fn patience(opennebula: &OneObserved, member: &Member, instance: Option<&str>) -> Patience {
    let configured = opennebula
        .host(member.name.as_str(), Some(member.public))
        .filter(|host| provision_member(host, "DEPLOY_ID") == instance)
        .is_some_and(|host| !matches!(host.state, HostState::Offline | HostState::Init));
    if configured {
        Patience::Running
    } else {
        Patience::Starting
    }
}
