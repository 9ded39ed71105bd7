//! A container that is a host: systemd, sshd, cloud-init, and the networks it stands in.
//!
//! Called by `machines` for instances and by `frontend`. Only what hosts need is allowed to them, not `--privileged`, which
//! a machine can refuse.

use crate::docker::{DockerError, LABEL, docker, output, text};
use crate::home::Home;
use crate::image::last_lines;
use crate::seed::Seed;
use crate::{network, say};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use thiserror::Error;

/// Label that says what a container is: `host` or `frontend`.
pub const ROLE: &str = "edgewright.role";
/// Label with the id of the instance.
pub const INSTANCE: &str = "edgewright.instance";
/// Label with what the user calls the instance.
pub const NAME: &str = "edgewright.name";
/// Label with the public address.
pub const ADDRESS: &str = "edgewright.address";

/// A host cannot be made.
#[derive(Debug, Error)]
pub enum ContainerError {
    /// Docker would not.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// Files.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It ended at once.
    #[error("the container {name} ended with status {status}:\n{said}")]
    Ended {
        /// Its name.
        name: String,
        /// Its exit status.
        status: String,
        /// What it printed last.
        said: String,
    },
}

/// A network interface beside the public one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Id of the VPC.
    pub vpc: String,
    /// The address in it.
    pub address: Ipv4Addr,
    /// The MAC address, such as `5a:00:00:00:00:01`.
    pub mac: String,
}

/// The network interfaces of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nics {
    /// The public address.
    pub address: Ipv4Addr,
    /// The MAC address on the public network; chosen by Docker if absent.
    pub mac: Option<String>,
    /// VPCs.
    pub links: Vec<Link>,
}

impl Nics {
    /// Address and MAC address of each interface that has one of its own.
    fn macs(&self) -> impl Iterator<Item = (Ipv4Addr, &str)> {
        let public = self.mac.iter().map(|mac| (self.address, mac.as_str()));
        public.chain(
            self.links
                .iter()
                .map(|link| (link.address, link.mac.as_str())),
        )
    }
}

/// A host to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The container's name.
    pub name: String,
    /// The image.
    pub image: String,
    /// Whether cgroups are of version 2.
    pub cgroups_v2: bool,
    /// An address that apt reaches without its proxy.
    pub direct: Option<Ipv4Addr>,
    /// Docker's name for the public network.
    pub network: String,
    /// The interfaces.
    pub nics: Nics,
    /// Labels beside those that all have.
    pub labels: Vec<(&'static str, String)>,
    /// What cloud-init gets.
    pub seed: Seed,
}

impl Launch {
    /// The arguments of `docker create`.
    fn arguments(&self, home: &Home) -> Vec<String> {
        let mut list: Vec<String> = [
            "create",
            "--tty",
            "--stop-signal=SIGRTMIN+3",
            "--cap-add=SYS_ADMIN",
            "--cap-add=NET_ADMIN",
            "--security-opt=seccomp=unconfined",
            "--security-opt=apparmor=unconfined",
            // Without this /proc/sys cannot be written.
            "--security-opt=systempaths=unconfined",
            // Docker switches forwarding on; a fresh instance has it off.
            "--sysctl=net.ipv4.ip_forward=0",
            "--tmpfs=/run",
            "--tmpfs=/run/lock",
        ]
        .map(str::to_owned)
        .to_vec();
        list.push(if self.cgroups_v2 {
            "--cgroupns=private".to_owned()
        } else {
            "--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro".to_owned()
        });
        list.push(format!("--name={}", self.name));
        list.push(format!("--hostname={}", self.seed.hostname));
        list.push(format!("--network={}", self.network));
        list.push(format!("--ip={}", self.nics.address));
        list.push(format!("--label={LABEL}={}", home.name()));
        list.push(format!("--label={ADDRESS}={}", self.nics.address));
        list.extend(
            self.labels
                .iter()
                .map(|(key, value)| format!("--label={key}={value}")),
        );
        list.push(self.image.clone());
        list
    }
}

