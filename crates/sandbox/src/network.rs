//! Networks: free subnets for a new sandbox, its public network, and VPCs.
//!
//! `up` makes the public network, `machines` makes VPCs. The public network has an address of this machine and reaches the
//! world through it. A VPC has neither, as at Vultr: this machine has no route to it, so that its subnet cannot collide with
//! one of the machine's.

use crate::docker::{DockerError, LABEL, docker, labelled};
use crate::home::Home;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;
use thiserror::Error;

/// Where public networks (/24) come from: the first half of the block for tests of networks (RFC 2544).
const PUBLIC: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 16);

/// Where pools for VPCs (/20) come from: the other half.
const PRIVATE: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 19, 0, 0), 16);

/// Label of a public network that says which pool its sandbox uses.
const POOL_LABEL: &str = "edgewright.vpc-pool";

/// Largest packet in a VPC, in bytes, as at Vultr.
const VPC_MTU: u32 = 1450;

/// Networks cannot be made.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// All subnets are in use.
    #[error("no subnet of {0} is free on this machine: routes or Docker networks cover all of it")]
    Full(Ipv4Net),
    /// Docker would not.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// The machine's routes cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What a sandbox gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// The public network.
    pub net: Ipv4Net,
    /// Docker's name for it.
    pub name: String,
    /// Largest packet, in bytes.
    pub mtu: u32,
    /// Where VPCs come from.
    pub vpc_pool: Ipv4Net,
}

