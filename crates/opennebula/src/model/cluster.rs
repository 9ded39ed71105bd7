//! Clusters.

use super::{ClusterId, DatastoreId, Fields, HostId, Object, VnetId};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// A cluster: hosts (each in exactly one cluster), datastores and networks (each in any number).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its id.
    pub id: ClusterId,
    /// Its name, unique.
    pub name: String,
    /// Its hosts.
    pub hosts: Vec<HostId>,
    /// Its datastores.
    pub datastores: Vec<DatastoreId>,
    /// Its virtual networks.
    pub vnets: Vec<VnetId>,
    /// Its attributes.
    pub template: Template,
}

impl Object for Cluster {
    const ELEMENT: &'static str = "CLUSTER";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            hosts: fields.ids("HOSTS")?,
            datastores: fields.ids("DATASTORES")?,
            vnets: fields.ids("VNETS")?,
            template: fields.template(),
        })
    }
}
