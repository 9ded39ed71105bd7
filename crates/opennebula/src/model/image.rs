//! Images, as far as emptying a datastore needs them.

use super::{DatastoreId, Fields, ImageId, Object, Owner};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// An image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Owner,
    /// Its state as OpenNebula numbers it: 1 ready, 2 used, 5 error…
    pub state: i32,
    /// The datastore it is in.
    pub datastore: DatastoreId,
    /// Its attributes.
    pub template: Template,
}

impl Object for Image {
    const ELEMENT: &'static str = "IMAGE";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            owner: fields.owner()?,
            state: fields.number_or("STATE", 0)?,
            datastore: fields.number_or("DATASTORE_ID", -1)?.into(),
            template: fields.template(),
        })
    }
}