/// Makes the public network of a sandbox on the first subnet that neither a route nor a Docker network uses.
///
/// # Errors
/// [`NetworkError`].
pub async fn create_public(home: &Home) -> Result<Public, NetworkError> {
    let routes = fs_err::read_to_string("/proc/net/route")?;
    let mut taken = routed(&routes);
    taken.extend(known_to_docker().await?);
    let mtu = mtu_of_default_route(&routes).min(1500);
    let name = format!("edgewright-{}-public", home.short());
    loop {
        let net = first_free(PUBLIC, 24, &taken, 0).ok_or(NetworkError::Full(PUBLIC))?;
        let wish = u32::from(net.network().octets()[2]) % 16;
        let vpc_pool = first_free(PRIVATE, 20, &taken, wish).ok_or(NetworkError::Full(PRIVATE))?;
        let arguments = [
            "network".to_owned(),
            "create".to_owned(),
            format!("--subnet={net}"),
            format!("--opt=com.docker.network.driver.mtu={mtu}"),
            format!("--label={LABEL}={}", home.name()),
            format!("--label={POOL_LABEL}={vpc_pool}"),
            name.clone(),
        ];
        match docker(&arguments).await {
            Ok(_) => {
                return Ok(Public {
                    net,
                    name,
                    mtu,
                    vpc_pool,
                });
            }
            // Another sandbox was faster.
            Err(error) if error.is_overlap() => taken.push(net),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Docker's name for a VPC. It stands behind the public network in the alphabet: Docker takes the default route from the
/// network that comes first.
pub fn vpc_name(home: &Home, id: &str) -> String {
    format!("edgewright-{}-vpc-{id}", home.short())
}

/// Makes a VPC.
///
/// # Errors
/// [`DockerError`], with [`DockerError::is_overlap`] if another Docker network has the subnet.
pub async fn create_vpc(home: &Home, id: &str, subnet: Ipv4Net) -> Result<(), DockerError> {
    let arguments = [
        "network".to_owned(),
        "create".to_owned(),
        format!("--subnet={subnet}"),
        format!("--opt=com.docker.network.driver.mtu={VPC_MTU}"),
        "--opt=com.docker.network.bridge.inhibit_ipv4=true".to_owned(),
        "--opt=com.docker.network.bridge.enable_ip_masquerade=false".to_owned(),
        format!("--label={LABEL}={}", home.name()),
        vpc_name(home, id),
    ];
    docker(&arguments).await.map(drop)
}

/// Removes a VPC; one that is not there is removed already.
///
/// # Errors
/// [`DockerError`] if something is attached to it.
pub async fn delete_vpc(home: &Home, id: &str) -> Result<(), DockerError> {
    remove(&vpc_name(home, id)).await
}

/// Removes all networks of a sandbox.
///
/// # Errors
/// [`DockerError`].
pub async fn remove_all(home: &Home) -> Result<usize, DockerError> {
    let ids = labelled("network", home.name()).await?;
    for id in &ids {
        remove(id).await?;
    }
    Ok(ids.len())
}

async fn remove(name: &str) -> Result<(), DockerError> {
    match docker(&["network", "rm", name]).await {
        Err(error) if !error.is_missing() => Err(error),
        _ => Ok(()),
    }
}

/// Subnets of all Docker networks, and the pools of other sandboxes.
async fn known_to_docker() -> Result<Vec<Ipv4Net>, DockerError> {
    let ids = docker(&["network", "ls", "--quiet"]).await?;
    let format = format!(
        "{{{{range .IPAM.Config}}}}{{{{.Subnet}}}} {{{{end}}}}{{{{index .Labels \"{POOL_LABEL}\"}}}}"
    );
    let mut nets = Vec::new();
    for id in ids.lines() {
        match docker(&["network", "inspect", "--format", &format, id]).await {
            Ok(said) => nets.extend(
                said.split_whitespace()
                    .filter_map(|word| word.parse::<Ipv4Net>().ok()),
            ),
            // Removed since it was listed.
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(nets)
}

/// The first subnet of a length that overlaps with nothing, looked for from the `from`th on and around.
fn first_free(block: Ipv4Net, length: u8, taken: &[Ipv4Net], from: u32) -> Option<Ipv4Net> {
    let all: Vec<Ipv4Net> = block.subnets(length).ok()?.collect();
    let from = usize::try_from(from).ok()?.min(all.len());
    let (before, after) = all.split_at(from);
    let overlaps = |a: &Ipv4Net, b: &Ipv4Net| a.contains(b) || b.contains(a);
    after
        .iter()
        .chain(before)
        .find(|net| !taken.iter().any(|other| overlaps(net, other)))
        .copied()
}

/// A row of `/proc/net/route`: interface, destination, gateway, flags, …, mask. Numbers are in the processor's byte order.
fn rows(table: &str) -> impl Iterator<Item = (&str, Ipv4Net)> {
    table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| u32::from_str_radix(fields.get(at)?, 16).ok();
        let destination = Ipv4Addr::from(number(1)?.to_ne_bytes());
        let mask = Ipv4Addr::from(number(7)?.to_ne_bytes());
        let net = Ipv4Net::with_netmask(destination, mask).ok()?;
        Some((*fields.first()?, net))
    })
}

/// What the machine has routes to, apart from the default route.
fn routed(table: &str) -> Vec<Ipv4Net> {
    rows(table)
        .map(|(_, net)| net)
        .filter(|net| net.prefix_len() > 0)
        .collect()
}

/// Largest packet that leaves the machine; 1500 if it is not known.
fn mtu_of_default_route(table: &str) -> u32 {
    rows(table)
        .find(|(_, net)| net.prefix_len() == 0)
        .and_then(|(interface, _)| {
            fs_err::read_to_string(format!("/sys/class/net/{interface}/mtu")).ok()
        })
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(1500)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn a_subnet_is_free_if_nothing_covers_it_or_lies_in_it() {
        let taken = [net("198.18.0.0/23"), net("198.18.2.128/25")];
        assert_eq!(
            first_free(PUBLIC, 24, &taken, 0),
            Some(net("198.18.3.0/24"))
        );
        assert_eq!(
            first_free(PRIVATE, 20, &taken, 2),
            Some(net("198.19.32.0/20"))
        );
    }

    #[test]
    fn the_search_goes_around_and_ends() {
        let upper = [net("198.19.128.0/17")];
        assert_eq!(
            first_free(PRIVATE, 20, &upper, 9),
            Some(net("198.19.0.0/20"))
        );
        assert_eq!(first_free(PRIVATE, 20, &[net("198.0.0.0/8")], 0), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn routes_are_read_without_the_default() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        assert_eq!(routed(table), [net("172.17.0.0/16")]);
    }

    #[test]
    fn a_full_block_is_named() {
        assert_eq!(
            NetworkError::Full(PUBLIC).to_string(),
            "no subnet of 198.18.0.0/16 is free on this machine: routes or Docker networks cover all of it"
        );
    }
}
