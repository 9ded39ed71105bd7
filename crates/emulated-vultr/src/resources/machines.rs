//! What instances and bare-metal servers have in common: being made, changed, installed anew and removed.

use crate::answer::{Outcome, Refusal, Reply};
use crate::books::Job;
use crate::catalogue::Offer;
use crate::desk::{Desk, Fate, Task};
use crate::faults::FaultAction;
use crate::machine::{self, Machine, Progress, Shown, Status};
use crate::machines::MachineKind;
use crate::marks::{self, uuid};
use crate::request::{Body, Request};
use crate::texts;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The refusal for a machine that does not exist.
pub fn missing(kind: MachineKind) -> Refusal {
    Refusal::missing(match kind {
        MachineKind::Virtual => texts::NO_INSTANCE,
        MachineKind::Metal => texts::NO_METAL,
    })
}

/// The machine that a path names.
///
/// # Errors
/// 404 if there is none.
pub fn find<'a>(desk: &'a Desk<'_>, request: &Request) -> Result<&'a Machine, Refusal> {
    desk.books
        .machine(request.kind(), request.id())
        .ok_or_else(|| missing(request.kind()))
}

/// The machine that a path names, to be changed.
///
/// # Errors
/// 404 if there is none.
pub fn find_mut<'a>(desk: &'a mut Desk<'_>, request: &Request) -> Result<&'a mut Machine, Refusal> {
    desk.books
        .machine_mut(request.kind(), request.id())
        .ok_or_else(|| missing(request.kind()))
}

/// What the object is called in an answer.
fn wrapper(kind: MachineKind) -> &'static str {
    match kind {
        MachineKind::Virtual => "instance",
        MachineKind::Metal => "bare_metal",
    }
}

/// A page of the machines of a kind that a filter lets through.
pub fn page(
    desk: &Desk<'_>,
    request: &Request,
    key: &str,
    filter: impl Fn(&Machine) -> bool,
) -> Outcome {
    let kind = request.kind();
    let charged = request.is_set("show_pending_charges");
    desk.books.machines.page(request, key, |id, machine| {
        let listed = machine.unlisted_until.is_none_or(|until| until <= desk.now);
        let wanted = machine.kind == kind && !machine.gone && listed && filter(machine);
        wanted.then(|| {
            let mut value = machine::show(desk, id, machine, Shown::Listed);
            if charged {
                value["pending_charges"] = machine::charges(machine).into();
            }
            value
        })
    })
}

/// `POST /{machines}`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let kind = request.kind();
    let id = machine::order(desk, kind, &request.body)?;
    let fate = match desk.fault {
        Some(FaultAction::StayPending) => Fate::StaysPending,
        Some(FaultAction::Suspend) => Fate::Suspended,
        _ => Fate::Well,
    };
    let machine = desk.books.machine(kind, &id).ok_or_else(|| missing(kind))?;
    let order = machine::order_of(desk, &id, machine);
    let value = machine::show(desk, &id, machine, Shown::Created);
    desk.task(&id, Task::Start(Box::new(order), fate));
    Ok(Reply::with(202, json!({ wrapper(kind): value })))
}

/// `GET /{machines}/{id}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find(desk, request)?;
    let value = machine::show(desk, request.id(), machine, Shown::Alone);
    Ok(Reply::ok(json!({ wrapper(request.kind()): value })))
}

/// `DELETE /{machines}/{id}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let machine = find_mut(desk, request)?;
    if machine.progress == Progress::Locked {
        return Err(Refusal::new(500, texts::LOCKED_DELETE));
    }
    machine.gone = true;
    desk.task(request.id(), Task::Destroy);
    Ok(Reply::empty())
}

/// `POST /{machines}/{id}/reinstall`.
pub fn reinstall(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let hostname = request.body.text("hostname")?;
    let machine = find_mut(desk, request)?;
    if let Some(hostname) = hostname {
        hostname.clone_into(&mut machine.hostname);
    }
    install(desk, request)?;
    let machine = find(desk, request)?;
    let value = machine::show(desk, request.id(), machine, Shown::Listed);
    Ok(Reply::with(202, json!({ wrapper(request.kind()): value })))
}

/// Lets a machine be installed anew.
fn install(desk: &mut Desk<'_>, request: &Request) -> Result<(), Refusal> {
    let now = desk.now;
    let machine = find_mut(desk, request)?;
    if matches!(machine.progress, Progress::Locked) {
        return Err(Refusal::new(500, texts::LOCKED_REINSTALL));
    }
    machine.status = Status::Pending;
    machine.progress = Progress::None;
    machine.running = true;
    machine.password = marks::password();
    machine.ordered = now;
    let order = machine::order_of(desk, request.id(), find(desk, request)?);
    desk.task(request.id(), Task::Reinstall(Box::new(order)));
    Ok(())
}

