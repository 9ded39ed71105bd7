//! The methods: a table of names, and a file for each kind of object.
//!
//! Called by `crate::emulator`. Most methods answer at once; those that wait for an IPAM driver are in `crate::vnet_flow`.

pub(crate) mod cluster;
pub(crate) mod datastore;
pub(crate) mod document;
pub(crate) mod host;
pub(crate) mod image;
pub(crate) mod shared;
pub(crate) mod system;
pub(crate) mod user;
pub(crate) mod vm;
pub(crate) mod vnet;
pub(crate) mod vnet_leases;
pub(crate) mod vntemplate;

use crate::desk::{Desk, Method};
use crate::state::{Cluster, Datastore, Document, Group, Host, Image, User, Vm, VnTemplate, Vnet};
use shared::{chmod, chown, info, lock, pool, rename, unlock, update};

/// What runs a method.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// Answers a text, whoever asks.
    Text(fn(&Desk<'_>) -> String),
    /// Answers at once.
    Now(Method),
    /// The same, but waits while a driver works on the network given first.
    OnVnet(Method),
    /// Works with an IPAM driver.
    Flow(Flow),
}

/// The methods that work with an IPAM driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Allocate,
    Instantiate,
    AddRange,
    RemoveRange,
    Delete,
    Recover,
}

const CLUSTERS: &[(&str, Run)] = &[
    ("one.cluster.allocate", Run::Now(cluster::allocate)),
    ("one.cluster.update", Run::Now(update::<Cluster>)),
    ("one.cluster.rename", Run::Now(rename::<Cluster>)),
    ("one.cluster.delete", Run::Now(cluster::delete)),
    ("one.cluster.info", Run::Now(info::<Cluster>)),
    ("one.cluster.addhost", Run::Now(cluster::add_host)),
    ("one.cluster.delhost", Run::Now(cluster::remove_host)),
    ("one.cluster.adddatastore", Run::Now(cluster::add_datastore)),
    (
        "one.cluster.deldatastore",
        Run::Now(cluster::remove_datastore),
    ),
    ("one.cluster.addvnet", Run::Now(cluster::add_vnet)),
    ("one.cluster.delvnet", Run::Now(cluster::remove_vnet)),
    ("one.clusterpool.info", Run::Text(pool::<Cluster>)),
];

const HOSTS: &[(&str, Run)] = &[
    ("one.host.allocate", Run::Now(host::allocate)),
    ("one.host.status", Run::Now(host::status)),
    ("one.host.update", Run::Now(update::<Host>)),
    ("one.host.rename", Run::Now(rename::<Host>)),
    ("one.host.delete", Run::Now(host::delete)),
    ("one.host.info", Run::Now(info::<Host>)),
    ("one.host.monitoring", Run::Now(host::monitoring)),
    ("one.hostpool.info", Run::Text(pool::<Host>)),
    ("one.hostpool.monitoring", Run::Now(host::pool_monitoring)),
];

const DATASTORES: &[(&str, Run)] = &[
    ("one.datastore.allocate", Run::Now(datastore::allocate)),
    ("one.datastore.update", Run::Now(update::<Datastore>)),
    ("one.datastore.rename", Run::Now(rename::<Datastore>)),
    ("one.datastore.delete", Run::Now(datastore::delete)),
    ("one.datastore.enable", Run::Now(datastore::enable)),
    ("one.datastore.info", Run::Now(info::<Datastore>)),
    ("one.datastore.chmod", Run::Now(chmod::<Datastore>)),
    ("one.datastore.chown", Run::Now(chown::<Datastore>)),
    ("one.datastorepool.info", Run::Text(pool::<Datastore>)),
];

