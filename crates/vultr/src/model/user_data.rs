//! User-data: what cloud-init gets. It may hold private keys, so it is not printed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};
use std::fmt;

/// User-data for a machine, in clear; goes over the wire in base64. Masked when it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct UserData(Vec<u8>);

impl UserData {
    /// Takes what cloud-init is to get, not encoded.
    pub fn new(content: impl Into<Vec<u8>>) -> Self {
        Self(content.into())
    }

    /// The content. The only way it leaves this type, besides being sent.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for UserData {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for UserData {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserData({} bytes)", self.0.len())
    }
}

impl Serialize for UserData {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}
