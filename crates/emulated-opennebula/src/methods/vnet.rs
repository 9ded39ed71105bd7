//! Making virtual networks: what is checked and derived before any driver is asked.
//!
//! Called by `crate::vnet_flow`, which deals with the drivers.

use crate::desk::{Desk, check_name};
use crate::drivers;
use crate::failure::taken;
use crate::kind::Kind;
use crate::state::{Vnet, VnetState};
use crate::template::Attributes;
use std::collections::{BTreeMap, BTreeSet};

/// The first VXLAN network identifier given (`VXLAN_IDS`).
const VXLAN_START: i32 = 2;

/// Stores a new network with its address ranges still among the attributes; the error is the server's text.
pub(crate) fn create(
    desk: &mut Desk<'_>,
    mut attributes: Attributes,
    clusters: BTreeSet<i32>,
) -> Result<i32, String> {
    if let Some(id) = desk
        .state
        .vnets
        .named_of(&attributes.text("NAME"), desk.caller.uid)
    {
        return Err(taken(Kind::Vnet, id));
    }
    let id = desk.state.vnets.next_id();
    let name = take_name(&mut attributes, id)?;
    let vn_mad = attributes.text("VN_MAD");
    if vn_mad.is_empty() {
        return Err("No VN_MAD in template for Virtual Network.".to_owned());
    }
    check_driver(&attributes)?;
    let default_bridge = drivers::bridge_type(&vn_mad)?;
    let vnet = Vnet {
        meta: desk.meta(id, &name),
        state: VnetState::LockCreate,
        previous: VnetState::Init,
        clusters,
        bridge: attributes.text("BRIDGE"),
        bridge_type: Some(attributes.text("BRIDGE_TYPE"))
            .filter(|kind| !kind.is_empty())
            .unwrap_or(default_bridge.to_owned()),
        phydev: attributes.text("PHYDEV"),
        vlan_id: String::new(),
        vlan_automatic: false,
        outer_vlan_id: String::new(),
        outer_automatic: false,
        parent: None,
        machines: BTreeSet::new(),
        ranges: Vec::new(),
        next_range: 0,
        vn_mad,
        attributes,
    };
    let vnet = complete(vnet);
    if !vnet.attributes.is_storable() {
        return Err("Error transforming the Virtual Network to XML.".to_owned());
    }
    Ok(desk.state.vnets.put(vnet))
}

/// The name given, or one made from the template's and the id.
fn take_name(attributes: &mut Attributes, id: i32) -> Result<String, String> {
    let (name, prefix) = (attributes.take("NAME"), attributes.take("TEMPLATE_NAME"));
    let name = match (name.is_empty(), prefix.is_empty()) {
        (true, true) => return Err("No NAME in template for Virtual Network.".to_owned()),
        (true, false) => format!("{prefix}-{id}"),
        (false, _) => name,
    };
    check_name(&name)?;
    Ok(name)
}

/// What each driver needs.
pub(crate) fn check_driver(attributes: &Attributes) -> Result<(), String> {
    let vn_mad = attributes.text("VN_MAD");
    let missing = |key: &str| attributes.text(key).is_empty();
    let mandatory = |what: &str| Err(format!("{what} is mandatory for driver {vn_mad}"));
    match vn_mad.as_str() {
        "dummy" if missing("BRIDGE") => mandatory("BRIDGE"),
        "vxlan" | "802.1Q" if missing("PHYDEV") => mandatory("PHYDEV"),
        "vxlan" | "802.1Q" if missing("VLAN_ID") && !attributes.yes("AUTOMATIC_VLAN_ID") => {
            mandatory("VLAN_ID (or AUTOMATIC_VLAN_ID)")
        }
        "ovswitch_vxlan"
            if missing("OUTER_VLAN_ID") && !attributes.yes("AUTOMATIC_OUTER_VLAN_ID") =>
        {
            mandatory("OUTER_VLAN_ID (or AUTOMATIC)")
        }
        _ => Ok(()),
    }
}

/// Fills in what the server adds: VLAN ids, the bridge, the default security group.
fn complete(mut vnet: Vnet) -> Vnet {
    let id = vnet.meta.id;
    let automatic = (VXLAN_START + id).to_string();
    (vnet.vlan_id, vnet.vlan_automatic) = vlan(
        &mut vnet.attributes,
        "VLAN_ID",
        "AUTOMATIC_VLAN_ID",
        &automatic,
    );
    (vnet.outer_vlan_id, vnet.outer_automatic) = vlan(
        &mut vnet.attributes,
        "OUTER_VLAN_ID",
        "AUTOMATIC_OUTER_VLAN_ID",
        &automatic,
    );
    if vnet.bridge.is_empty() && vnet.bridge_type != "none" {
        vnet.bridge = match (vnet.vlan_automatic, vnet.vlan_id.as_str()) {
            (false, vlan) if !vlan.is_empty() => format!("onebr.{vlan}"),
            _ => format!("onebr{id}"),
        };
    }
    let groups = vnet.attributes.text("SECURITY_GROUPS");
    let groups: BTreeSet<i32> = groups
        .split(',')
        .filter_map(|id| id.trim().parse().ok())
        .chain([0])
        .collect();
    let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
    for (key, value) in [
        ("VN_MAD", vnet.vn_mad.clone()),
        ("PHYDEV", vnet.phydev.clone()),
        ("BRIDGE", vnet.bridge.clone()),
        ("BRIDGE_TYPE", vnet.bridge_type.clone()),
        ("SECURITY_GROUPS", groups.join(",")),
    ] {
        vnet.attributes.replace(key, value);
    }
    vnet
}

/// The id given, or an automatic one; whether it is automatic.
fn vlan(
    attributes: &mut Attributes,
    key: &str,
    automatic_key: &str,
    automatic: &str,
) -> (String, bool) {
    let given = attributes.text(key);
    let wanted = attributes.yes(automatic_key);
    attributes.remove(automatic_key);
    match (given.is_empty(), wanted) {
        (false, _) => (given, false),
        (true, true) => (automatic.to_owned(), true),
        (true, false) => (String::new(), false),
    }
}

/// The address ranges asked for, with the network's IPAM driver where they name none.
pub(crate) fn asked_ranges(attributes: &Attributes) -> Vec<BTreeMap<String, String>> {
    let default = attributes.text("IPAM_MAD");
    let mut ranges = attributes.vectors("AR");
    for range in &mut ranges {
        if !default.is_empty() && range.get("IPAM_MAD").is_none_or(String::is_empty) {
            range.insert("IPAM_MAD".to_owned(), default.clone());
        }
    }
    ranges
}
