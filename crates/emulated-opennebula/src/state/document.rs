//! Documents. One attribute is shown encrypted unless an admin asks for it in clear.

use super::{Meta, Pool, State, Stored, View};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The attribute that the default configuration encrypts.
const ENCRYPTED: &str = "PROVISION_BODY";

/// A document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) meta: Meta,
    /// A free number.
    pub(crate) kind: i32,
    pub(crate) attributes: Attributes,
}

impl Stored for Document {
    const KIND: Kind = Kind::Document;

    fn pool(state: &State) -> &Pool<Self> {
        &state.documents
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.documents
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

    fn to_xml(&self, _: &State, view: View) -> String {
        let mut attributes = self.attributes.clone();
        if let Some(body) = attributes
            .single(ENCRYPTED)
            .filter(|_| view != View::Decrypted)
        {
            let hidden = veil(body);
            attributes.replace(ENCRYPTED, hidden);
        }
        format!(
            "<DOCUMENT>{}<TYPE>{}</TYPE>{}{}{}</DOCUMENT>",
            self.meta.head_xml(),
            self.kind,
            self.meta.permissions_xml(),
            self.meta.lock_xml(),
            attributes.to_xml("TEMPLATE"),
        )
    }
}

/// Stands in for the cipher: unreadable, and the same for the same text. Nothing has to turn it back.
fn veil(text: &str) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        write!(out, "{byte:02x}").expect("writing to a string cannot fail");
    }
    out
}
