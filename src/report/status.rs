//! What there is of a cluster, as text.
//!
//! Used by [`super::Report`]. Pure.

use super::ink::Ink;
use super::table::Table;
use super::words::{count, line};
use crate::cluster::change::Side;
use crate::cluster::status::Status;

/// The whole text.
pub fn render(ink: Ink, status: &Status, width: Option<usize>) -> String {
    let id = status.cluster_id.map_or_else(
        || "not in OpenNebula".to_owned(),
        |id| format!("cluster {id} in OpenNebula"),
    );
    let mut text = format!("{}: {id}\n", ink.bold(&status.cluster));
    if !status.hosts.is_empty() {
        text.push('\n');
        text.push_str(&host_table(ink, status, width));
    }
    if !status.objects.is_empty() {
        text.push('\n');
        text.push_str(&object_table(ink, status, width));
    }
    text.push('\n');
    let hosts = count(status.hosts.len(), "host", "hosts");
    let others = count(status.objects.len(), "other object", "other objects");
    line(
        &mut text,
        format_args!("{hosts}, {others}, {} a month", status.monthly),
    );
    text
}

fn host_table(ink: Ink, status: &Status, width: Option<usize>) -> String {
    let mut table = Table::new(0);
    let titles = ["HOST", "INSTANCE", "PUBLIC", "FABRIC", "OPENNEBULA", ""];
    table.row(titles.map(|title| ink.dim(title)));
    let or_dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    for host in &status.hosts {
        let opennebula = match (host.host_id, &host.host_state) {
            (Some(id), Some(state)) if state == "MONITORED" => format!("{id} {}", ink.green(state)),
            (Some(id), state) => format!("{id} {}", ink.yellow(&or_dash(state))),
            (None, _) => "-".to_owned(),
        };
        let note = if !host.wanted {
            ink.yellow("not in the file: `apply` removes it")
        } else if host.instance.is_none() {
            ink.yellow("missing: `apply` creates it")
        } else {
            String::new()
        };
        table.row([
            host.name.clone(),
            or_dash(&host.instance_state),
            or_dash(&host.public_address),
            or_dash(&host.fabric_address),
            opennebula,
            note,
        ]);
    }
    table.render(width)
}

fn object_table(ink: Ink, status: &Status, width: Option<usize>) -> String {
    let mut table = Table::new(0);
    table.row(["SIDE", "OBJECT", "NAME", "ID", ""].map(|title| ink.dim(title)));
    for object in &status.objects {
        let side = match &object.side {
            Side::Vultr => "Vultr",
            Side::OpenNebula => "OpenNebula",
            Side::Host(name) => name,
        };
        table.row([side, object.kind, &object.name, &object.id, &object.detail]);
    }
    table.render(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::change::Cents;
    use crate::cluster::status::{HostStatus, Object};

    #[test]
    fn hosts_and_objects_are_shown_in_two_tables() {
        let whole = HostStatus {
            name: "edge-vhost0".to_owned(),
            instance: Some("cb676a46".to_owned()),
            instance_state: Some("active/ok".to_owned()),
            public_address: Some("198.18.0.10".to_owned()),
            fabric_address: Some("198.18.8.3".to_owned()),
            host_id: Some(0),
            host_state: Some("MONITORED".to_owned()),
            wanted: true,
        };
        let missing = HostStatus {
            name: "edge-vhost1".to_owned(),
            wanted: true,
            ..HostStatus::default()
        };
        let status = Status {
            cluster: "demo".to_owned(),
            cluster_id: Some(100),
            hosts: vec![whole, missing],
            objects: vec![Object {
                side: Side::Vultr,
                kind: "vpc",
                name: "demo".to_owned(),
                id: "2a64".to_owned(),
                detail: "198.18.8.0/24".to_owned(),
            }],
            monthly: Cents(500),
        };
        assert_eq!(
            render(Ink::PLAIN, &status, Some(120)),
            "demo: cluster 100 in OpenNebula

HOST         INSTANCE   PUBLIC       FABRIC      OPENNEBULA
edge-vhost0  active/ok  198.18.0.10  198.18.8.3  0 MONITORED
edge-vhost1  -          -            -           -            missing: `apply` creates it

SIDE   OBJECT  NAME  ID
Vultr  vpc     demo  2a64  198.18.8.0/24

2 hosts, 1 other object, $5.00 a month
"
        );
    }

    #[test]
    fn a_cluster_that_is_not_there_is_shown_in_two_lines() {
        let status = Status {
            cluster: "demo".to_owned(),
            ..Status::default()
        };
        assert_eq!(
            render(Ink::PLAIN, &status, None),
            "demo: not in OpenNebula\n\n0 hosts, 0 other objects, $0.00 a month\n"
        );
    }
}
