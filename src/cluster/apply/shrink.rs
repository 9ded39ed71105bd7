//! Letting go of what the file does not name any more: OpenNebula first, then what costs money.

use edgewright_opennebula::Host;
use edgewright_yaml::Diagnostics;
use futures::future::join_all;

use super::Apply;
use crate::cluster::event::Step;
use crate::cluster::opennebula::observe::provision_member;
use crate::cluster::vultr::diff;
use crate::cluster::vultr::observe::Server;

impl Apply<'_> {
    /// Removes hosts, servers and addresses that are too many; what fails is told.
    pub(super) async fn shrink(&self) {
        let observed = &self.world.vultr;
        let orphans = join_all(self.orphans().map(async |host| {
            let removed = self.opennebula().remove_host(host.id, &host.name).await;
            removed.err()
        }));
        for diagnostics in orphans.await.into_iter().flatten() {
            self.work.failed(&diagnostics);
        }
        let surplus = diff::surplus_servers(self.spec(), observed);
        let gone = join_all(
            surplus
                .into_iter()
                .map(async |server| self.let_go(server).await),
        )
        .await;
        for diagnostics in gone.into_iter().filter_map(Result::err) {
            self.work.failed(&diagnostics);
        }
        for ip in diff::surplus_addresses(self.spec(), observed) {
            if let Err(diagnostics) = self.vultr().release(ip).await {
                self.work.failed(&diagnostics);
            }
        }
    }

    /// Hosts in OpenNebula that the file does not name and that have no server: it went by another hand.
    fn orphans(&self) -> impl Iterator<Item = &Host> {
        let named = |name: &str| {
            self.spec()
                .hosts
                .names
                .iter()
                .any(|host| host.as_str() == name)
        };
        let served = move |name: &str| {
            let servers = self.world.vultr.servers.iter();
            servers
                .filter_map(|server| server.host.as_ref())
                .any(|host| host.as_str() == name)
        };
        self.world.opennebula.hosts.iter().filter(move |host| {
            let name = provision_member(host, "HOSTNAME").unwrap_or_default();
            !named(name) && !served(name)
        })
    }

    async fn let_go(&self, server: &Server) -> Result<(), Diagnostics> {
        let name = server.name();
        self.work.step(Some(name), Step::Removing);
        // A stray has the name of a host that stays.
        if !self.world.vultr.strays.contains(server)
            && let Some(host) = self.world.opennebula.host(name, server.public)
        {
            self.opennebula().remove_host(host.id, &host.name).await?;
        }
        self.vultr().remove_server(server, name).await
    }
}
