//! The front-end: a host with the user oneadmin, the directories that OpenNebula's drivers live in, and sshd.
//!
//! Made by `up`. OpenNebula's interface itself is emulated in the daemon; what that has to do on the front-end (log in to
//! hosts, run drivers) it does in this container ([`FrontendMonitor`], [`FrontendIpam`]).

mod ipam;
mod monitor;

pub use ipam::FrontendIpam;
pub use monitor::FrontendMonitor;

use crate::container::{self, ContainerError, Launch, Nics, ROLE};
use crate::docker::{DockerError, docker_fed};
use crate::home::{Home, Settings};
use crate::seed::Seed;
use thiserror::Error;

const PREPARE: &str = include_str!("prepare.sh");

/// The front-end cannot be made.
#[derive(Debug, Error)]
pub enum FrontendError {
    /// The container.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// What is done in it.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// Keys.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It does not answer.
    #[error("{0}")]
    Silent(String),
}

/// The container's name.
pub fn container_name(home: &Home) -> String {
    format!("edgewright-{}-frontend", home.short())
}

/// Makes the front-end, waits until it answers, and writes its host key where the control machine looks for it.
///
/// # Errors
/// [`FrontendError`].
pub async fn create(home: &Home, settings: &Settings, image: &str) -> Result<(), FrontendError> {
    let key = |name: &str| fs_err::read_to_string(home.file("keys").join(name));
    let (host_key, host_public) = (key("frontend_host")?, key("frontend_host.pub")?);
    let login = key("frontend.pub")?;
    let launch = Launch {
        name: container_name(home),
        image: image.to_owned(),
        cgroups_v2: settings.cgroups_v2,
        direct: settings.direct(),
        network: settings.public_name.clone(),
        nics: Nics {
            address: settings.frontend(),
            mac: None,
            links: Vec::new(),
        },
        labels: vec![(ROLE, "frontend".to_owned())],
        seed: Seed {
            instance_id: container_name(home),
            hostname: "frontend".to_owned(),
            public_keys: Vec::new(),
            user_data: user_data(&host_key, &host_public).into_bytes(),
            startup_script: None,
        },
    };
    container::launch(home, &launch).await?;
    let command = [
        "exec",
        "--interactive",
        &launch.name,
        "sh",
        "-c",
        PREPARE,
        "sh",
        login.trim(),
    ];
    docker_fed(&command, format!("{}\n", settings.password).as_bytes()).await?;
    container::wait_for_ssh(&launch.name, launch.nics.address)
        .await
        .map_err(FrontendError::Silent)?;
    let public: Vec<&str> = host_public.split_whitespace().take(2).collect();
    let known = format!("{} {}\n", launch.nics.address, public.join(" "));
    fs_err::write(home.file("frontend_known_hosts"), known)?;
    fs_err::remove_file(home.file("keys").join("frontend_host"))?;
    Ok(())
}

fn user_data(host_key: &str, host_public: &str) -> String {
    let config = serde_json::json!({
        "ssh_deletekeys": true,
        "ssh_keys": { "ed25519_private": host_key, "ed25519_public": host_public.trim() },
    });
    format!("#cloud-config\n{config}\n")
}
