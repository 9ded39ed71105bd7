//! A machine of either kind, as the books know it.
//!
//! Ordered in `order`, shown by `show`, moved on by `crate::life`.

mod order;
mod show;

pub use order::{firewall_group, image, join, nic, order, order_of, tags, user_data};
pub use show::{Shown, charges, hours_since, show};

use crate::catalogue::Offer;
use crate::machines::MachineKind;
use jiff::Timestamp;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// How long the root password is shown.
pub const PASSWORD_SHOWN: Duration = Duration::from_secs(600);

/// Where a machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    Active,
    Suspended,
    Resizing,
}

impl Status {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Resizing => "resizing",
        }
    }
}

/// How far its installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    None,
    Locked,
    Installing,
    Ok,
}

impl Progress {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Locked => "locked",
            Self::Installing => "installingbooting",
            Self::Ok => "ok",
        }
    }
}

/// A machine's interface in a VPC.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub vpc: String,
    pub address: Ipv4Addr,
    pub mac: u64,
}

/// What may be switched on and never off again, or is paid for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    pub ipv6: bool,
    pub backups: bool,
    pub ddos_protection: bool,
}

/// A machine.
#[derive(Debug)]
pub struct Machine {
    pub kind: MachineKind,
    pub region: String,
    pub offer: Offer,
    pub os_id: u32,
    pub os_name: String,
    pub label: String,
    pub hostname: String,
    pub tags: Vec<String>,
    /// Base64, as it came.
    pub user_data: String,
    pub firewall_group: String,
    pub user_scheme: String,
    pub mdisk_mode: String,
    pub features: Features,
    /// Public keys, not their ids: later changes of a key do not reach a machine.
    pub ssh_keys: Vec<String>,
    /// Base64.
    pub script: Option<String>,
    pub password: String,
    pub created: Timestamp,
    pub ordered: Instant,
    pub number: u32,
    pub main_ip: Ipv4Addr,
    pub mac: u64,
    /// Further addresses, reserved ones not among them.
    pub more_ips: Vec<Ipv4Addr>,
    pub vpcs: Vec<Attachment>,
    pub status: Status,
    pub progress: Progress,
    pub running: bool,
    /// Whether its addresses show yet.
    pub addressed: bool,
    pub unlisted_until: Option<Instant>,
    /// Why it was not made.
    pub failure: Option<String>,
    /// It is being removed: nobody sees it, but it holds addresses and VPCs and counts for the quota.
    pub gone: bool,
}

impl Machine {
    /// All its public IPv4 addresses, reserved ones not among them unless one is the main one.
    pub fn public_addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        std::iter::once(self.main_ip).chain(self.more_ips.iter().copied())
    }
}
