//! Calls about reserved IPs. Attaching and detaching go on after the answer: read the address back.

use super::transport::Request;
use super::{Client, json};
use crate::error::VultrError;
use crate::model::{InstanceId, NewReservedIp, ReservedIp, ReservedIpId};
use reqwest::Method;
use serde_json::json;

/// Calls about reserved IPs; from [`Client::reserved_ips`].
#[derive(Clone, Copy, Debug)]
pub struct ReservedIps<'a>(pub(super) &'a Client);

impl ReservedIps<'_> {
    /// All reserved IPs.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self) -> Result<Vec<ReservedIp>, VultrError> {
        self.0
            .list(Request::get(&["reserved-ips"]), "reserved_ips")
            .await
    }

    /// One reserved IP.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone is [`VultrError::is_not_found`].
    pub async fn get(&self, id: &ReservedIpId) -> Result<ReservedIp, VultrError> {
        let request = Request::get(&["reserved-ips", id.as_str()]);
        self.0.object(request, "reserved_ip").await
    }

    /// Reserves one, once. It is billed from now on.
    ///
    /// # Errors
    /// [`VultrError`]; after [`VultrError::may_have_taken_effect`] look for it by its label before trying again.
    pub async fn create(&self, new: &NewReservedIp) -> Result<ReservedIp, VultrError> {
        let request = Request::post(&["reserved-ips"]).body(json(new));
        self.0.object(request, "reserved_ip").await
    }

    /// Gives it another label.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn update(&self, id: &ReservedIpId, label: &str) -> Result<(), VultrError> {
        let body = json(&json!({ "label": label }));
        let request = Request::new(Method::PATCH, &["reserved-ips", id.as_str()]).body(body);
        self.0.done(request).await
    }

    /// Gives it back.
    ///
    /// # Errors
    /// [`VultrError`]; one that is attached may be refused as [`crate::Kind::Conflict`].
    pub async fn delete(&self, id: &ReservedIpId) -> Result<(), VultrError> {
        self.0
            .done(Request::delete(&["reserved-ips", id.as_str()]))
            .await
    }

    /// Gives it to a machine, virtual or metal, of the same region. The machine's system is not told.
    ///
    /// # Errors
    /// [`VultrError`]; one that some machine has is [`VultrError::is_already_attached`].
    pub async fn attach(&self, id: &ReservedIpId, instance: &InstanceId) -> Result<(), VultrError> {
        let body = json(&json!({ "instance_id": instance }));
        let request = Request::post(&["reserved-ips", id.as_str(), "attach"]).body(body);
        self.0.done(request).await
    }

    /// Takes it from its machine.
    ///
    /// # Errors
    /// [`VultrError`]; some are refused until the machine is restarted through the API.
    pub async fn detach(&self, id: &ReservedIpId) -> Result<(), VultrError> {
        let request = Request::post(&["reserved-ips", id.as_str(), "detach"]);
        self.0.done(request).await
    }
}
