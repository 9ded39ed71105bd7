//! Users, as far as checking a login needs them.

use super::{Fields, Object, UserId};
use crate::error::BodyError;
use crate::xml::Element;

/// A user. The password's hash, which the server sends along, is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id; 0 is oneadmin.
    pub id: UserId,
    /// The name.
    pub name: String,
    /// The main group; 0 is oneadmin's.
    pub group: i32,
    /// All groups.
    pub groups: Vec<i32>,
}

impl User {
    /// Whether the user may do everything: a member of the group oneadmin.
    pub fn is_admin(&self) -> bool {
        self.group == 0 || self.groups.contains(&0)
    }
}

impl Object for User {
    const ELEMENT: &'static str = "USER";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            group: fields.number_or("GID", -1)?,
            groups: fields.ids("GROUPS")?,
        })
    }
}
