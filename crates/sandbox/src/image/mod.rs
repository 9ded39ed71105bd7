//! Images of Debian 12 and 13 that run as hosts: made once with mmdebstrap, imported into Docker, and kept.
//!
//! Called by `up`. An image is named after the digest of its recipe, so that a change of the recipe makes a new one.

mod apt;

use crate::docker::{DockerError, docker};
use crate::home::Home;
use crate::say;
use apt::Apt;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Stdio;
use thiserror::Error;
use tokio::process::Command;

/// Image name without its tag.
const REPOSITORY: &str = "edgewright-sandbox";

/// What is installed.
const INSTALLED: &str = "ca-certificates,cloud-init,dbus,gpg,gpg-agent,iproute2,iputils-ping,locales,openssh-server,\
sudo,systemd,systemd-sysv";

/// What is downloaded and not installed: what roles install, and what the packages of nodes depend on.
const ARCHIVES: &str =
    "bridge-utils frr frr-pythontools ipset nftables openssh-client qemu-utils rsync sudo uidmap";

/// The last step, run by mmdebstrap.
const CUSTOMIZE: &str = include_str!("customize.sh");

/// Keys with which Debian signs.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// An image cannot be made.
#[derive(Debug, Error)]
pub enum ImageError {
    /// Programs are missing.
    #[error("images of Debian cannot be made here: {} {} missing", .0.join(" and "), if .0.len() == 1 { "is" } else { "are" })]
    NoTools(Vec<&'static str>),
    /// The program failed.
    #[error("mmdebstrap could not make Debian {release}:\n{said}")]
    Bootstrap {
        /// The release.
        release: &'static str,
        /// The end of its log.
        said: String,
    },
    /// Docker would not have it.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// Files.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl ImageError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoTools(missing) => Some(format!(
                "install what is missing: `sudo apt-get install -y {}`",
                missing.join(" ")
            )),
            Self::Docker(error) => error.help().map(str::to_owned),
            Self::Bootstrap { .. } | Self::Io(_) => None,
        }
    }
}

/// A release of Debian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub number: &'static str,
    suite: &'static str,
}

/// The releases that hosts can have.
pub const RELEASES: [Release; 2] = [
    Release {
        number: "12",
        suite: "bookworm",
    },
    Release {
        number: "13",
        suite: "trixie",
    },
];

/// All that decides what is in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Recipe {
    release: Release,
    arguments: Vec<String>,
    sources: Vec<String>,
}

impl Recipe {
    fn new(release: Release, apt: &Apt) -> Self {
        let Release { suite, .. } = release;
        let mut arguments = vec![
            "--variant=minbase".to_owned(),
            "--format=tar".to_owned(),
            // Lists stay, so that a host's `apt-get update` finds them unchanged.
            "--skip=cleanup/apt".to_owned(),
            "--aptopt=Acquire::Languages \"none\";".to_owned(),
            format!("--include={INSTALLED}"),
        ];
        arguments.extend(
            apt.options
                .iter()
                .map(|option| format!("--aptopt={option}")),
        );
        let (mirror, security) = (&apt.mirror, &apt.security);
        Self {
            release,
            arguments,
            sources: vec![
                format!("deb {mirror} {suite} main"),
                format!("deb {mirror} {suite}-updates main"),
                format!("deb {security} {suite}-security main"),
            ],
        }
    }

    /// The image's name.
    fn name(&self) -> String {
        let mut digest = Sha256::new();
        for part in self.arguments.iter().chain(&self.sources) {
            digest.update(part.as_bytes());
            digest.update(b"\n");
        }
        digest.update(ARCHIVES.as_bytes());
        digest.update(CUSTOMIZE.as_bytes());
        let digest = crate::hex(&digest.finalize(), 6);
        format!("{REPOSITORY}:debian{}-{digest}", self.release.number)
    }
}

/// The images of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Names by the number of the release.
    pub names: Vec<(String, String)>,
    /// Whether apt in them uses a proxy.
    pub proxied: bool,
}

/// Makes the images that are not there yet.
///
/// # Errors
/// [`ImageError`].
pub async fn ensure(home: &Home) -> Result<Images, ImageError> {
    let apt = Apt::of_this_machine().await;
    let recipes: Vec<Recipe> = RELEASES
        .iter()
        .map(|release| Recipe::new(*release, &apt))
        .collect();
    let images = Images {
        names: recipes
            .iter()
            .map(|recipe| (recipe.release.number.to_owned(), recipe.name()))
            .collect(),
        proxied: apt.is_proxied(),
    };
    if missing(&recipes).await?.is_empty() {
        return Ok(images);
    }
    check_tools()?;
    let _alone = alone().await?;
    // Whoever held the lock may have made them.
    let missing = missing(&recipes).await?;
    if let Some(proxy) = &apt.local_proxy {
        say::progress(&format!(
            "hosts cannot reach the proxy {proxy} of this machine: they will fetch packages without one"
        ));
    }
    let work = missing
        .iter()
        .map(|recipe| build(home, recipe, apt.local_proxy.as_deref()));
    for done in futures::future::join_all(work).await {
        done?;
    }
    Ok(images)
}

