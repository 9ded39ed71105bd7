//! SSH keys: the one that a host is given before it boots, and the one that the operator logs in with.
//!
//! Called by `control` and `reconcile`. Host keys are made here and travel in the user-data of one instance; only their
//! fingerprint is kept, as a tag on the instance.

use std::path::{Path, PathBuf};

use edgewright_yaml::{Diagnostic, Diagnostics};
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey, PublicKey};

use super::spec::{Secret, Ssh};
use crate::settings;

/// Names of private keys that `ssh` tries by itself, in its order.
const USUAL: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// A fresh Ed25519 key pair of a host.
#[derive(Clone, Debug)]
pub struct HostKey {
    /// The private key in OpenSSH's format.
    pub private: Secret,
    /// The public key in OpenSSH's format, without comment.
    pub public: String,
    /// `SHA256:…` as OpenSSH prints it.
    pub fingerprint: String,
}

impl HostKey {
    /// Makes a key.
    ///
    /// # Errors
    /// A diagnostic when the system gives no random bytes.
    pub fn generate() -> Result<Self, Diagnostics> {
        let key = generate("")?;
        let public = key.public_key();
        Ok(Self {
            private: Secret::new(pem(&key)?),
            public: line(public)?,
            fingerprint: public.fingerprint(HashAlg::Sha256).to_string(),
        })
    }
}

/// The key pair that the operator logs in to hosts with.
#[derive(Clone, Debug)]
pub struct Login {
    /// Private key file.
    pub identity: PathBuf,
    /// The public key in OpenSSH's format.
    pub public: String,
}

impl Login {
    /// Finds the operator's key: the cluster file's `ssh.identity_file`, `EDGEWRIGHT_SSH_KEY`, the usual files in
    /// `~/.ssh`; the last resort is a key of our own in the configuration directory, made when it is not there.
    ///
    /// # Errors
    /// A diagnostic when a key that was named cannot be read, or none can be made.
    pub fn find(ssh: &Ssh) -> Result<Self, Diagnostics> {
        let named = ssh
            .identity_file
            .clone()
            .or_else(|| settings::variable(settings::SSH_KEY).map(PathBuf::from));
        if let Some(path) = named {
            return Self::read(&path);
        }
        let directory = settings::home().join(".ssh");
        let usual = USUAL
            .iter()
            .map(|name| directory.join(name))
            .find(|path| path.is_file());
        if let Some(path) = usual {
            return Self::read(&path);
        }
        let own = settings::config_dir().join("id_ed25519");
        if !own.is_file() {
            write_private(&own, &pem(&generate("edgewright")?)?)?;
        }
        Self::read(&own)
    }

    /// Takes the public half from beside a private key, or out of it when it is not encrypted.
    fn read(path: &Path) -> Result<Self, Diagnostics> {
        let beside = path.with_file_name(format!(
            "{}.pub",
            path.file_name().unwrap_or_default().to_string_lossy()
        ));
        let public = match fs_err::read_to_string(&beside) {
            Ok(text) => PublicKey::from_openssh(text.trim())
                .map_err(|error| unusable(&beside, &error.to_string()))?,
            Err(_) => russh::keys::load_secret_key(path, None)
                .map_err(|error| unusable(path, &error.to_string()))?
                .public_key()
                .clone(),
        };
        Ok(Self {
            identity: path.to_owned(),
            public: line(&public)?,
        })
    }
}

fn generate(comment: &str) -> Result<PrivateKey, Diagnostics> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        Diagnostic::error(
            "keys::random",
            format!("the system gives no random bytes: {error}"),
        )
    })?;
    let mut key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    key.set_comment(comment);
    Ok(key)
}

fn pem(key: &PrivateKey) -> Result<String, Diagnostics> {
    let text = key
        .to_openssh(LineEnding::LF)
        .map_err(|error| encoding(&error.to_string()))?;
    Ok(text.to_string())
}

fn line(key: &PublicKey) -> Result<String, Diagnostics> {
    let text = key
        .to_openssh()
        .map_err(|error| encoding(&error.to_string()))?;
    Ok(text.trim().to_owned())
}

fn encoding(reason: &str) -> Diagnostics {
    Diagnostic::error(
        "keys::encoding",
        format!("a key cannot be written: {reason}"),
    )
    .into()
}

fn unusable(path: &Path, reason: &str) -> Diagnostics {
    Diagnostic::error(
        "keys::unusable",
        format!("the login key `{}` cannot be used: {reason}", path.display()),
    )
    .help("name another one with `ssh: {identity_file: PATH}` or `EDGEWRIGHT_SSH_KEY`; beside an encrypted key its `.pub` file must lie")
    .into()
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> Result<(), Diagnostics> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let written = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    written().map_err(|error| {
        Diagnostic::error(
            "keys::write",
            format!("cannot write the login key `{}`: {error}", path.display()),
        )
        .help("name a key of yours with `EDGEWRIGHT_SSH_KEY`")
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_key_is_a_pair() {
        let key = HostKey::generate().unwrap();
        let private = russh::keys::decode_secret_key(key.private.expose(), None).unwrap();
        assert_eq!(line(private.public_key()).unwrap(), key.public);
        assert!(
            key.fingerprint.starts_with("SHA256:"),
            "{}",
            key.fingerprint
        );
        assert_ne!(HostKey::generate().unwrap().fingerprint, key.fingerprint);
    }

    #[test]
    fn the_public_half_of_a_login_key_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys/id_ed25519");
        let key = generate("me").unwrap();
        write_private(&path, &pem(&key).unwrap()).unwrap();
        let login = Login::read(&path).unwrap();
        assert_eq!(login.public, line(key.public_key()).unwrap());
    }

    #[test]
    fn a_key_that_is_not_there_is_named() {
        let error = Login::read(Path::new("/nonexistent/id"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "error[keys::unusable]: the login key `/nonexistent/id` cannot be used: No such file or directory (os error 2)
 |
 = help: name another one with `ssh: {identity_file: PATH}` or `EDGEWRIGHT_SSH_KEY`; beside an encrypted key its `.pub` file must lie
"
        );
    }
}
