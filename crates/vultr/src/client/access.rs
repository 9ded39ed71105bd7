//! Calls about SSH keys and startup scripts.

use super::transport::Request;
use super::{Client, json};
use crate::error::VultrError;
use crate::model::{SshKey, SshKeyId, StartupScript, StartupScriptId};
use serde_json::json;

/// Calls about SSH keys; from [`Client::ssh_keys`].
#[derive(Clone, Copy, Debug)]
pub struct SshKeys<'a>(pub(super) &'a Client);

impl SshKeys<'_> {
    /// All SSH keys.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self) -> Result<Vec<SshKey>, VultrError> {
        self.0.list(Request::get(&["ssh-keys"]), "ssh_keys").await
    }

    /// Keeps a public key at Vultr, once; a second call keeps it twice. Names are cut at 128 characters.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn create(&self, name: &str, public_key: &str) -> Result<SshKey, VultrError> {
        let body = json(&json!({ "name": name, "ssh_key": public_key }));
        self.0
            .object(Request::post(&["ssh-keys"]).body(body), "ssh_key")
            .await
    }

    /// Removes it from Vultr; machines that have it keep it.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn delete(&self, id: &SshKeyId) -> Result<(), VultrError> {
        self.0
            .done(Request::delete(&["ssh-keys", id.as_str()]))
            .await
    }
}

/// Calls about startup scripts; from [`Client::startup_scripts`].
#[derive(Clone, Copy, Debug)]
pub struct StartupScripts<'a>(pub(super) &'a Client);

impl StartupScripts<'_> {
    /// All startup scripts.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn list(&self) -> Result<Vec<StartupScript>, VultrError> {
        self.0
            .list(Request::get(&["startup-scripts"]), "startup_scripts")
            .await
    }

    /// Removes one.
    ///
    /// # Errors
    /// [`VultrError`].
    pub async fn delete(&self, id: &StartupScriptId) -> Result<(), VultrError> {
        self.0
            .done(Request::delete(&["startup-scripts", id.as_str()]))
            .await
    }
}
