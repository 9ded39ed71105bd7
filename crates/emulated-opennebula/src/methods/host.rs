//! Hosts: registering, states, measurements. What changes a state over time is in `crate::monitor`.

use super::cluster::destination;
use super::shared::{cannot_delete, may_delete};
use crate::auth::{self, Locks, Operation};
use crate::desk::Desk;
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Host, Meta};
use edgewright_opennebula::HostState;

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (name, im_mad, vm_mad) = (params.text(1)?, params.text(2)?, params.text(3)?);
    let cluster = destination(desk, params.number(4)?)?;
    auth::check_create(desk.caller, Kind::Host)?;
    check_hostname(name).map_err(|text| Failure::internal(format!("Invalid HOSTNAME, {text}")))?;
    if im_mad.is_empty() {
        return Err(Failure::internal("IM_MAD_NAME cannot be empty."));
    }
    if vm_mad.is_empty() {
        return Err(Failure::internal("VMM_MAD_NAME cannot be empty."));
    }
    if let Some(id) = desk.state.hosts.named(name) {
        return Err(Failure::taken(Kind::Host, id));
    }
    let meta = Meta::new(desk.state.hosts.next_id(), name);
    Ok(Reply::Number(
        desk.state
            .hosts
            .put(Host::new(meta, im_mad, vm_mad, cluster)),
    ))
}

fn check_hostname(name: &str) -> Result<(), String> {
    if !(2..=63).contains(&name.len()) {
        return Err(
            "HOSTNAME length should be greater than 1, but smaller than 64 characters".to_owned(),
        );
    }
    let edge = |c: &char| matches!(c, '-' | '.' | '_');
    if let Some(first) = name.chars().next().filter(edge) {
        return Err(format!("first character can't be '{first}'"));
    }
    if let Some(found) = name
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !edge(c))
    {
        return Err(format!("'{found}' is invalid character for a HOSTNAME"));
    }
    match name.chars().next_back().filter(edge) {
        Some(last) => Err(format!("last character can't be '{last}'")),
        None => Ok(()),
    }
}

pub(crate) fn status(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, code) = (params.number(1)?, params.number(2)?);
    let host = desk.object_mut::<Host>(id, Operation::Admin)?;
    match code {
        0 => enable(host),
        1 => {
            host.wanted |= host.state() == HostState::Offline;
            host.set_state(HostState::Disabled);
        }
        2 => {
            host.set_state(HostState::Offline);
            (host.total_cpu, host.total_memory) = (0, 0);
        }
        _ => return Err(Failure::internal("Wrong status code")),
    }
    Ok(Reply::Number(id))
}

/// A disabled host that was measured is usable at once; any other starts over, even a usable one.
fn enable(host: &mut Host) {
    if host.state() == HostState::Disabled && host.total_cpu > 0 {
        host.set_state(HostState::Monitored);
    } else {
        host.wanted = host.state() != HostState::Monitored;
        host.set_state(HostState::Init);
    }
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    may_delete::<Host>(desk, id)?;
    if desk.state.vms.iter().any(|vm| vm.host() == Some(id)) {
        return Err(cannot_delete(
            Kind::Host,
            "Can not remove a host with running VMs",
        ));
    }
    desk.state.hosts.remove(id);
    Ok(Reply::Number(id))
}

pub(crate) fn monitoring(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    let host = desk.object::<Host>(id, Operation::Use, Locks::Ignored)?;
    let samples: String = host
        .samples
        .iter()
        .map(|sample| sample.to_xml(id))
        .collect();
    Ok(Reply::Text(format!(
        "<MONITORING_DATA>{samples}</MONITORING_DATA>"
    )))
}

/// Parameter 1 is an age in seconds; 0 asks for the last measurement of each host, -1 for all.
pub(crate) fn pool_monitoring(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let age = i64::from(params.number_or(1, -1)?);
    let mut out = String::new();
    for host in desk.state.hosts.iter() {
        let newest = host.samples.len().saturating_sub(1);
        for (index, sample) in host.samples.iter().enumerate() {
            if age < 0
                || (age == 0 && index == newest)
                || (age > 0 && sample.time >= desk.now - age)
            {
                out.push_str(&sample.to_xml(host.meta.id));
            }
        }
    }
    Ok(Reply::Text(format!(
        "<MONITORING_DATA>{out}</MONITORING_DATA>"
    )))
}
