//! Images, as far as a datastore can be filled and emptied.

use super::shared::may_delete;
use crate::auth::{self, Locks, Operation};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Datastore, Image};
use crate::template::Attributes;

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (text, datastore) = (params.text(1)?, params.number(2)?);
    let mut attributes = Attributes::parse(text).map_err(Failure::internal)?;
    let kind = desk
        .object::<Datastore>(datastore, Operation::Use, Locks::Respected)?
        .kind;
    if !matches!(kind, Datastore::IMAGE | Datastore::FILE) {
        let text = "New images can only be allocated in a files or image datastore.";
        return Err(Failure::allocate(Kind::Image, text));
    }
    auth::check_create(desk.caller, Kind::Image)?;
    let name = attributes.take("NAME");
    check_name(&name).map_err(Failure::internal)?;
    if let Some(id) = desk.state.images.named_of(&name, desk.caller.uid) {
        return Err(Failure::taken(Kind::Image, id));
    }
    if attributes.text("DEV_PREFIX").is_empty() {
        attributes.replace("DEV_PREFIX", "sd");
    }
    let image = Image {
        meta: desk.meta(desk.state.images.next_id(), &name),
        registered: desk.now,
        path: attributes.take("PATH"),
        persistent: attributes.yes("PERSISTENT"),
        datastore,
        attributes,
    };
    Ok(Reply::Number(desk.state.images.put(image)))
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    may_delete::<Image>(desk, id)?;
    desk.state.images.remove(id);
    Ok(Reply::Number(id))
}
