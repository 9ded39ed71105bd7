//! Virtual network templates. Making networks from them is in `crate::vnet_flow`.

use super::shared::may_delete;
use super::vnet::check_driver;
use crate::auth::{self, Locks, Operation};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::VnTemplate;
use crate::template::Attributes;

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let attributes = Attributes::parse(params.text(1)?).map_err(Failure::internal)?;
    auth::check_create(desk.caller, Kind::VnTemplate)?;
    create(desk, attributes)
        .map(Reply::Number)
        .map_err(Failure::internal)
}

fn create(desk: &mut Desk<'_>, mut attributes: Attributes) -> Result<i32, String> {
    let name = attributes.take("NAME");
    check_name(&name)?;
    if let Some(id) = desk.state.vntemplates.named_of(&name, desk.caller.uid) {
        return Err(crate::failure::taken(Kind::VnTemplate, id));
    }
    if attributes.text("VN_MAD").is_empty() {
        return Err("Error inserting Template in DB. VN_MAD is mandatory".to_owned());
    }
    check_driver(&attributes)?;
    if !attributes.is_storable() {
        return Err("Error transforming the Template to XML.".to_owned());
    }
    let meta = desk.meta(desk.state.vntemplates.next_id(), &name);
    Ok(desk.state.vntemplates.put(VnTemplate {
        meta,
        registered: desk.now,
        attributes,
    }))
}

pub(crate) fn copy(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, name) = (params.number(1)?, params.text(2)?);
    let mut attributes = desk
        .object::<VnTemplate>(id, Operation::Use, Locks::Respected)?
        .attributes
        .clone();
    attributes.replace("NAME", name);
    create(desk, attributes)
        .map(Reply::Number)
        .map_err(|text| Failure::allocate(Kind::VnTemplate, &text))
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    may_delete::<VnTemplate>(desk, id)?;
    desk.state.vntemplates.remove(id);
    Ok(Reply::Number(id))
}
