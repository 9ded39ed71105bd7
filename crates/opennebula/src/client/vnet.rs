//! Calls about virtual networks and their address ranges.

use super::{Client, Filter, LockLevel, LockMode, Update, encode};
use crate::error::OneError;
use crate::model::{AddressRangeId, ClusterId, VirtualNetwork, VnetId};
use crate::template::Template;

/// An address range to add: the members of its `AR` vector, such as `TYPE`, `IP`, `SIZE`, `IPAM_MAD`.
pub type NewRange<'a> = &'a [(&'a str, &'a str)];

/// Changed members of an address range.
pub type RangeUpdate<'a> = &'a [(&'a str, &'a str)];

/// Whether a range goes even if its IPAM driver cannot give the addresses back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveRange {
    /// Keep it when the driver fails.
    Clean,
    /// Remove it all the same; what the driver reserved may stay, and cost.
    Force,
}

/// What to do with a network whose driver failed or hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Take the pending action as failed.
    Failure,
    /// Take the pending action as done; a network that failed to be made has then no address ranges.
    Success,
    /// Delete the network.
    Delete,
    /// Do the pending action again.
    Retry,
}

impl Recovery {
    fn number(self) -> i32 {
        match self {
            Self::Failure => 0,
            Self::Success => 1,
            Self::Delete => 2,
            Self::Retry => 3,
        }
    }
}

/// Calls about virtual networks; from [`Client::vnets`].
#[derive(Clone, Copy, Debug)]
pub struct Vnets<'a>(pub(super) &'a Client);

impl Vnets<'_> {
    /// Creates a network. `None` for the cluster means the default one.
    ///
    /// **Read the network back**: address ranges are handled afterwards, and when that fails this call has still answered
    /// success; the network is then in [`crate::VnetState::Error`]. The call waits for the IPAM driver of each range.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`]; after a time-out look for the name before trying again.
    pub async fn allocate(
        &self,
        template: &Template,
        cluster: Option<ClusterId>,
    ) -> Result<VnetId, OneError> {
        let method = "one.vn.allocate";
        let cluster = cluster.map_or(-1, ClusterId::number);
        self.0
            .change(method, vec![encode(method, template)?, cluster.into()])
            .await
    }

    /// Adds an address range. The answer of an IPAM driver takes the place of what was asked for.
    ///
    /// # Errors
    /// [`OneError`]; a failing driver is refused with [`crate::Code::Internal`].
    pub async fn add_range(&self, id: VnetId, range: NewRange<'_>) -> Result<(), OneError> {
        self.with_vector("one.vn.add_ar", id, "AR", range).await
    }

    /// Changes attributes of an address range.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn update_range(
        &self,
        id: VnetId,
        range: AddressRangeId,
        members: RangeUpdate<'_>,
    ) -> Result<(), OneError> {
        let number = range.to_string();
        let mut all = vec![("AR_ID", number.as_str())];
        all.extend_from_slice(members);
        self.with_vector("one.vn.update_ar", id, "AR", &all).await
    }

    /// Removes an address range without leases.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn remove_range(
        &self,
        id: VnetId,
        range: AddressRangeId,
        how: RemoveRange,
    ) -> Result<(), OneError> {
        let force = how == RemoveRange::Force;
        self.0
            .apply(
                "one.vn.rm_ar",
                vec![id.number().into(), range.number().into(), force.into()],
            )
            .await
    }

    /// Changes the attributes.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn update(
        &self,
        id: VnetId,
        template: &Template,
        mode: Update,
    ) -> Result<(), OneError> {
        let method = "one.vn.update";
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
    pub async fn rename(&self, id: VnetId, name: &str) -> Result<(), OneError> {
        self.0
            .apply("one.vn.rename", vec![id.number().into(), name.into()])
            .await
    }

    /// Deletes a network without leases. It may be gone only some time after the answer: read until it is.
    ///
    /// # Errors
    /// [`OneError`]; one with leases is refused with [`crate::Code::Action`].
    pub async fn delete(&self, id: VnetId) -> Result<(), OneError> {
        self.0
            .apply("one.vn.delete", vec![id.number().into()])
            .await
    }

    /// Reads one network with its leases.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: VnetId) -> Result<VirtualNetwork, OneError> {
        self.0.object("one.vn.info", vec![id.number().into()]).await
    }

    /// Reads networks, newest first, without their leases.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self, filter: Filter) -> Result<Vec<VirtualNetwork>, OneError> {
        self.0.pool("one.vnpool.info", filter.params()).await
    }

    /// Puts an address on hold, so that no machine gets it.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn hold(&self, id: VnetId, ip: &str) -> Result<(), OneError> {
        self.with_vector("one.vn.hold", id, "LEASES", &[("IP", ip)])
            .await
    }

    /// Lets go of an address on hold.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn release(&self, id: VnetId, ip: &str) -> Result<(), OneError> {
        self.with_vector("one.vn.release", id, "LEASES", &[("IP", ip)])
            .await
    }

    /// Gets a network out of a state in which a driver left it.
    ///
    /// # Errors
    /// [`OneError`]; a state that does not fit is refused.
    pub async fn recover(&self, id: VnetId, how: Recovery) -> Result<(), OneError> {
        self.0
            .apply(
                "one.vn.recover",
                vec![id.number().into(), how.number().into()],
            )
            .await
    }

    /// Locks a network; see [`crate::client::Documents::lock`].
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn lock(&self, id: VnetId, level: LockLevel, mode: LockMode) -> Result<(), OneError> {
        let params = vec![
            id.number().into(),
            level.number().into(),
            mode.test().into(),
        ];
        self.0.apply("one.vn.lock", params).await
    }

    /// Unlocks a network. Does nothing if it is not locked.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn unlock(&self, id: VnetId) -> Result<(), OneError> {
        self.0
            .apply("one.vn.unlock", vec![id.number().into()])
            .await
    }

    async fn with_vector(
        &self,
        method: &str,
        id: VnetId,
        key: &str,
        members: RangeUpdate<'_>,
    ) -> Result<(), OneError> {
        let template = Template::new().with_vector(key, members.iter().copied());
        self.0
            .apply(method, vec![id.number().into(), encode(method, &template)?])
            .await
    }
}
