//! OpenNebula's objects as read from answers: by name, in any order, children that are missing taken as empty.
//!
//! Answers carry more than is kept here, and differ between releases; only the id (and for most objects the name) must be
//! there. Called by [`crate::client`].

mod cluster;
mod datastore;
mod document;
mod host;
mod id;
mod image;
mod system;
mod user;
mod vm;
mod vnet;
mod vntemplate;

pub use cluster::Cluster;
pub use datastore::{Datastore, DatastoreState, DatastoreType};
pub use document::Document;
pub use host::{Host, HostShare, HostState};
pub use id::{
    AddressRangeId, ClusterId, DatastoreId, DocumentId, DocumentType, HostId, ImageId, UserId,
    VmId, VnTemplateId, VnetId,
};
pub use image::Image;
pub use system::SystemConfig;
pub use user::User;
pub use vm::{Vm, VmState};
pub use vnet::{AddressRange, Lease, LeaseHolder, VirtualNetwork, VnetState};
pub use vntemplate::VnTemplate;

use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// An object that an `info` call answers and a pool lists.
pub trait Object: Sized {
    /// The element's name, such as `HOST`.
    const ELEMENT: &'static str;

    /// Reads the object from its element.
    ///
    /// # Errors
    /// [`BodyError`] if a field without which the object makes no sense is missing or not a number.
    fn from_element(element: &Element) -> Result<Self, BodyError>;
}

/// Who owns an object, and an admin's lock on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user's id and name.
    pub user: (i32, String),
    /// The group's id and name.
    pub group: (i32, String),
}

/// A lock on an object. While it stands, not even its owner or oneadmin may change the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// 1 use, 2 manage, 3 admin.
    pub level: i32,
    /// The user who locked it.
    pub owner: UserId,
    /// When, in seconds since 1970.
    pub time: i64,
}

/// Reads a body that must be one object.
pub(crate) fn read_object<T: Object>(body: &str) -> Result<T, BodyError> {
    let root = Element::parse(body)?;
    if root.name() != T::ELEMENT {
        return Err(BodyError::Kind {
            found: root.name().to_owned(),
            wanted: T::ELEMENT,
        });
    }
    T::from_element(&root)
}

/// Reads a body that must be a pool; objects of other kinds in it (quotas among users) are stepped over.
pub(crate) fn read_pool<T: Object>(body: &str) -> Result<Vec<T>, BodyError> {
    let root = Element::parse(body)?;
    if !root.name().ends_with("_POOL") {
        return Err(BodyError::Kind {
            found: root.name().to_owned(),
            wanted: "pool",
        });
    }
    root.all(T::ELEMENT).map(T::from_element).collect()
}

/// Reads the fields of one element and names the object in errors.
struct Fields<'a> {
    element: &'a Element,
}

impl<'a> Fields<'a> {
    fn new(element: &'a Element) -> Self {
        Self { element }
    }

    fn label(&self) -> String {
        match self.element.text_of("ID") {
            Some(id) => format!(
                "{} {}",
                self.element.name(),
                id.chars().take(20).collect::<String>()
            ),
            None => self.element.name().to_owned(),
        }
    }

    fn text(&self, field: &'static str) -> Result<String, BodyError> {
        let missing = || BodyError::Missing {
            object: self.label(),
            field,
        };
        self.element
            .text_of(field)
            .map(str::to_owned)
            .ok_or_else(missing)
    }

    /// A text that may be missing.
    fn text_or_empty(&self, field: &'static str) -> String {
        self.element.text_of(field).unwrap_or_default().to_owned()
    }

    /// A text that may be missing or empty.
    fn filled(&self, field: &'static str) -> Option<String> {
        self.element
            .text_of(field)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    fn number<T: std::str::FromStr>(&self, field: &'static str) -> Result<T, BodyError> {
        self.parse(field, &self.text(field)?)
    }

    /// A number that may be missing or empty, which then is `fallback`.
    fn number_or<T: std::str::FromStr>(
        &self,
        field: &'static str,
        fallback: T,
    ) -> Result<T, BodyError> {
        match self.element.text_of(field).map(str::trim) {
            None | Some("") => Ok(fallback),
            Some(text) => self.parse(field, text),
        }
    }

    fn parse<T: std::str::FromStr>(&self, field: &'static str, text: &str) -> Result<T, BodyError> {
        let cut = || text.chars().take(40).collect();
        text.trim().parse().map_err(|_| BodyError::Number {
            object: self.label(),
            field,
            text: cut(),
        })
    }

    /// The ids listed below a child, such as `<HOSTS><ID>1</ID></HOSTS>`.
    fn ids<T: From<i32>>(&self, field: &'static str) -> Result<Vec<T>, BodyError> {
        let Some(list) = self.element.child(field) else {
            return Ok(Vec::new());
        };
        list.all("ID")
            .map(|id| self.parse(field, id.text()).map(|id: i32| T::from(id)))
            .collect()
    }

    fn template(&self) -> Template {
        self.element
            .child("TEMPLATE")
            .map(Template::from_element)
            .unwrap_or_default()
    }

    fn owner(&self) -> Result<Owner, BodyError> {
        Ok(Owner {
            user: (self.number_or("UID", -1)?, self.text_or_empty("UNAME")),
            group: (self.number_or("GID", -1)?, self.text_or_empty("GNAME")),
        })
    }

    fn lock(&self) -> Result<Option<Lock>, BodyError> {
        let Some(lock) = self.element.child("LOCK") else {
            return Ok(None);
        };
        let fields = Fields::new(lock);
        let level = fields.number_or("LOCKED", 0)?;
        let owner = UserId::from(fields.number_or("OWNER", -1)?);
        Ok((level > 0).then_some(Lock {
            level,
            owner,
            time: fields.number_or("TIME", 0)?,
        }))
    }
}

#[cfg(test)]
mod tests;
