//! Vultr's objects as read from answers, and what is sent to make or change them.
//!
//! Reading is lenient: fields not known here are passed over, fields that are missing get their default, and words not
//! known here are kept. Writing is strict: what is unset is not sent, never `null`. Used by [`crate::client`].

mod access;
mod account;
mod bare_metal;
mod catalog;
mod id;
mod instance;
mod lenient;
mod network;
mod user_data;
mod words;

pub use access::{SshKey, StartupScript};
pub use account::Account;
pub use bare_metal::{BareMetal, BareMetalChange, NewBareMetal};
pub use catalog::{Cost, MetalPlan, Os, Plan, RegionInfo};
pub use id::{
    FirewallGroupId, FirewallRuleId, InstanceId, OsId, PlanId, Region, ReservedIpId, SshKeyId,
    StartupScriptId, VpcId,
};
pub use instance::{GroupChange, Instance, InstanceChange, InstanceVpc, NewInstance, Source};
pub use network::{FirewallGroup, FirewallRule, NewReservedIp, NewRule, NewVpc, ReservedIp, Vpc};
pub use user_data::UserData;
pub use words::{InstanceStatus, IpType, PowerStatus, Protocol, ServerStatus, UserScheme};

#[cfg(test)]
mod tests;
