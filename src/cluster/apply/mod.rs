//! Making a cluster what its file says: observe, act, verify.
//!
//! `hosts` orders servers and waits for their addresses, `shrink` lets go of what the file does not name any more.
//!
//! The same way creates, repairs, adds hosts, removes hosts and goes on after a failure. What belongs to one host fails for
//! that host alone. The only places where hosts wait for each other: all of them need everybody's addresses, and the keys
//! that they exchange.

mod hosts;
mod shrink;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use edgewright_opennebula::{ClusterId, HostId};
use edgewright_vultr::ReservedIp;
use edgewright_yaml::{Diagnostic, Diagnostics};
use futures::future::join_all;

use super::change::{Plan, Summary};
use super::configure::{self, Mode, Outcome};
use super::connect::Connections;
use super::control::{Control, World};
use super::event::{Event, Observer, Step};
use super::inventory::{Member, Surroundings};
use super::lock::Lock;
use super::opennebula::{self, desired};
use super::spec::{HostName, Spec};
use super::vultr::act::Scope as Vultr;
use super::vultr::catalogue::Choice;
use super::vultr::diff;
use super::vultr::observe::Server;
use super::work::{Work, both, first_line, unwritten};
use super::{limits, members, plan, verify, vultr};

type OpenNebula<'a> = opennebula::act::Scope<'a>;

/// Applies the cluster file. `plan` is what [`plan::plan_objects`] or [`plan::plan`] said; what they saw is not asked again.
///
/// # Errors
/// What is refused before anything is touched. What fails later is told, counted, and leaves the rest to go on.
pub async fn apply(
    control: &Control,
    plan: Plan,
    observer: Arc<dyn Observer>,
) -> Result<Summary, Diagnostics> {
    drop(plan);
    let _lock = Lock::take(&control.spec().name, "apply")?;
    let world = control.seen().await?;
    let choice = plan::check(control.spec(), &world)?;
    let run = control
        .journal()
        .begin(control.spec().name.as_str(), "apply")
        .map_err(|error| unwritten(&error))?;
    let work = Work::new(run, observer);
    let apply = Apply {
        control,
        world: &world,
        choice: &choice,
        work: &work,
        start: Instant::now(),
    };
    if let Err(diagnostics) = Box::pin(apply.run()).await {
        work.failed(&diagnostics);
        work.step(None, Step::Failed(first_line(&diagnostics)));
    }
    work.end()
}

/// One application.
struct Apply<'a> {
    control: &'a Control,
    world: &'a World,
    choice: &'a Choice,
    work: &'a Work,
    start: Instant,
}

/// Hosts that failed, and are left out of what follows.
type Failed = BTreeSet<HostName>;

