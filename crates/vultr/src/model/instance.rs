//! Instances: virtual machines.

use super::lenient;
use super::{
    FirewallGroupId, InstanceId, InstanceStatus, OsId, PlanId, PowerStatus, Region, ReservedIpId,
    ServerStatus, SshKeyId, StartupScriptId, UserData, UserScheme, VpcId,
};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::net::IpAddr;

/// An instance as Vultr describes it. Its first password is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// What people call it; need not be unique.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub label: String,
    /// What it calls itself.
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
    /// Its public address once it has one.
    #[serde(default, deserialize_with = "lenient::address")]
    pub main_ip: Option<IpAddr>,
    /// Its public IPv6 address once it has one.
    #[serde(default, deserialize_with = "lenient::address")]
    pub v6_main_ip: Option<IpAddr>,
    /// Its address in its first VPC.
    #[serde(default, deserialize_with = "lenient::address")]
    pub internal_ip: Option<IpAddr>,
    /// Virtual CPUs.
    #[serde(default, deserialize_with = "lenient::number")]
    pub vcpu_count: u32,
    /// MB.
    #[serde(default, deserialize_with = "lenient::number")]
    pub ram: u64,
    /// GB; 0 until it is made.
    #[serde(default, deserialize_with = "lenient::number")]
    pub disk: u64,
    /// What the subscription is doing.
    #[serde(default)]
    pub status: InstanceStatus,
    /// Whether it is switched on.
    #[serde(default)]
    pub power_status: PowerStatus,
    /// What the hypervisor is doing with it.
    #[serde(default)]
    pub server_status: ServerStatus,
    /// The firewall group in force.
    #[serde(default, deserialize_with = "lenient::unset")]
    pub firewall_group_id: Option<FirewallGroupId>,
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

impl Instance {
    /// The public address once it has one.
    pub fn main_ip(&self) -> Option<IpAddr> {
        self.main_ip
    }

    /// Whether Vultr is done with it: active, running, `ok`, and with an address. SSH follows about a minute later.
    pub fn is_ready(&self) -> bool {
        self.status == InstanceStatus::Active
            && self.power_status == PowerStatus::Running
            && self.server_status == ServerStatus::Ok
            && self.main_ip.is_some()
    }

    /// Whether deleting is likely to be refused for now, because the hypervisor is busy with it.
    pub fn is_busy(&self) -> bool {
        matches!(
            self.server_status,
            ServerStatus::None | ServerStatus::Locked
        )
    }
}

/// A machine's place in a VPC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct InstanceVpc {
    /// The VPC.
    pub id: VpcId,
    /// The machine's address in it once it has one.
    #[serde(default, deserialize_with = "lenient::address")]
    pub ip_address: Option<IpAddr>,
    /// The MAC address of its NIC there, as Vultr writes it.
    #[serde(default, rename = "mac_address", deserialize_with = "lenient::text")]
    pub mac: String,
}

/// What a machine is made of: exactly one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An operating system image.
    Os(OsId),
    /// A snapshot.
    Snapshot(String),
    /// A one-click application.
    App(i64),
    /// A marketplace image.
    Image(String),
}

impl Default for Source {
    fn default() -> Self {
        Self::Os(OsId::default())
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        match self {
            Self::Os(id) => map.serialize_entry("os_id", id)?,
            Self::Snapshot(id) => map.serialize_entry("snapshot_id", id)?,
            Self::App(id) => map.serialize_entry("app_id", id)?,
            Self::Image(id) => map.serialize_entry("image_id", id)?,
        }
        map.end()
    }
}

impl From<OsId> for Source {
    fn from(id: OsId) -> Self {
        Self::Os(id)
    }
}

/// An instance to make. What is empty or `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewInstance {
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
    /// Tags; at least 50 of up to 512 characters are kept verbatim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Keys that may log in as the first user.
    #[serde(rename = "sshkey_id", skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<SshKeyId>,
    /// A startup script.
    #[serde(rename = "script_id", skip_serializing_if = "Option::is_none")]
    pub startup_script: Option<StartupScriptId>,
    /// What cloud-init gets; 64 KiB were seen to arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<UserData>,
    /// VPCs of its region; given later they cost a reboot.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attach_vpc: Vec<VpcId>,
    /// A reserved IPv4 that becomes the main address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_ipv4: Option<ReservedIpId>,
    /// The firewall group for its public side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firewall_group_id: Option<FirewallGroupId>,
    /// Whether it gets IPv6; cannot be taken back.
    #[serde(skip_serializing_if = "is_false")]
    pub enable_ipv6: bool,
    /// Whether Vultr writes a mail when it is there.
    pub activation_email: bool,
    /// Who may log in; root when not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_scheme: Option<UserScheme>,
}

impl NewInstance {
    /// An instance without anything that need not be said.
    pub fn new(region: Region, plan: PlanId, source: impl Into<Source>) -> Self {
        Self {
            region,
            plan,
            source: source.into(),
            ..Self::default()
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if gives a reference"
)]
pub(super) fn is_false(value: &bool) -> bool {
    !*value
}

/// The firewall group an instance is to have from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupChange {
    /// This one.
    Set(FirewallGroupId),
    /// None.
    Detach,
}

impl Serialize for GroupChange {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(id) => id.serialize(to),
            Self::Detach => to.serialize_str(""),
        }
    }
}

/// Changes to an instance. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceChange {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// All its tags from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Its firewall group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firewall_group_id: Option<GroupChange>,
    /// What its metadata serve from now on; cloud-init does not run again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<UserData>,
}
