//! What gets onto fresh machines: SSH keys and startup scripts.

use super::lenient;
use super::{SshKeyId, StartupScriptId};
use serde::Deserialize;

/// A public SSH key kept at Vultr. Neither its name nor its key material need be unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SshKey {
    /// Its id.
    pub id: SshKeyId,
    /// Its name, cut at 128 characters.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The public key, a line as in `authorized_keys`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub ssh_key: String,
    /// When it was given, in RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub date_created: String,
}

/// A startup script; lists do not hold its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct StartupScript {
    /// Its id.
    pub id: StartupScriptId,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// When it runs: `boot` or `pxe`.
    #[serde(default, rename = "type", deserialize_with = "lenient::or_default")]
    pub kind: String,
    /// When it was made, in RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub date_created: String,
}
