//! Clusters. Who belongs to one is kept with the members.

use super::{Meta, Pool, State, Stored, View, ids_xml};
use crate::kind::Kind;
use crate::template::Attributes;
use serde::{Deserialize, Serialize};

/// A cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) meta: Meta,
    pub(crate) attributes: Attributes,
}

impl Cluster {
    pub(crate) fn new(id: i32, name: &str) -> Self {
        let mut attributes = Attributes::default();
        attributes.replace("RESERVED_CPU", "");
        attributes.replace("RESERVED_MEM", "");
        Self {
            meta: Meta::new(id, name),
            attributes,
        }
    }

    pub(crate) fn hosts(&self, state: &State) -> Vec<i32> {
        state
            .hosts
            .iter()
            .filter(|host| host.cluster == self.meta.id)
            .map(|host| host.meta.id)
            .collect()
    }

    pub(crate) fn datastores(&self, state: &State) -> Vec<i32> {
        let inside = state
            .datastores
            .iter()
            .filter(|datastore| datastore.clusters.contains(&self.meta.id));
        inside.map(|datastore| datastore.meta.id).collect()
    }

    pub(crate) fn vnets(&self, state: &State) -> Vec<i32> {
        state
            .vnets
            .iter()
            .filter(|vnet| vnet.clusters.contains(&self.meta.id))
            .map(|vnet| vnet.meta.id)
            .collect()
    }
}

impl Stored for Cluster {
    const KIND: Kind = Kind::Cluster;

    fn pool(state: &State) -> &Pool<Self> {
        &state.clusters
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.clusters
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
        let policies = self.attributes.vectors("ONE_DRS");
        let known = |policy: &str| {
            matches!(
                policy.to_ascii_uppercase().as_str(),
                "" | "PACK" | "BALANCE"
            )
        };
        if policies
            .iter()
            .all(|drs| known(drs.get("POLICY").map_or("", String::as_str)))
        {
            return Ok(());
        }
        Err("Error cluster template contains invalid POLICY".to_owned())
    }

    fn to_xml(&self, state: &State, _: View) -> String {
        format!(
            "<CLUSTER><ID>{}</ID><NAME>{}</NAME>{}{}{}{}</CLUSTER>",
            self.meta.id,
            self.meta.name,
            ids_xml("HOSTS", self.hosts(state)),
            ids_xml("DATASTORES", self.datastores(state)),
            ids_xml("VNETS", self.vnets(state)),
            self.attributes.to_xml("TEMPLATE"),
        )
    }
}
