//! Bare metal: whole machines. Like an instance but for what a hypervisor would do; no firewall group reaches them.

use super::instance::is_false;
use super::lenient;
use super::{
    InstanceId, InstanceStatus, OsId, PlanId, PowerStatus, Region, ReservedIpId, Source, SshKeyId,
    StartupScriptId, UserData, UserScheme, VpcId,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A bare metal server as Vultr describes it. Its first password is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct BareMetal {
    /// Its id.
    pub id: InstanceId,
    /// What people call it; need not be unique.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub label: String,
    /// What it calls itself; not in every answer.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub hostname: String,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub region: Region,
    /// Its plan.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub plan: PlanId,
    /// The name of its operating system.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub os: String,
    /// The number of its operating system.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub os_id: OsId,
    /// Its public address once it has one, which may be before it is there.
    #[serde(default, deserialize_with = "lenient::address")]
    pub main_ip: Option<IpAddr>,
    /// Its public IPv6 address once it has one.
    #[serde(default, deserialize_with = "lenient::address")]
    pub v6_main_ip: Option<IpAddr>,
    /// Its address in its first VPC; not in every answer.
    #[serde(default, deserialize_with = "lenient::address")]
    pub internal_ip: Option<IpAddr>,
    /// Cores.
    #[serde(default, deserialize_with = "lenient::number")]
    pub cpu_count: u32,
    /// In words, such as `32768 MB`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub ram: String,
    /// In words, such as `2x 240GB SSD`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub disk: String,
    /// The MAC address as a number; 0 until it is racked.
    #[serde(default, deserialize_with = "lenient::number")]
    pub mac_address: u64,
    /// What the subscription is doing.
    #[serde(default)]
    pub status: InstanceStatus,
    /// Whether it is switched on; not in every answer.
    #[serde(default)]
    pub power_status: PowerStatus,
    /// Tags, verbatim.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub tags: Vec<String>,
    /// What is switched on, such as `ipv6`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub features: Vec<String>,
    /// When it was ordered, in RFC 3339.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub date_created: String,
}

impl BareMetal {
    /// The public address once it has one.
    pub fn main_ip(&self) -> Option<IpAddr> {
        self.main_ip
    }

    /// Whether Vultr is done with it: active, not switched off, and with an address. There is no `server_status` to ask for.
    pub fn is_ready(&self) -> bool {
        self.status == InstanceStatus::Active
            && self.power_status != PowerStatus::Stopped
            && self.main_ip.is_some()
    }
}

/// A bare metal server to make. What is empty or `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewBareMetal {
    /// Where.
    pub region: Region,
    /// Which plan.
    pub plan: PlanId,
    /// What it is made of.
    #[serde(flatten)]
    pub source: Source,
    /// What people call it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What it calls itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Keys that may log in as the first user.
    #[serde(rename = "sshkey_id", skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<SshKeyId>,
    /// A startup script.
    #[serde(rename = "script_id", skip_serializing_if = "Option::is_none")]
    pub startup_script: Option<StartupScriptId>,
    /// What cloud-init gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<UserData>,
    /// VPCs of its region.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attach_vpc: Vec<VpcId>,
    /// A reserved IPv4 that becomes the main address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_ipv4: Option<ReservedIpId>,
    /// Whether it gets IPv6.
    #[serde(skip_serializing_if = "is_false")]
    pub enable_ipv6: bool,
    /// Whether Vultr writes a mail when it is there.
    pub activation_email: bool,
    /// Who may log in; root when not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_scheme: Option<UserScheme>,
}

impl NewBareMetal {
    /// A server without anything that need not be said.
    pub fn new(region: Region, plan: PlanId, source: impl Into<Source>) -> Self {
        Self {
            region,
            plan,
            source: source.into(),
            ..Self::default()
        }
    }
}

/// Changes to a bare metal server. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BareMetalChange {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// All its tags from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// What its metadata serve from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<UserData>,
}
