//! The directory of a sandbox: what lies where in it, and what is remembered of it between two commands.
//!
//! Every verb begins with a [`Home`]. `up` writes [`Settings`], the daemon writes [`Running`].

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The directory cannot be used.
#[derive(Debug, Error)]
pub enum HomeError {
    /// Reading or writing; the path stands in the source.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A file of ours is not as we wrote it.
    #[error("{} is not a file of the sandbox: {source}", path.display())]
    Spoilt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The path has characters that labels and shells do not take.
    #[error("the directory's name must be UTF-8 without line breaks: {}", .0.display())]
    Name(PathBuf),
}

/// A sandbox's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
    name: String,
}

impl Home {
    /// The directory at a path, which need not exist.
    ///
    /// # Errors
    /// [`HomeError::Name`] if the path cannot be used as a label.
    pub fn at(path: &Path) -> Result<Self, HomeError> {
        let path = match fs_err::canonicalize(path) {
            Ok(path) => path,
            Err(_) => std::path::absolute(path)?,
        };
        match path.to_str() {
            Some(name) if !name.contains('\n') => Ok(Self {
                name: name.to_owned(),
                path,
            }),
            _ => Err(HomeError::Name(path)),
        }
    }

    /// Makes the directory, for its owner only.
    ///
    /// # Errors
    /// The system's error.
    pub fn make(path: &Path) -> Result<Self, HomeError> {
        if !path.is_dir() {
            if let Some(parent) = path.parent() {
                fs_err::create_dir_all(parent)?;
            }
            std::fs::DirBuilder::new().mode(0o700).create(path)?;
        }
        Self::at(path)
    }

    /// The absolute path, which is also the value of the label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A short name for containers and networks, the same for the same directory.
    pub fn short(&self) -> String {
        let digest = Sha256::digest(self.name.as_bytes());
        crate::hex(&digest, 3)
    }

    /// A file or directory in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The daemon's log.
    pub fn log(&self) -> PathBuf {
        self.file("sandbox.log")
    }

    /// The calls, an object a line.
    pub fn calls(&self) -> PathBuf {
        self.file("calls.jsonl")
    }

    /// The environment to source.
    pub fn env(&self) -> PathBuf {
        self.file("env")
    }

    /// The settings of the sandbox that is there, if one is.
    ///
    /// # Errors
    /// [`HomeError::Spoilt`].
    pub fn settings(&self) -> Result<Option<Settings>, HomeError> {
        read(&self.file(SETTINGS))
    }

    /// Remembers settings.
    ///
    /// # Errors
    /// The system's error.
    pub fn remember(&self, settings: &Settings) -> Result<(), HomeError> {
        write(&self.file(SETTINGS), settings)
    }

    /// What the daemon wrote when it was ready, if it did.
    ///
    /// # Errors
    /// [`HomeError::Spoilt`].
    pub fn running(&self) -> Result<Option<Running>, HomeError> {
        read(&self.file(RUNNING))
    }

    /// Says that the daemon is ready.
    ///
    /// # Errors
    /// The system's error.
    pub fn announce(&self, running: &Running) -> Result<(), HomeError> {
        write(&self.file(RUNNING), running)
    }

    /// Removes what belongs to a sandbox that runs. Logs, the record of calls and the tool's own state stay.
    ///
    /// # Errors
    /// The system's error.
    pub fn forget(&self) -> Result<(), HomeError> {
        for name in [RUNNING, SETTINGS, "env", "one_auth", "frontend_known_hosts"] {
            remove(fs_err::remove_file(self.file(name)))?;
        }
        for name in ["keys", "repo", "seeds"] {
            remove(fs_err::remove_dir_all(self.file(name)))?;
        }
        Ok(())
    }
}

const SETTINGS: &str = "settings.json";
const RUNNING: &str = "daemon.json";

fn remove(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
/// The system's error.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(content)?;
    fs_err::rename(new, path)
}

fn write(path: &Path, value: &impl Serialize) -> Result<(), HomeError> {
    let text = serde_json::to_vec_pretty(value).map_err(|source| HomeError::Spoilt {
        path: path.to_owned(),
        source,
    })?;
    Ok(write_private(path, &text)?)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, HomeError> {
    match fs_err::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|source| HomeError::Spoilt {
                path: path.to_owned(),
                source,
            }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What `up` decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The public network.
    pub public_net: Ipv4Net,
    /// Docker's name for it.
    pub public_name: String,
    /// Largest packet on it, in bytes.
    pub public_mtu: u32,
    /// Where VPCs that ask for no subnet get one.
    pub vpc_pool: Ipv4Net,
    /// Key of the account.
    pub api_key: String,
    /// Password of oneadmin in OpenNebula.
    pub password: String,
    /// Share of Vultr's real times.
    pub scale: f64,
    /// Port of the Vultr API; 0 for any.
    pub vultr_port: u16,
    /// Port of OpenNebula's API; 0 for any.
    pub opennebula_port: u16,
    /// Images, by the release of Debian: `12`, `13`.
    pub images: Vec<(String, String)>,
    /// Whether cgroups are of version 2.
    pub cgroups_v2: bool,
    /// Whether apt in hosts uses a proxy, which must not be asked for our own packages.
    #[serde(default)]
    pub proxied: bool,
}

impl Settings {
    /// The machine's own address on the public network.
    pub fn gateway(&self) -> Ipv4Addr {
        self.nth(1)
    }

    /// The front-end's address.
    pub fn frontend(&self) -> Ipv4Addr {
        self.nth(2)
    }

    /// The address that apt in hosts must reach without the proxy, if they use one.
    pub fn direct(&self) -> Option<Ipv4Addr> {
        self.proxied.then(|| self.gateway())
    }

    fn nth(&self, n: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.public_net.network()).saturating_add(n))
    }
}

/// Where the daemon answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// When it was ready, RFC 3339.
    pub since: String,
    /// Where it takes orders.
    pub control: SocketAddr,
    /// What an order must begin with.
    pub token: String,
    /// The Vultr API.
    pub vultr: String,
    /// OpenNebula's API.
    pub opennebula: String,
    /// The packages.
    pub repository: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_short_name() {
        let one = Home::at(Path::new("/a/b")).unwrap();
        let same = Home::at(Path::new("/a/./b")).unwrap();
        let other = Home::at(Path::new("/a/c")).unwrap();
        assert_eq!(one.short(), same.short());
        assert_ne!(one.short(), other.short());
        assert_eq!(one.short().len(), 6);
    }

    #[test]
    fn private_files_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("one_auth");
        write_private(&path, b"a:b").unwrap();
        let mode = fs_err::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_spoilt_file_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(directory.path()).unwrap();
        fs_err::write(home.file(RUNNING), "{}").unwrap();
        let error = home.running().unwrap_err().to_string();
        let path = home.file(RUNNING);
        assert_eq!(
            error,
            format!(
                "{} is not a file of the sandbox: missing field `pid` at line 1 column 2",
                path.display()
            )
        );
    }
}
