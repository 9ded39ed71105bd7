//! Servers for the hosts of the file: ordered, repaired, and waited for until they have their addresses.

use std::collections::BTreeMap;
use std::time::Instant;

use edgewright_yaml::{Diagnostic, Diagnostics};
use futures::future::join_all;

use super::{Apply, Failed};
use crate::cluster::event::Step;
use crate::cluster::spec::HostName;
use crate::cluster::vultr::act::Foundation;
use crate::cluster::vultr::observe::{self, Server};
use crate::cluster::work::poll;
use crate::cluster::{limits, members, vultr};

/// A host, its server if it has one, and what failed.
pub(super) type Ordered = (HostName, Option<Server>, Result<(), Diagnostics>);

impl Apply<'_> {
    /// Orders what is missing and repairs what is there, all at once.
    pub(super) async fn servers(&self, foundation: &Foundation) -> Vec<Ordered> {
        let authorized = self.control.authorized_keys();
        let one = async |name: &HostName| match self.world.vultr.server(name) {
            Some(server) => {
                let repaired = self
                    .vultr()
                    .repair(&self.world.vultr, server, foundation)
                    .await;
                (name.clone(), Some(server.clone()), repaired)
            }
            None => {
                self.work.step(Some(name.as_str()), Step::Ordering);
                let ordered = self
                    .vultr()
                    .order(name, self.choice, foundation, &authorized)
                    .await;
                match ordered {
                    Ok(server) => (name.clone(), Some(server), Ok(())),
                    Err(diagnostics) => (name.clone(), None, Err(diagnostics)),
                }
            }
        };
        join_all(self.spec().hosts.names.iter().map(one)).await
    }

    /// Tells what failed; a server that is there stays part of the cluster, whatever failed at it.
    pub(super) fn ordered(&self, ordered: Vec<Ordered>, failed: &mut Failed) -> Vec<Server> {
        let mut servers = Vec::new();
        for (host, server, result) in ordered {
            self.keep(&host, result, failed);
            servers.extend(server);
        }
        servers
    }

    /// Waits until every server has its addresses; returns those that have.
    pub(super) async fn addresses(
        &self,
        servers: Vec<Server>,
        failed: &mut Failed,
    ) -> Result<Vec<Server>, Diagnostics> {
        let complete = |server: &Server| members::member(server).is_some();
        if servers.iter().all(complete) {
            return Ok(servers);
        }
        let wanted: Vec<HostName> = servers
            .iter()
            .filter_map(|server| server.host.clone())
            .collect();
        let mut last = servers;
        let mut told: BTreeMap<HostName, String> = BTreeMap::new();
        let mut ready: BTreeMap<HostName, Instant> = BTreeMap::new();
        poll(limits::ADDRESSES, async || {
            let listed = observe::servers(self.control.vultr(), self.spec()).await;
            let (mut listed, _) = listed.map_err(|error| vultr::diagnostic(&error))?;
            listed.retain(|server| {
                server
                    .host
                    .as_ref()
                    .is_some_and(|host| wanted.contains(host))
            });
            let mut waiting = wanted.len().saturating_sub(listed.len());
            for server in &listed {
                let Some(host) = &server.host else { continue };
                if told.insert(host.clone(), server.state.clone()).as_ref() != Some(&server.state) {
                    self.work
                        .step(Some(host.as_str()), Step::Booting(server.state.clone()));
                }
                // One that runs and is in no VPC will not get there by itself.
                let since = server
                    .ready
                    .then(|| *ready.entry(host.clone()).or_insert_with(Instant::now));
                let hopeless = since.is_some_and(|since| since.elapsed() > limits::PRIVATE_ADDRESS);
                waiting += usize::from(!complete(server) && !hopeless);
            }
            last = listed;
            Ok((waiting == 0).then_some(()))
        })
        .await?;
        for host in &wanted {
            let server = last
                .iter()
                .find(|server| server.host.as_ref() == Some(host));
            if !server.is_some_and(complete) {
                self.host_failed(host, &without_address(host, server).into(), failed);
            }
        }
        last.retain(complete);
        Ok(last)
    }
}

fn without_address(host: &HostName, server: Option<&Server>) -> Diagnostic {
    match server {
        Some(server) if server.ready => {
            let message =
                format!("the instance of {host} runs and has no address in the cluster's VPC");
            Diagnostic::error("vultr::no-vpc", message)
                .help("remove the instance and apply again: a new one is put into the VPC when it is ordered")
        }
        server => {
            let state = server.map_or("not listed any more", |server| server.state.as_str());
            let minutes = limits::ADDRESSES.as_secs() / 60;
            let message = format!(
                "the instance of {host} has no addresses after {minutes} min; its state is {state}"
            );
            Diagnostic::error("vultr::no-address", message)
                .help("look at it in Vultr's console; remove it there if it hangs, and apply again")
        }
    }
}
