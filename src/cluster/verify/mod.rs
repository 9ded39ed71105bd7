//! Looks whether a cluster works, by what its hosts and OpenNebula say.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What: `bgp`, `evpn`, `overlay`, `forwarding`, `firewall`, `replica`, `opennebula`.
    pub name: &'static str,
    /// On which host.
    pub host: String,
    /// About which other host, where there is one.
    pub peer: Option<String>,
    /// Whether it is as it should be.
    pub passed: bool,
    /// What was seen.
    pub seen: String,
    /// What to do, when it is not as it should be.
    pub help: Option<String>,
}
