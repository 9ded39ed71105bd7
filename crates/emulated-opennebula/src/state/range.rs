//! Address ranges: their arithmetic, their leases, and how they are written.

use super::push_element;
use crate::template::{push_data, push_vector};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Who holds an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Holder {
    /// A machine; -1 for an address on hold.
    Vm(i32),
    /// A reservation.
    Vnet(i32),
}

/// The first two bytes of hardware addresses (`MAC_PREFIX`).
const MAC_PREFIX: u16 = 0x0200;

const TYPES: [&str; 6] = ["ETHER", "IP4", "IP6", "IP4_6", "IP6_STATIC", "IP4_6_STATIC"];

/// Attributes that belong to the server, whatever a caller or driver writes there.
const INTERNAL: [&str; 5] = [
    "ALLOCATED",
    "USED_LEASES",
    "LEASES",
    "PARENT_NETWORK_AR_ID",
    "PARENT_NETWORK",
];

/// An address range.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) id: i32,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) leases: BTreeMap<u32, Holder>,
    /// Whether an address was ever in use: from then on the pool shows `ALLOCATED`.
    pub(crate) touched: bool,
}

impl Range {
    /// Checks the attributes of a new range and completes them.
    pub(crate) fn new(id: i32, mut attributes: BTreeMap<String, String>) -> Result<Self, String> {
        let kind = attributes
            .get("TYPE")
            .map(|kind| kind.to_ascii_uppercase())
            .unwrap_or_default();
        if !TYPES.contains(&kind.as_str()) {
            return Err("Unknown or missing address range TYPE.".to_owned());
        }
        let ip = attributes
            .get("IP")
            .and_then(|ip| ip.parse::<Ipv4Addr>().ok());
        match (kind.starts_with("IP4"), ip) {
            (true, None) => return Err("Wrong or empty IP attribute".to_owned()),
            (true, Some(_)) => {}
            (false, _) => drop(attributes.remove("IP")),
        }
        let mac = attributes.get("MAC").cloned().unwrap_or_default();
        if mac.is_empty() {
            let low = ip
                .filter(|_| kind.starts_with("IP4"))
                .map_or_else(|| random_low(id, &attributes), u32::from);
            attributes.insert("MAC".to_owned(), mac_text(MAC_PREFIX, low));
        } else if parse_mac(&mac).is_none() {
            return Err("Wrong format for MAC attribute".to_owned());
        }
        if attributes
            .get("SIZE")
            .and_then(|size| size.trim().parse::<u32>().ok())
            .is_none()
        {
            return Err("Wrong SIZE for address range".to_owned());
        }
        for name in INTERNAL {
            attributes.remove(name);
        }
        attributes.insert("AR_ID".to_owned(), id.to_string());
        Ok(Self {
            id,
            attributes,
            leases: BTreeMap::new(),
            touched: false,
        })
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    pub(crate) fn size(&self) -> u32 {
        self.text("SIZE").trim().parse().unwrap_or(0)
    }

    /// The IPAM driver that manages the range.
    pub(crate) fn driver(&self) -> Option<&str> {
        Some(self.text("IPAM_MAD")).filter(|name| !name.is_empty() && *name != "internal")
    }

    /// The address at a position, for ranges of IPv4.
    pub(crate) fn ip_at(&self, index: u32) -> Option<String> {
        let first: Ipv4Addr = self.text("IP").parse().ok()?;
        Some(Ipv4Addr::from(u32::from(first).wrapping_add(index)).to_string())
    }

    /// The hardware address at a position.
    pub(crate) fn mac_at(&self, index: u32) -> String {
        let (high, low) = parse_mac(self.text("MAC")).unwrap_or((MAC_PREFIX, 0));
        mac_text(high, low.wrapping_add(index))
    }

    /// The position of an IPv4 address.
    pub(crate) fn index_of_ip(&self, ip: &str) -> Option<u32> {
        let first: Ipv4Addr = self.text("IP").parse().ok()?;
        let wanted: Ipv4Addr = ip.parse().ok()?;
        u32::from(wanted)
            .checked_sub(u32::from(first))
            .filter(|index| *index < self.size())
    }

    /// The position of a hardware address.
    pub(crate) fn index_of_mac(&self, mac: &str) -> Option<u32> {
        let (first, wanted) = (parse_mac(self.text("MAC"))?, parse_mac(mac)?);
        let index = wanted.1.checked_sub(first.1)?;
        (first.0 == wanted.0 && index < self.size()).then_some(index)
    }

    /// The first of `count` free addresses in a row, at or after a position.
    pub(crate) fn free_run(&self, count: u32, from: u32) -> Option<u32> {
        let last = self.size().checked_sub(count)?;
        let mut start = from;
        while start <= last {
            let end = start.checked_add(count)?;
            match self.leases.range(start..end).next_back() {
                Some((taken, _)) => start = taken + 1,
                None => return Some(start),
            }
        }
        None
    }

    /// Gives an address to somebody.
    pub(crate) fn take(&mut self, index: u32, holder: Holder) {
        self.leases.insert(index, holder);
        self.touched = true;
    }

    /// Takes back all addresses of a holder.
    pub(crate) fn free_of(&mut self, holder: Holder) {
        self.leases.retain(|_, held| *held != holder);
    }

    /// With ends and leases, as a network alone shows it.
    pub(crate) fn info_xml(&self) -> String {
        let mut out = String::from("<AR>");
        for (key, value) in &self.attributes {
            push_data(&mut out, key, value);
        }
        let last = self.size().wrapping_sub(1);
        push_data(&mut out, "MAC_END", &self.mac_at(last));
        if let Some(end) = self.ip_at(last) {
            push_data(&mut out, "IP_END", &end);
        }
        push_element(&mut out, "USED_LEASES", self.leases.len());
        if self.leases.is_empty() {
            out.push_str("<LEASES/>");
        } else {
            out.push_str("<LEASES>");
            for (index, holder) in &self.leases {
                push_vector(&mut out, "LEASE", &self.lease(*index, *holder));
            }
            out.push_str("</LEASES>");
        }
        out.push_str("</AR>");
        out
    }

    fn lease(&self, index: u32, holder: Holder) -> BTreeMap<String, String> {
        let mut lease = BTreeMap::from([("MAC".to_owned(), self.mac_at(index))]);
        if let Some(ip) = self.ip_at(index) {
            lease.insert("IP".to_owned(), ip);
        }
        let (key, id) = match holder {
            Holder::Vm(id) => ("VM", id),
            Holder::Vnet(id) => ("VNET", id),
        };
        lease.insert(key.to_owned(), id.to_string());
        lease
    }

    /// As stored, as a network among others shows it.
    pub(crate) fn listed_xml(&self) -> String {
        let mut attributes = self.attributes.clone();
        if self.touched {
            attributes.insert("ALLOCATED".to_owned(), self.allocated());
        }
        let mut out = String::new();
        push_vector(&mut out, "AR", &attributes);
        out
    }

    /// Pairs of position and holder, the holder's kind in the high half.
    fn allocated(&self) -> String {
        let pair = |(index, holder): (&u32, &Holder)| {
            let (kind, id) = match holder {
                Holder::Vm(id) => (0x10_0000_0000_i64, id),
                Holder::Vnet(id) => (0x40_0000_0000_i64, id),
            };
            format!(" {index} {}", kind | i64::from(id.cast_unsigned()))
        };
        self.leases.iter().map(pair).collect()
    }
}

fn random_low(id: i32, attributes: &BTreeMap<String, String>) -> u32 {
    let digest = Sha256::digest(format!("{id} {attributes:?}").as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

fn mac_text(high: u16, low: u32) -> String {
    let bytes = [&high.to_be_bytes()[..], &low.to_be_bytes()[..]].concat();
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(":")
}

fn parse_mac(text: &str) -> Option<(u16, u32)> {
    let bytes: Vec<u8> = text
        .split(':')
        .map(|part| u8::from_str_radix(part, 16))
        .collect::<Result<_, _>>()
        .ok()?;
    let (high, low) = bytes.split_at_checked(2)?;
    Some((
        u16::from_be_bytes(high.try_into().ok()?),
        u32::from_be_bytes(low.try_into().ok()?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(members: &[(&str, &str)]) -> Result<Range, String> {
        Range::new(
            0,
            members
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn four() -> Range {
        range(&[("TYPE", "IP4"), ("IP", "198.18.0.254"), ("SIZE", "4")]).unwrap()
    }

    #[test]
    fn hardware_addresses_follow_the_ip_addresses() {
        let range = four();
        assert_eq!(
            (range.text("MAC"), range.mac_at(3).as_str()),
            ("02:00:c6:12:00:fe", "02:00:c6:12:01:01")
        );
        assert_eq!(range.ip_at(3).as_deref(), Some("198.18.1.1"));
    }

    #[test]
    fn what_is_wrong_is_named_in_the_servers_words() {
        assert_eq!(
            range(&[("SIZE", "4")]).unwrap_err(),
            "Unknown or missing address range TYPE."
        );
        assert_eq!(
            range(&[("TYPE", "IP4"), ("IP", "999.1.1.1")]).unwrap_err(),
            "Wrong or empty IP attribute"
        );
        assert_eq!(
            range(&[("TYPE", "IP4"), ("IP", "198.18.0.1")]).unwrap_err(),
            "Wrong SIZE for address range"
        );
        assert_eq!(
            range(&[("TYPE", "ETHER"), ("MAC", "zz")]).unwrap_err(),
            "Wrong format for MAC attribute"
        );
    }

    #[test]
    fn a_free_run_steps_over_leases() {
        let mut range = four();
        range.take(1, Holder::Vm(7));
        assert_eq!(
            (
                range.free_run(1, 0),
                range.free_run(2, 0),
                range.free_run(3, 0)
            ),
            (Some(0), Some(2), None)
        );
        assert_eq!(range.free_run(u32::MAX, 0), None);
    }

    #[test]
    fn positions_outside_the_range_are_nothing() {
        let range = four();
        assert_eq!(range.index_of_ip("198.18.1.1"), Some(3));
        assert_eq!(
            (
                range.index_of_ip("198.18.1.2"),
                range.index_of_ip("198.18.0.253")
            ),
            (None, None)
        );
        assert_eq!(range.index_of_mac("02:00:c6:12:01:00"), Some(2));
    }
}
