//! Virtual network templates.

use super::{Meta, Pool, State, Stored, View};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};

/// A virtual network template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VnTemplate {
    pub(crate) meta: Meta,
    pub(crate) registered: i64,
    pub(crate) attributes: Attributes,
}

impl Stored for VnTemplate {
    const KIND: Kind = Kind::VnTemplate;

    fn pool(state: &State) -> &Pool<Self> {
        &state.vntemplates
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.vntemplates
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn attributes_mut(&mut self) -> &mut Attributes {
        &mut self.attributes
    }

    fn to_xml(&self, _: &State, _: View) -> String {
        format!(
            "<VNTEMPLATE>{}{}{}<REGTIME>{}</REGTIME>{}</VNTEMPLATE>",
            self.meta.head_xml(),
            self.meta.lock_xml(),
            self.meta.permissions_xml(),
            self.registered,
            self.attributes.to_xml("TEMPLATE"),
        )
    }
}