/// Makes a host and starts it; ends when it runs, not when it answers. What half came about is removed after an error.
///
/// # Errors
/// [`ContainerError`].
pub async fn launch(home: &Home, launch: &Launch) -> Result<(), ContainerError> {
    remove(&launch.name).await?;
    let result = try_launch(home, launch).await;
    if result.is_err() {
        remove(&launch.name).await?;
    }
    result
}

async fn try_launch(home: &Home, launch: &Launch) -> Result<(), ContainerError> {
    docker(&launch.arguments(home)).await?;
    let seed = launch.seed.files();
    copy_in(home, launch, &seed, "/var/lib/cloud/seed/nocloud").await?;
    if let Some(address) = launch.direct {
        let line = format!("Acquire::http::Proxy::{address} \"DIRECT\";\n");
        let files = [("98edgewright-sandbox", line.into_bytes())];
        copy_in(home, launch, &files, "/etc/apt/apt.conf.d").await?;
    }
    for link in &launch.nics.links {
        connect(home, &launch.name, link).await?;
    }
    start(&launch.name, &launch.nics).await
}

/// The files stand on disk only while they are copied: user-data holds a private key.
async fn copy_in(
    home: &Home,
    launch: &Launch,
    files: &[(&str, Vec<u8>)],
    target: &str,
) -> Result<(), ContainerError> {
    let directory = home.file("seeds").join(&launch.name);
    fs_err::create_dir_all(&directory)?;
    for (name, content) in files {
        crate::home::write_private(&directory.join(name), content)?;
    }
    let source = format!("{}/.", directory.display());
    let target = format!("{}:{target}", launch.name);
    let copied = docker(&["cp", &source, &target]).await;
    fs_err::remove_dir_all(&directory)?;
    copied?;
    Ok(())
}

/// Connects a container to a VPC.
///
/// # Errors
/// [`DockerError`].
pub async fn connect(home: &Home, name: &str, link: &Link) -> Result<(), DockerError> {
    let address = format!("--ip={}", link.address);
    let vpc = network::vpc_name(home, &link.vpc);
    docker(&["network", "connect", &address, &vpc, name])
        .await
        .map(drop)
}

/// Starts a container that was made or switched off, and gives its interfaces their MAC addresses.
///
/// # Errors
/// [`ContainerError`]; [`ContainerError::Ended`] if it does not stay up.
pub async fn start(name: &str, nics: &Nics) -> Result<(), ContainerError> {
    docker(&["start", name]).await?;
    let state = docker(&[
        "inspect",
        "--format",
        "{{.State.Running}} {{.State.ExitCode}}",
        name,
    ])
    .await?;
    if let Some(status) = state.strip_prefix("false ") {
        return Err(ended(name, status).await);
    }
    Ok(set_macs(name, nics).await?)
}

async fn ended(name: &str, status: &str) -> ContainerError {
    let said = match output(&["logs", "--tail=20", name], &[]).await {
        Ok(output) => text(&output.stdout) + &text(&output.stderr),
        Err(error) => error.to_string(),
    };
    ContainerError::Ended {
        name: name.to_owned(),
        status: status.to_owned(),
        said,
    }
}

