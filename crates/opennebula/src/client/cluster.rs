//! Calls about clusters.

use super::{Client, Update, encode};
use crate::error::OneError;
use crate::model::{Cluster, ClusterId, DatastoreId, HostId, VnetId};
use crate::template::Template;

/// Calls about clusters; from [`Client::clusters`].
#[derive(Clone, Copy, Debug)]
pub struct Clusters<'a>(pub(super) &'a Client);

impl Clusters<'_> {
    /// Creates an empty cluster. Names are unique.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`].
    pub async fn allocate(&self, name: &str) -> Result<ClusterId, OneError> {
        self.0
            .change("one.cluster.allocate", vec![name.into()])
            .await
    }

    /// Changes the attributes. A replacement drops `RESERVED_CPU` and `RESERVED_MEM` unless it has them.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn update(
        &self,
        id: ClusterId,
        template: &Template,
        mode: Update,
    ) -> Result<(), OneError> {
        let method = "one.cluster.update";
        self.0
            .apply(
                method,
                vec![
                    id.number().into(),
                    encode(method, template)?,
                    mode.number().into(),
                ],
            )
            .await
    }

    /// Gives another name.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`].
    pub async fn rename(&self, id: ClusterId, name: &str) -> Result<(), OneError> {
        self.0
            .apply("one.cluster.rename", vec![id.number().into(), name.into()])
            .await
    }

    /// Deletes a cluster that has no hosts, datastores and networks left.
    ///
    /// # Errors
    /// [`OneError`]; one that is not empty is refused with [`crate::Code::Action`].
    pub async fn delete(&self, id: ClusterId) -> Result<(), OneError> {
        self.0
            .apply("one.cluster.delete", vec![id.number().into()])
            .await
    }

    /// Reads one cluster.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: ClusterId) -> Result<Cluster, OneError> {
        self.0
            .object("one.cluster.info", vec![id.number().into()])
            .await
    }

    /// Reads all clusters, newest first.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self) -> Result<Vec<Cluster>, OneError> {
        self.0.pool("one.clusterpool.info", Vec::new()).await
    }

    /// Moves a host into the cluster, out of the one it was in. Does nothing if it is there.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn add_host(&self, id: ClusterId, host: HostId) -> Result<(), OneError> {
        self.member("one.cluster.addhost", id, host.number()).await
    }

    /// Moves a host from the cluster to the default one. Does nothing if it is not there.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn remove_host(&self, id: ClusterId, host: HostId) -> Result<(), OneError> {
        self.member("one.cluster.delhost", id, host.number()).await
    }

    /// Adds a datastore, which may be in several clusters. Does nothing if it is there.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn add_datastore(
        &self,
        id: ClusterId,
        datastore: DatastoreId,
    ) -> Result<(), OneError> {
        self.member("one.cluster.adddatastore", id, datastore.number())
            .await
    }

    /// Takes a datastore out; it may then be in none. Does nothing if it is not there.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn remove_datastore(
        &self,
        id: ClusterId,
        datastore: DatastoreId,
    ) -> Result<(), OneError> {
        self.member("one.cluster.deldatastore", id, datastore.number())
            .await
    }

    /// Adds a network, which may be in several clusters. Does nothing if it is there.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn add_vnet(&self, id: ClusterId, vnet: VnetId) -> Result<(), OneError> {
        self.member("one.cluster.addvnet", id, vnet.number()).await
    }

    /// Takes a network out; it may then be in none. Does nothing if it is not there.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn remove_vnet(&self, id: ClusterId, vnet: VnetId) -> Result<(), OneError> {
        self.member("one.cluster.delvnet", id, vnet.number()).await
    }

    async fn member(&self, method: &str, id: ClusterId, member: i32) -> Result<(), OneError> {
        self.0
            .apply(method, vec![id.number().into(), member.into()])
            .await
    }
}
