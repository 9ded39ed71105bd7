//! IPAM drivers on the front-end: scripts in `/var/lib/one/remotes/ipam/NAME`, run as OpenNebula runs them.
//!
//! Called by the emulated OpenNebula when an address range is registered or given back. A script gets the number of the
//! request as its argument and the range as XML in base64 as its input.

use crate::docker::{output, text};
use base64::Engine;
use edgewright_emulated_opennebula::{BoxFuture, DummyIpam, Ipam, IpamRequest};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Runs scripts in the front-end's container; the driver `dummy` needs none.
#[derive(Clone, Debug)]
pub struct FrontendIpam {
    /// The front-end's container.
    pub container: String,
}

/// OpenNebula waits this long for a driver, in seconds.
const LIMIT: &str = "90";

impl FrontendIpam {
    async fn run(&self, action: &str, request: &IpamRequest) -> Result<String, String> {
        let driver = &request.driver;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if driver.is_empty() || !driver.chars().all(is_name) {
            return Err(format!("there is no IPAM driver {driver}"));
        }
        let script = format!("/var/lib/one/remotes/ipam/{driver}/{action}");
        let input = base64::engine::general_purpose::STANDARD.encode(document(&request.range));
        let command = [
            "exec",
            "--interactive",
            "--user=oneadmin",
            "--env=HOME=/var/lib/one",
            &self.container,
            "timeout",
            LIMIT,
            &script,
            "0",
        ];
        let output = output(&command, input.as_bytes())
            .await
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }
}

impl Ipam for FrontendIpam {
    fn register<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<String, String>> {
        if request.driver == "dummy" {
            return DummyIpam.register(request);
        }
        Box::pin(self.run("register_address_range", request))
    }

    fn unregister<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<(), String>> {
        if request.driver == "dummy" {
            return DummyIpam.unregister(request);
        }
        Box::pin(async move {
            self.run("unregister_address_range", request)
                .await
                .map(drop)
        })
    }
}

/// The document that a script gets.
fn document(range: &BTreeMap<String, String>) -> String {
    let mut text = "<IPAM_DRIVER_ACTION_DATA><AR>".to_owned();
    for (key, value) in range {
        let value = value.replace("]]>", "]]]]><![CDATA[>");
        write!(text, "<{key}><![CDATA[{value}]]></{key}>").expect("a string takes everything");
    }
    text + "</AR><ADDRESS></ADDRESS></IPAM_DRIVER_ACTION_DATA>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_gets_the_range() {
        let range = [("SIZE", "1"), ("NOTE", "a]]>b")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(
            document(&range.into()),
            "<IPAM_DRIVER_ACTION_DATA><AR><NOTE><![CDATA[a]]]]><![CDATA[>b]]></NOTE><SIZE><![CDATA[1]]></SIZE></AR>\
            <ADDRESS></ADDRESS></IPAM_DRIVER_ACTION_DATA>"
        );
    }

    #[tokio::test]
    async fn a_driver_whose_name_is_a_path_is_refused() {
        let ipam = FrontendIpam {
            container: "none".to_owned(),
        };
        let request = IpamRequest {
            driver: "../vnm".to_owned(),
            range: BTreeMap::new(),
        };
        assert_eq!(
            ipam.register(&request).await.unwrap_err(),
            "there is no IPAM driver ../vnm"
        );
    }
}
