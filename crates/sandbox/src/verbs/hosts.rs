//! `hosts`: the hosts that exist, as Docker knows them, so that it also works when the daemon does not.

use super::{Place, SandboxError};
use crate::container::{ADDRESS, NAME, ROLE};
use crate::docker::{docker, labelled};
use crate::home::Home;
use crate::say;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Print a JSON object a line: name, container, public_ip, private_ip, running
    #[arg(long)]
    json: bool,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Host {
    name: String,
    container: String,
    public_ip: String,
    /// The address in a VPC; the first, if there are several.
    private_ip: Option<String>,
    running: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), SandboxError> {
    let home = arguments.place.home()?;
    for host in list(&home).await? {
        if arguments.json {
            say::out(&serde_json::to_string(&host).map_err(std::io::Error::from)?);
        } else {
            let Host {
                name,
                container,
                public_ip,
                private_ip,
                running,
            } = host;
            let private_ip = private_ip.as_deref().unwrap_or("-");
            let off = if running { "" } else { "  off" };
            say::out(&format!(
                "{name:<20} {public_ip:<15} {private_ip:<15} {container}{off}"
            ));
        }
    }
    Ok(())
}

/// The hosts of a sandbox, by name.
pub(super) async fn list(home: &Home) -> Result<Vec<Host>, SandboxError> {
    let ids = labelled("container", home.name()).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = vec!["inspect"];
    command.extend(ids.iter().map(String::as_str));
    let said = match docker(&command).await {
        // One was removed since they were listed.
        Err(error) if error.is_missing() => return Box::pin(list(home)).await,
        other => other?,
    };
    let containers: Vec<Value> = serde_json::from_str(&said).map_err(std::io::Error::from)?;
    let mut hosts: Vec<Host> = containers.iter().filter_map(host).collect();
    hosts.sort_by(|a, b| (&a.name, &a.container).cmp(&(&b.name, &b.container)));
    Ok(hosts)
}

/// Reads what `docker inspect` says about one container; `None` if it is no host.
fn host(container: &Value) -> Option<Host> {
    let label = |key: &str| container.pointer("/Config/Labels")?.get(key)?.as_str();
    if label(ROLE) != Some("host") {
        return None;
    }
    let networks = container
        .pointer("/NetworkSettings/Networks")?
        .as_object()?;
    let mut vpcs: Vec<_> = networks
        .iter()
        .filter(|(name, _)| name.contains("-vpc-"))
        .filter_map(|(_, network)| network.pointer("/IPAMConfig/IPv4Address")?.as_str())
        .collect();
    vpcs.sort_unstable();
    Some(Host {
        name: label(NAME)?.to_owned(),
        container: container
            .get("Name")?
            .as_str()?
            .trim_start_matches('/')
            .to_owned(),
        public_ip: label(ADDRESS)?.to_owned(),
        private_ip: vpcs.first().map(|address| (*address).to_owned()),
        running: container.pointer("/State/Running")?.as_bool()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_host_is_read_from_what_docker_says() {
        let mut container = json!({
            "Name": "/edgewright-1-lab-0-abc",
            "State": { "Running": true },
            "Config": { "Labels": {
                ROLE: "host", NAME: "lab-0", ADDRESS: "198.18.0.10",
            } },
            "NetworkSettings": { "Networks": {
                "edgewright-1-public": { "IPAMConfig": { "IPv4Address": "198.18.0.10" } },
                "edgewright-1-vpc-x": { "IPAMConfig": { "IPv4Address": "198.19.0.3" } },
            } },
        });
        let read = serde_json::to_string(&host(&container).unwrap()).unwrap();
        assert_eq!(
            read,
            r#"{"name":"lab-0","container":"edgewright-1-lab-0-abc","public_ip":"198.18.0.10","private_ip":"198.19.0.3","running":true}"#
        );
        container["Config"]["Labels"][ROLE] = json!("frontend");
        assert_eq!(host(&container), None);
    }
}
