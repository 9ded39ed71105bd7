//! What differs at Vultr between the cluster file and what is there.
//!
//! Called by `plan` (to show it) and `act` (to do it). Pure.

use std::net::IpAddr;

use edgewright_vultr::{FirewallRule, NewRule, Protocol, ReservedIp};
use ipnet::IpNet;

use super::catalogue::{Catalogue, Choice, RESERVED_IPV4};
use super::observe::{Observed, Server};
use crate::cluster::change::{Change, Side, Verb};
use crate::cluster::inventory;
use crate::cluster::spec::{HostName, Kind, Spec};

/// What differs, and what stands in nobody's way.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// What has to be done.
    pub changes: Vec<Change>,
    /// Number of things that are as they should be.
    pub unchanged: u32,
    /// What to know.
    pub notes: Vec<String>,
}

/// Hosts of the file that have no server yet.
pub fn missing_hosts<'s>(spec: &'s Spec, observed: &Observed) -> Vec<&'s HostName> {
    spec.hosts
        .names
        .iter()
        .filter(|name| observed.server(name).is_none())
        .collect()
}

/// Servers that the file does not name, or that are one too many.
pub fn surplus_servers<'o>(spec: &Spec, observed: &'o Observed) -> Vec<&'o Server> {
    let wanted = |server: &&Server| {
        server
            .host
            .as_ref()
            .is_none_or(|host| !spec.hosts.names.contains(host))
    };
    observed
        .servers
        .iter()
        .filter(wanted)
        .chain(&observed.strays)
        .collect()
}

/// The rules that the firewall group must have: SSH from where the operator says and between members (images and snapshots
/// travel so), and what path MTU discovery needs.
pub fn rules(spec: &Spec, servers: &[Server]) -> Vec<NewRule> {
    let mut rules: Vec<NewRule> = admitted(spec)
        .into_iter()
        .map(|prefix| rule(Protocol::Tcp, "22", prefix))
        .collect();
    rules.extend(member_rules(spec, servers));
    let everywhere: [IpNet; 2] = [
        IpNet::from(ipnet::Ipv4Net::default()),
        IpNet::from(ipnet::Ipv6Net::default()),
    ];
    rules.extend(everywhere.map(|prefix| rule(Protocol::Icmp, "", prefix)));
    rules
}

fn admitted(spec: &Spec) -> Vec<IpNet> {
    let prefixes = inventory::ssh_from(spec);
    prefixes
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect()
}

/// Rules for the public addresses of servers from which SSH would not be admitted otherwise.
pub fn member_rules(spec: &Spec, servers: &[Server]) -> Vec<NewRule> {
    let admitted = admitted(spec);
    servers
        .iter()
        .filter_map(|server| server.public)
        .map(IpAddr::V4)
        .filter(|address| !admitted.iter().any(|prefix| prefix.contains(address)))
        .map(|address| rule(Protocol::Tcp, "22", IpNet::from(address)))
        .collect()
}

/// Notes of the rules that are ours.
const NOTES: &str = "edgewright";

fn rule(protocol: Protocol, port: &str, prefix: IpNet) -> NewRule {
    let mut rule = NewRule::new(protocol, port, prefix.network(), prefix.prefix_len());
    NOTES.clone_into(&mut rule.notes);
    rule
}

/// Rules that are missing.
pub fn missing_rules(spec: &Spec, observed: &Observed) -> Vec<NewRule> {
    let there: &[FirewallRule] = observed
        .firewall
        .as_ref()
        .map_or(&[], |firewall| &firewall.rules);
    rules(spec, &observed.servers)
        .into_iter()
        .filter(|rule| !there.iter().any(|known| known.is_same(rule)))
        .collect()
}

/// Rules of ours that the file does not want any more.
pub fn surplus_rules<'o>(spec: &Spec, observed: &'o Observed) -> Vec<&'o FirewallRule> {
    let wanted = rules(spec, &observed.servers);
    let there = observed
        .firewall
        .iter()
        .flat_map(|firewall| &firewall.rules);
    there
        .filter(|known| known.notes == NOTES && !wanted.iter().any(|rule| known.is_same(rule)))
        .collect()
}

