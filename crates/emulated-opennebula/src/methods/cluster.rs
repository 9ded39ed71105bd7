//! Clusters and their members.

use super::shared::{cannot_delete, may_delete};
use crate::auth::{self, Locks, Operation};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Cluster, Datastore, Host, Stored, Vnet};

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let name = params.text(1)?;
    auth::check_create(desk.caller, Kind::Cluster)?;
    check_name(name).map_err(Failure::internal)?;
    if let Some(id) = desk.state.clusters.named(name) {
        return Err(Failure::taken(Kind::Cluster, id));
    }
    let id = desk.state.clusters.next_id();
    Ok(Reply::Number(
        desk.state.clusters.put(Cluster::new(id, name)),
    ))
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    may_delete::<Cluster>(desk, id)?;
    if id < 100 {
        return Err(cannot_delete(
            Kind::Cluster,
            "System Clusters (ID < 100) cannot be deleted.",
        ));
    }
    if let Some(cluster) = desk.state.clusters.get(id) {
        let members = [
            (cluster.hosts(desk.state).len(), "hosts"),
            (cluster.datastores(desk.state).len(), "datastores"),
            (cluster.vnets(desk.state).len(), "vnets"),
        ];
        if let Some((count, what)) = members.into_iter().find(|(count, _)| *count > 0) {
            let reason = format!("Cluster {id} is not empty, it contains {count} {what}.");
            return Err(cannot_delete(Kind::Cluster, &reason));
        }
    }
    desk.state.clusters.remove(id);
    Ok(Reply::Number(id))
}

/// Checks the rights to both, and changes the member.
fn member<T: Stored>(
    desk: &mut Desk<'_>,
    params: Params<'_>,
    change: impl Fn(&mut T, i32),
) -> Outcome {
    let (cluster, member) = (params.number(1)?, params.number(2)?);
    desk.object::<Cluster>(cluster, Operation::Admin, Locks::Respected)?;
    change(desk.object_mut::<T>(member, Operation::Admin)?, cluster);
    Ok(Reply::Number(cluster))
}

pub(crate) fn add_host(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    member(desk, params, |host: &mut Host, cluster| {
        host.cluster = cluster;
    })
}

/// The host goes to the default cluster, whichever it was in, and the answer is that cluster's id.
pub(crate) fn remove_host(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    member(desk, params, |host: &mut Host, _| host.cluster = 0)?;
    Ok(Reply::Number(0))
}

pub(crate) fn add_datastore(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    member(desk, params, |datastore: &mut Datastore, cluster| {
        datastore.clusters.insert(cluster);
    })
}

pub(crate) fn remove_datastore(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    member(desk, params, |datastore: &mut Datastore, cluster| {
        datastore.clusters.remove(&cluster);
    })
}

pub(crate) fn add_vnet(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    member(desk, params, |vnet: &mut Vnet, cluster| {
        vnet.clusters.insert(cluster);
    })
}

pub(crate) fn remove_vnet(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    member(desk, params, |vnet: &mut Vnet, cluster| {
        vnet.clusters.remove(&cluster);
    })
}

/// The cluster that a new object goes to: -1 stands for the default one.
pub(crate) fn destination(desk: &Desk<'_>, id: i32) -> Result<i32, Failure> {
    match id {
        -1 => Ok(0),
        id if desk.state.exists(Kind::Cluster, id) => Ok(id),
        id => Err(Failure::no_exists(Kind::Cluster, id)),
    }
}
