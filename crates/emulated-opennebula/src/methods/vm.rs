//! Virtual machines, as far as they occupy hosts and addresses: there is no hypervisor behind them.

use super::shared::filtered;
use crate::auth::{self, Locks, Operation};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Datastore, History, Holder, Host, Vm, hash};
use crate::template::{Attributes, Value};
use std::collections::BTreeMap;

/// Attributes of networks and their ranges that a machine's interface takes over (`INHERIT_VNET_ATTR`).
const INHERITED: [&str; 31] = [
    "VLAN_TAGGED_ID",
    "FILTER",
    "FILTER_IP_SPOOFING",
    "FILTER_MAC_SPOOFING",
    "MTU",
    "METRIC",
    "IP6_METRIC",
    "METHOD",
    "IP6_METHOD",
    "INBOUND_AVG_BW",
    "INBOUND_PEAK_BW",
    "INBOUND_PEAK_KB",
    "OUTBOUND_AVG_BW",
    "OUTBOUND_PEAK_BW",
    "OUTBOUND_PEAK_KB",
    "CONF",
    "BRIDGE_CONF",
    "OVS_BRIDGE_CONF",
    "IP_LINK_CONF",
    "EXTERNAL_IP",
    "AWS_ALLOCATION_ID",
    "VULTR_IP_ID",
    "GATEWAY",
    "DNS",
    "VXLAN_MODE",
    "VXLAN_TEP",
    "VXLAN_MC",
    "CVLANS",
    "QINQ_TYPE",
    "TRUST",
    "SPOOFCHK",
];

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let mut attributes = Attributes::parse(params.text(1)?).map_err(Failure::internal)?;
    auth::check_create(desk.caller, Kind::Vm)?;
    let id = desk.state.vms.next_id();
    let given = attributes.take("NAME");
    let name = if given.is_empty() {
        format!("one-{id}")
    } else {
        given
    };
    check_name(&name).map_err(Failure::internal)?;
    let mut clusters = None;
    for (number, nic) in attributes.remove("NIC").into_iter().enumerate() {
        let Value::Vector(nic) = nic else { continue };
        let nic = connect(desk, id, number, nic).map_err(Failure::internal)?;
        clusters = nic.get("CLUSTER_ID").cloned();
        attributes.add("NIC", Value::Vector(nic));
    }
    describe(&mut attributes, id, clusters.as_deref());
    let meta = desk.meta(id, &name);
    let vm = Vm {
        meta,
        state: Vm::PENDING,
        created: desk.now,
        ended: 0,
        history: None,
        attributes,
    };
    Ok(Reply::Number(desk.state.vms.put(vm)))
}

/// Gives an interface an address of its network, and what it takes over from there.
fn connect(
    desk: &mut Desk<'_>,
    vm: i32,
    number: usize,
    mut nic: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let asked = nic.get("NETWORK_ID").cloned().unwrap_or_default();
    let vnet = asked
        .trim()
        .parse()
        .ok()
        .and_then(|id| desk.state.vnets.get_mut(id));
    let vnet = vnet.ok_or_else(|| format!("Virtual network with ID: {asked} does not exist"))?;
    let free = vnet
        .ranges
        .iter_mut()
        .find_map(|range| range.free_run(1, 0).map(|index| (range, index)));
    let id = vnet.meta.id;
    let (range, index) =
        free.ok_or_else(|| format!("Cannot get IP/MAC lease from virtual network {id}."))?;
    range.take(index, Holder::Vm(vm));
    let clusters: Vec<String> = vnet.clusters.iter().map(ToString::to_string).collect();
    let own = [
        ("AR_ID", range.id.to_string()),
        ("BRIDGE", vnet.bridge.clone()),
        ("BRIDGE_TYPE", vnet.bridge_type.clone()),
        ("CLUSTER_ID", clusters.join(",")),
        ("IP", range.ip_at(index).unwrap_or_default()),
        ("MAC", range.mac_at(index)),
        ("NAME", format!("NIC{number}")),
        ("NETWORK", vnet.meta.name.clone()),
        ("NIC_ID", number.to_string()),
        ("PHYDEV", vnet.phydev.clone()),
        ("SECURITY_GROUPS", vnet.attributes.text("SECURITY_GROUPS")),
        ("TARGET", format!("one-{vm}-{number}")),
        ("VLAN_ID", vnet.vlan_id.clone()),
        ("VN_MAD", vnet.vn_mad.clone()),
    ];
    let inherited = INHERITED.map(|key| {
        let of_range = range.text(key);
        (
            key,
            if of_range.is_empty() {
                vnet.attributes.text(key)
            } else {
                of_range.to_owned()
            },
        )
    });
    for (key, value) in own.into_iter().chain(inherited) {
        if !value.is_empty() {
            nic.insert(key.to_owned(), value);
        }
    }
    vnet.machines.insert(vm);
    Ok(nic)
}