/// A rule that is there, in a few words.
pub fn known_rule_name(rule: &FirewallRule) -> String {
    words(&rule.protocol, &rule.port, &rule.subnet, rule.subnet_size)
}

/// A rule in a few words.
pub fn rule_name(rule: &NewRule) -> String {
    words(&rule.protocol, &rule.port, &rule.subnet, rule.subnet_size)
}

fn words(protocol: &Protocol, port: &str, subnet: &impl std::fmt::Display, size: u8) -> String {
    let port = if port.is_empty() {
        String::new()
    } else {
        format!(" {port}")
    };
    format!("{protocol}{port} from {subnet}/{size}")
}

/// Of reserved addresses, those that stay.
pub fn staying(spec: &Spec, observed: &Observed, all: &[ReservedIp]) -> Vec<ReservedIp> {
    let leaving = surplus_addresses(spec, observed);
    let stays = |ip: &&ReservedIp| !leaving.iter().any(|other| other.id == ip.id);
    all.iter().filter(stays).cloned().collect()
}

/// Reserved addresses beyond the number in the file that no instance uses, the last ones first.
pub fn surplus_addresses<'o>(spec: &Spec, observed: &'o Observed) -> Vec<&'o ReservedIp> {
    let wanted = usize::try_from(spec.public_ips).unwrap_or(usize::MAX);
    let surplus = observed.reserved.len().saturating_sub(wanted);
    observed
        .reserved
        .iter()
        .rev()
        .filter(|ip| ip.instance_id.is_none())
        .take(surplus)
        .collect()
}

/// Number of reserved addresses to add.
pub fn missing_addresses(spec: &Spec, observed: &Observed) -> u32 {
    let there = u32::try_from(observed.reserved.len()).unwrap_or(u32::MAX);
    spec.public_ips.saturating_sub(there)
}

/// An address in words.
pub fn address_name(ip: &ReservedIp) -> String {
    ip.subnet
        .map_or_else(|| ip.id.to_string(), |address: IpAddr| address.to_string())
}

/// Compares everything.
pub fn compare(
    spec: &Spec,
    observed: &Observed,
    choice: &Choice,
    catalogue: &Catalogue,
) -> Difference {
    let mut difference = Difference::default();
    vpc(spec, observed, &mut difference);
    if spec.kind == Kind::Virtual {
        firewall(spec, observed, &mut difference);
    }
    addresses(spec, observed, &mut difference);
    servers(spec, observed, choice, catalogue, &mut difference);
    difference
}

fn vpc(spec: &Spec, observed: &Observed, difference: &mut Difference) {
    let name = spec.name.as_str();
    match (&observed.vpc, spec.network.vpc) {
        (None, wanted) => {
            let change = Change::new(Verb::Create, Side::Vultr, "vpc", name);
            let prefix = wanted.map_or_else(
                || "prefix chosen by Vultr".to_owned(),
                |prefix| format!("prefix {prefix}"),
            );
            difference.changes.push(change.detail(prefix));
        }
        (Some(_), wanted) => {
            difference.unchanged += 1;
            let found = observed.vpc_prefix();
            if wanted.is_some() && found.is_some() && wanted != found {
                let (found, wanted) = (found.map(|p| p.to_string()), wanted.map(|p| p.to_string()));
                difference.notes.push(format!(
                    "the VPC has the prefix {}, the file says {}; a VPC keeps its prefix: destroy the cluster to change it",
                    found.unwrap_or_default(),
                    wanted.unwrap_or_default(),
                ));
            }
        }
    }
}

fn firewall(spec: &Spec, observed: &Observed, difference: &mut Difference) {
    let wanted = rules(spec, &observed.servers);
    match &observed.firewall {
        None => difference.changes.push(Change::new(
            Verb::Create,
            Side::Vultr,
            "firewall group",
            spec.name.as_str(),
        )),
        Some(firewall) => {
            difference.unchanged += 1;
            for known in &firewall.rules {
                if wanted.iter().any(|rule| known.is_same(rule)) {
                    difference.unchanged += 1;
                } else if known.notes != NOTES {
                    difference.notes.push(format!(
                        "the firewall group has a rule that is not ours and stays: {}",
                        known_rule_name(known)
                    ));
                }
            }
        }
    }
    for rule in surplus_rules(spec, observed) {
        let name = known_rule_name(rule);
        let change = Change::new(Verb::Remove, Side::Vultr, "firewall rule", name);
        difference.changes.push(change);
    }
    for rule in missing_rules(spec, observed) {
        difference.changes.push(Change::new(
            Verb::Create,
            Side::Vultr,
            "firewall rule",
            rule_name(&rule),
        ));
    }
}

