//! Machines as the API shows them: an instance and a bare-metal server have little in common but their names.

use super::{Machine, PASSWORD_SHOWN};
use crate::catalogue::Offer;
use crate::desk::Desk;
use crate::machines::MachineKind;
use crate::marks;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where a machine is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In the answer to the call that made it.
    Created,
    /// In a list.
    Listed,
    /// By itself.
    Alone,
}

/// A machine as the API shows it.
pub fn show(desk: &Desk<'_>, id: &str, machine: &Machine, shown: Shown) -> Value {
    let mut value = match machine.kind {
        MachineKind::Virtual => instance(desk, id, machine),
        MachineKind::Metal => metal(desk, id, machine),
    };
    if desk.now.duration_since(machine.ordered) < PASSWORD_SHOWN {
        value["default_password"] = machine.password.as_str().into();
    }
    if shown == Shown::Alone {
        value["vpcs"] = vpcs(desk, machine);
        value["pending_charges"] = charges(machine).into();
        if machine.kind == MachineKind::Metal {
            value["internal_ip"] = internal_ip(machine).into();
            value["kvm"] = "".into();
        }
    }
    value
}

fn instance(desk: &Desk<'_>, id: &str, machine: &Machine) -> Value {
    let (gigabytes, bandwidth) = match machine.offer {
        Offer::Virtual(plan) => (plan.disk, plan.bandwidth),
        Offer::Metal(_) => (0, 0),
    };
    let known = machine.addressed;
    let text = |text: String| if known { text } else { String::new() };
    let or_zero = |text: String| if known { text } else { "0.0.0.0".to_owned() };
    let (v6_network, v6_main_ip, v6_network_size) = v6(machine);
    json!({
        "id": id,
        "os": machine.os_name,
        "ram": machine.offer.memory(),
        "disk": if known { gigabytes } else { 0 },
        "main_ip": or_zero(machine.main_ip.to_string()),
        "vcpu_count": machine.offer.vcpus(),
        "region": machine.region,
        "plan": machine.offer.id(),
        "date_created": marks::stamp(machine.created),
        "status": machine.status.word(),
        "allowed_bandwidth": bandwidth,
        "netmask_v4": text(desk.config.public_net.netmask().to_string()),
        "gateway_v4": or_zero(desk.config.gateway().to_string()),
        "power_status": power(machine),
        "server_status": machine.progress.word(),
        "v6_network": v6_network,
        "v6_main_ip": v6_main_ip,
        "v6_network_size": v6_network_size,
        "label": machine.label,
        "internal_ip": internal_ip(machine),
        "kvm": text(format!("https://my.vultr.com/subs/vps/novnc/api.php?data={}", machine.number)),
        "hostname": machine.hostname,
        "tag": "",
        "tags": machine.tags,
        "os_id": machine.os_id,
        "app_id": 0,
        "image_id": "",
        "snapshot_id": "",
        "firewall_group_id": machine.firewall_group,
        "features": features(machine),
        "user_scheme": machine.user_scheme,
        "vpc_only": false,
    })
}

fn metal(desk: &Desk<'_>, id: &str, machine: &Machine) -> Value {
    let (cpus, ram, storage) = match machine.offer {
        Offer::Metal(plan) => {
            let [count, size] = plan.disks;
            let storage = format!("{count}x {size}GB {}", plan.disk_type);
            (plan.cpus[0], plan.ram, storage)
        }
        Offer::Virtual(plan) => (plan.vcpus, plan.ram, format!("{}GB", plan.disk)),
    };
    let known = machine.addressed;
    let text = |text: String| if known { text } else { String::new() };
    let (v6_network, v6_main_ip, v6_network_size) = v6(machine);
    json!({
        "id": id,
        "os": machine.os_name,
        "ram": format!("{ram} MB"),
        "disk": storage,
        "main_ip": text(machine.main_ip.to_string()),
        "cpu_count": cpus,
        "region": machine.region,
        "plan": machine.offer.id(),
        "date_created": marks::stamp(machine.created),
        "status": machine.status.word(),
        "power_status": power(machine),
        "netmask_v4": text(desk.config.public_net.netmask().to_string()),
        "gateway_v4": text(desk.config.gateway().to_string()),
        "v6_network": v6_network,
        "v6_main_ip": v6_main_ip,
        "v6_network_size": v6_network_size,
        "label": machine.label,
        "mac_address": if known { machine.mac } else { 0 },
        "tag": "",
        "tags": machine.tags,
        "os_id": machine.os_id,
        "app_id": 0,
        "image_id": "",
        "snapshot_id": "",
        "features": features(machine),
        "user_scheme": machine.user_scheme,
        "mdisk_mode": machine.mdisk_mode,
    })
}

fn power(machine: &Machine) -> &'static str {
    if machine.running {
        "running"
    } else {
        "stopped"
    }
}

fn v6(machine: &Machine) -> (String, String, u32) {
    if !machine.features.ipv6 || !machine.addressed {
        return (String::new(), String::new(), 0);
    }
    let (network, address) = marks::v6(machine.number);
    (network.to_string(), address.to_string(), 64)
}

fn features(machine: &Machine) -> Vec<&'static str> {
    let all = [
        (machine.features.backups, "auto_backups"),
        (machine.features.ipv6, "ipv6"),
        (machine.features.ddos_protection, "ddos_protection"),
    ];
    all.into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, word)| word)
        .collect()
}

fn internal_ip(machine: &Machine) -> String {
    machine
        .vpcs
        .first()
        .filter(|_| machine.addressed)
        .map(|attachment| attachment.address.to_string())
        .unwrap_or_default()
}

fn vpcs(desk: &Desk<'_>, machine: &Machine) -> Value {
    machine
        .vpcs
        .iter()
        .filter_map(|attachment| {
            let vpc = desk.books.vpc(&attachment.vpc)?;
            let subnet = vpc.subnet.to_string();
            Some(json!({ "id": attachment.vpc, "version": 1, "subnet": subnet }))
        })
        .collect()
}

/// What a machine has cost so far: hours that began, of which a month has 672 at most.
pub fn charges(machine: &Machine) -> f64 {
    let hours = hours_since(machine.created);
    let cost = f64::from(machine.offer.cost()) * f64::from(hours) / 672.0;
    (cost * 100.0).round() / 100.0
}

/// Hours that began since then.
pub fn hours_since(then: Timestamp) -> u32 {
    let hours = Timestamp::now().duration_since(then).as_hours() + 1;
    u32::try_from(hours).unwrap_or(1).clamp(1, 672)
}
