//! Addresses of networks: holding, releasing, reserving, changing ranges.

use crate::auth::{Locks, Operation};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply, taken};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Holder, Range, Vnet, VnetState};
use crate::template::Attributes;
use std::collections::{BTreeMap, BTreeSet};

/// Checks rights, syntax and state for a change of addresses; returns what was sent.
pub(crate) fn begin(
    desk: &Desk<'_>,
    params: Params<'_>,
    method: &str,
    op: Operation,
) -> Result<(i32, Attributes), Failure> {
    let (id, text) = (params.number(1)?, params.text(2)?);
    let vnet = desk.object::<Vnet>(id, op, Locks::Respected)?;
    let attributes = Attributes::parse(text).map_err(Failure::internal)?;
    if vnet.state != VnetState::Ready {
        let state = vnet.state.name();
        let text = format!("Could not execute {method}Virtual Network is in wrong state: {state}");
        return Err(Failure::action(text));
    }
    Ok((id, attributes))
}

fn vnet<'a>(desk: &'a mut Desk<'_>, id: i32) -> Result<&'a mut Vnet, Failure> {
    desk.state
        .vnets
        .get_mut(id)
        .ok_or_else(|| Failure::no_exists(Kind::Vnet, id))
}

pub(crate) fn update_range(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, attributes) = begin(desk, params, "one.vn.update_ar", Operation::Manage)?;
    let Some(mut given) = attributes.vectors("AR").into_iter().next() else {
        return Err(Failure::internal(
            "Wrong AR definition. AR vector attribute is missing.",
        ));
    };
    let Some(number) = given
        .get("AR_ID")
        .and_then(|id| id.trim().parse::<i32>().ok())
    else {
        return Err(Failure::internal("AR/AR_ID attribute is missing."));
    };
    let Some(range) = vnet(desk, id)?.range_mut(number) else {
        return Err(Failure::internal(format!(
            "Address Range with ID {number} was not found."
        )));
    };
    let kept = [
        "AR_ID",
        "TYPE",
        "MAC",
        "IP",
        "IP6",
        "IPAM_MAD",
        "PARENT_NETWORK_AR_ID",
    ];
    for key in kept {
        given.remove(key);
        if let Some(value) = range.attributes.get(key) {
            given.insert(key.to_owned(), value.clone());
        }
    }
    let size = new_size(range, given.get("SIZE")).map_err(Failure::internal)?;
    given.insert("SIZE".to_owned(), size.to_string());
    range.attributes = given;
    range.touched = true;
    Ok(Reply::Number(id))
}

fn new_size(range: &Range, given: Option<&String>) -> Result<u32, &'static str> {
    let Some(text) = given.filter(|text| !text.is_empty()) else {
        return Ok(range.size());
    };
    let size: u32 = text
        .trim()
        .parse()
        .map_err(|_| "Unable to read the SIZE attribute, it must be number >= 0")?;
    if range.attributes.contains_key("PARENT_NETWORK_AR_ID") && size != range.size() {
        return Err("The SIZE of a reservation cannot be changed.");
    }
    if range.leases.range(size..).next().is_some() {
        return Err(
            "New SIZE cannot be applied. There are used leases that would fall outside the range.",
        );
    }
    Ok(size)
}

/// The one address that a `LEASES` vector names.
enum Address {
    Ip(String),
    Mac(String),
}

impl Address {
    fn of(attributes: &Attributes) -> Result<(Self, Option<i32>), Failure> {
        let Some(lease) = attributes.vectors("LEASES").into_iter().next() else {
            return Err(Failure::internal("Empty lease description."));
        };
        let text = |key: &str| lease.get(key).filter(|text| !text.is_empty()).cloned();
        let range = text("AR_ID").and_then(|id| id.trim().parse().ok());
        match (text("IP"), text("MAC"), text("IP6")) {
            (Some(ip), None, None) => Ok((Self::Ip(ip), range)),
            (None, Some(mac), None) => Ok((Self::Mac(mac), range)),
            (None, None, None) => Err(Failure::internal("Missing MAC, IP or IP6.")),
            (None, None, Some(_)) => Err(Failure::internal(
                "Address is not part of the address range or in use.",
            )),
            _ => Err(Failure::internal(
                "Only one attribute MAC, IP or IP6 can be set.",
            )),
        }
    }

    fn index_in(&self, range: &Range) -> Option<u32> {
        match self {
            Self::Ip(ip) => range.index_of_ip(ip),
            Self::Mac(mac) => range.index_of_mac(mac),
        }
    }
}

