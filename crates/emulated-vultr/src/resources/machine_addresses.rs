//! The IPv4 and IPv6 addresses of a machine.

use super::machines::{find, find_mut};
use crate::answer::{Outcome, Refusal, Reply};
use crate::desk::{Desk, Task};
use crate::machine::Machine;
use crate::machines::Power;
use crate::marks;
use crate::pool::page_of;
use crate::request::Request;
use crate::texts;
use serde_json::{Value, json};
use std::net::IpAddr;

fn row(ip: String, netmask: &str, gateway: &str, kind: &str) -> (String, Value) {
    let value = json!({
        "ip": ip,
        "netmask": netmask,
        "gateway": gateway,
        "type": kind,
        "reverse": "",
    });
    (ip, value)
}

fn secondary(ip: String) -> (String, Value) {
    row(ip, "255.255.255.255", "", "secondary_ip")
}

/// Reserved addresses that are attached beside the main one.
fn reserved(desk: &Desk<'_>, id: &str, machine: &Machine, v4: bool) -> Vec<IpAddr> {
    desk.books
        .reserved
        .iter()
        .map(|(_, reserved)| reserved)
        .filter(|it| it.machine == id && it.address.is_ipv4() == v4)
        .map(|it| it.address)
        .filter(|address| !machine.public_addresses().any(|own| *address == own))
        .collect()
}

/// `GET /{machines}/{id}/ipv4`.
pub fn list_v4(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find(desk, request)?;
    let mut rows = Vec::new();
    if machine.addressed {
        let net = desk.config.public_net;
        rows.push(row(
            machine.main_ip.to_string(),
            &net.netmask().to_string(),
            &desk.config.gateway().to_string(),
            "main_ip",
        ));
        rows.extend(machine.more_ips.iter().map(|ip| secondary(ip.to_string())));
        let reserved = reserved(desk, request.id(), machine, true);
        rows.extend(reserved.iter().map(|ip| secondary(ip.to_string())));
        if !request.is_set("public_network") {
            rows.extend(machine.vpcs.iter().filter_map(|at| {
                let netmask = desk.books.vpc(&at.vpc)?.subnet.netmask().to_string();
                Some(row(at.address.to_string(), &netmask, "", "private"))
            }));
        }
    }
    page_of(request, "ipv4s", rows)
}

/// `GET /{machines}/{id}/ipv6`.
pub fn list_v6(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find(desk, request)?;
    let mut rows = Vec::new();
    let mut push = |ip: String, network: String, kind: &str| {
        let value = json!({ "ip": ip, "network": network, "network_size": 64, "type": kind });
        rows.push((ip, value));
    };
    if machine.features.ipv6 && machine.addressed {
        let (network, address) = marks::v6(machine.number);
        push(address.to_string(), network.to_string(), "main_ip");
    }
    for address in reserved(desk, request.id(), machine, false) {
        push(address.to_string(), address.to_string(), "secondary_ip");
    }
    page_of(request, "ipv6s", rows)
}

/// `POST /instances/{id}/ipv4`: a further address. It reboots the machine unless told not to.
pub fn add_v4(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    find(desk, request)?;
    let reboot = request.body.flag("reboot")?.unwrap_or(true);
    let address = desk
        .books
        .take_address(desk.config)
        .ok_or_else(|| Refusal::bad("No IPv4 address is available."))?;
    find_mut(desk, request)?.more_ips.push(address);
    desk.task(request.id(), Task::AttachAddress(address.into()));
    if reboot {
        desk.task(request.id(), Task::Power(Power::Reboot));
    }
    let (_, value) = secondary(address.to_string());
    Ok(Reply::with(202, json!({ "ipv4": value })))
}

/// `DELETE /instances/{id}/ipv4/{ip}`.
pub fn remove_v4(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find_mut(desk, request)?;
    let wanted = request.segment(3);
    let index = machine
        .more_ips
        .iter()
        .position(|ip| ip.to_string() == wanted)
        .ok_or_else(|| Refusal::bad("Invalid IP address."))?;
    let address = machine.more_ips.remove(index);
    if desk
        .books
        .reserved
        .iter()
        .any(|(_, it)| it.address == address)
    {
        find_mut(desk, request)?.more_ips.push(address);
        return Err(Refusal::bad(texts::CANNOT_DETACH));
    }
    desk.task(request.id(), Task::DetachAddress(address.into()));
    Ok(Reply::empty())
}
