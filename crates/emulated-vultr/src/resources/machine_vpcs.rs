//! The VPCs of a machine. Attaching one later reboots the machine.

use super::machines::{find, find_mut};
use crate::answer::{Outcome, Refusal, Reply};
use crate::desk::{Desk, Task};
use crate::machine;
use crate::marks;
use crate::pool::page_of;
use crate::request::Request;
use crate::texts;
use serde_json::json;

/// `GET /{machines}/{id}/vpcs`. New addresses are not there at once.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find(desk, request)?;
    let rows = machine
        .vpcs
        .iter()
        .filter(|_| machine.addressed)
        .map(|attachment| {
            let value = json!({
                "id": attachment.vpc,
                "mac_address": marks::mac(attachment.mac),
                "ip_address": attachment.address.to_string(),
            });
            (attachment.vpc.clone(), value)
        })
        .collect();
    page_of(request, "vpcs", rows)
}

/// `POST /{machines}/{id}/vpcs/attach`.
pub fn attach(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let region = find(desk, request)?.region.clone();
    let vpc = request.body.required("vpc_id")?;
    super::vpcs::check(desk, vpc, &region)?;
    attach_to(desk, request, vpc)?;
    Ok(Reply::empty())
}

/// `POST /{machines}/{id}/vpcs/detach`.
pub fn detach(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    find(desk, request)?;
    let vpc = request.body.required("vpc_id")?;
    detach_from(desk, request, vpc)?;
    Ok(Reply::empty())
}

/// Attaches the machine that a path names; nothing if it is attached.
///
/// # Errors
/// 404 if there is no such machine.
pub fn attach_to(desk: &mut Desk<'_>, request: &Request, vpc: &str) -> Result<(), Refusal> {
    if find(desk, request)?.vpcs.iter().any(|at| at.vpc == vpc) {
        return Ok(());
    }
    let attachment = machine::join(desk, request.id(), vpc)?;
    let nic = machine::nic(desk.books, &attachment);
    let vpc = vpc.to_owned();
    desk.task(request.id(), Task::Attach { vpc, nic });
    Ok(())
}

/// Detaches the machine that a path names.
///
/// # Errors
/// 404 if there is no such machine, 400 if it is not attached.
pub fn detach_from(desk: &mut Desk<'_>, request: &Request, vpc: &str) -> Result<(), Refusal> {
    let machine = find_mut(desk, request)?;
    let before = machine.vpcs.len();
    machine.vpcs.retain(|at| at.vpc != vpc);
    if machine.vpcs.len() == before {
        return Err(Refusal::bad(texts::NO_VPC));
    }
    let vpc = vpc.to_owned();
    desk.task(request.id(), Task::Detach { vpc });
    Ok(())
}
