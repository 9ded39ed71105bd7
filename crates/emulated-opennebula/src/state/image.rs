//! Images, as far as a datastore can be emptied of them.

use super::{Meta, Pool, State, Stored, View, data};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};

/// An image; always ready, in the state 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) meta: Meta,
    pub(crate) registered: i64,
    pub(crate) path: String,
    pub(crate) persistent: bool,
    pub(crate) datastore: i32,
    pub(crate) attributes: Attributes,
}

impl Stored for Image {
    const KIND: Kind = Kind::Image;

    fn pool(state: &State) -> &Pool<Self> {
        &state.images
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.images
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
        let datastore = state
            .datastores
            .get(self.datastore)
            .map_or("", |datastore| datastore.meta.name.as_str());
        format!(
            "<IMAGE>{head}{lock}{permissions}<TYPE>0</TYPE><DISK_TYPE>0</DISK_TYPE><PERSISTENT>{persistent}</PERSISTENT>\
             <REGTIME>{time}</REGTIME><MODTIME>{time}</MODTIME>{source}{path}{format}{fs}<SIZE>1024</SIZE>\
             <STATE>1</STATE><PREV_STATE>1</PREV_STATE><RUNNING_VMS>0</RUNNING_VMS><CLONING_OPS>0</CLONING_OPS>\
             <CLONING_ID>-1</CLONING_ID><TARGET_SNAPSHOT>-1</TARGET_SNAPSHOT><DATASTORE_ID>{id}</DATASTORE_ID>\
             <DATASTORE>{datastore}</DATASTORE><VMS></VMS><CLONES></CLONES><APP_CLONES></APP_CLONES>{template}\
             <SNAPSHOTS>{orphans}{base}{next}</SNAPSHOTS><BACKUP_INCREMENTS></BACKUP_INCREMENTS>\
             <BACKUP_DISK_IDS></BACKUP_DISK_IDS></IMAGE>",
            head = self.meta.head_xml(),
            lock = self.meta.lock_xml(),
            permissions = self.meta.permissions_xml(),
            persistent = i32::from(self.persistent),
            time = self.registered,
            source = data("SOURCE", "dummy_path"),
            path = data("PATH", &self.path),
            format = data("FORMAT", "raw"),
            fs = data("FS", ""),
            id = self.datastore,
            template = self.attributes.to_xml("TEMPLATE"),
            orphans = data("ALLOW_ORPHANS", "NO"),
            base = data("CURRENT_BASE", "-1"),
            next = data("NEXT_SNAPSHOT", "0"),
        )
    }
}