/// The recipes of which there is no image.
async fn missing(recipes: &[Recipe]) -> Result<Vec<&Recipe>, ImageError> {
    let mut missing = Vec::new();
    for recipe in recipes {
        let name = recipe.name();
        match docker(&["image", "inspect", "--format", "{{.Id}}", &name]).await {
            Ok(_) => {}
            Err(error) if error.is_missing() => missing.push(recipe),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(missing)
}

/// Waits until nobody else of this user makes images; holds as long as the file is open.
async fn alone() -> Result<std::fs::File, ImageError> {
    let user = rustix::process::getuid().as_raw();
    let path = std::env::temp_dir().join(format!("edgewright-sandbox-images-{user}.lock"));
    let file = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?
        .into_parts()
        .0;
    if file.try_lock().is_err() {
        say::progress("somebody else makes the images; waiting");
    }
    let held = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    Ok(held.map_err(std::io::Error::other)??)
}

/// Looks for what making images takes.
///
/// # Errors
/// [`ImageError::NoTools`].
pub fn check_tools() -> Result<(), ImageError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |program: &str| std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    let mut missing = Vec::new();
    if !there("mmdebstrap") {
        missing.push("mmdebstrap");
    }
    if !Path::new(KEYRING).exists() {
        missing.push("debian-archive-keyring");
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(ImageError::NoTools(missing))
    }
}

async fn build(home: &Home, recipe: &Recipe, local_proxy: Option<&str>) -> Result<(), ImageError> {
    let number = recipe.release.number;
    let name = recipe.name();
    say::progress(&format!(
        "making the image of Debian {number}; this is done once"
    ));
    let begun = std::time::Instant::now();
    let archive = home.file(&format!("debian{number}.tar"));
    let result = make(recipe, &archive, &name, local_proxy).await;
    if archive.exists() {
        fs_err::remove_file(&archive)?;
    }
    result?;
    let seconds = begun.elapsed().as_secs();
    say::progress(&format!("image {name} made in {seconds} s"));
    Ok(())
}

async fn make(
    recipe: &Recipe,
    archive: &Path,
    name: &str,
    local_proxy: Option<&str>,
) -> Result<(), ImageError> {
    use std::os::unix::fs::PermissionsExt;
    // Not in the sandbox's directory, whose name may have characters that mmdebstrap gives to a shell.
    let script = tempfile::Builder::new()
        .prefix("edgewright-customize-")
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempfile()?
        .into_temp_path();
    fs_err::write(&script, CUSTOMIZE)?;
    let mut command = Command::new("mmdebstrap");
    command
        .args(&recipe.arguments)
        .arg(format!("--customize-hook={}", script.display()))
        .arg(recipe.release.suite)
        .arg(archive)
        .args(&recipe.sources)
        .env("EDGEWRIGHT_ARCHIVES", ARCHIVES)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(proxy) = local_proxy {
        command.env("http_proxy", proxy);
    }
    let output = command.output().await?;
    if !output.status.success() {
        return Err(ImageError::Bootstrap {
            release: recipe.release.number,
            said: last_lines(&String::from_utf8_lossy(&output.stderr), 15),
        });
    }
    let archive = archive.display().to_string();
    let arguments = [
        "import",
        "--change",
        "ENV container=docker",
        "--change",
        "CMD [\"/usr/local/sbin/edgewright-init\"]",
        &archive,
        name,
    ];
    docker(&arguments).await?;
    Ok(())
}

/// The end of a log.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let from = lines.len().saturating_sub(count);
    lines.get(from..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_after_its_recipe() {
        let plain = Recipe::new(RELEASES[0], &Apt::default());
        let other = Apt {
            mirror: "http://mirror.example/debian".to_owned(),
            ..Apt::default()
        };
        let name = plain.name();
        assert_eq!(name, Recipe::new(RELEASES[0], &Apt::default()).name());
        assert_ne!(name, Recipe::new(RELEASES[0], &other).name());
        let digest = name.strip_prefix("edgewright-sandbox:debian12-").unwrap();
        assert_eq!(digest.len(), 12);
    }

    #[test]
    fn what_is_missing_is_named_with_the_line_that_installs_it() {
        let error = ImageError::NoTools(vec!["mmdebstrap", "debian-archive-keyring"]);
        assert_eq!(
            error.to_string(),
            "images of Debian cannot be made here: mmdebstrap and debian-archive-keyring are missing"
        );
        assert_eq!(
            error.help().unwrap(),
            "install what is missing: `sudo apt-get install -y mmdebstrap debian-archive-keyring`"
        );
    }

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("", 2), "");
    }
}
