//! Calls about datastores.

use super::{Client, Update, encode};
use crate::error::OneError;
use crate::model::{ClusterId, Datastore, DatastoreId};
use crate::template::Template;

/// Calls about datastores; from [`Client::datastores`].
#[derive(Clone, Copy, Debug)]
pub struct Datastores<'a>(pub(super) &'a Client);

impl Datastores<'_> {
    /// Creates a datastore. `None` for the cluster means the default one.
    ///
    /// Write `TYPE` with care: one that is unknown silently becomes an image datastore.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`].
    pub async fn allocate(
        &self,
        template: &Template,
        cluster: Option<ClusterId>,
    ) -> Result<DatastoreId, OneError> {
        let method = "one.datastore.allocate";
        let cluster = cluster.map_or(-1, ClusterId::number);
        self.0
            .change(method, vec![encode(method, template)?, cluster.into()])
            .await
    }

    /// Changes the attributes. A replacement drops attributes that OpenNebula had added, such as `SAFE_DIRS`.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn update(
        &self,
        id: DatastoreId,
        template: &Template,
        mode: Update,
    ) -> Result<(), OneError> {
        let method = "one.datastore.update";
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
    pub async fn rename(&self, id: DatastoreId, name: &str) -> Result<(), OneError> {
        self.0
            .apply(
                "one.datastore.rename",
                vec![id.number().into(), name.into()],
            )
            .await
    }

    /// Deletes a datastore without images.
    ///
    /// # Errors
    /// [`OneError`]; one with images is refused with [`crate::Code::Action`].
    pub async fn delete(&self, id: DatastoreId) -> Result<(), OneError> {
        self.0
            .apply("one.datastore.delete", vec![id.number().into()])
            .await
    }

    /// Lets a system datastore be used again.
    ///
    /// # Errors
    /// [`OneError`]; other kinds of datastore are refused.
    pub async fn enable(&self, id: DatastoreId) -> Result<(), OneError> {
        self.0
            .apply(
                "one.datastore.enable",
                vec![id.number().into(), true.into()],
            )
            .await
    }

    /// Keeps new machines off a system datastore.
    ///
    /// # Errors
    /// [`OneError`]; other kinds of datastore are refused.
    pub async fn disable(&self, id: DatastoreId) -> Result<(), OneError> {
        self.0
            .apply(
                "one.datastore.enable",
                vec![id.number().into(), false.into()],
            )
            .await
    }

    /// Reads one datastore.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: DatastoreId) -> Result<Datastore, OneError> {
        self.0
            .object("one.datastore.info", vec![id.number().into()])
            .await
    }

    /// Reads all datastores, newest first.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self) -> Result<Vec<Datastore>, OneError> {
        self.0.pool("one.datastorepool.info", Vec::new()).await
    }
}
