//! Documents.

use super::shared::{filtered, may_delete};
use crate::auth::{self, Locks, Operation};
use crate::desk::Desk;
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::Document;
use crate::template::Attributes;

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (text, kind) = (params.text(1)?, params.number(2)?);
    let attributes = Attributes::parse(text).map_err(Failure::internal)?;
    create(desk, attributes, kind)
}

fn create(desk: &mut Desk<'_>, mut attributes: Attributes, kind: i32) -> Outcome {
    auth::check_create(desk.caller, Kind::Document)?;
    let id = desk.state.documents.next_id();
    let mut name = attributes.take("NAME");
    if name.is_empty() {
        name = format!("document-{id}");
    }
    if name.len() > 128 {
        return Err(Failure::internal(
            "NAME is too long; max length is 128 chars.",
        ));
    }
    if name.contains(['<', '&']) || !attributes.is_storable() {
        return Err(Failure::internal("Error transforming the Document to XML."));
    }
    let meta = desk.meta(id, &name);
    Ok(Reply::Number(desk.state.documents.put(Document {
        meta,
        kind,
        attributes,
    })))
}

pub(crate) fn copy(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, name) = (params.number(1)?, params.text(2)?);
    let document = desk.object::<Document>(id, Operation::Use, Locks::Respected)?;
    let (mut attributes, kind) = (document.attributes.clone(), document.kind);
    attributes.replace("NAME", name);
    create(desk, attributes, kind)
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    may_delete::<Document>(desk, id)?;
    desk.state.documents.remove(id);
    Ok(Reply::Number(id))
}

/// The documents of one type: parameter 4.
pub(crate) fn pool(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let kind = params.number(4)?;
    filtered::<Document>(desk, params, |document| document.kind == kind)
}
