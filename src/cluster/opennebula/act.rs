//! Making, changing and removing the cluster's objects in OpenNebula.
//!
//! Called by `apply` and `destroy`. What is due comes from `due`; a call whose answer is lost is not repeated before the
//! object has been looked for.

use edgewright_opennebula::{
    Client, ClusterId, Datastore, DatastoreId, Filter, HostId, HostState, OneError, RemoveRange,
    Template, Update, VnetId, VnetState,
};
use edgewright_vultr::ReservedIp;
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::desired::{self, Names, Nic};
use super::diff::Difference;
use super::due::{self, Due};
use super::observe::{Observed, provision_member};
use super::{diagnostic, host_diagnostic};
use crate::cluster::change::{Change, Side, Verb};
use crate::cluster::event::Step;
use crate::cluster::inventory::Member;
use crate::cluster::limits;
use crate::cluster::spec::Spec;
use crate::cluster::work::{Work, poll};

/// How often a host that OpenNebula cannot monitor is enabled again before that is believed.
const PROBES_AGAIN: u32 = 2;

/// OpenNebula, the file and the run.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The interface.
    pub client: &'a Client,
    /// The cluster file.
    pub spec: &'a Spec,
    /// The run.
    pub work: &'a Work,
}

/// Takes the answer of a call that makes something; when it is lost, takes what is found under the name.
async fn settled<T>(
    result: Result<T, OneError>,
    find: impl AsyncFnOnce() -> Result<Option<T>, OneError>,
) -> Result<T, Diagnostics> {
    match result {
        Ok(value) => Ok(value),
        Err(error) if error.is_outcome_unknown() => {
            let found = find().await.map_err(|error| diagnostic(&error))?;
            found.ok_or_else(|| diagnostic(&error))
        }
        Err(error) => Err(diagnostic(&error)),
    }
}

fn told<T>(result: Result<T, OneError>) -> Result<T, Diagnostics> {
    result.map_err(|error| diagnostic(&error))
}

