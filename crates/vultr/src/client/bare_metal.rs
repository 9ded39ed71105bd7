//! Calls about bare metal servers.

use super::transport::Request;
use super::{Client, json};
use crate::error::VultrError;
use crate::model::{BareMetal, BareMetalChange, InstanceId, InstanceVpc, NewBareMetal, VpcId};
use reqwest::Method;
use serde_json::json;

/// Calls about bare metal servers; from [`Client::bare_metals`].
#[derive(Clone, Copy, Debug)]
pub struct BareMetals<'a>(pub(super) &'a Client);

impl BareMetals<'_> {
    /// All bare metal servers, or those that have exactly this tag; Vultr has no filter for them.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self, tag: Option<&str>) -> Result<Vec<BareMetal>, VultrError> {
        let request = Request::get(&["bare-metals"]);
        let mut all: Vec<BareMetal> = self.0.list(request, "bare_metals").await?;
        if let Some(tag) = tag {
            all.retain(|one| one.tags.iter().any(|own| own == tag));
        }
        Ok(all)
    }

    /// One bare metal server.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone is [`VultrError::is_not_found`].
    pub async fn get(&self, id: &InstanceId) -> Result<BareMetal, VultrError> {
        let request = Request::get(&["bare-metals", id.as_str()]);
        self.0.object(request, "bare_metal").await
    }

    /// Orders one, once.
    ///
    /// Two calls make two servers, whatever their labels. It takes from 5 to 40 minutes until one is there.
    ///
    /// # Errors
    /// [`VultrError`]; after [`VultrError::may_have_taken_effect`] look for it by its tag before trying again.
    pub async fn create(&self, new: &NewBareMetal) -> Result<BareMetal, VultrError> {
        let request = Request::post(&["bare-metals"]).body(json(new));
        self.0.object(request, "bare_metal").await
    }

    /// Destroys one at once, even while it runs. Repeated while Vultr is still working on it.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone already is [`VultrError::is_not_found`].
    pub async fn delete(&self, id: &InstanceId) -> Result<(), VultrError> {
        self.0
            .done(Request::delete(&["bare-metals", id.as_str()]))
            .await
    }

    /// Changes one.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn update(
        &self,
        id: &InstanceId,
        change: &BareMetalChange,
    ) -> Result<BareMetal, VultrError> {
        let request = Request::new(Method::PATCH, &["bare-metals", id.as_str()]).body(json(change));
        self.0.object(request, "bare_metal").await
    }

    /// The VPCs it is in, with its addresses there; the address comes some seconds after the bare metal server.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn vpcs(&self, id: &InstanceId) -> Result<Vec<InstanceVpc>, VultrError> {
        let request = Request::get(&["bare-metals", id.as_str(), "vpcs"]);
        self.0.list(request, "vpcs").await
    }

    /// Puts it into a VPC. **It reboots**, and its system is not told about the new NIC: better said when it is ordered.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn attach_vpc(&self, id: &InstanceId, vpc: &VpcId) -> Result<(), VultrError> {
        self.vpc(id, vpc, "attach").await
    }

    /// Takes it out of a VPC, which may go on for a while after the answer.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn detach_vpc(&self, id: &InstanceId, vpc: &VpcId) -> Result<(), VultrError> {
        self.vpc(id, vpc, "detach").await
    }

    /// Switches it on.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn start(&self, id: &InstanceId) -> Result<(), VultrError> {
        self.action(id, "start").await
    }

    /// Switches it off, hard. It is billed all the same.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn halt(&self, id: &InstanceId) -> Result<(), VultrError> {
        self.action(id, "halt").await
    }

    /// Switches it off and on, hard.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn reboot(&self, id: &InstanceId) -> Result<(), VultrError> {
        self.action(id, "reboot").await
    }

    /// Installs its system anew: **everything on it is lost**, its SSH host keys too. `None` keeps the host name.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn reinstall(
        &self,
        id: &InstanceId,
        hostname: Option<&str>,
    ) -> Result<BareMetal, VultrError> {
        let body = hostname.map_or_else(|| json!({}), |hostname| json!({ "hostname": hostname }));
        let request = Request::post(&["bare-metals", id.as_str(), "reinstall"]).body(json(&body));
        self.0.object(request, "bare_metal").await
    }

    async fn action(&self, id: &InstanceId, action: &str) -> Result<(), VultrError> {
        self.0
            .done(Request::post(&["bare-metals", id.as_str(), action]))
            .await
    }

    async fn vpc(&self, id: &InstanceId, vpc: &VpcId, action: &str) -> Result<(), VultrError> {
        let path = ["bare-metals", id.as_str(), "vpcs", action];
        let request = Request::post(&path).body(json(&json!({ "vpc_id": vpc })));
        self.0.done(request).await
    }
}
