//! Datastores.

use super::{Meta, Pool, State, Stored, View, data, ids_xml};
use crate::drivers;
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A datastore. `kind` is 0 image, 1 system, 2 file, 3 backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Datastore {
    pub(crate) meta: Meta,
    pub(crate) ds_mad: String,
    pub(crate) tm_mad: String,
    pub(crate) kind: i32,
    pub(crate) disk_type: i32,
    pub(crate) disabled: bool,
    pub(crate) clusters: BTreeSet<i32>,
    /// Total, free and used, in MB; all 0 until monitored.
    pub(crate) capacity: [i64; 3],
    pub(crate) attributes: Attributes,
}

impl Datastore {
    pub(crate) const IMAGE: i32 = 0;
    pub(crate) const SYSTEM: i32 = 1;
    pub(crate) const FILE: i32 = 2;
    pub(crate) const BACKUP: i32 = 3;

    /// The three datastores of a fresh installation.
    pub(crate) fn defaults() -> Vec<Self> {
        let texts = [
            (0, "system", "TYPE=\"SYSTEM_DS\"\nTM_MAD=\"local\""),
            (
                1,
                "default",
                "TYPE=\"IMAGE_DS\"\nDS_MAD=\"fs\"\nTM_MAD=\"local\"",
            ),
            (
                2,
                "files",
                "TYPE=\"FILE_DS\"\nDS_MAD=\"fs\"\nTM_MAD=\"local\"",
            ),
        ];
        let make = |(id, name, text): (i32, &str, &str)| {
            let attributes = Attributes::parse(text).expect("the texts above are well-formed");
            let mut datastore = Self::blank(Meta::new(id, name), attributes);
            drivers::set_up_datastore(&mut datastore).expect("the drivers above are known");
            datastore.clusters.insert(0);
            datastore
        };
        texts.into_iter().map(make).collect()
    }

    /// A datastore with nothing worked out yet.
    pub(crate) fn blank(mut meta: Meta, attributes: Attributes) -> Self {
        meta.permissions[3] = true;
        Self {
            meta,
            ds_mad: String::new(),
            tm_mad: String::new(),
            kind: Self::IMAGE,
            disk_type: 0,
            disabled: false,
            clusters: BTreeSet::new(),
            capacity: [0; 3],
            attributes,
        }
    }
}

impl Stored for Datastore {
    const KIND: Kind = Kind::Datastore;

    fn pool(state: &State) -> &Pool<Self> {
        &state.datastores
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.datastores
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

    fn updated(&mut self) -> Result<(), String> {
        drivers::update_datastore(self)
    }

    fn to_xml(&self, state: &State, _: View) -> String {
        let images = state
            .images
            .iter()
            .filter(|image| image.datastore == self.meta.id)
            .map(|image| image.meta.id);
        let [total, free, used] = self.capacity;
        format!(
            "<DATASTORE>{head}{permissions}{ds_mad}{tm_mad}{path}<TYPE>{kind}</TYPE><DISK_TYPE>{disk}</DISK_TYPE>\
             <STATE>{disabled}</STATE>{clusters}<TOTAL_MB>{total}</TOTAL_MB><FREE_MB>{free}</FREE_MB>\
             <USED_MB>{used}</USED_MB>{images}{template}</DATASTORE>",
            head = self.meta.head_xml(),
            permissions = self.meta.permissions_xml(),
            ds_mad = data("DS_MAD", &self.ds_mad),
            tm_mad = data("TM_MAD", &self.tm_mad),
            path = data(
                "BASE_PATH",
                &format!("/var/lib/one//datastores/{}", self.meta.id)
            ),
            kind = self.kind,
            disk = self.disk_type,
            disabled = i32::from(self.disabled),
            clusters = ids_xml("CLUSTERS", self.clusters.iter().copied()),
            images = ids_xml("IMAGES", images),
            template = self.attributes.to_xml("TEMPLATE"),
        )
    }
}
