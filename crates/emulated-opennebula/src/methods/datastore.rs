//! Datastores. What follows from types and drivers is in `crate::drivers`.

use super::cluster::destination;
use super::shared::{cannot_delete, may_delete};
use crate::auth::{self, Operation};
use crate::desk::{Desk, check_name};
use crate::drivers;
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::Datastore;
use crate::template::Attributes;

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (text, cluster) = (params.text(1)?, params.number_or(2, -1)?);
    let mut attributes = Attributes::parse(text).map_err(Failure::internal)?;
    let cluster = destination(desk, cluster)?;
    auth::check_create(desk.caller, Kind::Datastore)?;
    let name = attributes.take("NAME");
    check_name(&name).map_err(Failure::internal)?;
    if let Some(id) = desk.state.datastores.named(&name) {
        return Err(Failure::taken(Kind::Datastore, id));
    }
    if !attributes.is_storable() {
        return Err(Failure::internal(
            "Error transforming the Datastore to XML.",
        ));
    }
    let meta = desk.meta(desk.state.datastores.next_id(), &name);
    let mut datastore = Datastore::blank(meta, attributes);
    drivers::set_up_datastore(&mut datastore).map_err(Failure::internal)?;
    datastore.clusters.insert(cluster);
    measure(&mut datastore, desk.config.datastore_mb);
    Ok(Reply::Number(desk.state.datastores.put(datastore)))
}

/// Notes the size of a datastore; those for running machines are on the hosts and have none here.
pub(crate) fn measure(datastore: &mut Datastore, megabytes: [i64; 3]) {
    if datastore.kind != Datastore::SYSTEM {
        datastore.capacity = megabytes;
    }
}

pub(crate) fn enable(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, truth) = (params.number(1)?, params.truth(2)?);
    let datastore = desk.object_mut::<Datastore>(id, Operation::Manage)?;
    if datastore.kind != Datastore::SYSTEM {
        return Err(Failure::internal(
            "Only SYSTEM_DS can be disabled or enabled",
        ));
    }
    datastore.disabled = !truth;
    Ok(Reply::Number(id))
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    may_delete::<Datastore>(desk, id)?;
    if desk.state.images.iter().any(|image| image.datastore == id) {
        return Err(cannot_delete(
            Kind::Datastore,
            &format!("Datastore {id} is not empty."),
        ));
    }
    desk.state.datastores.remove(id);
    Ok(Reply::Number(id))
}
