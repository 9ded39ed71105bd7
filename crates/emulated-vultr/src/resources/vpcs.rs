//! `/vpcs`. Updated with PUT only; not removed while a machine, even one that is being removed, is attached.

use super::cut;
use crate::answer::{Outcome, Refusal, Reply};
use crate::books::Vpc;
use crate::catalogue;
use crate::desk::{Desk, Work};
use crate::machines::VpcNetwork;
use crate::marks::{stamp, uuid};
use crate::request::{Body, Request};
use crate::texts;
use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde_json::{Value, json};

/// VPCs that a region may have.
const MOST: usize = 5;
/// Characters of a description that are kept.
const DESCRIPTION: usize = 255;

fn show(id: &str, vpc: &Vpc) -> Value {
    json!({
        "id": id,
        "region": vpc.region,
        "date_created": stamp(vpc.created),
        "description": vpc.description,
        "v4_subnet": vpc.subnet.network().to_string(),
        "v4_subnet_mask": vpc.subnet.prefix_len(),
    })
}

/// `GET /vpcs`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    desk.books.vpcs.page(request, "vpcs", |id, vpc| {
        (!vpc.gone).then(|| show(id, vpc))
    })
}

/// The subnet in a body, or any.
fn subnet(desk: &Desk<'_>, body: &Body) -> Result<Ipv4Net, Refusal> {
    let invalid = || Refusal::bad("Invalid v4_subnet or v4_subnet_mask.");
    let network = body.text("v4_subnet")?.filter(|text| !text.is_empty());
    let length = body.number("v4_subnet_mask")?.filter(|mask| *mask != 0);
    match (network, length) {
        (None, None) => desk
            .books
            .take_subnet(desk.config)
            .ok_or_else(|| Refusal::bad("No subnet is available.")),
        (Some(network), Some(length)) => {
            let length = u8::try_from(length).map_err(|_| invalid())?;
            let network = network.parse().map_err(|_| invalid())?;
            Ipv4Net::new(network, length)
                .ok()
                .filter(|net| (16..=28).contains(&length) && net.network() == network)
                .ok_or_else(invalid)
        }
        _ => Err(invalid()),
    }
}

fn check_room(desk: &Desk<'_>, region: &str) -> Result<(), Refusal> {
    let there = desk
        .books
        .vpcs
        .iter()
        .filter(|(_, vpc)| vpc.region == region && !vpc.gone)
        .count();
    if there >= MOST {
        return Err(Refusal::bad(
            "You have reached the maximum number of VPC networks in this region",
        ));
    }
    Ok(())
}

fn make(desk: &mut Desk<'_>, region: &str, description: &str, subnet: Ipv4Net) -> String {
    let id = uuid();
    let vpc = Vpc {
        region: region.to_owned(),
        description: cut(description, DESCRIPTION),
        subnet,
        created: Timestamp::now(),
        gone: false,
    };
    desk.books.vpcs.add(id.clone(), vpc);
    desk.work.push(Work::CreateNetwork(VpcNetwork {
        id: id.clone(),
        subnet,
    }));
    id
}

/// `POST /vpcs`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let region = request.body.required("region")?;
    if catalogue::region(region).is_none() {
        return Err(Refusal::bad(texts::INVALID_REGION));
    }
    check_room(desk, region)?;
    let subnet = subnet(desk, &request.body)?;
    let description = request.body.text_or_empty("description")?;
    let id = make(desk, region, &description, subnet);
    let value = desk.books.vpc(&id).map(|vpc| show(&id, vpc));
    Ok(Reply::with(201, json!({ "vpc": value })))
}

/// `GET /vpcs/{id}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let vpc = desk.books.vpc(request.id());
    let vpc = vpc.ok_or_else(|| Refusal::missing(texts::NO_VPC))?;
    Ok(Reply::ok(json!({ "vpc": show(request.id(), vpc) })))
}

/// `PUT /vpcs/{id}`.
pub fn update(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let description = cut(request.body.required("description")?, DESCRIPTION);
    let vpc = desk
        .books
        .vpcs
        .get_mut(request.id())
        .filter(|vpc| !vpc.gone);
    let vpc = vpc.ok_or_else(|| Refusal::missing(texts::NO_VPC))?;
    vpc.description = description;
    Ok(Reply::empty())
}

/// `DELETE /vpcs/{id}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    if desk.books.vpc(request.id()).is_none() {
        return Err(Refusal::missing(texts::NO_VPC));
    }
    let attached: Vec<String> = desk
        .books
        .attached(request.id())
        .map(|machine| machine.main_ip.to_string())
        .collect();
    if !attached.is_empty() {
        return Err(Refusal::bad(format!(
            "The following servers are attached to this VPC network: {}",
            attached.join(", ")
        )));
    }
    if let Some(vpc) = desk.books.vpcs.get_mut(request.id()) {
        vpc.gone = true;
    }
    desk.work.push(Work::DeleteNetwork(request.id().to_owned()));
    Ok(Reply::empty())
}

/// The VPCs that a new machine is to be attached to.
pub struct Wanted {
    ids: Vec<String>,
    /// The subnet of one to be made for it.
    new: Option<Ipv4Net>,
}

/// Checks that a VPC can take a machine of a region.
///
/// # Errors
/// 400 if there is none such, it is elsewhere, or it is full.
pub fn check(desk: &Desk<'_>, id: &str, region: &str) -> Result<(), Refusal> {
    let vpc = desk.books.vpc(id);
    let vpc = vpc.ok_or_else(|| Refusal::bad(texts::NO_VPC))?;
    if vpc.region != region {
        return Err(Refusal::bad(texts::OTHER_REGION));
    }
    match desk.books.take_vpc_address(id) {
        Some(_) => Ok(()),
        None => Err(Refusal::bad("The VPC has no address left")),
    }
}

/// What an order says about VPCs, checked.
///
/// # Errors
/// 400 with the first check that fails.
pub fn wanted(desk: &Desk<'_>, body: &Body, region: &str) -> Result<Wanted, Refusal> {
    let mut ids: Vec<String> = Vec::new();
    for id in body.texts("attach_vpc")?.unwrap_or_default() {
        check(desk, &id, region)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let enabled = body.flag("enable_vpc")? == Some(true);
    let new = if ids.is_empty() && enabled {
        check_room(desk, region)?;
        let free = desk.books.take_subnet(desk.config);
        Some(free.ok_or_else(|| Refusal::bad("No subnet is available."))?)
    } else {
        None
    };
    Ok(Wanted { ids, new })
}

/// Makes what is still to be made, and returns all.
pub fn make_wanted(desk: &mut Desk<'_>, wanted: Wanted, region: &str) -> Vec<String> {
    let mut ids = wanted.ids;
    if let Some(subnet) = wanted.new {
        ids.push(make(desk, region, "", subnet));
    }
    ids
}
