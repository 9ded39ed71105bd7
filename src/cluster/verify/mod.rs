//! Looks whether a cluster works, by what its hosts and OpenNebula say, and by packets.
//!
//! Called by `apply` at its end and by the `verify` verb. `probe` holds what is run on hosts, `judge` what the answers
//! mean. A network of its own is made on every host for the time of the look and taken away afterwards; nothing that the
//! cluster keeps is changed.

mod judge;
mod probe;

use std::sync::Arc;
use std::time::Duration;

use edgewright_opennebula::HostState;
use edgewright_yaml::{Diagnostic, Diagnostics};
use futures::future::join_all;
use serde::Serialize;

use super::connect::{Connections, Patience};
use super::control::Control;
use super::event::{Event, Observer, Step};
use super::inventory::{Member, reflectors};
use super::opennebula::observe::Observed as OneObserved;
use super::spec::Spec;
use super::work::{first_line, poll};
use super::{limits, members, remote};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What: `ssh`, `bgp`, `evpn`, `overlay`, `forwarding`, `firewall`, `replica`, `opennebula`.
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

/// What is looked at.
pub struct Subject<'a> {
    /// The cluster file.
    pub spec: &'a Spec,
    /// The hosts that are looked at.
    pub members: &'a [Member],
    /// All hosts that were configured: some of them reflect routes.
    pub fabric: &'a [Member],
    /// The ways to them.
    pub connections: &'a Connections,
    /// What OpenNebula said last.
    pub opennebula: &'a OneObserved,
    /// How long sessions may take that have just been configured.
    pub settling: Duration,
    /// Whoever watches.
    pub observer: Arc<dyn Observer>,
}

/// How long one look at a host may take, in seconds.
const LOOK_SECONDS: u64 = 60;

