//! NICs, addresses and the default route, from `ip -json`.
//!
//! One program for everything: the kernel's own interface for this is netlink, and `ip` speaks it well.

use std::process::Command;

use serde_json::{Map, Value, json};

use super::text;

pub(crate) fn gather(facts: &mut Map<String, Value>) {
    let links = ip(&["address", "show"]);
    let mut names = Vec::new();
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for link in &links {
        let name = link["ifname"].as_str().unwrap_or_default();
        if name.is_empty() {
            continue;
        }
        names.push(Value::from(name));
        let nic = nic(link, name, &mut v4, &mut v6);
        facts.insert(name.replace(['-', ':'], "_"), nic);
    }
    facts.insert("interfaces".to_owned(), Value::Array(names));
    facts.insert("all_ipv4_addresses".to_owned(), Value::Array(v4));
    facts.insert("all_ipv6_addresses".to_owned(), Value::Array(v6));
    facts.insert("default_ipv4".to_owned(), default(&links, "-4", "inet"));
    facts.insert("default_ipv6".to_owned(), default(&links, "-6", "inet6"));
    let resolver = text("/etc/resolv.conf");
    let servers: Vec<&str> = resolver
        .lines()
        .filter_map(|line| line.strip_prefix("nameserver "))
        .map(str::trim)
        .collect();
    facts.insert("dns".to_owned(), json!({ "nameservers": servers }));
}

fn ip(words: &[&str]) -> Vec<Value> {
    let output = Command::new("ip").arg("-json").args(words).output();
    output
        .ok()
        .and_then(|output| serde_json::from_slice(&output.stdout).ok())
        .unwrap_or_default()
}

fn addresses<'l>(link: &'l Value, family: &'l str) -> impl Iterator<Item = &'l Value> {
    link["addr_info"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(move |address| address["family"] == family)
}

fn nic(link: &Value, name: &str, v4: &mut Vec<Value>, v6: &mut Vec<Value>) -> Value {
    let mut nic = Map::new();
    let flags = link["flags"].as_array().cloned().unwrap_or_default();
    let has = |flag: &str| flags.iter().any(|found| found == flag);
    nic.insert("device".to_owned(), name.into());
    nic.insert("mtu".to_owned(), link["mtu"].clone());
    nic.insert(
        "active".to_owned(),
        (link["operstate"] == "UP" || (has("UP") && has("LOWER_UP"))).into(),
    );
    nic.insert("promisc".to_owned(), has("PROMISC").into());
    if let Some(address) = link["address"]
        .as_str()
        .filter(|_| link["link_type"] != "loopback")
    {
        nic.insert("macaddress".to_owned(), address.into());
    }
    let directory = format!("/sys/class/net/{name}");
    let kind = if link["link_type"] == "loopback" {
        "loopback"
    } else if std::path::Path::new(&directory).join("bridge").exists() {
        "bridge"
    } else if std::path::Path::new(&directory).join("bonding").exists() {
        "bonding"
    } else {
        "ether"
    };
    nic.insert("type".to_owned(), kind.into());
    let mut more = Vec::new();
    for (at, address) in addresses(link, "inet").enumerate() {
        let described = described(address);
        if name != "lo" {
            v4.push(address["local"].clone());
        }
        if at == 0 {
            nic.insert("ipv4".to_owned(), described);
        } else {
            more.push(described);
        }
    }
    if !more.is_empty() {
        nic.insert("ipv4_secondaries".to_owned(), Value::Array(more));
    }
    let sixes: Vec<Value> = addresses(link, "inet6")
        .map(|address| {
            if name != "lo" {
                v6.push(address["local"].clone());
            }
            json!({"address": address["local"], "prefix": address["prefixlen"].to_string(), "scope": address["scope"]})
        })
        .collect();
    if !sixes.is_empty() {
        nic.insert("ipv6".to_owned(), Value::Array(sixes));
    }
    Value::Object(nic)
}

fn described(address: &Value) -> Value {
    let prefix = address["prefixlen"]
        .as_u64()
        .and_then(|length| u32::try_from(length).ok())
        .unwrap_or(32)
        .min(32);
    let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
    let local = address["local"]
        .as_str()
        .and_then(|text| text.parse::<std::net::Ipv4Addr>().ok());
    let network = local.map(|local| std::net::Ipv4Addr::from(u32::from(local) & mask).to_string());
    json!({
        "address": address["local"],
        "broadcast": address.get("broadcast").cloned().unwrap_or_else(|| "".into()),
        "netmask": std::net::Ipv4Addr::from(mask).to_string(),
        "network": network,
        "prefix": prefix.to_string(),
    })
}

/// The NIC, gateway and address of the default route; empty when there is none.
fn default(links: &[Value], family: &str, name: &str) -> Value {
    let routes = ip(&[family, "route", "show", "default"]);
    let Some(route) = routes.first() else {
        return json!({});
    };
    let device = route["dev"].as_str().unwrap_or_default();
    let link = links.iter().find(|link| link["ifname"] == device);
    let address = link.and_then(|link| {
        let chosen = addresses(link, name)
            .find(|address| route["prefsrc"].is_null() || address["local"] == route["prefsrc"]);
        chosen.or_else(|| addresses(link, name).next())
    });
    let mut found = json!({"interface": device, "gateway": route["gateway"]});
    if let (Some(link), Some(map)) = (link, found.as_object_mut()) {
        map.insert("mtu".to_owned(), link["mtu"].clone());
        map.insert("macaddress".to_owned(), link["address"].clone());
        map.insert("alias".to_owned(), device.into());
        map.insert("type".to_owned(), "ether".into());
        if let Some(address) = address {
            match name {
                "inet" => map.extend(described(address).as_object().cloned().unwrap_or_default()),
                _ => {
                    map.insert("address".to_owned(), address["local"].clone());
                    map.insert("prefix".to_owned(), address["prefixlen"].to_string().into());
                }
            }
        }
    }
    found
}
