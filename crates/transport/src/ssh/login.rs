//! Logging in: keys from files, keys of the agent, a password.
//!
//! Every key that is tried counts with the server, and after a few of them it hangs up. So a key file that has a
//! passphrase moves its key to the front of the agent's, and what the server does not take is not tried.

use std::sync::Arc;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{
    HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, decode_secret_key, load_secret_key,
};
use russh::{MethodKind, MethodSet};

use super::host_key::Checker;
use crate::target::{Identity, Password, SshTarget};

/// Most rounds of questions that a server may ask before it takes or refuses a password.
const MOST_QUESTIONS: usize = 4;

/// Why nobody is logged in.
pub(super) enum Failure {
    /// Everything was tried, or the server hung up in the middle; in words.
    Refused(Vec<String>),
    /// The connection failed.
    Broken(String),
}

impl From<russh::Error> for Failure {
    fn from(error: russh::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// One login under way.
struct Attempt<'l> {
    handle: &'l mut Handle<Checker>,
    user: &'l str,
    tried: Vec<String>,
    /// What the server still takes, once it has told.
    takes: Option<MethodSet>,
}

/// Tries one after the other what there is.
pub(super) async fn login(handle: &mut Handle<Checker>, target: &SshTarget) -> Result<(), Failure> {
    let mut attempt = Attempt {
        handle,
        user: &target.user,
        tried: Vec::new(),
        takes: None,
    };
    if attempt.all(target).await? {
        Ok(())
    } else {
        Err(Failure::Refused(attempt.tried))
    }
}

impl Attempt<'_> {
    async fn all(&mut self, target: &SshTarget) -> Result<bool, Failure> {
        let mut locked = Vec::new();
        for identity in &target.identities {
            if self.file(identity, &mut locked).await? {
                return Ok(true);
            }
        }
        if target.use_agent && self.agent(&locked).await? {
            return Ok(true);
        }
        match &target.password {
            Some(password) => self.password(password).await,
            None => Ok(false),
        }
    }

    /// Takes over an answer; true once logged in.
    fn heard(&mut self, answer: AuthResult) -> bool {
        match answer {
            AuthResult::Success => true,
            AuthResult::Failure {
                remaining_methods, ..
            } => {
                self.takes = Some(remaining_methods);
                false
            }
        }
    }

    /// Whether it makes sense to try a method. A server that takes nothing any more has hung up.
    fn may(&self, method: MethodKind) -> bool {
        self.takes
            .as_ref()
            .is_none_or(|takes| takes.contains(&method))
    }

    async fn file(
        &mut self,
        identity: &Identity,
        locked: &mut Vec<PublicKey>,
    ) -> Result<bool, Failure> {
        let (name, key) = load(identity);
        let key = match key {
            Ok(key) => key,
            Err(unusable) => {
                locked.extend(unusable.public);
                self.tried
                    .push(format!("{name} (not usable: {})", unusable.reason));
                return Ok(false);
            }
        };
        if !self.may(MethodKind::PublicKey) {
            return Ok(false);
        }
        let hash = self.rsa_hash(key.public_key()).await?;
        let fingerprint = key.public_key().fingerprint(HashAlg::Sha256);
        self.tried.push(format!("{name} ({fingerprint})"));
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
        let answer = self.handle.authenticate_publickey(self.user, key).await?;
        Ok(self.heard(answer))
    }

    /// RSA keys sign with SHA-2; which one, the server says.
    async fn rsa_hash(&self, key: &PublicKey) -> Result<Option<HashAlg>, Failure> {
        if !key.algorithm().is_rsa() {
            return Ok(None);
        }
        // A server that does not tell takes one of them all the same; SHA-1 is never used.
        let told = self.handle.best_supported_rsa_hash().await?.flatten();
        Ok(told.or(Some(HashAlg::Sha256)))
    }

