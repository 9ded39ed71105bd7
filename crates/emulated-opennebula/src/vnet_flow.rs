//! Calls on virtual networks that wait for an IPAM driver.
//!
//! The state is locked only between the steps, so others see a network in LOCK_CREATE while a driver works on it; calls that
//! change the same network wait.

use crate::auth::{self, Caller, Locks, Operation};
use crate::desk::Desk;
use crate::emulator::Emulator;
use crate::failure::{Failure, Outcome, Reply};
use crate::ipam::IpamRequest;
use crate::kind::Kind;
use crate::methods::Flow;
use crate::methods::cluster::destination;
use crate::methods::shared::{cannot_delete, may_delete};
use crate::methods::vnet::{asked_ranges, create};
use crate::methods::vnet_leases::begin;
use crate::params::Params;
use crate::state::{Holder, Range, VnTemplate, Vnet, VnetState};
use crate::template::Attributes;
use std::collections::{BTreeMap, BTreeSet};

/// Carries one of these calls out.
pub(crate) async fn run(
    emulator: &Emulator,
    flow: Flow,
    caller: &Caller,
    params: Params<'_>,
) -> Outcome {
    if matches!(flow, Flow::Allocate | Flow::Instantiate) {
        let begun = emulator.at_desk(caller, |desk| match flow {
            Flow::Allocate => allocate(desk, params),
            _ => instantiate(desk, params),
        })?;
        return set_up(emulator, caller, begun).await;
    }
    let id = params.number(1)?;
    let _held = emulator.hold_vnet(id).await;
    match flow {
        Flow::AddRange => add_range(emulator, caller, params).await,
        Flow::RemoveRange => remove_range(emulator, caller, params).await,
        Flow::Recover => recover(emulator, caller, params).await,
        _ => delete(emulator, caller, id).await,
    }
}

fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Result<i32, Failure> {
    let (text, cluster) = (params.text(1)?, params.number_or(2, -1)?);
    let attributes = Attributes::parse(text).map_err(Failure::internal)?;
    let cluster = destination(desk, cluster)?;
    auth::check_create(desk.caller, Kind::Vnet)?;
    create(desk, attributes, BTreeSet::from([cluster])).map_err(Failure::internal)
}

fn instantiate(desk: &mut Desk<'_>, params: Params<'_>) -> Result<i32, Failure> {
    let (id, name, text) = (params.number(1)?, params.text(2)?, params.text(3)?);
    let template = desk
        .state
        .vntemplates
        .get(id)
        .ok_or_else(|| Failure::no_exists(Kind::VnTemplate, id))?;
    let (mut attributes, template_name) = (template.attributes.clone(), template.meta.name.clone());
    let listed = attributes.text("CLUSTER_IDS");
    let ids = listed.split(',').filter_map(|id| id.trim().parse().ok());
    let mut clusters: BTreeSet<i32> = ids
        .filter(|id| desk.state.exists(Kind::Cluster, *id))
        .collect();
    if listed.is_empty() {
        clusters.insert(0);
    }
    attributes.merge(Attributes::parse(text).map_err(Failure::internal)?);
    attributes.remove("NAME");
    attributes.replace("TEMPLATE_NAME", template_name);
    attributes.replace("TEMPLATE_ID", id.to_string());
    if !name.is_empty() {
        attributes.replace("NAME", name);
    }
    desk.object::<VnTemplate>(id, Operation::Use, Locks::Respected)?;
    // The kind in this text is the template's, not the network's.
    create(desk, attributes, clusters).map_err(|text| Failure::allocate(Kind::VnTemplate, &text))
}

