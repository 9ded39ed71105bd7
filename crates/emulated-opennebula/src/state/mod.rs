//! Everything the emulated server remembers: pools of objects, serializable as a whole.
//!
//! Pure data and how it is written in answers; what calls do with it is in `crate::methods`.

mod cluster;
mod datastore;
mod document;
mod host;
mod image;
mod meta;
mod pool;
mod range;
mod user;
mod vm;
mod vnet;
mod vntemplate;

pub(crate) use cluster::Cluster;
pub(crate) use datastore::Datastore;
pub(crate) use document::Document;
pub(crate) use host::{Host, Sample};
pub(crate) use image::Image;
pub(crate) use meta::{Lock, Meta};
pub(crate) use pool::{Pool, Stored, View};
pub(crate) use range::{Holder, Range};
pub(crate) use user::{Group, Token, User, hash, pool_end};
pub(crate) use vm::{History, Vm};
pub(crate) use vnet::{Vnet, VnetState};
pub(crate) use vntemplate::VnTemplate;

use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use std::fmt::{Display, Write};

/// All objects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) clusters: Pool<Cluster>,
    pub(crate) hosts: Pool<Host>,
    pub(crate) datastores: Pool<Datastore>,
    pub(crate) vnets: Pool<Vnet>,
    pub(crate) vntemplates: Pool<VnTemplate>,
    pub(crate) documents: Pool<Document>,
    pub(crate) images: Pool<Image>,
    pub(crate) vms: Pool<Vm>,
    pub(crate) users: Pool<User>,
    pub(crate) groups: Pool<Group>,
}

impl State {
    /// What a fresh installation holds: the default cluster, three datastores, two users, two groups.
    pub(crate) fn fresh(password: &str) -> Self {
        let mut state = Self {
            clusters: Pool::starting_at(100),
            hosts: Pool::starting_at(0),
            datastores: Pool::starting_at(100),
            vnets: Pool::starting_at(0),
            vntemplates: Pool::starting_at(0),
            documents: Pool::starting_at(0),
            images: Pool::starting_at(0),
            vms: Pool::starting_at(0),
            users: Pool::starting_at(2),
            groups: Pool::starting_at(100),
        };
        state.groups.put(Group::new(0, "oneadmin"));
        state.groups.put(Group::new(1, "users"));
        state
            .users
            .put(User::new(0, "oneadmin", password, "core", 0, "oneadmin"));
        state.users.put(User::new(
            1,
            "serveradmin",
            "",
            "server_cipher",
            0,
            "oneadmin",
        ));
        state.clusters.put(Cluster::new(0, "default"));
        for datastore in Datastore::defaults() {
            state.datastores.put(datastore);
        }
        state
    }

    /// Whether an object exists, for the kinds that calls refer to by id.
    pub(crate) fn exists(&self, kind: Kind, id: i32) -> bool {
        match kind {
            Kind::Cluster => self.clusters.get(id).is_some(),
            Kind::Host => self.hosts.get(id).is_some(),
            Kind::Datastore => self.datastores.get(id).is_some(),
            Kind::Vnet => self.vnets.get(id).is_some(),
            Kind::VnTemplate => self.vntemplates.get(id).is_some(),
            Kind::Document => self.documents.get(id).is_some(),
            Kind::Image => self.images.get(id).is_some(),
            Kind::Vm => self.vms.get(id).is_some(),
            Kind::User => self.users.get(id).is_some(),
            Kind::Group => self.groups.get(id).is_some(),
            Kind::Zone => id == 0,
        }
    }
}

/// Writes `<NAME><ID>1</ID>…</NAME>`.
pub(crate) fn ids_xml(name: &str, ids: impl IntoIterator<Item = i32>) -> String {
    let mut out = format!("<{name}>");
    for id in ids {
        push_element(&mut out, "ID", id);
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    out
}

/// Writes one element with plain content.
pub(crate) fn push_element(out: &mut String, name: &str, content: impl Display) {
    write!(out, "<{name}>{content}</{name}>").expect("writing to a string cannot fail");
}

/// Writes one element with a text in a CDATA section.
pub(crate) fn data(name: &str, text: &str) -> String {
    format!("<{name}><![CDATA[{text}]]></{name}>")
}

/// Writes one element with a CDATA section, or an empty one for an empty text.
pub(crate) fn data_or_empty(name: &str, text: &str) -> String {
    if text.is_empty() {
        format!("<{name}/>")
    } else {
        data(name, text)
    }
}
