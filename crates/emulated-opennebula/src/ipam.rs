//! IPAM drivers: who hands out address ranges that OpenNebula does not manage itself.
//!
//! Called by `crate::vnet_flow` when a range with `IPAM_MAD` is added or removed.

use crate::BoxFuture;
use std::collections::BTreeMap;

/// A request to a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpamRequest {
    /// The driver's name: the range's `IPAM_MAD`.
    pub driver: String,
    /// The range's attributes.
    pub range: BTreeMap<String, String>,
}

/// Hands out address ranges.
pub trait Ipam: Send + Sync {
    /// Registers a range. The answer is a template with an `AR` vector, which takes the place of what was asked for.
    ///
    /// # Errors
    /// What is to be shown as the network's error.
    fn register<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<String, String>>;

    /// Gives a range back.
    ///
    /// # Errors
    /// What is to be shown; the range then stays.
    fn unregister<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<(), String>>;
}

/// The driver `dummy`: keeps a range with an address as it is, and makes one up for a range without. Others do not exist.
#[derive(Clone, Copy, Debug, Default)]
pub struct DummyIpam;

impl DummyIpam {
    /// The answer to a registration.
    pub fn answer(range: &BTreeMap<String, String>) -> String {
        if range.get("IP").is_some_and(|ip| !ip.is_empty()) {
            let members: Vec<String> = range
                .iter()
                .map(|(key, value)| format!("{key} = \"{value}\""))
                .collect();
            return format!("AR = [ {} ]", members.join(", "));
        }
        "AR = [ IPAM_MAD = \"dummy\", TYPE = \"IP4\", IP = \"10.0.0.1\", SIZE = \"100\", \
         GATEWAY = \"10.0.0.1\", DNS = \"10.0.0.1\", NETWORK_MASK = \"255.255.255.0\" ]"
            .to_owned()
    }
}

impl Ipam for DummyIpam {
    fn register<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            if request.driver == "dummy" {
                Ok(Self::answer(&request.range))
            } else {
                Err(String::new())
            }
        })
    }

    fn unregister<'a>(&'a self, _: &'a IpamRequest) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}
