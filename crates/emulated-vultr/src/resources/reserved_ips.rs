//! `/reserved-ips`. Detaching takes a while, in which the address still counts as attached.

use crate::answer::{Outcome, Refusal, Reply};
use crate::books::{Books, Reserved};
use crate::catalogue;
use crate::desk::{Desk, Task};
use crate::marks::{self, uuid};
use crate::request::Request;
use crate::texts;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::IpAddr;

/// Where the numbers of reserved IPv6 networks begin, apart from those of machines.
const V6: u32 = 0x8000_0000;

fn show(books: &Books, id: &str, reserved: &Reserved) -> Value {
    let (ip_type, size) = match reserved.address {
        IpAddr::V4(_) => ("v4", 32),
        IpAddr::V6(_) => ("v6", 64),
    };
    json!({
        "id": id,
        "region": reserved.region,
        "ip_type": ip_type,
        "subnet": reserved.address.to_string(),
        "subnet_size": size,
        "label": reserved.label,
        "instance_id": books.holder(reserved),
    })
}

fn find<'a>(desk: &'a mut Desk<'_>, request: &Request) -> Result<&'a mut Reserved, Refusal> {
    desk.books
        .reserved
        .get_mut(request.id())
        .ok_or_else(|| Refusal::missing(texts::NO_RESERVED))
}

/// The answer that shows the address that a path names.
fn shown(desk: &Desk<'_>, request: &Request) -> Outcome {
    let reserved = desk.books.reserved.get(request.id());
    let reserved = reserved.ok_or_else(|| Refusal::missing(texts::NO_RESERVED))?;
    let value = show(desk.books, request.id(), reserved);
    Ok(Reply::ok(json!({ "reserved_ip": value })))
}

/// `GET /reserved-ips`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let books = &desk.books;
    books
        .reserved
        .page(request, "reserved_ips", |id, it| Some(show(books, id, it)))
}

/// `POST /reserved-ips`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let body = &request.body;
    let region = body.required("region")?;
    if catalogue::region(region).is_none() {
        return Err(Refusal::bad(texts::INVALID_REGION));
    }
    let address = match body.required("ip_type")? {
        "v4" => desk
            .books
            .take_reserved(desk.config)
            .map(IpAddr::V4)
            .ok_or_else(|| Refusal::bad("No IPv4 address is available."))?,
        "v6" => IpAddr::V6(marks::v6(V6 + desk.books.count()).0),
        _ => return Err(Refusal::bad("Invalid ip_type.")),
    };
    let label = body.text_or_empty("label")?;
    Ok(add(desk, region, label, address, ""))
}

fn add(desk: &mut Desk<'_>, region: &str, label: String, address: IpAddr, machine: &str) -> Reply {
    let id = uuid();
    let reserved = Reserved {
        region: region.to_owned(),
        label,
        address,
        created: Timestamp::now(),
        machine: machine.to_owned(),
        busy_until: None,
    };
    let value = show(desk.books, &id, &reserved);
    desk.books.reserved.add(id, reserved);
    Reply::with(201, json!({ "reserved_ip": value }))
}

/// `GET /reserved-ips/{id}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    shown(desk, request)
}

/// `PATCH /reserved-ips/{id}`.
pub fn update(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let label = request
        .body
        .text("label")?
        .ok_or_else(|| Refusal::bad("Missing required parameter: label"))?;
    let reserved = find(desk, request)?;
    label.clone_into(&mut reserved.label);
    shown(desk, request)
}

/// `DELETE /reserved-ips/{id}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find(desk, request)?.machine.clone();
    if desk.books.any_machine(&machine).is_some() {
        return Err(Refusal::bad(texts::CANNOT_DETACH));
    }
    desk.books.reserved.remove(request.id());
    Ok(Reply::empty())
}

/// `POST /reserved-ips/{id}/attach`.
pub fn attach(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let id = request.body.required("instance_id")?;
    let machine = desk.books.any_machine(id);
    let region = machine
        .map(|machine| machine.region.clone())
        .ok_or_else(|| Refusal::bad(texts::NO_INSTANCE))?;
    let now = desk.now;
    let reserved = find(desk, request)?;
    if reserved.is_busy(now) {
        return Err(Refusal::bad(texts::ALREADY_ATTACHED));
    }
    if reserved.region != region {
        return Err(Refusal::bad(texts::OTHER_REGION));
    }
    id.clone_into(&mut reserved.machine);
    let address = reserved.address;
    desk.task(id, Task::AttachAddress(address));
    Ok(Reply::empty())
}

/// `POST /reserved-ips/{id}/detach`. A body may name the machine, and is not looked at.
pub fn detach(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let until = desk.now.checked_add(desk.config.timing.detaching());
    let reserved = find(desk, request)?;
    let (machine, address) = (reserved.machine.clone(), reserved.address);
    let Some(holder) = desk.books.any_machine(&machine) else {
        return Err(Refusal::bad(texts::NOT_ATTACHED));
    };
    if holder.public_addresses().any(|own| address == own) {
        return Err(Refusal::bad(texts::CANNOT_DETACH));
    }
    let reserved = find(desk, request)?;
    reserved.machine.clear();
    reserved.busy_until = until;
    desk.task(&machine, Task::DetachAddress(address));
    Ok(Reply::empty())
}

/// `POST /reserved-ips/convert`: makes a machine's own address a reserved one that is attached to it.
pub fn convert(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let invalid = || Refusal::bad("Invalid IP address.");
    let wanted: IpAddr = request
        .body
        .required("ip_address")?
        .parse()
        .map_err(|_| invalid())?;
    let taken = desk
        .books
        .reserved
        .iter()
        .any(|(_, it)| it.address == wanted);
    let owner = desk
        .books
        .machines
        .iter()
        .filter(|(_, machine)| !machine.gone)
        .find(|(_, machine)| machine.public_addresses().any(|own| wanted == own))
        .map(|(id, machine)| (id.to_owned(), machine.region.clone()));
    let (id, region) = owner.filter(|_| !taken).ok_or_else(invalid)?;
    let label = request.body.text_or_empty("label")?;
    Ok(add(desk, &region, label, wanted, &id))
}
