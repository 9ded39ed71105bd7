//! Typed client of the Vultr API v2.
//!
//! A library a stranger could use alone: it knows Vultr's calls, objects and errors, and nothing of what anybody builds out
//! of them.
//!
//! | module | what it knows | who calls it |
//! |---|---|---|
//! | [`client`] | typed calls, limits, what may be repeated | the control machine |
//! | [`model`] | objects as read from answers, and what is sent to make or change them | `client` |
//! | [`error`] | refusals, broken calls, and what can be done about them | `client` |
//! | [`key`] | the API key, which is never shown | whoever makes a `Client` |

pub mod client;
pub mod error;
pub mod key;
pub mod model;

pub use client::{Client, DEFAULT_ENDPOINT, Options, SetupError};
pub use error::{Denial, Kind, VultrError};
pub use key::ApiKey;
pub use model::{
    Account, BareMetal, BareMetalChange, Cost, FirewallGroup, FirewallGroupId, FirewallRule,
    FirewallRuleId, GroupChange, Instance, InstanceChange, InstanceId, InstanceStatus, InstanceVpc,
    IpType, MetalPlan, NewBareMetal, NewInstance, NewReservedIp, NewRule, NewVpc, Os, OsId, Plan,
    PlanId, PowerStatus, Protocol, Region, RegionInfo, ReservedIp, ReservedIpId, ServerStatus,
    Source, SshKey, SshKeyId, StartupScript, StartupScriptId, UserData, UserScheme, Vpc, VpcId,
};