/// `PATCH /{machines}/{id}`: everything is checked before anything is changed.
pub fn update(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let kind = request.kind();
    let body = &request.body;
    let region = find(desk, request)?.region.clone();
    let image = machine::image(body)?;
    let plan = new_plan(kind, body)?;
    let attach = body.texts("attach_vpc")?.unwrap_or_default();
    for id in &attach {
        super::vpcs::check(desk, id, &region)?;
    }
    let detach = body.texts("detach_vpc")?.unwrap_or_default();
    change_texts(desk, request)?;
    let mut jobs = Vec::new();
    for id in &attach {
        super::machine_vpcs::attach_to(desk, request, id)?;
        jobs.push("attach-vpc");
    }
    for id in &detach {
        super::machine_vpcs::detach_from(desk, request, id)?;
        jobs.push("detach-vpc");
    }
    if let Some(plan) = plan {
        let machine = find_mut(desk, request)?;
        machine.offer = plan;
        machine.status = Status::Resizing;
        desk.task(request.id(), Task::Resize);
        jobs.push("upgrade");
    }
    if let Some(image) = image {
        let machine = find_mut(desk, request)?;
        machine.os_id = image.os_id;
        machine.os_name = image.os_name;
        install(desk, request)?;
        jobs.push("reinstall");
    }
    let ids: Vec<String> = jobs
        .into_iter()
        .map(|kind| add_job(desk, request, kind))
        .collect();
    let machine = find(desk, request)?;
    let value = machine::show(desk, request.id(), machine, Shown::Listed);
    let mut answer = json!({ wrapper(kind): value });
    if kind == MachineKind::Virtual {
        answer["job_ids"] = ids.into();
    }
    Ok(Reply::with(202, answer))
}

fn new_plan(kind: MachineKind, body: &Body) -> Result<Option<Offer>, Refusal> {
    match body.text("plan")? {
        None | Some("") => Ok(None),
        Some(plan) => Offer::find(kind, plan)
            .map(Some)
            .ok_or_else(|| Refusal::bad(texts::INVALID_PLAN)),
    }
}

/// The changes that take no time. A hostname cannot be changed.
fn change_texts(desk: &mut Desk<'_>, request: &Request) -> Result<(), Refusal> {
    let body = &request.body;
    let label = body.text("label")?;
    let tags = machine::tags(body)?;
    let user_data = machine::user_data(body)?;
    let group = machine::firewall_group(desk.books, body)?;
    let user_scheme = body.text("user_scheme")?;
    let mdisk_mode = body.text("mdisk_mode")?;
    let ipv6 = body.flag("enable_ipv6")?.unwrap_or_default();
    let backups = body.text("backups")?;
    let ddos_protection = body.flag("ddos_protection")?;
    let machine = find_mut(desk, request)?;
    if let Some(label) = label {
        label.clone_into(&mut machine.label);
    }
    if let Some(tags) = tags {
        machine.tags = tags;
    }
    if let Some(user_data) = user_data {
        machine.user_data = user_data;
    }
    if let Some(group) = group.filter(|_| machine.kind == MachineKind::Virtual) {
        machine.firewall_group = group;
    }
    if let Some(scheme) = user_scheme {
        scheme.clone_into(&mut machine.user_scheme);
    }
    if let Some(mode) = mdisk_mode {
        mode.clone_into(&mut machine.mdisk_mode);
    }
    machine.features.ipv6 |= ipv6;
    if let Some(backups) = backups {
        machine.features.backups = backups == "enabled";
    }
    if let Some(on) = ddos_protection {
        machine.features.ddos_protection = on;
    }
    Ok(())
}

fn add_job(desk: &mut Desk<'_>, request: &Request, kind: &'static str) -> String {
    let id = uuid();
    let ends = desk.now.checked_add(desk.config.timing.resizing());
    let job = Job {
        machine: request.id().to_owned(),
        kind,
        added: Timestamp::now(),
        ends: ends.unwrap_or(desk.now),
    };
    desk.books.jobs.add(id.clone(), job);
    id
}

/// `GET /{machines}/{id}/user-data`.
pub fn user_data(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let data = &find(desk, request)?.user_data;
    Ok(Reply::ok(json!({ "user_data": { "data": data } })))
}

/// `GET /{machines}/{id}/bandwidth`: nothing was counted yet.
pub fn bandwidth(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    find(desk, request)?;
    Ok(Reply::ok(json!({ "bandwidth": {} })))
}

/// `GET /instances/{id}/neighbors`: every machine has a host of its own.
pub fn neighbors(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    find(desk, request)?;
    Ok(Reply::ok(json!({ "neighbors": [] })))
}

/// `GET /instances/jobs/{id}`.
pub fn job(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let id = request.segment(2);
    let job = desk.books.jobs.get(id);
    let job = job.ok_or_else(|| Refusal::missing("Invalid job ID"))?;
    let state = if job.ends > desk.now {
        "processing"
    } else {
        "success"
    };
    let added: Value = marks::stamp(job.added).into();
    Ok(Reply::ok(json!({
        "id": id,
        "vps_id": job.machine,
        "type": job.kind,
        "state": state,
        "info": "",
        "added_at": added,
        "updated_at": added,
    })))
}