const VNETS: &[(&str, Run)] = &[
    ("one.vn.allocate", Run::Flow(Flow::Allocate)),
    ("one.vn.add_ar", Run::Flow(Flow::AddRange)),
    ("one.vn.update_ar", Run::OnVnet(vnet_leases::update_range)),
    ("one.vn.rm_ar", Run::Flow(Flow::RemoveRange)),
    ("one.vn.update", Run::OnVnet(update::<Vnet>)),
    ("one.vn.rename", Run::OnVnet(rename::<Vnet>)),
    ("one.vn.delete", Run::Flow(Flow::Delete)),
    ("one.vn.info", Run::Now(info::<Vnet>)),
    ("one.vn.hold", Run::OnVnet(vnet_leases::hold)),
    ("one.vn.release", Run::OnVnet(vnet_leases::release)),
    ("one.vn.reserve", Run::OnVnet(vnet_leases::reserve)),
    ("one.vn.recover", Run::Flow(Flow::Recover)),
    ("one.vn.lock", Run::OnVnet(lock::<Vnet>)),
    ("one.vn.unlock", Run::OnVnet(unlock::<Vnet>)),
    ("one.vn.chmod", Run::OnVnet(chmod::<Vnet>)),
    ("one.vn.chown", Run::OnVnet(chown::<Vnet>)),
    ("one.vnpool.info", Run::Now(shared::filtered_pool::<Vnet>)),
    ("one.vntemplate.allocate", Run::Now(vntemplate::allocate)),
    ("one.vntemplate.update", Run::Now(update::<VnTemplate>)),
    ("one.vntemplate.rename", Run::Now(rename::<VnTemplate>)),
    ("one.vntemplate.delete", Run::Now(vntemplate::delete)),
    ("one.vntemplate.info", Run::Now(info::<VnTemplate>)),
    ("one.vntemplate.instantiate", Run::Flow(Flow::Instantiate)),
    ("one.vntemplate.clone", Run::Now(vntemplate::copy)),
    ("one.vntemplate.lock", Run::Now(lock::<VnTemplate>)),
    ("one.vntemplate.unlock", Run::Now(unlock::<VnTemplate>)),
    ("one.vntemplate.chmod", Run::Now(chmod::<VnTemplate>)),
    ("one.vntemplate.chown", Run::Now(chown::<VnTemplate>)),
    (
        "one.vntemplatepool.info",
        Run::Now(shared::filtered_pool::<VnTemplate>),
    ),
];

const DOCUMENTS: &[(&str, Run)] = &[
    ("one.document.allocate", Run::Now(document::allocate)),
    ("one.document.update", Run::Now(update::<Document>)),
    ("one.document.rename", Run::Now(rename::<Document>)),
    ("one.document.delete", Run::Now(document::delete)),
    ("one.document.info", Run::Now(info::<Document>)),
    ("one.document.clone", Run::Now(document::copy)),
    ("one.document.lock", Run::Now(lock::<Document>)),
    ("one.document.unlock", Run::Now(unlock::<Document>)),
    ("one.document.chmod", Run::Now(chmod::<Document>)),
    ("one.document.chown", Run::Now(chown::<Document>)),
    ("one.documentpool.info", Run::Now(document::pool)),
];

const OTHERS: &[(&str, Run)] = &[
    ("one.system.version", Run::Text(system::version)),
    ("one.system.config", Run::Text(system::config)),
    ("one.zone.allocate", Run::Now(system::zone_allocate)),
    ("one.zonepool.info", Run::Text(system::zones)),
    ("one.acl.info", Run::Text(system::access_rules)),
    ("one.user.allocate", Run::Now(user::allocate)),
    ("one.user.delete", Run::Now(user::delete)),
    ("one.user.enable", Run::Now(user::enable)),
    ("one.user.passwd", Run::Now(user::password)),
    ("one.user.login", Run::Now(user::login)),
    ("one.user.update", Run::Now(update::<User>)),
    ("one.user.info", Run::Now(info::<User>)),
    ("one.userpool.info", Run::Text(user::pool)),
    ("one.group.info", Run::Now(info::<Group>)),
    ("one.grouppool.info", Run::Text(pool::<Group>)),
    ("one.image.allocate", Run::Now(image::allocate)),
    ("one.image.delete", Run::Now(image::delete)),
    ("one.image.info", Run::Now(info::<Image>)),
    (
        "one.imagepool.info",
        Run::Now(shared::filtered_pool::<Image>),
    ),
    ("one.vm.allocate", Run::Now(vm::allocate)),
    ("one.vm.deploy", Run::Now(vm::deploy)),
    ("one.vm.action", Run::Now(vm::action)),
    ("one.vm.info", Run::Now(info::<Vm>)),
    ("one.vmpool.info", Run::Now(vm::pool)),
];

/// All methods of OpenNebula's that are emulated.
pub(crate) fn all() -> impl Iterator<Item = &'static (&'static str, Run)> {
    [CLUSTERS, HOSTS, DATASTORES, VNETS, DOCUMENTS, OTHERS]
        .into_iter()
        .flatten()
}

/// Finds a method by its name.
pub(crate) fn find(name: &str) -> Option<Run> {
    all().find(|(known, _)| *known == name).map(|(_, run)| *run)
}

/// Whether a method may change something, judged by its name.
pub(crate) fn is_mutating(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    name.starts_with("one.") && !matches!(last, "info" | "version" | "config" | "monitoring")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_in_the_table() {
        let mut names: Vec<_> = all().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn reading_is_told_from_changing() {
        for name in [
            "one.host.info",
            "one.vnpool.info",
            "one.system.version",
            "one.host.monitoring",
            "system.listMethods",
        ] {
            assert!(!is_mutating(name), "{name}");
        }
        for name in [
            "one.host.allocate",
            "one.vn.add_ar",
            "one.user.login",
            "one.document.lock",
            "one.unknown",
        ] {
            assert!(is_mutating(name), "{name}");
        }
    }
}
