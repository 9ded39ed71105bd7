//! How an emulated server is set up.

use std::fmt;
use std::time::Duration;

/// Settings of an emulated server; [`Config::default`] is a fresh OpenNebula 7.0.2.
#[derive(Clone)]
pub struct Config {
    /// The version it says it is.
    pub version: String,
    /// oneadmin's password at the first start; a restored state keeps its own.
    pub password: String,
    /// The monitoring drivers that exist. A host with another one stays in the state INIT.
    pub im_mads: Vec<String>,
    /// Time between two probes of a host.
    pub monitor_period: Duration,
    /// What the zone says its address is.
    pub endpoint: String,
    /// Total, free and used size that image and file datastores are found to have, in MB.
    pub datastore_mb: [i64; 3],
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: "7.0.2".to_owned(),
            password: "opennebula".to_owned(),
            im_mads: ["kvm", "qemu", "lxc", "dummy"].map(str::to_owned).to_vec(),
            monitor_period: Duration::from_secs(30),
            endpoint: "http://localhost:2633/RPC2".to_owned(),
            datastore_mb: [20480, 20480, 9720],
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("version", &self.version)
            .field("password", &"***")
            .field("im_mads", &self.im_mads)
            .field("monitor_period", &self.monitor_period)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
