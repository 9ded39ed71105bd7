//! Networks: VPCs, firewall groups with their rules, and reserved IPs.

use super::lenient;
use super::{
    FirewallGroupId, FirewallRuleId, InstanceId, IpType, Protocol, Region, ReservedIpId, VpcId,
};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::net::IpAddr;

/// A private network of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub region: Region,
    /// Up to 255 characters.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// The network's address.
    #[serde(default, deserialize_with = "lenient::address")]
    pub v4_subnet: Option<IpAddr>,
    /// The prefix length.
    #[serde(default, deserialize_with = "lenient::number")]
    pub v4_subnet_mask: u8,
    /// When it was made, in RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub date_created: String,
}

/// A VPC to make; a region may have five.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewVpc {
    /// Where.
    pub region: Region,
    /// Up to 255 characters.
    pub description: String,
    /// Network address and prefix length, such as `("198.18.0.0", 24)`; Vultr chooses one when not said.
    pub subnet: Option<(String, u8)>,
}

impl Serialize for NewVpc {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("region", &self.region)?;
        map.serialize_entry("description", &self.description)?;
        if let Some((address, mask)) = &self.subnet {
            map.serialize_entry("v4_subnet", address)?;
            map.serialize_entry("v4_subnet_mask", mask)?;
        }
        map.end()
    }
}

/// A firewall group: what is let in on the public side of the instances that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct FirewallGroup {
    /// Its id.
    pub id: FirewallGroupId,
    /// Up to 255 characters; longer ones are cut.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// How many instances have it, where Vultr says so.
    #[serde(default)]
    pub instance_count: Option<u32>,
    /// How many rules it has.
    #[serde(default, deserialize_with = "lenient::number")]
    pub rule_count: u32,
    /// How many rules it may have.
    #[serde(default, deserialize_with = "lenient::number")]
    pub max_rule_count: u32,
}

/// A rule of a firewall group: something is let in. Rules cannot be changed, only added and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct FirewallRule {
    /// Its number in the group.
    pub id: FirewallRuleId,
    /// For which kind of addresses.
    #[serde(default)]
    pub ip_type: IpType,
    /// What is let in.
    #[serde(default)]
    pub protocol: Protocol,
    /// A port or two with a colon between; empty for all, and for protocols without ports.
    #[serde(default, deserialize_with = "lenient::text")]
    pub port: String,
    /// From where: the network's address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub subnet: String,
    /// From where: the prefix length.
    #[serde(default, deserialize_with = "lenient::number")]
    pub subnet_size: u8,
    /// The same network again, `cloudflare`, or a load balancer.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub source: String,
    /// Anything.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub notes: String,
}

impl FirewallRule {
    /// Whether it lets in exactly what `rule` would; notes do not count.
    pub fn is_same(&self, rule: &NewRule) -> bool {
        self.ip_type == rule.ip_type()
            && self.protocol == rule.protocol
            && self.port == rule.port
            && self.subnet.parse() == Ok(rule.subnet)
            && self.subnet_size == rule.subnet_size
            && self.is_from_its_subnet()
    }

    fn is_from_its_subnet(&self) -> bool {
        self.source.is_empty()
            || self.source == self.subnet
            || self.source == format!("{}/{}", self.subnet, self.subnet_size)
    }
}

/// A firewall rule to add: what is let in, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// What is let in.
    pub protocol: Protocol,
    /// A port (`22`) or two with a colon between (`1:65535`); empty for protocols without ports.
    pub port: String,
    /// From where: the network's address.
    pub subnet: IpAddr,
    /// From where: the prefix length.
    pub subnet_size: u8,
    /// Anything.
    pub notes: String,
}

impl NewRule {
    /// Lets `protocol` in on `port` from a network.
    pub fn new(
        protocol: Protocol,
        port: impl Into<String>,
        subnet: IpAddr,
        subnet_size: u8,
    ) -> Self {
        Self {
            protocol,
            port: port.into(),
            subnet,
            subnet_size,
            notes: String::new(),
        }
    }

    /// For which kind of addresses.
    pub fn ip_type(&self) -> IpType {
        match self.subnet {
            IpAddr::V4(_) => IpType::V4,
            IpAddr::V6(_) => IpType::V6,
        }
    }
}

impl Serialize for NewRule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("ip_type", &self.ip_type())?;
        map.serialize_entry("protocol", &self.protocol)?;
        map.serialize_entry("subnet", &self.subnet)?;
        map.serialize_entry("subnet_size", &self.subnet_size)?;
        if !self.port.is_empty() {
            map.serialize_entry("port", &self.port)?;
        }
        if !self.notes.is_empty() {
            map.serialize_entry("notes", &self.notes)?;
        }
        map.end()
    }
}

/// An address that is kept, and paid for, whether a machine has it or not. It has no tags: what marks it is its label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ReservedIp {
    /// Its id.
    pub id: ReservedIpId,
    /// Where it can be used.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub region: Region,
    /// Its kind.
    #[serde(default)]
    pub ip_type: IpType,
    /// The address, or the network's for IPv6.
    #[serde(default, deserialize_with = "lenient::address")]
    pub subnet: Option<IpAddr>,
    /// 32 for IPv4, 64 for IPv6.
    #[serde(default, deserialize_with = "lenient::number")]
    pub subnet_size: u8,
    /// What people call it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub label: String,
    /// The machine that has it.
    #[serde(default, deserialize_with = "lenient::unset")]
    pub instance_id: Option<InstanceId>,
}

/// An address to reserve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewReservedIp {
    /// Where it will be used.
    pub region: Region,
    /// Its kind.
    pub ip_type: IpType,
    /// What people call it.
    pub label: String,
}

impl NewReservedIp {
    /// An IPv4 address.
    pub fn v4(region: Region, label: impl Into<String>) -> Self {
        let (ip_type, label) = (IpType::V4, label.into());
        Self {
            region,
            ip_type,
            label,
        }
    }
}
