//! Logging in: keys from files, keys of the agent, a password.

use std::sync::Arc;

use russh::client::Handle;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{
    HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, decode_secret_key, load_secret_key,
};

use super::host_key::Checker;
use crate::target::{Identity, SshTarget};

/// Why nobody is logged in.
pub(super) enum Failure {
    /// Everything was tried; in words.
    Refused(Vec<String>),
    /// The connection failed.
    Broken(String),
}

impl From<russh::Error> for Failure {
    fn from(error: russh::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Tries one after the other what there is.
pub(super) async fn login(handle: &mut Handle<Checker>, target: &SshTarget) -> Result<(), Failure> {
    let mut tried = Vec::new();
    let user = target.user.as_str();
    for identity in &target.identities {
        let (name, key) = load(identity);
        let key = match key {
            Ok(key) => key,
            Err(reason) => {
                tried.push(format!("{name} (not usable: {reason})"));
                continue;
            }
        };
        let hash = rsa_hash(handle, key.public_key()).await?;
        tried.push(format!(
            "{name} ({})",
            key.public_key().fingerprint(HashAlg::Sha256)
        ));
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
        if handle.authenticate_publickey(user, key).await?.success() {
            return Ok(());
        }
    }
    if target.use_agent && agent(handle, user, &mut tried).await? {
        return Ok(());
    }
    if let Some(password) = &target.password {
        tried.push("a password".to_owned());
        if handle
            .authenticate_password(user, password.expose())
            .await?
            .success()
        {
            return Ok(());
        }
    }
    Err(Failure::Refused(tried))
}

fn load(identity: &Identity) -> (String, Result<PrivateKey, String>) {
    match identity {
        Identity::File(path) => (
            format!("key {}", path.display()),
            load_secret_key(path, None).map_err(|error| match error {
                russh::keys::Error::KeyIsEncrypted => {
                    "it has a passphrase: add it to the agent with ssh-add".to_owned()
                }
                other => other.to_string(),
            }),
        ),
        Identity::Text(text) => (
            "a key given as text".to_owned(),
            decode_secret_key(text, None).map_err(|error| error.to_string()),
        ),
    }
}

/// RSA keys sign with SHA-2; which one, the server says.
async fn rsa_hash(handle: &Handle<Checker>, key: &PublicKey) -> Result<Option<HashAlg>, Failure> {
    if key.algorithm().is_rsa() {
        Ok(handle.best_supported_rsa_hash().await?.flatten())
    } else {
        Ok(None)
    }
}

async fn agent(
    handle: &mut Handle<Checker>,
    user: &str,
    tried: &mut Vec<String>,
) -> Result<bool, Failure> {
    // No agent is no fault: most machines have none.
    let Ok(mut agent) = AgentClient::connect_env().await else {
        return Ok(false);
    };
    let Ok(identities) = agent.request_identities().await else {
        return Ok(false);
    };
    for identity in identities {
        let AgentIdentity::PublicKey { key, comment } = identity else {
            continue;
        };
        let hash = rsa_hash(handle, &key).await?;
        tried.push(format!(
            "key {comment} of the agent ({})",
            key.fingerprint(HashAlg::Sha256)
        ));
        match handle
            .authenticate_publickey_with(user, key, hash, &mut agent)
            .await
        {
            Ok(result) if result.success() => return Ok(true),
            Ok(_) => {}
            Err(error) => tried.push(format!("the agent says: {error}")),
        }
    }
    Ok(false)
}
