//! Calls about VPCs.

use super::transport::Request;
use super::{Client, json};
use crate::error::VultrError;
use crate::model::{NewVpc, Vpc, VpcId};
use reqwest::Method;
use serde_json::json;

/// Calls about VPCs; from [`Client::vpcs`].
#[derive(Clone, Copy, Debug)]
pub struct Vpcs<'a>(pub(super) &'a Client);

impl Vpcs<'_> {
    /// All VPCs.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self) -> Result<Vec<Vpc>, VultrError> {
        self.0.list(Request::get(&["vpcs"]), "vpcs").await
    }

    /// One VPC.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone is [`VultrError::is_not_found`].
    pub async fn get(&self, id: &VpcId) -> Result<Vpc, VultrError> {
        self.0
            .object(Request::get(&["vpcs", id.as_str()]), "vpc")
            .await
    }

    /// Makes one, once.
    ///
    /// # Errors
    /// [`VultrError`]; after [`VultrError::may_have_taken_effect`] look for it by its description before trying again.
    pub async fn create(&self, new: &NewVpc) -> Result<Vpc, VultrError> {
        self.0
            .object(Request::post(&["vpcs"]).body(json(new)), "vpc")
            .await
    }

    /// Gives it another description.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn update(&self, id: &VpcId, description: &str) -> Result<(), VultrError> {
        let body = json(&json!({ "description": description }));
        let request = Request::new(Method::PUT, &["vpcs", id.as_str()]).body(body);
        self.0.done(request).await
    }

    /// Removes it.
    ///
    /// # Errors
    /// [`VultrError`]; for about a minute after its last machine is gone [`VultrError::is_still_in_use`].
    pub async fn delete(&self, id: &VpcId) -> Result<(), VultrError> {
        self.0.done(Request::delete(&["vpcs", id.as_str()])).await
    }
}