/// Registers the ranges of a network just made. Whatever comes of it, the call succeeds.
async fn set_up(emulator: &Emulator, caller: &Caller, id: i32) -> Outcome {
    let _held = emulator.hold_vnet(id).await;
    let asked = emulator.with_state(|state| {
        state
            .vnets
            .get(id)
            .map(|vnet| asked_ranges(&vnet.attributes))
    });
    let mut failed = None;
    for range in asked.unwrap_or_default() {
        if let Err(text) = register(emulator, id, range).await {
            failed = Some(text);
            break;
        }
    }
    emulator.at_desk(caller, |desk| {
        let stamp = desk.stamp();
        let Some(vnet) = desk.state.vnets.get_mut(id) else {
            return;
        };
        vnet.attributes.remove("AR");
        match failed {
            Some(text) => fail(vnet, &stamp, &text),
            None => vnet.settle(VnetState::Ready),
        }
    });
    Ok(Reply::Number(id))
}

fn fail(vnet: &mut Vnet, stamp: &str, text: &str) {
    vnet.attributes
        .replace("ERROR", format!("{stamp} : {text}"));
    vnet.settle(VnetState::Error);
}

/// Asks the driver, if the range names one, and adds what it answers.
async fn register(
    emulator: &Emulator,
    id: i32,
    mut range: BTreeMap<String, String>,
) -> Result<(), String> {
    let driver = range
        .get("IPAM_MAD")
        .filter(|driver| !driver.is_empty() && *driver != "internal")
        .cloned();
    if let Some(driver) = driver {
        let answer = emulator
            .ipam()
            .register(&IpamRequest { driver, range })
            .await?;
        let parsed = Attributes::parse(&answer)?;
        range = parsed
            .vectors("AR")
            .into_iter()
            .next()
            .ok_or("Wrong AR definition. AR vector attribute is missing.")?;
    }
    emulator.with_state(|state| {
        let Some(vnet) = state.vnets.get_mut(id) else {
            return Ok(());
        };
        let range = Range::new(vnet.next_range, range)?;
        vnet.next_range += 1;
        vnet.ranges.push(range);
        Ok(())
    })
}

async fn unregister(emulator: &Emulator, range: &Range) -> Result<(), String> {
    let Some(driver) = range.driver().map(str::to_owned) else {
        return Ok(());
    };
    emulator
        .ipam()
        .unregister(&IpamRequest {
            driver,
            range: range.attributes.clone(),
        })
        .await
}

async fn add_range(emulator: &Emulator, caller: &Caller, params: Params<'_>) -> Outcome {
    let asked = |desk: &mut Desk<'_>| {
        let (id, attributes) = begin(desk, params, "one.vn.add_ar", Operation::Admin)?;
        let mut all = Attributes::default();
        if let Some(vnet) = desk.state.vnets.get(id) {
            all.replace("IPAM_MAD", vnet.attributes.text("IPAM_MAD"));
        }
        all.merge(attributes);
        let missing = || Failure::internal("Wrong AR definition. AR vector attribute is missing.");
        Ok((
            id,
            asked_ranges(&all).into_iter().next().ok_or_else(missing)?,
        ))
    };
    let (id, range) = emulator.at_desk(caller, asked)?;
    register(emulator, id, range)
        .await
        .map_err(Failure::internal)?;
    Ok(Reply::Number(id))
}

async fn remove_range(emulator: &Emulator, caller: &Caller, params: Params<'_>) -> Outcome {
    let (id, number, force) = (
        params.number(1)?,
        params.number(2)?,
        params.truth_or(3, false)?,
    );
    let range = emulator.at_desk(caller, |desk| removable_range(desk, id, number, force))?;
    let result = unregister(emulator, &range).await;
    if !force {
        result.map_err(Failure::internal)?;
    }
    emulator.with_state(|state| {
        let Some(vnet) = state.vnets.get_mut(id) else {
            return;
        };
        vnet.ranges.retain(|range| range.id != number);
        let parent = vnet.parent.and_then(|parent| state.vnets.get_mut(parent));
        let from = range.text("PARENT_NETWORK_AR_ID").parse().ok();
        if let Some(origin) = parent
            .zip(from)
            .and_then(|(parent, from)| parent.range_mut(from))
        {
            origin.free_of(Holder::Vnet(id));
        }
    });
    Ok(Reply::Number(id))
}

