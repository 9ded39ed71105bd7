//! How the cluster's hosts and the front-end are reached, once each and run.
//!
//! Called by `configure` (as the playbook engine's connector), `verify` and `destroy`. A host that is still starting is waited
//! for; a host that was configured before is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use edgewright_playbook::Connector;
use edgewright_transport::{
    HostKeys, Identity, Session, SshTarget, Target, TransportError, Via, connect,
    connect_when_ready,
};
use edgewright_yaml::{Diagnostic, Diagnostics};
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::control::{Control, workers};
use super::event::{Event, Observer, Step};
use super::inventory::{FRONTEND, Member};
use super::limits;
use super::spec::{Frontend, Spec};
use crate::settings;

/// How long a host may take to let us in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It may be booting for the first time.
    Starting,
    /// It has been configured before.
    Running,
    /// It is not ours to start: its first answer counts.
    Up,
}

/// The connections of a run.
pub struct Connections {
    targets: HashMap<String, (Target, Patience)>,
    sessions: Mutex<HashMap<String, Session>>,
    failures: Mutex<HashMap<String, Diagnostics>>,
    observer: Arc<dyn Observer>,
}

impl Connections {
    /// Ways to all members and to the front-end; none is opened yet.
    pub fn new(
        control: &Control,
        members: &[Member],
        patience: impl Fn(&Member) -> Patience,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let mut targets: HashMap<String, (Target, Patience)> = members
            .iter()
            .map(|member| {
                let target = Target {
                    name: member.name.to_string(),
                    via: Via::Ssh(member_target(control, member)),
                };
                (member.name.to_string(), (target, patience(member)))
            })
            .collect();
        let front = Target {
            name: FRONTEND.to_owned(),
            via: front_end(control.spec()),
        };
        targets.insert(FRONTEND.to_owned(), (front, Patience::Up));
        Self {
            targets,
            sessions: Mutex::default(),
            failures: Mutex::default(),
            observer,
        }
    }

    /// The session of a host; opens it when there is none.
    ///
    /// # Errors
    /// [`TransportError`] when the host does not let us in in time.
    pub async fn session(&self, host: &str) -> Result<Session, TransportError> {
        if let Some(session) = self.sessions().get(host) {
            return Ok(session.clone());
        }
        let Some((target, patience)) = self.targets.get(host) else {
            return Err(TransportError::Resolve {
                host: host.to_owned(),
                address: host.to_owned(),
            });
        };
        let mut told = Instant::now();
        let on_attempt = |attempt: &edgewright_transport::Attempt<'_>| {
            if told.elapsed() > Duration::from_secs(1) || attempt.waited < Duration::from_secs(1) {
                told = Instant::now();
                let reason = still(attempt.error);
                self.observer.event(&Event::Step {
                    host: Some(host.to_owned()),
                    step: Step::WaitingForSsh(reason),
                });
            }
        };
        let session = match patience {
            Patience::Up => connect(target, &workers()).await,
            Patience::Running => match connect(target, &workers()).await {
                Err(error) if !changes_by_itself(&error) => Err(error),
                Err(_) => {
                    let (limit, grace) = (limits::LATER_LOGIN, Duration::ZERO);
                    connect_when_ready(target, &workers(), limit, grace, on_attempt).await
                }
                session => session,
            },
            Patience::Starting => {
                let (limit, grace) = (limits::FIRST_LOGIN, limits::OTHER_KEY);
                connect_when_ready(target, &workers(), limit, grace, on_attempt).await
            }
        }?;
        self.sessions().insert(host.to_owned(), session.clone());
        Ok(session)
    }

    /// The same with the error as the operator gets to see it.
    ///
    /// # Errors
    /// A diagnostic.
    pub async fn open(&self, host: &str) -> Result<Session, Diagnostics> {
        self.session(host).await.map_err(|error| diagnostic(&error))
    }

    /// Why a host did not let us in, if it did not.
    pub fn failure(&self, host: &str) -> Option<Diagnostics> {
        self.failures().get(host).cloned()
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, Diagnostics>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for Connections {
    fn connect<'a>(
        &'a self,
        host: &'a str,
        _vars: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Session, TransportError>> {
        Box::pin(async move {
            // A session that the engine has lost is of no use to the next one who asks.
            self.sessions().remove(host);
            self.failures().remove(host);
            let session = self.session(host).await.inspect_err(|error| {
                self.failures().insert(host.to_owned(), diagnostic(error));
            })?;
            self.observer.event(&Event::Step {
                host: Some(host.to_owned()),
                step: Step::Configuring,
            });
            Ok(session)
        })
    }

    /// Verification goes on with it.
    fn done(&self, _session: Session) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Whether a host that has been configured may answer otherwise soon: it may be booting, but it has its keys.
fn changes_by_itself(error: &TransportError) -> bool {
    error.is_of_a_starting_host() && !matches!(error, TransportError::Login { .. })
}

/// Why a starting host does not let us in yet, in a few words.
fn still(error: &TransportError) -> String {
    match error {
        TransportError::Connect { refused: true, .. } => "nobody listens yet".to_owned(),
        TransportError::Connect { .. } | TransportError::TimedOut { .. } => {
            "no answer yet".to_owned()
        }
        TransportError::HostKeyMismatch { .. } => "it has yet to get its host key".to_owned(),
        TransportError::Login { .. } => "it has yet to get the login key".to_owned(),
        other => other.to_string(),
    }
}

/// An error of a connection as the operator gets to see it.
pub fn diagnostic(error: &TransportError) -> Diagnostics {
    Diagnostic::error("transport::connect", error.to_string())
        .help(error.help())
        .into()
}

fn member_target(control: &Control, member: &Member) -> SshTarget {
    let keys = member.fingerprint.iter().cloned().collect();
    let mut target = SshTarget::new(
        member.public.to_string(),
        "root",
        HostKeys::Fingerprints(keys),
    );
    target.identities = vec![Identity::File(control.login().identity.clone())];
    target
}

fn front_end(spec: &Spec) -> Via {
    match &spec.opennebula.frontend {
        Frontend::Local => Via::Local,
        Frontend::Ssh {
            host,
            port,
            user,
            identity_file,
            known_hosts,
        } => {
            let own = settings::home().join(".ssh/known_hosts");
            let files = known_hosts
                .iter()
                .cloned()
                .chain([own, "/etc/ssh/ssh_known_hosts".into()])
                .collect();
            let mut target =
                SshTarget::new(host.clone(), user.clone(), HostKeys::KnownHosts(files));
            target.port = *port;
            let ssh = settings::home().join(".ssh");
            let usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| ssh.join(name));
            target.identities = match identity_file {
                Some(path) => vec![Identity::File(settings::expand_home(path))],
                None => usual
                    .into_iter()
                    .filter(|path| path.is_file())
                    .map(Identity::File)
                    .collect(),
            };
            Via::Ssh(target)
        }
    }
}
