//! The client: typed calls over one pool of connections.
//!
//! ```no_run
//! use edgewright_vultr::{ApiKey, Client, Options};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let key = Some(ApiKey::new("the key of the account"));
//! let client = Client::new(Options { key, ..Options::default() })?;
//! for instance in client.instances().list(Some("cluster=ams")).await? {
//!     println!("{} {:?}", instance.label, instance.main_ip());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What may be sent again and when is in `retry`; how fast calls go out in `pace`. Each kind of object has a file here and
//! a handle on [`Client`].

mod access;
mod bare_metal;
mod catalog;
mod decode;
mod firewall;
mod instance;
mod options;
mod pace;
mod reserved_ip;
mod retry;
mod transport;
mod vpc;

pub use access::{SshKeys, StartupScripts};
pub use bare_metal::BareMetals;
pub use firewall::FirewallGroups;
pub use instance::Instances;
pub use options::{DEFAULT_ENDPOINT, Options, SetupError};
pub use reserved_ip::ReservedIps;
pub use vpc::Vpcs;

use crate::error::VultrError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use transport::{Request, Transport};

/// Pages of a list that are read; each holds up to 500 objects.
const MAX_PAGES: usize = 1000;

/// A client of one Vultr account. Clones share the connections and the limit of calls a second.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.transport.endpoint())
    }
}

impl Client {
    /// Makes a client; connects only when called.
    ///
    /// # Errors
    /// [`SetupError`] if the endpoint or the key cannot be used, or the HTTP client cannot be set up.
    pub fn new(options: Options) -> Result<Self, SetupError> {
        let transport = Arc::new(Transport::new(options)?);
        Ok(Self { transport })
    }

    /// Where the client calls.
    pub fn endpoint(&self) -> &str {
        self.transport.endpoint()
    }

    /// Whether there is a key; without one only the catalogue can be read.
    pub fn has_key(&self) -> bool {
        self.transport.has_key()
    }

    /// Instances.
    pub fn instances(&self) -> Instances<'_> {
        Instances(self)
    }

    /// Bare metal.
    pub fn bare_metals(&self) -> BareMetals<'_> {
        BareMetals(self)
    }

    /// VPCs.
    pub fn vpcs(&self) -> Vpcs<'_> {
        Vpcs(self)
    }

    /// Firewall groups.
    pub fn firewall_groups(&self) -> FirewallGroups<'_> {
        FirewallGroups(self)
    }

    /// Reserved IPs.
    pub fn reserved_ips(&self) -> ReservedIps<'_> {
        ReservedIps(self)
    }

    /// SSH keys.
    pub fn ssh_keys(&self) -> SshKeys<'_> {
        SshKeys(self)
    }

    /// Startup scripts.
    pub fn startup_scripts(&self) -> StartupScripts<'_> {
        StartupScripts(self)
    }

    /// A call that answers one object, in a field of this name.
    async fn object<T: DeserializeOwned>(
        &self,
        request: Request<'_>,
        field: &str,
    ) -> Result<T, VultrError> {
        let asked = self.transport.asked(&request);
        let body = self.transport.send(request).await?;
        decode::object(&asked, &body, field)
    }

    /// A call whose answer says no more than its success.
    async fn done(&self, request: Request<'_>) -> Result<(), VultrError> {
        self.transport.send(request).await.map(|_| ())
    }

    /// All pages of a list, in a field of this name.
    async fn list<T: DeserializeOwned>(
        &self,
        request: Request<'_>,
        field: &str,
    ) -> Result<Vec<T>, VultrError> {
        let asked = self.transport.asked(&request);
        let mut all = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        loop {
            let page = request.page(seen.last().map(String::as_str));
            let body = self.transport.send(page).await?;
            let (items, next) = decode::page(&asked, &body, field)?;
            all.extend(items);
            match next {
                None => return Ok(all),
                Some(_) if seen.len() >= MAX_PAGES => {
                    return Err(decode::form(&asked, "the list has no end"));
                }
                Some(next) if seen.contains(&next) => {
                    return Err(decode::form(
                        &asked,
                        "the list comes back to a page it had already",
                    ));
                }
                Some(next) => seen.push(next),
            }
        }
    }
}

/// What is sent as a body; our own types always can be.
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a type of ours without maps of odd keys always serialises")
}

#[cfg(test)]
mod tests;