fn addresses(spec: &Spec, observed: &Observed, difference: &mut Difference) {
    for number in 0..missing_addresses(spec, observed) {
        let change = Change::new(
            Verb::Create,
            Side::Vultr,
            "reserved ip",
            format!("{}-{number}", spec.name.as_str()),
        );
        difference.changes.push(change.costs(RESERVED_IPV4));
    }
    let surplus = surplus_addresses(spec, observed);
    let kept = observed.reserved.len() - surplus.len();
    difference.unchanged += u32::try_from(kept).unwrap_or(u32::MAX);
    for ip in surplus {
        difference.changes.push(
            Change::new(Verb::Remove, Side::Vultr, "reserved ip", address_name(ip))
                .costs(RESERVED_IPV4),
        );
    }
}

fn servers(
    spec: &Spec,
    observed: &Observed,
    choice: &Choice,
    catalogue: &Catalogue,
    difference: &mut Difference,
) {
    let kind = server_kind(spec.kind);
    for name in missing_hosts(spec, observed) {
        let change = Change::new(Verb::Create, Side::Vultr, kind, name.as_str()).detail(format!(
            "plan {}, {}, region {}",
            choice.plan, choice.os_name, choice.region
        ));
        difference.changes.push(change.costs(choice.monthly));
    }
    for server in &observed.servers {
        let Some(host) = server
            .host
            .as_ref()
            .filter(|host| spec.hosts.names.contains(host))
        else {
            continue;
        };
        let repairs = repairs(spec, observed, server);
        if repairs.is_empty() {
            difference.unchanged += 1;
        } else {
            let mut change = Change::new(Verb::Change, Side::Vultr, kind, host.as_str());
            change.details = repairs
                .iter()
                .map(|repair| repair.words().to_owned())
                .collect();
            difference.changes.push(change);
        }
        if !server.os.is_empty() && server.os != choice.os_name {
            difference.notes.push(format!(
                "{host} was installed with {}, the file says {}; an instance keeps its system: take the host out of the file, apply, and put it back",
                server.os, choice.os_name
            ));
        }
        if server.ready && server.private.is_none() {
            difference.notes.push(format!(
                "{host} has no address in the VPC and cannot be part of the fabric; remove its instance, and `apply` orders a new one"
            ));
        }
        if server.plan != choice.plan.as_str() {
            difference.notes.push(format!(
                "{host} was ordered with the plan {}, the file says {}; an instance keeps its plan: take the host out of the file, apply, and put it back",
                server.plan, choice.plan
            ));
        }
    }
    for server in surplus_servers(spec, observed) {
        let name = server.name();
        let mut change = Change::new(Verb::Remove, Side::Vultr, kind, name)
            .detail(format!("instance {}", server.id));
        change.monthly = catalogue.price(&server.plan);
        difference.changes.push(change);
    }
}

/// What the API calls a server of a kind.
pub fn server_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Virtual => "instance",
        Kind::Metal => "bare metal",
    }
}

/// Something to put right at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// It is switched off.
    Start,
    /// It is not in the cluster's firewall group.
    Firewall,
}

impl Repair {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Start => "power: `stopped` -> `running`",
            Self::Firewall => "firewall group: not the cluster's -> the cluster's",
        }
    }
}

/// What to put right at a server. Where there is no group yet, every server will be put into the new one.
pub fn repairs(spec: &Spec, observed: &Observed, server: &Server) -> Vec<Repair> {
    let mut repairs = Vec::new();
    if server.stopped {
        repairs.push(Repair::Start);
    }
    let group = observed
        .firewall
        .as_ref()
        .map(|firewall| &firewall.group.id);
    if spec.kind == Kind::Virtual && (group.is_none() || server.firewall.as_ref() != group) {
        repairs.push(Repair::Firewall);
    }
    repairs
}