/// Looks at a cluster as it is now.
///
/// # Errors
/// What cannot be read of the two sides, or that there is nothing to look at; that a check fails is no error.
pub async fn of_cluster(
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<Vec<Check>, Diagnostics> {
    let spec = control.spec();
    observer.event(&Event::Hosts(
        spec.hosts.names.iter().map(ToString::to_string).collect(),
    ));
    observer.event(&Event::Step {
        host: None,
        step: Step::Observing,
    });
    let world = control.observe().await?;
    let members = members::seen(spec, &world);
    let connections = Connections::new(
        control,
        &members,
        |_| Patience::Running,
        Arc::clone(&observer),
    );
    let subject = Subject {
        spec,
        members: &members,
        fabric: &members,
        settling: limits::SETTLED,
        connections: &connections,
        opennebula: &world.opennebula,
        observer,
    };
    let looked = verify(&subject).await?;
    let mut checks = hosts_wanted(&subject);
    for check in &checks {
        subject.observer.event(&Event::Checked(check.clone()));
    }
    checks.extend(looked);
    Ok(checks)
}

/// Looks at everything. Every check is told as it ends.
///
/// # Errors
/// A diagnostic when there is nothing to look at; that a check fails is no error.
pub async fn verify(subject: &Subject<'_>) -> Result<Vec<Check>, Diagnostics> {
    if subject.members.is_empty() {
        return Err(Diagnostic::error(
            "verify::no-hosts",
            format!("cluster `{}` has no hosts", subject.spec.name),
        )
        .help("make it first: `edgewright cluster apply FILE`")
        .into());
    }
    let mut checks: Vec<Check> = Vec::new();
    let readings = join_all(
        (0..)
            .zip(subject.members)
            .map(|(index, member)| subject.prepare(index, member)),
    )
    .await;
    let mut reached = Vec::new();
    for (member, reading) in subject.members.iter().zip(readings) {
        match reading {
            Ok(mtu) => reached.push((member, mtu)),
            Err(diagnostics) => checks.push(judge::unreachable(member, &diagnostics)),
        }
    }
    let mtu = reached.iter().map(|(_, mtu)| *mtu).min().unwrap_or(1500);
    let looks = reached.iter().map(|(member, _)| subject.look(member, mtu));
    checks.extend(join_all(looks).await.into_iter().flatten());
    join_all(reached.iter().map(|(member, _)| subject.clear(member))).await;
    checks.extend(
        subject
            .members
            .iter()
            .map(|member| in_opennebula(subject, member)),
    );
    for check in &checks {
        subject.observer.event(&Event::Checked(check.clone()));
    }
    Ok(checks)
}

/// Hosts that the file names and that are not there.
fn hosts_wanted(subject: &Subject<'_>) -> Vec<Check> {
    let there =
        |name: &super::spec::HostName| subject.members.iter().any(|member| member.name == *name);
    let missing = subject.spec.hosts.names.iter().filter(|name| !there(name));
    missing
        .map(|name| Check {
            name: "ssh",
            host: name.to_string(),
            peer: None,
            passed: false,
            seen: "it has no instance with addresses".to_owned(),
            help: Some("`edgewright cluster apply FILE` makes it".to_owned()),
        })
        .collect()
}

fn in_opennebula(subject: &Subject<'_>, member: &Member) -> Check {
    let host = subject
        .opennebula
        .host(member.name.as_str(), Some(member.public));
    let (passed, seen) = match host {
        None => (false, "not registered".to_owned()),
        Some(host) => {
            // What an operator has disabled stays so.
            let disabled = matches!(
                host.state,
                HostState::Disabled | HostState::MonitoringDisabled
            );
            let passed = disabled
                || matches!(
                    host.state,
                    HostState::Monitored | HostState::MonitoringMonitored
                );
            let reason = host
                .error()
                .filter(|_| !passed)
                .map(|error| format!(": {error}"))
                .unwrap_or_default();
            (passed, format!("{}{reason}", host.state))
        }
    };
    let help =
        (!passed).then(|| "`edgewright cluster apply FILE` registers and enables it".to_owned());
    Check {
        name: "opennebula",
        host: member.name.to_string(),
        peer: None,
        passed,
        seen,
        help,
    }
}

impl Subject<'_> {
    /// Makes the network that is probed, and returns the MTU of the NIC below it.
    async fn prepare(&self, index: usize, member: &Member) -> Result<u32, Diagnostics> {
        self.observer.event(&Event::Step {
            host: Some(member.name.to_string()),
            step: Step::Verifying,
        });
        let session = self.connections.open(member.name.as_str()).await?;
        let script = probe::prepare(*self.spec.network.vni.end(), index, member.fabric);
        let output = remote::shell(&session, &script, LOOK_SECONDS).await?;
        output.stdout.trim().parse().map_err(|_| {
            let message = format!(
                "the probe of the overlay cannot be set up on {}: {}",
                member.name,
                output.stderr.trim()
            );
            Diagnostic::error("verify::probe", message).into()
        })
    }

    /// Looks at one host until all is well, or as long as BGP may take.
    async fn look(&self, member: &Member, mtu: u32) -> Vec<Check> {
        let (others, sessions) = self.expected(member);
        let script = probe::look(mtu, self.members, member);
        let mut last = Vec::new();
        let looked = poll(self.settling, async || {
            let session = self.connections.open(member.name.as_str()).await?;
            let output = remote::shell(&session, &script, LOOK_SECONDS).await?;
            last = judge::host(member, &others, &sessions, &output.stdout);
            Ok(last
                .iter()
                .all(|check| check.passed || !judge::settles(check))
                .then_some(()))
        })
        .await;
        if let Err(diagnostics) = looked {
            last.push(judge::unreachable(member, &diagnostics));
        }
        let replica = self.replica(member).await;
        last.into_iter().chain(replica).collect()
    }

    /// All other hosts, and those to which a host must have a BGP session.
    fn expected(&self, member: &Member) -> (Vec<&Member>, Vec<&Member>) {
        let others: Vec<&Member> = self
            .members
            .iter()
            .filter(|other| other.name != member.name)
            .collect();
        let reflectors = reflectors(self.spec, self.fabric);
        let reflects = |member: &Member| reflectors.iter().any(|other| other.name == member.name);
        let sessions = others
            .iter()
            .copied()
            .filter(|other| reflects(member) || reflects(other))
            .collect();
        (others, sessions)
    }

    /// Whether oneadmin gets from a host to the one that holds the replica.
    async fn replica(&self, member: &Member) -> Option<Check> {
        let first = self.spec.hosts.names.first()?;
        let replica = self
            .members
            .iter()
            .find(|other| other.name == *first && other.name != member.name)?;
        let output = async {
            let session = self.connections.open(member.name.as_str()).await?;
            remote::shell(&session, &probe::replica(replica.public), LOOK_SECONDS).await
        };
        let (passed, seen) = match output.await {
            Ok(output) if output.status == 0 => (true, "oneadmin logs in".to_owned()),
            Ok(output) => (false, output.stderr.trim().to_owned()),
            Err(diagnostics) => (false, first_line(&diagnostics)),
        };
        let help =
            (!passed).then(|| "`edgewright cluster apply FILE` exchanges keys again".to_owned());
        Some(Check {
            name: "replica",
            host: member.name.to_string(),
            peer: Some(replica.name.to_string()),
            passed,
            seen,
            help,
        })
    }

    /// Takes the probed network away. A host that cannot be reached does it by itself after some minutes.
    async fn clear(&self, member: &Member) {
        if let Ok(session) = self.connections.open(member.name.as_str()).await {
            remote::shell(&session, &probe::clear(), LOOK_SECONDS)
                .await
                .ok();
        }
    }
}
