//! What is due for each of a cluster's objects in OpenNebula.
//!
//! Called by `plan` (to show it) and `act` (to do it), so that the two cannot disagree. Pure.

use std::net::Ipv4Addr;

use edgewright_opennebula::{
    AddressRange, AddressRangeId, Cluster, ClusterId, Datastore, Host, HostState, Template,
    VirtualNetwork,
};
use edgewright_vultr::ReservedIp;

use super::desired::{self, Nic};
use super::diff::{Difference, compare, line};
use super::observe::Observed;
use crate::cluster::change::{Change, Side, Verb};
use crate::cluster::inventory::Member;
use crate::cluster::spec::Spec;

/// What is due for an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// It has to be made.
    Create,
    /// It has to be changed.
    Change(Difference),
    /// It is as it should be.
    Nothing,
}

impl Due {
    fn of(difference: Difference) -> Self {
        if difference.is_empty() {
            Self::Nothing
        } else {
            Self::Change(difference)
        }
    }

    /// The same as a line of a plan; `None` when nothing is due.
    pub fn change(&self, kind: &'static str, name: &str) -> Option<Change> {
        match self {
            Self::Create => Some(Change::new(Verb::Create, Side::OpenNebula, kind, name)),
            Self::Change(difference) => {
                let mut change = Change::new(Verb::Change, Side::OpenNebula, kind, name);
                change.details.clone_from(&difference.details);
                Some(change)
            }
            Self::Nothing => None,
        }
    }
}

/// Keys of a new datastore or network that it does not show under `TEMPLATE` afterwards, or not as they were sent.
const ONLY_AT_CREATION: &[&str] = &["NAME", "TYPE", "DS_MAD", "TM_MAD", "VN_MAD", "BRIDGE"];

/// The cluster itself.
pub fn cluster(spec: &Spec, observed: &Observed) -> Due {
    observed.cluster.as_ref().map_or(Due::Create, |cluster| {
        Due::of(compare(&desired::cluster(spec), &cluster.template, &[]))
    })
}

/// Datastores of a fresh OpenNebula that the cluster shares: default images and files.
pub fn shared_datastores(observed: &Observed) -> Vec<i32> {
    let joined = |id: &i32| {
        let joined =
            |cluster: &Cluster| cluster.datastores.iter().any(|known| known.number() == *id);
        observed.cluster.as_ref().is_some_and(joined)
    };
    [1, 2]
        .into_iter()
        .filter(|id| observed.datastore_ids.contains(id) && !joined(id))
        .collect()
}

/// A datastore, of the attributes that are wanted.
pub fn datastore(wanted: &Template, actual: Option<&Datastore>, cluster: Option<ClusterId>) -> Due {
    let Some(actual) = actual else {
        return Due::Create;
    };
    let mut difference = compare(wanted, &actual.template, ONLY_AT_CREATION);
    if let Some(cluster) = cluster.filter(|cluster| !actual.clusters.contains(cluster)) {
        difference
            .details
            .push(line("cluster", None, &cluster.to_string()));
    }
    Due::of(difference)
}

/// A host.
pub fn host(spec: &Spec, member: &Member, instance: &str, observed: &Observed) -> Due {
    let Some(actual) = observed.host(member.name.as_str(), Some(member.public)) else {
        return Due::Create;
    };
    let mut difference = compare(
        &desired::host(spec, member, instance),
        &actual.template,
        &[],
    );
    let address = member.public.to_string();
    if actual.name != address {
        difference
            .details
            .push(line("NAME", Some(&actual.name), &address));
    }
    if let Some(cluster) = &observed.cluster
        && actual.cluster != cluster.id
    {
        difference
            .details
            .push(line("cluster", Some(&actual.cluster_name), &cluster.name));
    }
    if needs_enabling(actual) {
        difference
            .details
            .push(line("state", Some(&actual.state.to_string()), "MONITORED"));
    }
    Due::of(difference)
}

/// Whether a host has to be enabled. One that an operator has disabled stays so, and a monitored one must not be enabled
/// again: that would drop it to INIT.
pub fn needs_enabling(host: &Host) -> bool {
    matches!(host.state, HostState::Offline | HostState::Error)
}

/// The public network: its attributes and the ranges that are missing or too many.
pub fn public_network(spec: &Spec, observed: &Observed, reserved: &[ReservedIp]) -> (Due, Ranges) {
    let Some(network) = &observed.public else {
        let missing = addresses(reserved);
        return (
            Due::Create,
            Ranges {
                missing,
                surplus: Vec::new(),
            },
        );
    };
    let mut difference = compare(
        &desired::public_network(spec),
        &network.template,
        ONLY_AT_CREATION,
    );
    let dns = network.template.scalar("DNS").unwrap_or_default();
    if spec.dns.is_empty() && !dns.is_empty() {
        difference.details.push(line("DNS", Some(dns), ""));
        difference.update.push("DNS", "");
    }
    if let Some(cluster) = observed
        .cluster
        .as_ref()
        .filter(|cluster| !network.clusters.contains(&cluster.id))
    {
        difference
            .details
            .push(line("cluster", None, &cluster.name));
    }
    let ranges = ranges(network, reserved);
    for (address, _) in &ranges.missing {
        difference
            .details
            .push(format!("address range {address}: missing"));
    }
    for (_, address) in &ranges.surplus {
        difference.details.push(format!(
            "address range {address}: its address is not reserved any more"
        ));
    }
    (Due::of(difference), ranges)
}

/// Address ranges of the public network that have to come or go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// Addresses without a range, and the ids of their reservations.
    pub missing: Vec<(Ipv4Addr, String)>,
    /// Ranges whose address is not reserved, and their first addresses.
    pub surplus: Vec<(AddressRangeId, String)>,
}

fn addresses(reserved: &[ReservedIp]) -> Vec<(Ipv4Addr, String)> {
    let v4 = |ip: &ReservedIp| match ip.subnet? {
        std::net::IpAddr::V4(address) => Some((address, ip.id.to_string())),
        std::net::IpAddr::V6(_) => None,
    };
    reserved.iter().filter_map(v4).collect()
}

fn ranges(network: &VirtualNetwork, reserved: &[ReservedIp]) -> Ranges {
    let wanted = addresses(reserved);
    let has = |address: Ipv4Addr| {
        network
            .ranges
            .iter()
            .any(|range| range.first() == Some(address))
    };
    let is_wanted = |range: &AddressRange| {
        range
            .first()
            .is_some_and(|first| wanted.iter().any(|(address, _)| *address == first))
    };
    Ranges {
        missing: wanted
            .iter()
            .filter(|(address, _)| !has(*address))
            .cloned()
            .collect(),
        // Ranges that name no reservation were added by somebody else, and ranges in use stay.
        surplus: network
            .ranges
            .iter()
            .filter(|range| {
                range.attributes.scalar("VULTR_IP_ID").is_some() && range.leases.is_empty()
            })
            .filter(|range| !is_wanted(range))
            .map(|range| (range.id, range.ip.clone().unwrap_or_default()))
            .collect(),
    }
}

/// The template of private networks. `nic` is known once a host has said so.
pub fn private_template(spec: &Spec, observed: &Observed, cluster: ClusterId, nic: &Nic) -> Due {
    let Some(actual) = &observed.private else {
        return Due::Create;
    };
    let wanted = desired::private_template(spec, cluster.number(), nic);
    Due::of(compare(&wanted, &actual.template, &["NAME"]))
}
