//! Calls about the account and what Vultr sells. All but the account can be read without a key.

use super::Client;
use super::transport::Request;
use crate::error::VultrError;
use crate::model::{Account, MetalPlan, Os, Plan, PlanId, Region, RegionInfo};

impl Client {
    /// The account the key belongs to.
    ///
    /// # Errors
    /// [`VultrError`]; a key that is not one is [`crate::Kind::Unauthorized`].
    pub async fn account(&self) -> Result<Account, VultrError> {
        self.object(Request::get(&["account"]), "account").await
    }

    /// All regions.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn regions(&self) -> Result<Vec<RegionInfo>, VultrError> {
        self.list(Request::get(&["regions"]).public(), "regions")
            .await
    }

    /// The plans, bare metal included, that can be had in a region right now.
    ///
    /// # Errors
    /// [`VultrError`]; a region that does not exist is [`crate::Kind::Invalid`].
    pub async fn availability(&self, region: &Region) -> Result<Vec<PlanId>, VultrError> {
        let request = Request::get(&["regions", region.as_str(), "availability"]).public();
        self.object(request, "available_plans").await
    }

    /// All plans for instances.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn plans(&self) -> Result<Vec<Plan>, VultrError> {
        self.list(Request::get(&["plans"]).public(), "plans").await
    }

    /// All plans for bare metal.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn plans_metal(&self) -> Result<Vec<MetalPlan>, VultrError> {
        self.list(Request::get(&["plans-metal"]).public(), "plans_metal")
            .await
    }

    /// All operating system images.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn operating_systems(&self) -> Result<Vec<Os>, VultrError> {
        self.list(Request::get(&["os"]).public(), "os").await
    }
}
