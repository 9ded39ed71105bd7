//! Virtual network templates.

use super::{Fields, Lock, Object, Owner, VnTemplateId};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// A virtual network template: what a network made from it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VnTemplate {
    /// Its id.
    pub id: VnTemplateId,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Owner,
    /// A lock on it.
    pub lock: Option<Lock>,
    /// When it was made, in seconds since 1970.
    pub registered: i64,
    /// Its attributes.
    pub template: Template,
}

impl Object for VnTemplate {
    const ELEMENT: &'static str = "VNTEMPLATE";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            owner: fields.owner()?,
            lock: fields.lock()?,
            registered: fields.number_or("REGTIME", 0)?,
            template: fields.template(),
        })
    }
}
