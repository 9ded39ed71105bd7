//! Identifiers, passwords, times and addresses as the API writes them.

use jiff::Timestamp;
use std::net::Ipv6Addr;
use std::time::{SystemTime, UNIX_EPOCH};

fn random() -> u128 {
    let mut bytes = [0; 16];
    // Without randomness from the system the clock must do: nothing here is a secret of anyone.
    if getrandom::fill(&mut bytes).is_err() {
        return u128::try_from(milliseconds()).unwrap_or_default() * 0x9e37_79b9_7f4a_7c15;
    }
    u128::from_be_bytes(bytes)
}

/// A new UUID, version 4.
pub fn uuid() -> String {
    let bits = (random() & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// A new root password.
pub fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789{}#!+";
    random()
        .to_be_bytes()
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()))
        .map(|letter| char::from(*letter))
        .collect()
}

/// A moment, such as `2020-10-10T01:56:20+00:00`.
pub fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// A MAC address from its number.
pub fn mac(number: u64) -> String {
    let bytes = number.to_be_bytes();
    let parts: Vec<String> = bytes
        .iter()
        .skip(2)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    parts.join(":")
}

/// The network and first address of a machine's IPv6: documentation addresses, since nothing answers there.
pub fn v6(number: u32) -> (Ipv6Addr, Ipv6Addr) {
    let bits =
        |low: u128| Ipv6Addr::from_bits((0x2001_0db8 << 96) | (u128::from(number) << 64) | low);
    (bits(0), bits(0x100))
}

/// Milliseconds since 1970.
pub fn milliseconds() -> i64 {
    let passed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_a_random_uuid() {
        let id = uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(id.get(14..15), Some("4"));
        assert!(id.get(19..20).is_some_and(|digit| "89ab".contains(digit)));
        assert_ne!(id, uuid());
    }

    #[test]
    fn times_and_hardware_addresses_are_written_as_vultr_does() {
        assert_eq!(stamp(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00+00:00");
        assert_eq!(mac(0x5a00_0500_0001), "5a:00:05:00:00:01");
        assert_eq!(v6(3).1.to_string(), "2001:db8:0:3::100");
    }
}
