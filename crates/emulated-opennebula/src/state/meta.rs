//! What all objects have: id, name, owner, permissions, lock.

use super::push_element;
use serde::{Deserialize, Serialize};

/// A lock; while it stands, operations of its level and above are refused to everybody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Lock {
    /// 1 use, 2 manage, 3 admin.
    pub(crate) level: i32,
    pub(crate) owner: i32,
    pub(crate) time: i64,
    pub(crate) request: i32,
}

/// What all objects have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) uid: i32,
    pub(crate) gid: i32,
    pub(crate) uname: String,
    pub(crate) gname: String,
    /// Use, manage and admin for owner, group and others, in this order.
    pub(crate) permissions: [bool; 9],
    pub(crate) lock: Option<Lock>,
}

impl Meta {
    /// An object of oneadmin's with the default permissions (umask 177).
    pub(crate) fn new(id: i32, name: &str) -> Self {
        let mut permissions = [false; 9];
        permissions[0] = true;
        permissions[1] = true;
        Self {
            id,
            name: name.to_owned(),
            uid: 0,
            gid: 0,
            uname: "oneadmin".to_owned(),
            gname: "oneadmin".to_owned(),
            permissions,
            lock: None,
        }
    }

    /// The elements from `ID` to `NAME`.
    pub(crate) fn head_xml(&self) -> String {
        let Self {
            id,
            name,
            uid,
            gid,
            uname,
            gname,
            ..
        } = self;
        format!(
            "<ID>{id}</ID><UID>{uid}</UID><GID>{gid}</GID><UNAME>{uname}</UNAME><GNAME>{gname}</GNAME><NAME>{name}</NAME>"
        )
    }

    /// The element `PERMISSIONS`.
    pub(crate) fn permissions_xml(&self) -> String {
        let names = [
            "OWNER_U", "OWNER_M", "OWNER_A", "GROUP_U", "GROUP_M", "GROUP_A", "OTHER_U", "OTHER_M",
            "OTHER_A",
        ];
        let mut out = String::from("<PERMISSIONS>");
        for (name, bit) in names.iter().zip(self.permissions) {
            push_element(&mut out, name, i32::from(bit));
        }
        out.push_str("</PERMISSIONS>");
        out
    }

    /// The element `LOCK`, nothing for an object that is not locked.
    pub(crate) fn lock_xml(&self) -> String {
        let Some(Lock {
            level,
            owner,
            time,
            request,
        }) = &self.lock
        else {
            return String::new();
        };
        format!(
            "<LOCK><LOCKED>{level}</LOCKED><OWNER>{owner}</OWNER><TIME>{time}</TIME><REQ_ID>{request}</REQ_ID></LOCK>"
        )
    }
}
