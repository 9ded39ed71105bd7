//! The server itself: version, configuration, zone, access rules.

use crate::desk::Desk;
use crate::drivers;
use crate::failure::{Failure, Outcome};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::hash;
use crate::template::{Attributes, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(crate) fn version(desk: &Desk<'_>) -> String {
    desk.config.version.clone()
}

/// A short configuration: the drivers, and the secret that the real server also tells everybody.
pub(crate) fn config(_: &Desk<'_>) -> String {
    let mut attributes = Attributes::default();
    for (key, value) in [
        ("API_LIST_ORDER", "DESC"),
        ("DOCUMENT_ENCRYPTED_ATTR", "PROVISION_BODY"),
        ("KEEPALIVE_TIMEOUT", "15"),
        ("MAC_PREFIX", "02:00"),
        ("MAX_CONN", "15"),
        ("PORT", "2633"),
    ] {
        attributes.replace(key, value);
    }
    attributes.replace("ONE_KEY", hash("the master key of an emulated server"));
    for (key, name) in drivers::listed() {
        attributes.add(
            key,
            Value::Vector(BTreeMap::from([("NAME".to_owned(), name.to_owned())])),
        );
    }
    attributes.to_xml("OPENNEBULA_CONFIGURATION")
}

pub(crate) fn zone_allocate(_: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    params.text(1)?;
    Err(Failure::allocate(
        Kind::Zone,
        "New zones can only be created at federation master",
    ))
}

pub(crate) fn zones(desk: &Desk<'_>) -> String {
    let endpoint = crate::state::data("ENDPOINT", &desk.config.endpoint);
    format!(
        "<ZONE_POOL><ZONE><ID>0</ID><NAME>OpenNebula</NAME><STATE>0</STATE><TEMPLATE>{endpoint}</TEMPLATE>\
         <SERVER_POOL></SERVER_POOL></ZONE></ZONE_POOL>"
    )
}

/// The rules of a fresh installation: id, user, resource, rights, zone, and all of it in words.
const RULES: [(i32, &str, &str, &str, &str, &str); 6] = [
    (
        0,
        "200000001",
        "121429400000000",
        "8",
        "400000000",
        "@1 VM+IMAGE+TEMPLATE+DOCUMENT+SECGROUP+VMGROUP+BACKUPJOB/* CREATE *",
    ),
    (
        3,
        "200000001",
        "2400000000",
        "2",
        "100000000",
        "@1 HOST/* MANAGE #0",
    ),
    (
        4,
        "200000001",
        "4400000000",
        "1",
        "100000000",
        "@1 NET/* USE #0",
    ),
    (
        5,
        "200000001",
        "100400000000",
        "1",
        "100000000",
        "@1 DATASTORE/* USE #0",
    ),
    (
        1,
        "400000000",
        "800400000000",
        "1",
        "400000000",
        "* ZONE/* USE *",
    ),
    (
        2,
        "400000000",
        "18000400000000",
        "1",
        "400000000",
        "* MARKETPLACE+MARKETPLACEAPP/* USE *",
    ),
];

pub(crate) fn access_rules(_: &Desk<'_>) -> String {
    let mut out = String::from("<ACL_POOL>");
    for (id, user, resource, rights, zone, words) in RULES {
        write!(
            out,
            "<ACL><ID>{id}</ID><USER>{user}</USER><RESOURCE>{resource}</RESOURCE><RIGHTS>{rights}</RIGHTS>\
             <ZONE>{zone}</ZONE><STRING>{words}</STRING></ACL>"
        )
        .expect("writing to a string cannot fail");
    }
    out.push_str("</ACL_POOL>");
    out
}
