//! What is there, without judging it.

use serde::Serialize;

/// A host of a cluster, from all that is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HostStatus {
    /// Its name.
    pub name: String,
    /// Id of its instance at Vultr.
    pub instance: Option<String>,
    /// State of the instance in Vultr's words, such as `active/ok`.
    pub instance_state: Option<String>,
    /// Public address.
    pub public_address: Option<String>,
    /// Address on the fabric.
    pub fabric_address: Option<String>,
    /// Number of the host in OpenNebula.
    pub host_id: Option<i32>,
    /// State in OpenNebula, such as `MONITORED`.
    pub host_state: Option<String>,
    /// Whether the file names this host.
    pub wanted: bool,
}

/// What there is of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its name.
    pub cluster: String,
    /// Number of the cluster in OpenNebula.
    pub cluster_id: Option<i32>,
    /// Its hosts, those of the file first.
    pub hosts: Vec<HostStatus>,
    /// Other objects that belong to it, as (`kind`, `name`, `id`), for instance a VPC or a datastore.
    pub objects: Vec<Object>,
    /// What it costs a month, in US cents.
    pub monthly: super::change::Cents,
}

/// An object that is no host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Who keeps it.
    pub side: super::change::Side,
    /// What it is.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its id there.
    pub id: String,
    /// What matters of it in a few words, such as a prefix or a state.
    pub detail: String,
}