/// Gives the interfaces their MAC addresses: Docker before version 25 does this for one network only, and not for those of
/// a newer client.
///
/// # Errors
/// [`DockerError`].
pub async fn set_macs(name: &str, nics: &Nics) -> Result<(), DockerError> {
    const SCRIPT: &str = "set -e
while [ $# -gt 1 ]; do
    nic=$(ip -o -4 address show to \"$1/32\" | awk '{ print $2; exit }')
    ip link set dev \"$nic\" address \"$2\"
    shift 2
done";
    let mut arguments: Vec<String> = ["exec", name, "sh", "-c", SCRIPT, "sh"]
        .map(str::to_owned)
        .to_vec();
    for (address, mac) in nics.macs() {
        arguments.push(address.to_string());
        arguments.push(mac.to_owned());
    }
    docker(&arguments).await.map(drop)
}

/// Removes a container and its disk, also one that is not there.
///
/// # Errors
/// [`DockerError`].
pub async fn remove(name: &str) -> Result<(), DockerError> {
    match docker(&["rm", "--force", "--volumes", name]).await {
        Err(error) if !error.is_missing() => Err(error),
        _ => Ok(()),
    }
}

/// How long a host may take until it answers on port 22, before the log says why it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something answers on port 22 with SSH's greeting.
///
/// # Errors
/// What the host says about itself when it does not answer in time.
pub async fn wait_for_ssh(name: &str, address: Ipv4Addr) -> Result<Duration, String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if greets(SocketAddr::from((address, 22))).await {
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!(
        "{name} does not answer on {address} port 22 after {} s:\n{}",
        PATIENCE.as_secs(),
        diagnosis(name).await
    ))
}

async fn greets(address: SocketAddr) -> bool {
    use tokio::io::AsyncReadExt;
    let attempt = async {
        let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
        let mut start = [0; 4];
        stream.read_exact(&mut start).await.ok()?;
        (&start == b"SSH-").then_some(())
    };
    matches!(
        tokio::time::timeout(Duration::from_secs(2), attempt).await,
        Ok(Some(()))
    )
}

/// What a host that does not work says about itself.
async fn diagnosis(name: &str) -> String {
    const SCRIPT: &str = "systemctl is-system-running; systemctl --failed --no-legend --plain
cloud-init status --long; journalctl --no-pager --lines=20 --priority=warning";
    let mut parts = Vec::new();
    for arguments in [
        ["exec", name, "sh", "-c", SCRIPT].as_slice(),
        ["logs", "--tail=20", name].as_slice(),
    ] {
        match output(arguments, &[]).await {
            Ok(output) => {
                parts.push(text(&output.stdout));
                parts.push(text(&output.stderr));
            }
            Err(error) => parts.push(error.to_string()),
        }
    }
    parts.retain(|part| !part.is_empty());
    last_lines(&parts.join("\n"), 60)
}

/// Says in the log when a host answers, or why it does not.
pub async fn watch(name: String, address: Ipv4Addr) {
    match wait_for_ssh(&name, address).await {
        Ok(after) => say::log(&format!(
            "{name} answers on {address} port 22 after {:.1} s",
            after.as_secs_f64()
        )),
        Err(why) => say::log(&why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_host_gets_what_it_needs_and_no_more() {
        let home = Home::at(Path::new("/s")).unwrap();
        let launch = Launch {
            name: "edgewright-1-lab-0".to_owned(),
            image: "i:1".to_owned(),
            cgroups_v2: false,
            direct: None,
            network: "edgewright-1-public".to_owned(),
            nics: Nics {
                address: Ipv4Addr::new(198, 18, 0, 10),
                mac: Some("5a:00:00:00:00:01".to_owned()),
                links: Vec::new(),
            },
            labels: vec![(ROLE, "host".to_owned())],
            seed: Seed {
                hostname: "lab-0".to_owned(),
                ..Seed::default()
            },
        };
        assert_eq!(
            launch.arguments(&home).join("\n"),
            "create\n--tty\n--stop-signal=SIGRTMIN+3\n--cap-add=SYS_ADMIN\n--cap-add=NET_ADMIN\n\
            --security-opt=seccomp=unconfined\n--security-opt=apparmor=unconfined\n\
            --security-opt=systempaths=unconfined\n--sysctl=net.ipv4.ip_forward=0\n--tmpfs=/run\n--tmpfs=/run/lock\n\
            --volume=/sys/fs/cgroup:/sys/fs/cgroup:ro\n--name=edgewright-1-lab-0\n--hostname=lab-0\n\
            --network=edgewright-1-public\n--ip=198.18.0.10\n\
            --label=edgewright.sandbox=/s\n--label=edgewright.address=198.18.0.10\n--label=edgewright.role=host\ni:1"
        );
    }
}