pub(crate) fn hold(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, attributes) = begin(desk, params, "one.vn.hold", Operation::Manage)?;
    let (address, wanted) = Address::of(&attributes)?;
    let ranges = vnet(desk, id)?
        .ranges
        .iter_mut()
        .filter(|range| wanted.is_none_or(|wanted| wanted == range.id));
    for range in ranges {
        match address.index_in(range) {
            Some(index) if !range.leases.contains_key(&index) => {
                range.take(index, Holder::Vm(-1));
                return Ok(Reply::Number(id));
            }
            _ => {}
        }
    }
    Err(Failure::internal(
        "Address is not part of the address range or in use.",
    ))
}

pub(crate) fn release(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, attributes) = begin(desk, params, "one.vn.release", Operation::Manage)?;
    let (address, wanted) = Address::of(&attributes)?;
    for range in &mut vnet(desk, id)?.ranges {
        let index = address
            .index_in(range)
            .filter(|_| wanted.is_none_or(|wanted| wanted == range.id));
        if let Some(index) = index.filter(|index| range.leases.get(index) == Some(&Holder::Vm(-1)))
        {
            range.leases.remove(&index);
        }
    }
    Ok(Reply::Number(id))
}

pub(crate) fn reserve(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, text) = (params.number(1)?, params.text(2)?);
    let asked = Attributes::parse(text).map_err(Failure::action)?;
    let size = asked
        .number("SIZE")
        .and_then(|size| u32::try_from(size).ok())
        .filter(|size| *size > 0);
    let size = size.ok_or_else(|| Failure::action("Reservation SIZE must be a greater than 0"))?;
    let name = asked.text("NAME");
    if name.is_empty() {
        return Err(Failure::action("NAME for reservation has to be set"));
    }
    let parent = desk
        .object::<Vnet>(id, Operation::Use, Locks::Respected)?
        .clone();
    if parent.parent.is_some() {
        return Err(Failure::action(
            "Cannot reserve addresses from a reserved VNET",
        ));
    }
    check_name(&name).map_err(Failure::internal)?;
    if let Some(other) = desk.state.vnets.named_of(&name, desk.caller.uid) {
        return Err(Failure::internal(taken(Kind::Vnet, other)));
    }
    let new = desk.state.vnets.next_id();
    let (range, start) = pick(&parent, &asked, size).map_err(Failure::action)?;
    let reservation = reservation(desk, &parent, new, &name, reserved(range, start, size));
    let from = range.id;
    desk.state.vnets.put(reservation);
    if let Some(range) = vnet(desk, id)?.range_mut(from) {
        (start..start + size).for_each(|index| range.take(index, Holder::Vnet(new)));
    }
    Ok(Reply::Number(new))
}

/// A range with enough free addresses in a row, and where they begin.
fn pick<'a>(vnet: &'a Vnet, asked: &Attributes, size: u32) -> Result<(&'a Range, u32), String> {
    let Some(wanted) = asked.number("AR_ID") else {
        let fitting = vnet
            .ranges
            .iter()
            .find_map(|range| range.free_run(size, 0).map(|start| (range, start)));
        return fitting.ok_or_else(|| "Not enough free addresses in an address range".to_owned());
    };
    let range = vnet
        .ranges
        .iter()
        .find(|range| i64::from(range.id) == wanted);
    let start = range.and_then(|range| match asked.single("IP") {
        Some(ip) => range
            .index_of_ip(ip)
            .filter(|index| range.free_run(size, *index) == Some(*index)),
        None => range.free_run(size, 0),
    });
    range.zip(start).ok_or_else(|| {
        format!("Not enough free addresses in address range {wanted}, or it does not exist")
    })
}

/// The range of a reservation.
fn reserved(from: &Range, start: u32, size: u32) -> BTreeMap<String, String> {
    let mut attributes = from.attributes.clone();
    attributes.remove("IPAM_MAD");
    if let Some(ip) = from.ip_at(start) {
        attributes.insert("IP".to_owned(), ip);
    }
    for (key, value) in [
        ("AR_ID", "0".to_owned()),
        ("MAC", from.mac_at(start)),
        ("SIZE", size.to_string()),
        ("PARENT_NETWORK_AR_ID", from.id.to_string()),
    ] {
        attributes.insert(key.to_owned(), value);
    }
    attributes
}

fn reservation(
    desk: &Desk<'_>,
    parent: &Vnet,
    id: i32,
    name: &str,
    range: BTreeMap<String, String>,
) -> Vnet {
    let mut vnet = Vnet {
        meta: desk.meta(id, name),
        parent: Some(parent.meta.id),
        vlan_automatic: false,
        outer_automatic: false,
        machines: BTreeSet::new(),
        ranges: vec![Range {
            id: 0,
            attributes: range,
            leases: BTreeMap::new(),
            touched: false,
        }],
        next_range: 1,
        ..parent.clone()
    };
    if !vnet.vlan_id.is_empty() {
        vnet.attributes.replace("VLAN_ID", vnet.vlan_id.clone());
    }
    vnet.settle(VnetState::Ready);
    vnet
}
