//! How an emulated account is set up.

use ipnet::{IpNet, Ipv4Net};
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Settings of an emulated account.
#[derive(Clone)]
pub struct Config {
    /// The key that calls must bear.
    pub api_key: String,
    /// Where public addresses come from. Its first address is the gateway.
    pub public_net: Ipv4Net,
    /// Offset in `public_net` of the first address that a machine gets.
    pub first_host: u32,
    /// The part of `public_net` that reserved addresses come from; machines get none of it.
    pub reserved_net: Ipv4Net,
    /// Where subnets (/24) of VPCs that ask for none come from.
    pub vpc_pool: Ipv4Net,
    /// How many machines may exist at a time.
    pub instance_limit: u32,
    /// Calls a second that an address may make; 0 for any number.
    pub rate_limit: u32,
    /// How long things take.
    pub timing: Timing,
    /// Who may use the key; everyone if absent.
    pub allowed_ips: Option<Vec<IpNet>>,
}

impl Config {
    /// The gateway of the public network.
    pub fn gateway(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.public_net.network()).saturating_add(1))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: "EMULATED-KEY".to_owned(),
            public_net: net([198, 18, 0, 0], 24),
            first_host: 10,
            reserved_net: net([198, 18, 0, 192], 26),
            vpc_pool: net([198, 19, 0, 0], 16),
            instance_limit: 100,
            rate_limit: 30,
            timing: Timing::INSTANT,
            allowed_ips: None,
        }
    }
}

/// A network from its parts; only used on the constants above, where the length is right.
fn net(address: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(address.into(), length)
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("api_key", &"***")
            .field("public_net", &self.public_net)
            .field("reserved_net", &self.reserved_net)
            .field("vpc_pool", &self.vpc_pool)
            .field("instance_limit", &self.instance_limit)
            .field("rate_limit", &self.rate_limit)
            .field("timing", &self.timing)
            .field("allowed_ips", &self.allowed_ips)
            .finish_non_exhaustive()
    }
}

/// How long things take, as a share of what they take at Vultr: 1 is real, 0 is at once.
///
/// With 0.03 a machine needs two seconds from the order to `ok`, apart from what [`crate::Machines`] takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// The share.
    pub scale: f64,
}

impl Timing {
    /// Nothing takes any time.
    pub const INSTANT: Self = Self { scale: 0.0 };

    /// The real times, multiplied by `scale`.
    pub const fn scaled(scale: f64) -> Self {
        Self { scale }
    }

    fn of(self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64(seconds * self.scale).unwrap_or_default()
    }

    /// From the order until an address shows. All of these are within what was measured in September 2026 with `vc2-1c-1gb`
    /// in `ams`, where 46 to 73 s passed from the order to `ok`.
    pub(crate) fn pending(self) -> Duration {
        self.of(25.0)
    }

    /// How long a new machine is locked.
    pub(crate) fn locked(self) -> Duration {
        self.of(15.0)
    }

    /// How long a new machine is active and not yet `ok`.
    pub(crate) fn installing(self) -> Duration {
        self.of(20.0)
    }

    /// From a halt until `stopped` shows (4 to 19 s).
    pub(crate) fn halting(self) -> Duration {
        self.of(10.0)
    }

    /// From a start until `running` shows.
    pub(crate) fn starting(self) -> Duration {
        self.of(15.0)
    }

    /// How long a change of plan shows as `resizing`; not measured.
    pub(crate) fn resizing(self) -> Duration {
        self.of(30.0)
    }

    /// How long a removed machine still holds its VPCs (4 to 73 s) and counts for the quota (up to 2 min).
    pub(crate) fn releasing(self) -> Duration {
        self.of(30.0)
    }

    /// How long a detached reserved address cannot be used again.
    pub(crate) fn detaching(self) -> Duration {
        self.of(20.0)
    }
}
