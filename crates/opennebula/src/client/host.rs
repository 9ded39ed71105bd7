//! Calls about hosts.

use super::{Client, Update, encode};
use crate::error::OneError;
use crate::model::{ClusterId, Host, HostId};
use crate::template::Template;

/// Calls about hosts; from [`Client::hosts`].
#[derive(Clone, Copy, Debug)]
pub struct Hosts<'a>(pub(super) &'a Client);

impl Hosts<'_> {
    /// Registers a host, which is monitored at once. `None` for the cluster means the default one.
    ///
    /// The name is what OpenNebula logs in to: 2 to 63 of `A-Za-z0-9._-`, not an IPv6 address. Drivers are not checked: a
    /// host with one that does not exist stays in [`crate::HostState::Init`].
    ///
    /// # Errors
    /// [`OneError`]; a name in use (in any cluster) is [`OneError::is_name_taken`].
    pub async fn allocate(
        &self,
        name: &str,
        im_mad: &str,
        vm_mad: &str,
        cluster: Option<ClusterId>,
    ) -> Result<HostId, OneError> {
        let cluster = cluster.map_or(-1, ClusterId::number);
        let params = vec![name.into(), im_mad.into(), vm_mad.into(), cluster.into()];
        self.0.change("one.host.allocate", params).await
    }

    /// Enables the host. On a monitored host this starts over at init, so call it only for a disabled, offline or failed one.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn enable(&self, id: HostId) -> Result<(), OneError> {
        self.status(id, 0).await
    }

    /// Keeps new machines away; monitoring goes on.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn disable(&self, id: HostId) -> Result<(), OneError> {
        self.status(id, 1).await
    }

    /// Keeps new machines away and stops monitoring.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn offline(&self, id: HostId) -> Result<(), OneError> {
        self.status(id, 2).await
    }

    async fn status(&self, id: HostId, status: i32) -> Result<(), OneError> {
        self.0
            .apply("one.host.status", vec![id.number().into(), status.into()])
            .await
    }

    /// Changes the attributes. A replacement drops what monitoring wrote, until it writes again.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn update(
        &self,
        id: HostId,
        template: &Template,
        mode: Update,
    ) -> Result<(), OneError> {
        let method = "one.host.update";
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

    /// Gives another name, to which OpenNebula then logs in. The rules for new hosts' names are not applied by the server.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`].
    pub async fn rename(&self, id: HostId, name: &str) -> Result<(), OneError> {
        self.0
            .apply("one.host.rename", vec![id.number().into(), name.into()])
            .await
    }

    /// Deletes a host without machines.
    ///
    /// # Errors
    /// [`OneError`]; one with machines is refused with [`crate::Code::Action`].
    pub async fn delete(&self, id: HostId) -> Result<(), OneError> {
        self.0
            .apply("one.host.delete", vec![id.number().into()])
            .await
    }

    /// Reads one host.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: HostId) -> Result<Host, OneError> {
        self.0
            .object("one.host.info", vec![id.number().into()])
            .await
    }

    /// Reads all hosts, newest first.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self) -> Result<Vec<Host>, OneError> {
        self.0.pool("one.hostpool.info", Vec::new()).await
    }
}
