//! Calls about instances.

use super::transport::Request;
use super::{Client, json};
use crate::error::VultrError;
use crate::model::{Instance, InstanceChange, InstanceId, InstanceVpc, NewInstance, VpcId};
use reqwest::Method;
use serde_json::json;

/// Calls about instances; from [`Client::instances`].
#[derive(Clone, Copy, Debug)]
pub struct Instances<'a>(pub(super) &'a Client);

impl Instances<'_> {
    /// All instances, or those that have exactly this tag.
    ///
    /// Vultr compares tags without regard to case; this does not.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self, tag: Option<&str>) -> Result<Vec<Instance>, VultrError> {
        let mut request = Request::get(&["instances"]);
        if let Some(tag) = tag {
            request = request.query("tag", tag);
        }
        let mut all: Vec<Instance> = self.0.list(request, "instances").await?;
        if let Some(tag) = tag {
            all.retain(|one| one.tags.iter().any(|own| own == tag));
        }
        Ok(all)
    }

    /// One instance.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone is [`VultrError::is_not_found`].
    pub async fn get(&self, id: &InstanceId) -> Result<Instance, VultrError> {
        let request = Request::get(&["instances", id.as_str()]);
        self.0.object(request, "instance").await
    }

    /// Orders one, once.
    ///
    /// Two calls make two instances, whatever their labels. The answer has no address yet.
    ///
    /// # Errors
    /// [`VultrError`]; after [`VultrError::may_have_taken_effect`] look for it by its tag before trying again.
    pub async fn create(&self, new: &NewInstance) -> Result<Instance, VultrError> {
        let request = Request::post(&["instances"]).body(json(new));
        self.0.object(request, "instance").await
    }

    /// Destroys one at once, even while it runs. Repeated while Vultr is still working on it.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone already is [`VultrError::is_not_found`].
    pub async fn delete(&self, id: &InstanceId) -> Result<(), VultrError> {
        self.0
            .done(Request::delete(&["instances", id.as_str()]))
            .await
    }

    /// Changes one.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn update(
        &self,
        id: &InstanceId,
        change: &InstanceChange,
    ) -> Result<Instance, VultrError> {
        let request = Request::new(Method::PATCH, &["instances", id.as_str()]).body(json(change));
        self.0.object(request, "instance").await
    }

    /// The VPCs it is in, with its addresses there; the address comes some seconds after the instance.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn vpcs(&self, id: &InstanceId) -> Result<Vec<InstanceVpc>, VultrError> {
        let request = Request::get(&["instances", id.as_str(), "vpcs"]);
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
    ) -> Result<Instance, VultrError> {
        let body = hostname.map_or_else(|| json!({}), |hostname| json!({ "hostname": hostname }));
        let request = Request::post(&["instances", id.as_str(), "reinstall"]).body(json(&body));
        self.0.object(request, "instance").await
    }

    async fn action(&self, id: &InstanceId, action: &str) -> Result<(), VultrError> {
        self.0
            .done(Request::post(&["instances", id.as_str(), action]))
            .await
    }

    async fn vpc(&self, id: &InstanceId, vpc: &VpcId, action: &str) -> Result<(), VultrError> {
        let path = ["instances", id.as_str(), "vpcs", action];
        let request = Request::post(&path).body(json(&json!({ "vpc_id": vpc })));
        self.0.done(request).await
    }
}
