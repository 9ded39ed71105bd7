//! The books as JSON, for [`crate::Emulator::books`]: more than the API shows, without secrets.

use crate::books::{Books, FirewallGroup};
use crate::machine::Machine;
use crate::machines::MachineKind;
use serde_json::{Map, Value, json};

impl Books {
    /// Everything that exists, by kind and id.
    pub fn write(&self) -> Value {
        let keys = self.keys.iter().map(|(id, key)| {
            let value = json!({ "name": key.name, "ssh_key": key.key });
            (id.to_owned(), value)
        });
        let scripts = self.scripts.iter().map(|(id, script)| {
            let value = json!({ "name": script.name, "type": script.kind });
            (id.to_owned(), value)
        });
        let vpcs = self.vpcs.iter().map(|(id, vpc)| {
            let value = json!({
                "region": vpc.region,
                "description": vpc.description,
                "subnet": vpc.subnet.to_string(),
            });
            (id.to_owned(), value)
        });
        let reserved = self.reserved.iter().map(|(id, reserved)| {
            let value = json!({
                "region": reserved.region,
                "label": reserved.label,
                "address": reserved.address.to_string(),
                "instance_id": self.holder(reserved),
            });
            (id.to_owned(), value)
        });
        let groups = self
            .groups
            .iter()
            .map(|(id, it)| (id.to_owned(), group(it)));
        json!({
            "instances": self.machines_of(MachineKind::Virtual, false),
            "bare_metals": self.machines_of(MachineKind::Metal, false),
            "being_removed": self
                .machines
                .iter()
                .filter(|(_, machine)| machine.gone)
                .map(|(id, _)| id)
                .collect::<Vec<_>>(),
            "vpcs": vpcs.collect::<Map<_, _>>(),
            "firewall_groups": groups.collect::<Map<_, _>>(),
            "reserved_ips": reserved.collect::<Map<_, _>>(),
            "ssh_keys": keys.collect::<Map<_, _>>(),
            "startup_scripts": scripts.collect::<Map<_, _>>(),
        })
    }

    fn machines_of(&self, kind: MachineKind, gone: bool) -> Map<String, Value> {
        self.machines
            .iter()
            .filter(|(_, machine)| machine.kind == kind && machine.gone == gone)
            .map(|(id, it)| (id.to_owned(), machine(it)))
            .collect()
    }
}

fn machine(machine: &Machine) -> Value {
    let vpcs: Map<String, Value> = machine
        .vpcs
        .iter()
        .map(|at| (at.vpc.clone(), at.address.to_string().into()))
        .collect();
    json!({
        "label": machine.label,
        "hostname": machine.hostname,
        "region": machine.region,
        "plan": machine.offer.id(),
        "os_id": machine.os_id,
        "tags": machine.tags,
        "status": machine.status.word(),
        "server_status": machine.progress.word(),
        "running": machine.running,
        "main_ip": machine.main_ip.to_string(),
        "more_ips": machine.more_ips,
        "vpcs": vpcs,
        "firewall_group_id": machine.firewall_group,
        "user_data_length": machine.user_data.len(),
        "failure": machine.failure,
    })
}

fn group(group: &FirewallGroup) -> Value {
    let rules: Vec<String> = group
        .rules
        .iter()
        .map(|rule| {
            let port = if rule.port.is_empty() {
                "-"
            } else {
                &rule.port
            };
            format!(
                "{} {}/{} {} {port}",
                rule.ip_type, rule.subnet, rule.subnet_size, rule.protocol
            )
        })
        .collect();
    json!({ "description": group.description, "rules": rules })
}
