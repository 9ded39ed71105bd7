//! Virtual networks.

use super::{Meta, Pool, Range, State, Stored, View, data, data_or_empty, ids_xml};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The states a network can be seen in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum VnetState {
    Init,
    Ready,
    LockCreate,
    LockDelete,
    Error,
}

impl VnetState {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Init => 0,
            Self::Ready => 1,
            Self::LockCreate => 2,
            Self::LockDelete => 3,
            Self::Error => 5,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Ready => "READY",
            Self::LockCreate => "LOCK_CREATE",
            Self::LockDelete => "LOCK_DELETE",
            Self::Error => "ERROR",
        }
    }
}

/// A virtual network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Vnet {
    pub(crate) meta: Meta,
    pub(crate) state: VnetState,
    pub(crate) previous: VnetState,
    pub(crate) clusters: BTreeSet<i32>,
    pub(crate) bridge: String,
    pub(crate) bridge_type: String,
    pub(crate) vn_mad: String,
    pub(crate) phydev: String,
    pub(crate) vlan_id: String,
    pub(crate) vlan_automatic: bool,
    pub(crate) outer_vlan_id: String,
    pub(crate) outer_automatic: bool,
    /// The network this is a reservation of.
    pub(crate) parent: Option<i32>,
    pub(crate) machines: BTreeSet<i32>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) next_range: i32,
    pub(crate) attributes: Attributes,
}

impl Vnet {
    /// Sets the state for good: the previous one is then the same.
    pub(crate) fn settle(&mut self, state: VnetState) {
        self.state = state;
        self.previous = state;
    }

    pub(crate) fn used(&self) -> usize {
        self.ranges.iter().map(|range| range.leases.len()).sum()
    }

    pub(crate) fn range_mut(&mut self, id: i32) -> Option<&mut Range> {
        self.ranges.iter_mut().find(|range| range.id == id)
    }

    fn ranges_xml(&self, view: View) -> String {
        self.ranges
            .iter()
            .map(|range| {
                if view == View::Listed {
                    range.listed_xml()
                } else {
                    range.info_xml()
                }
            })
            .collect()
    }
}

impl Stored for Vnet {
    const KIND: Kind = Kind::Vnet;

    const RESTRICTED: &'static [&'static str] = &[
        "VN_MAD",
        "PHYDEV",
        "VLAN_ID",
        "CVLANS",
        "QINQ_TYPE",
        "BRIDGE",
        "CONF",
        "BRIDGE_CONF",
        "OVS_BRIDGE_CONF",
        "IP_LINK_CONF",
        "FILTER",
        "FILTER_IP_SPOOFING",
        "FILTER_MAC_SPOOFING",
        "CLUSTER_IDS",
        "EXTERNAL",
    ];

    fn pool(state: &State) -> &Pool<Self> {
        &state.vnets
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.vnets
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
        self.vn_mad = self.attributes.take("VN_MAD");
        self.phydev = self.attributes.take("PHYDEV");
        self.attributes.replace("VN_MAD", self.vn_mad.clone());
        self.attributes.replace("PHYDEV", self.phydev.clone());
        self.attributes.remove("AUTOMATIC_VLAN_ID");
        self.attributes.remove("AUTOMATIC_OUTER_VLAN_ID");
        let vlans = [
            ("VLAN_ID", &mut self.vlan_id, self.vlan_automatic),
            (
                "OUTER_VLAN_ID",
                &mut self.outer_vlan_id,
                self.outer_automatic,
            ),
        ];
        for (key, field, automatic) in vlans {
            let given = self.attributes.take(key);
            if !automatic {
                self.attributes.replace(key, given.clone());
                *field = given;
            }
        }
        for (key, field) in [
            ("BRIDGE", &mut self.bridge),
            ("BRIDGE_TYPE", &mut self.bridge_type),
        ] {
            let given = self.attributes.text(key);
            if !given.is_empty() {
                *field = given;
            }
            self.attributes.replace(key, field.clone());
        }
        Ok(())
    }

    fn to_xml(&self, _: &State, view: View) -> String {
        let parent = match self.parent {
            Some(id) => format!("<PARENT_NETWORK_ID>{id}</PARENT_NETWORK_ID>"),
            None => "<PARENT_NETWORK_ID/>".to_owned(),
        };
        let parts = [
            self.meta.head_xml(),
            self.meta.lock_xml(),
            self.meta.permissions_xml(),
            ids_xml("CLUSTERS", self.clusters.iter().copied()),
            data("BRIDGE", &self.bridge),
            data("BRIDGE_TYPE", &self.bridge_type),
            data("STATE", &self.state.number().to_string()),
            data("PREV_STATE", &self.previous.number().to_string()),
            parent,
            data_or_empty("VN_MAD", &self.vn_mad),
            data_or_empty("PHYDEV", &self.phydev),
            data_or_empty("VLAN_ID", &self.vlan_id),
            data_or_empty("OUTER_VLAN_ID", &self.outer_vlan_id),
            format!(
                "<VLAN_ID_AUTOMATIC>{}</VLAN_ID_AUTOMATIC>",
                i32::from(self.vlan_automatic)
            ),
            format!(
                "<OUTER_VLAN_ID_AUTOMATIC>{}</OUTER_VLAN_ID_AUTOMATIC>",
                i32::from(self.outer_automatic)
            ),
            format!("<USED_LEASES>{}</USED_LEASES>", self.used()),
            "<VROUTERS></VROUTERS>".to_owned(),
            ids_xml("UPDATED_VMS", self.machines.iter().copied()),
            "<OUTDATED_VMS></OUTDATED_VMS><UPDATING_VMS></UPDATING_VMS><ERROR_VMS></ERROR_VMS>"
                .to_owned(),
            self.attributes.to_xml("TEMPLATE"),
            format!("<AR_POOL>{}</AR_POOL>", self.ranges_xml(view)),
        ];
        format!("<VNET>{}</VNET>", parts.concat())
    }
}