    async fn agent(&mut self, first: &[PublicKey]) -> Result<bool, Failure> {
        // No agent is no fault: most machines have none.
        let Ok(mut agent) = AgentClient::connect_env().await else {
            return Ok(false);
        };
        let Ok(identities) = agent.request_identities().await else {
            return Ok(false);
        };
        let mut keys: Vec<(PublicKey, String)> = identities
            .into_iter()
            .filter_map(|identity| match identity {
                AgentIdentity::PublicKey { key, comment } => Some((key, comment)),
                AgentIdentity::Certificate { .. } => None,
            })
            .collect();
        keys.sort_by_key(|(key, _)| !first.iter().any(|known| known.key_data() == key.key_data()));
        for (key, comment) in keys {
            if !self.may(MethodKind::PublicKey) {
                return Ok(false);
            }
            let hash = self.rsa_hash(&key).await?;
            let fingerprint = key.fingerprint(HashAlg::Sha256);
            self.tried.push(format!(
                "key {} of the agent ({fingerprint})",
                crate::process::one_line(&comment)
            ));
            let answer = self
                .handle
                .authenticate_publickey_with(self.user, key, hash, &mut agent)
                .await;
            match answer {
                Ok(answer) => {
                    if self.heard(answer) {
                        return Ok(true);
                    }
                }
                Err(error) => self.tried.push(format!("the agent says: {error}")),
            }
        }
        Ok(false)
    }

    async fn password(&mut self, password: &Password) -> Result<bool, Failure> {
        if self.may(MethodKind::Password) {
            self.tried.push("a password".to_owned());
            let answer = self
                .handle
                .authenticate_password(self.user, password.expose())
                .await?;
            if self.heard(answer) {
                return Ok(true);
            }
        }
        // Many servers take the very same password as the answer to a question only. Once more is no use then: what
        // refused it refuses it again.
        let asked = self.tried.iter().any(|what| what == "a password");
        if !asked && self.may(MethodKind::KeyboardInteractive) {
            self.tried.push("a password".to_owned());
            return self.questions(password).await;
        }
        if !asked {
            self.tried
                .push("a password (not sent: the server takes none)".to_owned());
        }
        Ok(false)
    }

    async fn questions(&mut self, password: &Password) -> Result<bool, Failure> {
        let mut answer = self
            .handle
            .authenticate_keyboard_interactive_start(self.user, None)
            .await?;
        for _ in 0..MOST_QUESTIONS {
            match answer {
                KeyboardInteractiveAuthResponse::Success => return Ok(true),
                KeyboardInteractiveAuthResponse::Failure {
                    remaining_methods, ..
                } => {
                    self.takes = Some(remaining_methods);
                    return Ok(false);
                }
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                    // What is shown while it is typed is no password.
                    let replies = prompts.iter().map(|prompt| {
                        if prompt.echo {
                            String::new()
                        } else {
                            password.expose().to_owned()
                        }
                    });
                    answer = self
                        .handle
                        .authenticate_keyboard_interactive_respond(replies.collect())
                        .await?;
                }
            }
        }
        Ok(false)
    }
}

/// Why a key is not used, and its public half if it can be told.
struct Unusable {
    reason: String,
    public: Option<PublicKey>,
}

fn load(identity: &Identity) -> (String, Result<PrivateKey, Unusable>) {
    let (name, key, text) = match identity {
        Identity::File(path) => (
            format!("key {}", path.display()),
            load_secret_key(path, None),
            fs_err::read_to_string(path).ok(),
        ),
        Identity::Text(text) => (
            "a key given as text".to_owned(),
            decode_secret_key(text, None),
            Some(text.clone()),
        ),
    };
    let key = key.map_err(|error| match error {
        russh::keys::Error::KeyIsEncrypted => Unusable {
            reason: "it has a passphrase: add it to the agent with ssh-add".to_owned(),
            // The public half stands in clear in OpenSSH's files.
            public: text
                .and_then(|text| PrivateKey::from_openssh(text).ok())
                .map(|key| key.public_key().clone()),
        },
        russh::keys::Error::IO(error) if error.kind() == std::io::ErrorKind::NotFound => Unusable {
            reason: "there is no such file".to_owned(),
            public: None,
        },
        other => Unusable {
            reason: other.to_string(),
            public: None,
        },
    });
    (name, key)
}
