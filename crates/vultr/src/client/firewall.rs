//! Calls about firewall groups and their rules.

use super::transport::Request;
use super::{Client, json};
use crate::error::VultrError;
use crate::model::{FirewallGroup, FirewallGroupId, FirewallRule, FirewallRuleId, NewRule};
use reqwest::Method;
use serde_json::json;

/// Calls about firewall groups; from [`Client::firewall_groups`].
#[derive(Clone, Copy, Debug)]
pub struct FirewallGroups<'a>(pub(super) &'a Client);

impl FirewallGroups<'_> {
    /// All firewall groups.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self) -> Result<Vec<FirewallGroup>, VultrError> {
        self.0
            .list(Request::get(&["firewalls"]), "firewall_groups")
            .await
    }

    /// One firewall group.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone is [`VultrError::is_not_found`].
    pub async fn get(&self, id: &FirewallGroupId) -> Result<FirewallGroup, VultrError> {
        let request = Request::get(&["firewalls", id.as_str()]);
        self.0.object(request, "firewall_group").await
    }

    /// Makes one without rules, once. An instance that has it lets nothing in.
    ///
    /// # Errors
    /// [`VultrError`]; after [`VultrError::may_have_taken_effect`] look for it by its description before trying again.
    pub async fn create(&self, description: &str) -> Result<FirewallGroup, VultrError> {
        let body = json(&json!({ "description": description }));
        let request = Request::post(&["firewalls"]).body(body);
        self.0.object(request, "firewall_group").await
    }

    /// Gives it another description.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn update(&self, id: &FirewallGroupId, description: &str) -> Result<(), VultrError> {
        let body = json(&json!({ "description": description }));
        let request = Request::new(Method::PUT, &["firewalls", id.as_str()]).body(body);
        self.0.done(request).await
    }

    /// Removes it, **even while instances have it**: they then let everything in.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn delete(&self, id: &FirewallGroupId) -> Result<(), VultrError> {
        self.0
            .done(Request::delete(&["firewalls", id.as_str()]))
            .await
    }

    /// Its rules.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn rules(&self, id: &FirewallGroupId) -> Result<Vec<FirewallRule>, VultrError> {
        let request = Request::get(&["firewalls", id.as_str(), "rules"]);
        self.0.list(request, "firewall_rules").await
    }

    /// Adds a rule; in force some twelve seconds later.
    ///
    /// # Errors
    /// [`VultrError`]; the same rule twice is [`VultrError::is_already_defined`].
    pub async fn add_rule(
        &self,
        id: &FirewallGroupId,
        rule: &NewRule,
    ) -> Result<FirewallRule, VultrError> {
        let request = Request::post(&["firewalls", id.as_str(), "rules"]).body(json(rule));
        self.0.object(request, "firewall_rule").await
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// [`VultrError`]; one that is gone already is [`VultrError::is_not_found`].
    pub async fn remove_rule(
        &self,
        id: &FirewallGroupId,
        rule: FirewallRuleId,
    ) -> Result<(), VultrError> {
        let number = rule.to_string();
        let path = ["firewalls", id.as_str(), "rules", &number];
        self.0.done(Request::delete(&path)).await
    }
}
