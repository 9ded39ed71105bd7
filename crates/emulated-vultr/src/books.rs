//! Everything that exists in the account.
//!
//! Kept by `crate::emulator` behind a lock; `resources` read and write it, `life` moves machines on in it.

use crate::config::Config;
use crate::machine::Machine;
use crate::machines::MachineKind;
use crate::pool::Pool;
use jiff::Timestamp;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::time::Instant;

/// An SSH key.
#[derive(Debug)]
pub struct SshKey {
    pub name: String,
    pub key: String,
    pub created: Timestamp,
}

/// A startup script.
#[derive(Debug)]
pub struct Script {
    pub name: String,
    pub kind: String,
    /// Base64.
    pub text: String,
    pub created: Timestamp,
    pub modified: Timestamp,
}

/// A VPC.
#[derive(Debug)]
pub struct Vpc {
    pub region: String,
    pub description: String,
    pub subnet: ipnet::Ipv4Net,
    pub created: Timestamp,
    /// It is being removed.
    pub gone: bool,
}

/// A firewall group.
#[derive(Debug)]
pub struct FirewallGroup {
    pub description: String,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub rules: Vec<Rule>,
    pub last_rule: u32,
}

/// A rule of a firewall group.
#[derive(Debug)]
pub struct Rule {
    pub number: u32,
    pub ip_type: String,
    pub protocol: String,
    pub port: String,
    pub subnet: String,
    pub subnet_size: u32,
    pub source: String,
    pub notes: String,
}

/// A reserved address.
#[derive(Debug)]
pub struct Reserved {
    pub region: String,
    pub label: String,
    pub address: std::net::IpAddr,
    pub created: Timestamp,
    /// The machine, also while it is being removed; empty if free.
    pub machine: String,
    /// Until when a detached one counts as attached.
    pub busy_until: Option<Instant>,
}

impl Reserved {
    /// Whether it cannot be attached: it is, or was until a moment ago.
    pub fn is_busy(&self, now: Instant) -> bool {
        !self.machine.is_empty() || self.busy_until.is_some_and(|until| until > now)
    }
}

/// A job that changes a machine.
#[derive(Debug)]
pub struct Job {
    pub machine: String,
    pub kind: &'static str,
    pub added: Timestamp,
    pub ends: Instant,
}

/// Everything that exists.
#[derive(Debug, Default)]
pub struct Books {
    pub machines: Pool<Machine>,
    pub keys: Pool<SshKey>,
    pub scripts: Pool<Script>,
    pub vpcs: Pool<Vpc>,
    pub groups: Pool<FirewallGroup>,
    pub reserved: Pool<Reserved>,
    pub jobs: Pool<Job>,
    /// Regions and plans that are sold out.
    pub sold_out: HashSet<(String, String)>,
    /// The host number to look at first for the next machine.
    next_host: u32,
    /// The same for the next reserved address.
    next_reserved: u32,
    /// Machines and interfaces made so far.
    counter: u32,
}

impl Books {
    /// A machine of a kind that is not being removed.
    pub fn machine(&self, kind: MachineKind, id: &str) -> Option<&Machine> {
        self.machines
            .get(id)
            .filter(|machine| machine.kind == kind && !machine.gone)
    }

    /// The same, to be changed.
    pub fn machine_mut(&mut self, kind: MachineKind, id: &str) -> Option<&mut Machine> {
        self.machines
            .get_mut(id)
            .filter(|machine| machine.kind == kind && !machine.gone)
    }

    /// A machine of either kind that is not being removed.
    pub fn any_machine(&self, id: &str) -> Option<&Machine> {
        self.machines.get(id).filter(|machine| !machine.gone)
    }