/// Adds what the server works out for every machine.
fn describe(attributes: &mut Attributes, id: i32, clusters: Option<&str>) {
    let mut uuid = hash(&format!("machine {id}"));
    uuid.truncate(32);
    for at in [20, 16, 12, 8] {
        uuid.insert(at, '-');
    }
    attributes.add(
        "OS",
        Value::Vector(BTreeMap::from([("UUID".to_owned(), uuid)])),
    );
    attributes.replace("VMID", id.to_string());
    let Some(clusters) = clusters else { return };
    attributes.replace(
        "AUTOMATIC_DS_REQUIREMENTS",
        format!("(\"CLUSTERS/ID\" @> {clusters})"),
    );
    attributes.replace(
        "AUTOMATIC_NIC_REQUIREMENTS",
        format!("(\"CLUSTERS/ID\" @> {clusters})"),
    );
    attributes.replace(
        "AUTOMATIC_REQUIREMENTS",
        format!("(CLUSTER_ID = {clusters}) & !(PIN_POLICY = PINNED)"),
    );
    for direction in ["OUTBOUND", "INBOUND"] {
        let rule = [
            ("PROTOCOL", "ALL"),
            ("RULE_TYPE", direction),
            ("SECURITY_GROUP_ID", "0"),
            ("SECURITY_GROUP_NAME", "default"),
        ];
        let rule = rule.map(|(key, value)| (key.to_owned(), value.to_owned()));
        attributes.add("SECURITY_GROUP_RULE", Value::Vector(BTreeMap::from(rule)));
    }
}

pub(crate) fn deploy(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, host, datastore) = (
        params.number(1)?,
        params.number(2)?,
        params.number_or(4, 0)?,
    );
    let state = desk
        .object::<Vm>(id, Operation::Admin, Locks::Respected)?
        .state;
    let host = desk
        .object::<Host>(host, Operation::Manage, Locks::Respected)?
        .clone();
    let target = desk.object::<Datastore>(datastore, Operation::Use, Locks::Respected)?;
    let tm_mad = target.tm_mad.clone();
    if state != Vm::PENDING {
        return Err(Failure::action(
            "Deploy action is not available for this state",
        ));
    }
    let history = History {
        host: host.meta.id,
        hostname: host.meta.name,
        cluster: host.cluster,
        vm_mad: host.vm_mad,
        tm_mad: tm_mad.clone(),
        datastore,
        started: desk.now,
        ended: None,
    };
    let vm = desk.object_mut::<Vm>(id, Operation::Admin)?;
    vm.attributes.replace("TM_MAD_SYSTEM", tm_mad);
    vm.state = Vm::ACTIVE;
    vm.history = Some(history);
    Ok(Reply::Number(id))
}

pub(crate) fn action(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (action, id) = (params.text(1)?, params.number(2)?);
    let (now, request) = (desk.now, desk.request);
    let vm = desk.object_mut::<Vm>(id, Operation::Manage)?;
    if !matches!(action, "terminate" | "terminate-hard") {
        return Err(Failure::action("Wrong state to perform action"));
    }
    vm.state = Vm::DONE;
    vm.ended = now;
    if let Some(history) = &mut vm.history {
        history.ended = Some((now, request));
    }
    for vnet in desk.state.vnets.iter_mut() {
        vnet.machines.remove(&id);
        vnet.ranges
            .iter_mut()
            .for_each(|range| range.free_of(Holder::Vm(id)));
    }
    Ok(Reply::Number(id))
}

/// Parameter 4 is a state: -2 any, -1 any but done.
pub(crate) fn pool(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let state = params.number_or(4, -1)?;
    filtered::<Vm>(desk, params, |vm| match state {
        -2 => true,
        -1 => vm.state != Vm::DONE,
        state => vm.state == state,
    })
}
