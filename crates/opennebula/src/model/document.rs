//! Documents: free templates with a name and a type.

use super::{DocumentId, DocumentType, Fields, Lock, Object, Owner};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// A document. Names are not unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Its name; `document-<id>` if none was given.
    pub name: String,
    /// Its type. `info` answers documents of every type: check it.
    pub kind: DocumentType,
    /// Who owns it.
    pub owner: Owner,
    /// A lock on it.
    pub lock: Option<Lock>,
    /// Its attributes.
    pub template: Template,
}

impl Object for Document {
    const ELEMENT: &'static str = "DOCUMENT";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            kind: fields.number::<i32>("TYPE")?.into(),
            owner: fields.owner()?,
            lock: fields.lock()?,
            template: fields.template(),
        })
    }
}