fn removable_range(desk: &Desk<'_>, id: i32, number: i32, force: bool) -> Result<Range, Failure> {
    let vnet = desk.object::<Vnet>(id, Operation::Admin, Locks::Respected)?;
    if vnet.state != VnetState::Ready {
        let state = vnet.state.name();
        let text =
            format!("Could not remove Adress Range, Virtual Network is in wrong state: {state}");
        return Err(Failure::action(text));
    }
    let range = vnet.ranges.iter().find(|range| range.id == number);
    let range = range.ok_or_else(|| Failure::internal("Address Range does not exist"))?;
    if !force && !range.leases.is_empty() {
        return Err(Failure::internal("Address Range has leases in use"));
    }
    Ok(range.clone())
}

async fn delete(emulator: &Emulator, caller: &Caller, id: i32) -> Outcome {
    let ranges = emulator.at_desk(caller, |desk| {
        may_delete::<Vnet>(desk, id)?;
        let vnet = desk.object_mut::<Vnet>(id, Operation::Manage)?;
        if vnet.used() > 0 {
            return Err(cannot_delete(
                Kind::Vnet,
                "Can not remove a virtual network with leases in use",
            ));
        }
        vnet.state = VnetState::LockDelete;
        Ok(vnet.ranges.clone())
    })?;
    for range in ranges {
        let result = unregister(emulator, &range).await;
        let done = emulator.at_desk(caller, |desk| {
            let stamp = desk.stamp();
            let Some(vnet) = desk.state.vnets.get_mut(id) else {
                return true;
            };
            match result {
                Ok(()) => vnet.ranges.retain(|other| other.id != range.id),
                Err(text) => {
                    fail(vnet, &stamp, &text);
                    return true;
                }
            }
            false
        });
        if done {
            return Ok(Reply::Number(id));
        }
    }
    emulator.at_desk(caller, |desk| remove(desk, id));
    Ok(Reply::Number(id))
}

/// Takes a network away, and the addresses it had reserved of another.
fn remove(desk: &mut Desk<'_>, id: i32) {
    let Some(vnet) = desk.state.vnets.remove(id) else {
        return;
    };
    if let Some(parent) = vnet
        .parent
        .and_then(|parent| desk.state.vnets.get_mut(parent))
    {
        parent
            .ranges
            .iter_mut()
            .for_each(|range| range.free_of(Holder::Vnet(id)));
    }
}

async fn recover(emulator: &Emulator, caller: &Caller, params: Params<'_>) -> Outcome {
    let (id, operation) = (params.number(1)?, params.number(2)?);
    let ranges = emulator.at_desk(caller, |desk| recover_step(desk, id, operation))?;
    for range in &ranges {
        // The network is gone whatever the driver says; the real server does not look at its answer either.
        drop(unregister(emulator, range).await);
    }
    Ok(Reply::Number(id))
}

/// Changes the state, or deletes the network and returns the ranges that are left to give back.
fn recover_step(desk: &mut Desk<'_>, id: i32, operation: i32) -> Result<Vec<Range>, Failure> {
    let name = match operation {
        0 => "failure",
        1 => "success",
        2 => "delete",
        3 => "retry",
        _ => return Err(Failure::action("Wrong recovery operation code")),
    };
    let stamp = desk.stamp();
    let vnet = desk.object_mut::<Vnet>(id, Operation::Admin)?;
    let pending = matches!(
        vnet.state,
        VnetState::Init | VnetState::LockCreate | VnetState::LockDelete
    );
    match (operation, vnet.state) {
        (0, _) if pending => fail(vnet, &stamp, "Failure forced by user"),
        (1, VnetState::Init | VnetState::LockCreate | VnetState::Error) => {
            vnet.attributes.remove("ERROR");
            vnet.settle(VnetState::Ready);
        }
        (1, VnetState::LockDelete) => remove(desk, id),
        (2, state) if state != VnetState::Ready => {
            let ranges = vnet.ranges.clone();
            remove(desk, id);
            return Ok(ranges);
        }
        (_, state) => {
            let state = state.name();
            let text =
                format!("Could not perform 'recover {name}' on VN {id}, wrong state {state}.");
            return Err(Failure::internal(text));
        }
    }
    Ok(Vec::new())
}