impl Apply<'_> {
    fn spec(&self) -> &Spec {
        self.control.spec()
    }

    fn vultr(&self) -> Vultr<'_> {
        Vultr {
            client: self.control.vultr(),
            spec: self.spec(),
            work: self.work,
        }
    }

    fn opennebula(&self) -> OpenNebula<'_> {
        OpenNebula {
            client: self.control.opennebula(),
            spec: self.spec(),
            work: self.work,
        }
    }

    async fn run(&self) -> Result<(), Diagnostics> {
        let observed = &self.world.vultr;
        let (foundation, cluster) = futures::join!(
            self.vultr().foundation(observed),
            self.opennebula().cluster(&self.world.opennebula)
        );
        let (foundation, cluster) = both(foundation, cluster)?;
        let mut failed = Failed::new();
        let image = desired::image_datastore(self.spec());
        let (ordered, reserved, image) = futures::join!(
            self.servers(&foundation),
            self.vultr().reserve(observed),
            self.opennebula()
                .datastore(&image, self.world.opennebula.image.as_ref(), cluster),
        );
        self.note(image);
        let reserved = self
            .note(reserved)
            .unwrap_or_else(|| observed.reserved.clone());
        let servers = self.ordered(ordered, &mut failed);
        let staying = diff::staying(self.spec(), observed, &reserved);
        let servers = self.addresses(servers, &mut failed).await?;
        let found = members::of(self.spec(), &servers);
        if let (Some(group), false) = (&foundation.group, self.all_known(&servers)) {
            self.note(self.vultr().admit(group, &servers).await);
        }
        if found.is_empty() {
            self.shrink().await;
            return Ok(());
        }
        let patience = |member: &Member| {
            let server = servers
                .iter()
                .find(|server| server.host.as_ref() == Some(&member.name));
            let instance = server.map(|server| server.id.as_str());
            members::patience(&self.world.opennebula, member, instance)
        };
        let connections = Arc::new(Connections::new(
            self.control,
            &found,
            patience,
            Arc::clone(self.work.observer()),
        ));
        self.work.step(None, Step::Configuring);
        let (registered, outcome) = futures::join!(
            self.register(cluster, &found, &servers, &staying),
            self.configure(&found, Arc::clone(&connections)),
        );
        let outcome = outcome?;
        self.failures(&outcome, &connections, &mut failed);
        let nic = outcome.nic(&found)?;
        if let Some(nic) = nic {
            self.note(
                self.opennebula()
                    .private_template(&self.world.opennebula, cluster, &nic)
                    .await,
            );
        }
        self.work.step(None, Step::Registering);
        self.enable(&found, &registered, &mut failed).await;
        // What goes is let go of last: nothing points at it any more.
        self.shrink().await;
        self.work.step(None, Step::Verifying);
        self.verify(&found, &connections, &mut failed).await;
        Ok(())
    }

    /// Whether all servers had their addresses before this run.
    fn all_known(&self, servers: &[Server]) -> bool {
        let known = &self.world.vultr.servers;
        servers.iter().all(|server| {
            known
                .iter()
                .any(|old| old.id == server.id && old.public == server.public)
        })
    }

    /// Tells and counts what failed, and goes on without it.
    fn note<T>(&self, result: Result<T, Diagnostics>) -> Option<T> {
        result
            .map_err(|diagnostics| self.work.failed(&diagnostics))
            .ok()
    }

    /// The same for what belongs to one host.
    fn keep<T>(
        &self,
        host: &HostName,
        result: Result<T, Diagnostics>,
        failed: &mut Failed,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(diagnostics) => {
                self.host_failed(host, &diagnostics, failed);
                None
            }
        }
    }

    fn host_failed(&self, host: &HostName, diagnostics: &Diagnostics, failed: &mut Failed) {
        self.work.failed(diagnostics);
        self.work
            .step(Some(host.as_str()), Step::Failed(first_line(diagnostics)));
        self.done(host, failed, false);
    }

    fn done(&self, host: &HostName, failed: &mut Failed, well: bool) {
        if !well && !failed.insert(host.clone()) {
            return;
        }
        let event = Event::HostDone {
            host: host.to_string(),
            well,
            elapsed: self.start.elapsed(),
        };
        self.work.observer().event(&event);
    }

    /// Registers everything that needs addresses; hosts stay offline for now.
    async fn register(
        &self,
        cluster: ClusterId,
        found: &[Member],
        servers: &[Server],
        reserved: &[ReservedIp],
    ) -> Vec<(HostName, HostId)> {
        let observed = &self.world.opennebula;
        let system = desired::system_datastore(self.spec(), desired::replica(self.spec(), found));
        let hosts = async {
            let mut registered = Vec::new();
            for member in found {
                let Some(server) = servers
                    .iter()
                    .find(|server| server.host.as_ref() == Some(&member.name))
                else {
                    continue;
                };
                let id = self
                    .opennebula()
                    .host(observed, cluster, member, server.id.as_str())
                    .await;
                registered.extend(self.note(id).map(|id| (member.name.clone(), id)));
            }
            registered
        };
        let network = async {
            if self.spec().public_ips == 0 && observed.public.is_none() {
                return Ok(());
            }
            self.opennebula()
                .public_network(observed, cluster, reserved)
                .await
        };
        let (registered, system, network) = futures::join!(
            hosts,
            self.opennebula()
                .datastore(&system, observed.system.as_ref(), cluster),
            network,
        );
        self.note(system);
        self.note(network);
        registered
    }

    async fn configure(
        &self,
        found: &[Member],
        connections: Arc<Connections>,
    ) -> Result<Outcome, Diagnostics> {
        let surroundings =
            configure::surroundings(self.control, self.world, self.work.observer()).await?;
        let vpc = surroundings.vpc.or(self.spec().network.vpc);
        let surroundings = Surroundings {
            vpc: self.prefix(vpc).await?,
            ..surroundings
        };
        let observer = Arc::clone(self.work.observer());
        let outcome = configure::run(
            self.spec(),
            found,
            &surroundings,
            connections,
            Mode::Apply,
            observer,
        )
        .await?;
        let changed = u32::try_from(outcome.changes.len()).unwrap_or(u32::MAX);
        self.work.changed(super::change::Verb::Change, changed);
        self.work.unchanged(outcome.unchanged);
        Ok(outcome)
    }

    /// Prefix of the VPC, which Vultr chooses when the file does not say it.
    async fn prefix(
        &self,
        known: Option<ipnet::Ipv4Net>,
    ) -> Result<Option<ipnet::Ipv4Net>, Diagnostics> {
        if known.is_some() {
            return Ok(known);
        }
        let vpcs = self
            .control
            .vultr()
            .vpcs()
            .list()
            .await
            .map_err(|error| vultr::diagnostic(&error))?;
        let mark = super::marks::cluster(&self.spec().name);
        Ok(vpcs
            .iter()
            .find(|vpc| vpc.description == mark)
            .and_then(vultr::observe::prefix))
    }

    /// What failed on hosts; the playbook engine has told the details already.
    fn failures(&self, outcome: &Outcome, connections: &Connections, failed: &mut Failed) {
        for (host, reason) in &outcome.failures {
            let found = connections.failure(host).unwrap_or_else(|| {
                Diagnostic::error(
                    "cluster::host-failed",
                    format!("{host} could not be configured: {reason}"),
                )
                .help("put right what it says and apply again; what is done is not repeated")
                .into()
            });
            match HostName::new(host) {
                Ok(name) if host != super::inventory::FRONTEND => {
                    self.host_failed(&name, &found, failed);
                }
                _ => self.work.failed(&found),
            }
        }
        if let Some(reason) = &outcome.stopped {
            self.work.failed(
                &Diagnostic::error(
                    "cluster::stopped",
                    format!("the playbook was ended: {reason}"),
                )
                .into(),
            );
        }
    }

    async fn enable(
        &self,
        found: &[Member],
        registered: &[(HostName, HostId)],
        failed: &mut Failed,
    ) {
        let ready = registered.iter().filter(|(name, _)| !failed.contains(name));
        let enabled = join_all(ready.map(async |(name, id)| {
            let member = found.iter().find(|member| member.name == *name);
            self.work.step(Some(name.as_str()), Step::Registering);
            let result = match member {
                Some(member) => self.opennebula().enable(*id, member).await,
                None => Ok(()),
            };
            (name, result)
        }))
        .await;
        for (name, result) in enabled {
            self.keep(name, result, failed);
        }
    }

    async fn verify(&self, found: &[Member], connections: &Connections, failed: &mut Failed) {
        let opennebula = opennebula::observe::observe(self.control.opennebula(), self.spec()).await;
        let Some(opennebula) =
            self.note(opennebula.map_err(|error| opennebula::diagnostic(&error)))
        else {
            return;
        };
        let well: Vec<Member> = found
            .iter()
            .filter(|member| !failed.contains(&member.name))
            .cloned()
            .collect();
        if well.is_empty() {
            return;
        }
        let subject = verify::Subject {
            spec: self.spec(),
            members: &well,
            fabric: found,
            settling: limits::BGP_ESTABLISHED,
            connections,
            opennebula: &opennebula,
            observer: Arc::clone(self.work.observer()),
        };
        let Some(checks) = self.note(verify::verify(&subject).await) else {
            return;
        };
        for member in &well {
            let wrong: Vec<&verify::Check> = checks
                .iter()
                .filter(|check| check.host == member.name.as_str() && !check.passed)
                .collect();
            if let Some(first) = wrong.first() {
                let peer = first
                    .peer
                    .as_ref()
                    .map(|peer| format!(" with {peer}"))
                    .unwrap_or_default();
                let message = format!(
                    "{} of the checks of {} failed, the first is {}{peer}: {}",
                    wrong.len(),
                    member.name,
                    first.name,
                    first.seen
                );
                let diagnostic = Diagnostic::error("verify::failed", message);
                let diagnostic = match &first.help {
                    Some(help) => diagnostic.help(help.clone()),
                    None => diagnostic,
                };
                self.host_failed(&member.name, &diagnostic.into(), failed);
            } else {
                self.work.step(Some(member.name.as_str()), Step::Done);
                self.done(&member.name, failed, true);
            }
        }
    }
}
