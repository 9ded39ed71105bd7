//! `start`, `halt` and `reboot` of machines, one by one and many at once.

use super::machines::{find, missing};
use crate::answer::{Outcome, Refusal, Reply};
use crate::desk::{Desk, Task};
use crate::machines::{MachineKind, Power};
use crate::request::Request;

fn button(word: &str) -> Result<Power, Refusal> {
    match word {
        "start" => Ok(Power::Start),
        "halt" => Ok(Power::Halt),
        "reboot" => Ok(Power::Reboot),
        _ => Err(Refusal::missing("Not found.")),
    }
}

/// `POST /{machines}/{id}/start`, `halt` or `reboot`.
pub fn one(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    find(desk, request)?;
    let power = button(request.segment(2))?;
    desk.task(request.id(), Task::Power(power));
    Ok(Reply::empty())
}

/// `POST /{machines}/start`, `halt` or `reboot`.
pub fn many(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let power = button(request.segment(1))?;
    let (kind, name) = match request.kind() {
        MachineKind::Virtual => (MachineKind::Virtual, "instance_ids"),
        MachineKind::Metal => (MachineKind::Metal, "baremetal_ids"),
    };
    let ids = request
        .body
        .texts(name)?
        .ok_or_else(|| Refusal::bad(format!("Missing required parameter: {name}")))?;
    if ids.iter().any(|id| desk.books.machine(kind, id).is_none()) {
        return Err(missing(kind));
    }
    for id in &ids {
        desk.task(id, Task::Power(power));
    }
    Ok(Reply::empty())
}