impl Scope<'_> {
    /// Brings the cluster about, and puts the shared datastores into it.
    ///
    /// # Errors
    /// What OpenNebula says; nothing else can be made without the cluster.
    pub async fn cluster(self, observed: &Observed) -> Result<ClusterId, Diagnostics> {
        let name = self.spec.name.as_str();
        let clusters = self.client.clusters();
        let wanted = desired::cluster(self.spec);
        let due = due::cluster(self.spec, observed);
        let id = match (&due, &observed.cluster) {
            (Due::Change(difference), Some(cluster)) => {
                let updated = async {
                    told(
                        clusters
                            .update(cluster.id, &difference.update, Update::Merge)
                            .await,
                    )
                };
                self.carry_out(&due, "cluster", name, updated).await?;
                cluster.id
            }
            (Due::Nothing, Some(cluster)) => {
                self.work.unchanged(1);
                cluster.id
            }
            _ => {
                let made = async {
                    let id = settled(clusters.allocate(name).await, async || {
                        Ok(clusters
                            .list()
                            .await?
                            .into_iter()
                            .find(|cluster| cluster.name == name)
                            .map(|c| c.id))
                    })
                    .await?;
                    told(clusters.update(id, &wanted, Update::Merge).await)?;
                    Ok(id)
                };
                self.carry_out(&due, "cluster", name, made).await?
            }
        };
        for datastore in due::shared_datastores(observed) {
            told(
                clusters
                    .add_datastore(id, DatastoreId::from(datastore))
                    .await,
            )?;
            if due != Due::Create {
                let change = Change::new(Verb::Change, Side::OpenNebula, "cluster", name);
                self.work
                    .tell(change.detail(format!("datastore {datastore} added")));
            }
        }
        Ok(id)
    }

    /// Brings a datastore about.
    ///
    /// # Errors
    /// What OpenNebula says.
    pub async fn datastore(
        self,
        wanted: &Template,
        actual: Option<&Datastore>,
        cluster: ClusterId,
    ) -> Result<(), Diagnostics> {
        let name = wanted.scalar("NAME").unwrap_or_default();
        let datastores = self.client.datastores();
        let due = due::datastore(wanted, actual, Some(cluster));
        let done = async {
            match actual {
                Some(actual) => {
                    if !actual.clusters.contains(&cluster) {
                        told(
                            self.client
                                .clusters()
                                .add_datastore(cluster, actual.id)
                                .await,
                        )?;
                    }
                    self.merge(&due, async |update| {
                        datastores.update(actual.id, update, Update::Merge).await
                    })
                    .await
                }
                None => settled(
                    datastores.allocate(wanted, Some(cluster)).await,
                    async || {
                        Ok(datastores
                            .list()
                            .await?
                            .into_iter()
                            .find(|datastore| datastore.name == name)
                            .map(|d| d.id))
                    },
                )
                .await
                .map(|_| ()),
            }
        };
        self.carry_out(&due, "datastore", name, done).await
    }

    /// Sends what differs, if attributes are among it.
    async fn merge(
        self,
        due: &Due,
        send: impl AsyncFnOnce(&Template) -> Result<(), OneError>,
    ) -> Result<(), Diagnostics> {
        match due {
            Due::Change(Difference { update, .. }) if !update.is_empty() => {
                told(send(update).await)
            }
            _ => Ok(()),
        }
    }

    /// Registers a host, offline until it is configured, or puts its attributes right. Its state is not touched otherwise.
    ///
    /// # Errors
    /// What OpenNebula says.
    pub async fn host(
        self,
        observed: &Observed,
        cluster: ClusterId,
        member: &Member,
        instance: &str,
    ) -> Result<HostId, Diagnostics> {
        let hosts = self.client.hosts();
        let name = member.public.to_string();
        let due = due::host(self.spec, member, instance, observed);
        let driver = self.spec.hypervisor.driver();
        let done = async {
            match observed.host(member.name.as_str(), Some(member.public)) {
                Some(actual) => {
                    // Another instance than the one that was configured: no machine must be placed there yet.
                    if provision_member(actual, "DEPLOY_ID") != Some(instance) {
                        told(hosts.offline(actual.id).await)?;
                    }
                    if actual.name != name {
                        told(hosts.rename(actual.id, &name).await)?;
                    }
                    if actual.cluster != cluster {
                        told(self.client.clusters().add_host(cluster, actual.id).await)?;
                    }
                    self.merge(&due, async |update| {
                        hosts.update(actual.id, update, Update::Merge).await
                    })
                    .await?;
                    Ok(actual.id)
                }
                None => {
                    let id = settled(
                        hosts.allocate(&name, driver, driver, Some(cluster)).await,
                        async || {
                            Ok(hosts
                                .list()
                                .await?
                                .into_iter()
                                .find(|host| host.name == name)
                                .map(|host| host.id))
                        },
                    )
                    .await?;
                    told(hosts.offline(id).await)?;
                    let wanted = desired::host(self.spec, member, instance);
                    told(hosts.update(id, &wanted, Update::Merge).await)?;
                    Ok(id)
                }
            }
        };
        self.carry_out(&due, "host", &format!("{name} ({})", member.name), done)
            .await
    }

    /// Enables a host that is offline or in error, and waits until OpenNebula has seen it.
    ///
    /// # Errors
    /// What OpenNebula says of the host, or that it has not seen it within [`limits::MONITORED`].
    pub async fn enable(self, id: HostId, member: &Member) -> Result<(), Diagnostics> {
        let hosts = self.client.hosts();
        let name = member.name.as_str();
        let host = told(hosts.info(id).await)?;
        match host.state {
            HostState::Monitored | HostState::MonitoringMonitored | HostState::Disabled => {
                return Ok(());
            }
            HostState::Offline | HostState::Error => told(hosts.enable(id).await)?,
            _ => {}
        }
        let mut last = host.state;
        let mut again = PROBES_AGAIN;
        let seen = poll(limits::MONITORED, async || {
            let host = told(hosts.info(id).await)?;
            if host.state != last {
                self.work.step(
                    Some(name),
                    Step::WaitingForMonitoring(host.state.to_string()),
                );
            }
            last = host.state;
            match host.state {
                HostState::Monitored | HostState::Disabled => Ok(Some(())),
                // A probe that began before the host was put right may end after it.
                HostState::Error if again > 0 => {
                    again -= 1;
                    told(hosts.enable(id).await)?;
                    Ok(None)
                }
                HostState::Error => Err(host_diagnostic(&host, name)),
                _ => Ok(None),
            }
        })
        .await?;
        seen.ok_or_else(|| {
            Diagnostic::error(
                "opennebula::not-monitored",
                format!("OpenNebula has not seen {name} ({}) after {} s: it is {last}", member.public, limits::MONITORED.as_secs()),
            )
            .help("look into /var/log/one/monitor.log on the front-end: a host whose driver oned.conf does not name stays in INIT")
            .into()
        })
    }

    /// Brings the public network about, with a range for each reserved address.
    ///
    /// # Errors
    /// What OpenNebula says, also what it only notes on the network.
    pub async fn public_network(
        self,
        observed: &Observed,
        cluster: ClusterId,
        reserved: &[ReservedIp],
    ) -> Result<(), Diagnostics> {
        let name = Names::of(self.spec).public;
        let vnets = self.client.vnets();
        let (due, ranges) = due::public_network(self.spec, observed, reserved);
        let done = async {
            let id = match &observed.public {
                Some(actual) => {
                    if !actual.clusters.contains(&cluster) {
                        told(self.client.clusters().add_vnet(cluster, actual.id).await)?;
                    }
                    self.merge(&due, async |update| {
                        vnets.update(actual.id, update, Update::Merge).await
                    })
                    .await?;
                    actual.id
                }
                None => {
                    let wanted = desired::public_network(self.spec);
                    settled(vnets.allocate(&wanted, Some(cluster)).await, async || {
                        let all = vnets.list(Filter::All).await?;
                        Ok(all
                            .into_iter()
                            .find(|network| network.name == name)
                            .map(|network| network.id))
                    })
                    .await?
                }
            };
            self.network_ready(id, &name).await?;
            for (range, _) in &ranges.surplus {
                told(vnets.remove_range(id, *range, RemoveRange::Clean).await)?;
            }
            for (address, reservation) in &ranges.missing {
                let members = desired::range(*address, reservation);
                let members: Vec<(&str, &str)> = members
                    .iter()
                    .map(|(key, value)| (*key, value.as_str()))
                    .collect();
                told(vnets.add_range(id, &members).await)?;
            }
            Ok(())
        };
        self.carry_out(&due, "virtual network", &name, done).await
    }

    /// A network is ready some time after the call that made it has answered "success".
    async fn network_ready(self, id: VnetId, name: &str) -> Result<(), Diagnostics> {
        let vnets = self.client.vnets();
        let ready = poll(limits::NETWORK_REMOVED, async || {
            let network = told(vnets.info(id).await)?;
            match network.state {
                VnetState::Ready | VnetState::UpdateFailure => Ok(Some(())),
                VnetState::Error => {
                    let reason = network.error().unwrap_or("no reason given").to_owned();
                    Err(Diagnostic::error("opennebula::network", format!("the network `{name}` is in ERROR: {reason}"))
                        .help(format!("put right what it says, then `onevnet recover --delete {id}` and apply again"))
                        .into())
                }
                _ => Ok(None),
            }
        })
        .await?;
        ready.ok_or_else(|| {
            Diagnostic::error(
                "opennebula::network",
                format!("the network `{name}` does not become ready"),
            )
            .help(format!(
                "see `onevnet show {id}` and /var/log/one/oned.log on the front-end"
            ))
            .into()
        })
    }

    /// Brings the template of private networks about.
    ///
    /// # Errors
    /// What OpenNebula says.
    pub async fn private_template(
        self,
        observed: &Observed,
        cluster: ClusterId,
        nic: &Nic,
    ) -> Result<(), Diagnostics> {
        let name = Names::of(self.spec).private;
        let templates = self.client.vntemplates();
        let due = due::private_template(self.spec, observed, cluster, nic);
        let done = async {
            match &observed.private {
                Some(actual) => {
                    self.merge(&due, async |update| {
                        templates.update(actual.id, update, Update::Merge).await
                    })
                    .await
                }
                None => {
                    let wanted = desired::private_template(self.spec, cluster.number(), nic);
                    settled(templates.allocate(&wanted).await, async || {
                        let all = templates.list(Filter::All).await?;
                        Ok(all
                            .into_iter()
                            .find(|template| template.name == name)
                            .map(|template| template.id))
                    })
                    .await
                    .map(|_| ())
                }
            }
        };
        self.carry_out(&due, "network template", &name, done).await
    }

    /// Takes a host out of OpenNebula.
    ///
    /// # Errors
    /// What OpenNebula says, for instance that machines run on it.
    pub async fn remove_host(self, id: HostId, name: &str) -> Result<(), Diagnostics> {
        let hosts = self.client.hosts();
        let change = Change::new(Verb::Remove, Side::OpenNebula, "host", name);
        let removed = async { absent_is_fine(hosts.delete(id).await, id) };
        self.work
            .carry_out(change, &Work::operation()?, removed)
            .await
    }

    /// Removes the template of private networks, the public network, the datastores and the cluster, in this order.
    ///
    /// # Errors
    /// What OpenNebula says of the first that does not go.
    pub async fn remove_all(self, observed: &Observed) -> Result<(), Diagnostics> {
        let names = Names::of(self.spec);
        let change = |kind, name: &str| Change::new(Verb::Remove, Side::OpenNebula, kind, name);
        if let Some(template) = &observed.private {
            let gone = async {
                absent_is_fine(
                    self.client.vntemplates().delete(template.id).await,
                    template.id,
                )
            };
            self.work
                .carry_out(
                    change("network template", &names.private),
                    &Work::operation()?,
                    gone,
                )
                .await?;
        }
        if let Some(network) = &observed.public {
            let gone = self.remove_network(network.id, &names.public);
            self.work
                .carry_out(
                    change("virtual network", &names.public),
                    &Work::operation()?,
                    gone,
                )
                .await?;
        }
        for datastore in observed.system.iter().chain(&observed.image) {
            let gone = async {
                absent_is_fine(
                    self.client.datastores().delete(datastore.id).await,
                    datastore.id,
                )
            };
            self.work
                .carry_out(
                    change("datastore", &datastore.name),
                    &Work::operation()?,
                    gone,
                )
                .await?;
        }
        if let Some(cluster) = &observed.cluster {
            let clusters = self.client.clusters();
            let gone = async {
                for id in [1, 2].map(DatastoreId::from) {
                    if cluster.datastores.contains(&id) {
                        told(clusters.remove_datastore(cluster.id, id).await)?;
                    }
                }
                absent_is_fine(clusters.delete(cluster.id).await, cluster.id)
            };
            self.work
                .carry_out(change("cluster", &names.cluster), &Work::operation()?, gone)
                .await?;
        }
        Ok(())
    }

    /// A network goes in the background: waits until it has gone.
    async fn remove_network(self, id: VnetId, name: &str) -> Result<(), Diagnostics> {
        let vnets = self.client.vnets();
        absent_is_fine(vnets.delete(id).await, id)?;
        let gone = poll(limits::NETWORK_REMOVED, async || {
            match vnets.info(id).await {
                Ok(network) if network.state == VnetState::Done => Ok(Some(())),
                Ok(_) => Ok(None),
                Err(error) if error.is_not_found(id) => Ok(Some(())),
                Err(error) => Err(diagnostic(&error)),
            }
        })
        .await?;
        gone.ok_or_else(|| {
            Diagnostic::error(
                "opennebula::network",
                format!("the network `{name}` does not go"),
            )
            .help(format!(
                "see `onevnet show {id}`; `onevnet recover --delete {id}` removes it by force"
            ))
            .into()
        })
    }

    /// Carries out what is due, or counts that nothing is.
    async fn carry_out<T>(
        self,
        due: &Due,
        kind: &'static str,
        name: &str,
        act: impl Future<Output = Result<T, Diagnostics>>,
    ) -> Result<T, Diagnostics> {
        match due.change(kind, name) {
            Some(change) => self.work.carry_out(change, &Work::operation()?, act).await,
            None => {
                self.work.unchanged(1);
                act.await
            }
        }
    }
}

fn absent_is_fine(result: Result<(), OneError>, id: impl Into<i32>) -> Result<(), Diagnostics> {
    match result {
        Err(error) if !error.is_not_found(id) => Err(diagnostic(&error)),
        _ => Ok(()),
    }
}