    /// The machine that a reserved address is seen to be attached to, or an empty text.
    pub fn holder<'a>(&self, reserved: &'a Reserved) -> &'a str {
        match self.any_machine(&reserved.machine) {
            Some(_) => &reserved.machine,
            None => "",
        }
    }

    /// Forgets a machine that has been removed, and frees what it held.
    pub fn forget(&mut self, id: &str) {
        self.machines.remove(id);
        for (_, reserved) in self.reserved.iter_mut() {
            if reserved.machine == id {
                reserved.machine.clear();
            }
        }
    }

    /// A VPC that is not being removed.
    pub fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.get(id).filter(|vpc| !vpc.gone)
    }

    /// A number that no other machine or interface has.
    pub fn count(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    fn addresses(&self) -> HashSet<Ipv4Addr> {
        let machines = self
            .machines
            .iter()
            .flat_map(|(_, machine)| machine.public_addresses());
        let reserved = self
            .reserved
            .iter()
            .filter_map(|(_, reserved)| match reserved.address {
                std::net::IpAddr::V4(address) => Some(address),
                std::net::IpAddr::V6(_) => None,
            });
        machines.chain(reserved).collect()
    }

    /// An address for a machine: the next free one after the one given out last, so that none comes back at once.
    pub fn take_address(&mut self, config: &Config) -> Option<Ipv4Addr> {
        let used = self.addresses();
        let first = u32::from(config.public_net.network());
        let end = u32::from(config.public_net.broadcast());
        let begin = first.checked_add(config.first_host.max(2))?;
        let length = end.checked_sub(begin).filter(|length| *length > 0)?;
        let found = (0..length)
            .map(|step| (self.next_host + step) % length)
            .find(|host| {
                let address = Ipv4Addr::from(begin + host);
                !config.reserved_net.contains(&address) && !used.contains(&address)
            })?;
        self.next_host = found + 1;
        Some(Ipv4Addr::from(begin + found))
    }

    /// An address to reserve.
    pub fn take_reserved(&mut self, config: &Config) -> Option<Ipv4Addr> {
        let used = self.addresses();
        let first = u32::from(config.reserved_net.network());
        let length = u32::from(config.reserved_net.broadcast()) - first;
        let found = (0..length)
            .map(|step| (self.next_reserved + step) % length)
            .find(|host| {
                let address = Ipv4Addr::from(first + host);
                *host > 0 && !used.contains(&address) && address != config.gateway()
            })?;
        self.next_reserved = found + 1;
        Some(Ipv4Addr::from(first + found))
    }

    /// The first address of a VPC, from the third on, that no machine has.
    pub fn take_vpc_address(&self, id: &str) -> Option<Ipv4Addr> {
        let subnet = self.vpc(id)?.subnet;
        let used: HashSet<Ipv4Addr> = self
            .machines
            .iter()
            .flat_map(|(_, machine)| &machine.vpcs)
            .filter(|attachment| attachment.vpc == id)
            .map(|attachment| attachment.address)
            .collect();
        subnet
            .hosts()
            .skip(2)
            .find(|address| !used.contains(address))
    }

    /// The first /24 of the pool that overlaps no VPC.
    pub fn take_subnet(&self, config: &Config) -> Option<ipnet::Ipv4Net> {
        config.vpc_pool.subnets(24).ok()?.find(|subnet| {
            !self.vpcs.iter().any(|(_, vpc)| {
                vpc.subnet.contains(&subnet.network()) || subnet.contains(&vpc.subnet.network())
            })
        })
    }

    /// Machines that are attached to a VPC, also those that are being removed.
    pub fn attached(&self, vpc: &str) -> impl Iterator<Item = &Machine> {
        self.machines
            .iter()
            .map(|(_, machine)| machine)
            .filter(move |machine| machine.vpcs.iter().any(|at| at.vpc == vpc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_round_and_spare_the_reserved_part() {
        let config = Config {
            public_net: "198.18.7.0/28".parse().unwrap(),
            reserved_net: "198.18.7.8/30".parse().unwrap(),
            first_host: 6,
            ..Config::default()
        };
        let mut books = Books::default();
        let mut take = || books.take_address(&config).unwrap().octets()[3];
        let taken: Vec<u8> = (0..6).map(|_| take()).collect();
        assert_eq!(taken, [6, 7, 12, 13, 14, 6]);
    }

    #[test]
    fn subnets_of_vpcs_do_not_overlap() {
        let config = Config::default();
        let mut books = Books::default();
        for expected in ["198.19.0.0/24", "198.19.1.0/24"] {
            let subnet = books.take_subnet(&config).unwrap();
            assert_eq!(subnet.to_string(), expected);
            let vpc = Vpc {
                region: "ams".to_owned(),
                description: String::new(),
                subnet,
                created: Timestamp::UNIX_EPOCH,
                gone: false,
            };
            books.vpcs.add(expected.to_owned(), vpc);
        }
    }
}
