//! What a cluster should be: the cluster file, read and checked.
//!
//! [`Spec::load`] is called by every verb under `cluster` and by the inventory plug-in. Everything below takes
//! the checked [`Spec`] and never asks the file again. No network here: what the live catalogue says is
//! checked in `cluster::catalogue`.

mod fields;
mod names;
pub mod parse;
mod secret;

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use edgewright_yaml::{Map, Span};
use ipnet::{IpNet, Ipv4Net};

pub use fields::quoted;
pub use names::{ClusterName, HostName, NameError};
pub use secret::{Secret, SecretRef};

/// A value and where the file gives it; `at` is `None` for a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Option<Span>,
}

/// Cloud instance or bare metal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A cloud instance (`/v2/instances`).
    Virtual,
    /// A bare-metal server (`/v2/bare-metals`).
    Metal,
}

/// What runs the guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hypervisor {
    /// System containers.
    Lxc,
    /// Emulated machines, where the processor offers no virtualisation.
    Qemu,
    /// Hardware virtualisation.
    Kvm,
}

impl Hypervisor {
    /// The name of OpenNebula's drivers for it (`IM_MAD`, `VM_MAD`).
    pub fn driver(self) -> &'static str {
        match self {
            Self::Lxc => "lxc",
            Self::Qemu => "qemu",
            Self::Kvm => "kvm",
        }
    }
}

/// The Vultr account and where in it.
#[derive(Clone, Debug)]
pub struct VultrProvider {
    /// Region code, e.g. `ams`.
    pub region: Given<String>,
    /// Where the API key comes from.
    pub api_key: SecretRef,
    /// URL of the API when it is not Vultr's own.
    pub endpoint: Option<String>,
}

/// How the front-end is reached for what XML-RPC cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frontend {
    /// The control machine is the front-end.
    Local,
    /// Over SSH.
    Ssh {
        /// Address or name.
        host: String,
        /// TCP port.
        port: u16,
        /// User to log in as: `oneadmin`, or one who may become it.
        user: String,
        /// Private key file.
        identity_file: Option<PathBuf>,
        /// File with the front-end's host key, beside `~/.ssh/known_hosts`.
        known_hosts: Option<PathBuf>,
    },
}

/// The OpenNebula that the cluster joins.
#[derive(Clone, Debug)]
pub struct OpenNebula {
    /// URL of the XML-RPC interface.
    pub endpoint: String,
    /// Where `user:password` comes from.
    pub auth: SecretRef,
    /// The front-end host.
    pub frontend: Frontend,
}

/// The hosts of a cluster.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Their names, in order; the first holds the replica and reflects routes.
    pub names: Vec<HostName>,
    /// Vultr plan id.
    pub plan: Given<String>,
    /// Operating system: the number or the (unambiguous beginning of the) name in Vultr's catalogue.
    pub os: Given<String>,
}

/// The fabric's numbers.
#[derive(Clone, Debug)]
pub struct Network {
    /// Prefix of the VPC; `None` lets Vultr choose.
    pub vpc: Option<Ipv4Net>,
    /// Autonomous system number of the iBGP fabric (RFC 6996 reserves 64512 to 65534 and 65000 is among them).
    pub asn: u32,
    /// Number of route reflectors, taken from the beginning of the list of hosts.
    pub reflectors: usize,
    /// VNIs of guests' networks; the last one is kept for probing the overlay (RFC 7348: 24 bits).
    pub vni: RangeInclusive<u32>,
}

/// Who may log in to the hosts, and from where.
#[derive(Clone, Debug)]
pub struct Ssh {
    /// Private key file of the operator; `None` finds one.
    pub identity_file: Option<PathBuf>,
    /// Public keys that may log in beside the operator's own.
    pub authorized_keys: Vec<String>,
    /// Prefixes from which SSH is admitted.
    pub allow_from: Vec<IpNet>,
}

/// A cluster as its file describes it, checked.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Name of the cluster, in OpenNebula and in every tag.
    pub name: ClusterName,
    /// Where the name stands.
    pub name_at: Span,
    /// The account.
    pub provider: VultrProvider,
    /// The OpenNebula.
    pub opennebula: OpenNebula,
    /// Instances or bare metal.
    pub kind: Kind,
    /// What runs guests.
    pub hypervisor: Hypervisor,
    /// The hosts.
    pub hosts: Hosts,
    /// Number of public addresses for guests.
    pub public_ips: u32,
    /// Name servers for guests on the public network.
    pub dns: Vec<IpAddr>,
    /// The fabric.
    pub network: Network,
    /// Logins.
    pub ssh: Ssh,
    /// Variables for the roles, as written.
    pub vars: Map,
}
