//! Users and groups.

use super::{Meta, Pool, State, Stored, View, data, ids_xml};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A login token, which stands for the password until it expires.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) token: String,
    pub(crate) expires: i64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token(***, {})", self.expires)
    }
}

/// A user. Passwords are kept as SHA-256 only, as the real server keeps them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) meta: Meta,
    pub(crate) password: String,
    pub(crate) driver: String,
    pub(crate) enabled: bool,
    pub(crate) tokens: Vec<Token>,
    pub(crate) attributes: Attributes,
}

const QUOTAS: &str = "<DATASTORE_QUOTA></DATASTORE_QUOTA><NETWORK_QUOTA></NETWORK_QUOTA>\
                      <VM_QUOTA></VM_QUOTA><IMAGE_QUOTA></IMAGE_QUOTA>";

impl User {
    pub(crate) fn new(
        id: i32,
        name: &str,
        password: &str,
        driver: &str,
        gid: i32,
        gname: &str,
    ) -> Self {
        let mut meta = Meta::new(id, name);
        meta.gid = gid;
        gname.clone_into(&mut meta.gname);
        let mut attributes = Attributes::default();
        attributes.replace("TOKEN_PASSWORD", hash(&format!("token of {id} {password}")));
        Self {
            meta,
            password: hash(password),
            driver: driver.to_owned(),
            enabled: true,
            tokens: Vec::new(),
            attributes,
        }
    }

    /// The element `USER` as pools show it.
    fn short_xml(&self, extra: &str) -> String {
        format!(
            "<USER><ID>{}</ID><GID>{gid}</GID><GROUPS><ID>{gid}</ID></GROUPS><GNAME>{}</GNAME><NAME>{}</NAME>{}{}\
             <ENABLED>{}</ENABLED>{}{extra}</USER>",
            self.meta.id,
            self.meta.gname,
            self.meta.name,
            data("PASSWORD", &self.password),
            data("AUTH_DRIVER", &self.driver),
            i32::from(self.enabled),
            self.attributes.to_xml("TEMPLATE"),
            gid = self.meta.gid,
        )
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        write!(out, "{byte:02x}").expect("writing to a string cannot fail");
    }
    out
}

impl Stored for User {
    const KIND: Kind = Kind::User;

    fn pool(state: &State) -> &Pool<Self> {
        &state.users
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.users
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
        if view == View::Listed {
            return format!(
                "{}<QUOTAS><ID>{}</ID>{QUOTAS}</QUOTAS>",
                self.short_xml(""),
                self.meta.id
            );
        }
        self.short_xml(&format!(
            "{QUOTAS}<DEFAULT_USER_QUOTAS>{QUOTAS}</DEFAULT_USER_QUOTAS>"
        ))
    }
}

/// What the user pool ends with.
pub(crate) fn pool_end() -> String {
    format!("<DEFAULT_USER_QUOTAS>{QUOTAS}</DEFAULT_USER_QUOTAS>")
}

/// A group; its users are kept with the users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) meta: Meta,
    pub(crate) attributes: Attributes,
}

impl Group {
    pub(crate) fn new(id: i32, name: &str) -> Self {
        Self {
            meta: Meta::new(id, name),
            attributes: Attributes::default(),
        }
    }
}

impl Stored for Group {
    const KIND: Kind = Kind::Group;

    fn pool(state: &State) -> &Pool<Self> {
        &state.groups
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.groups
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

    fn to_xml(&self, state: &State, _: View) -> String {
        let users = state
            .users
            .iter()
            .filter(|user| user.meta.gid == self.meta.id)
            .map(|user| user.meta.id);
        format!(
            "<GROUP><ID>{}</ID><NAME>{}</NAME>{}{}<ADMINS></ADMINS>{QUOTAS}\
             <DEFAULT_GROUP_QUOTAS>{QUOTAS}</DEFAULT_GROUP_QUOTAS></GROUP>",
            self.meta.id,
            self.meta.name,
            self.attributes.to_xml("TEMPLATE"),
            ids_xml("USERS", users),
        )
    }
}
