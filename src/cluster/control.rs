//! What every verb needs: the checked file, both clients, the login key, the journal.
//!
//! Made once by the command line and handed to `plan`, `apply`, `status`, `verify` and `destroy`.

use std::net::ToSocketAddrs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use edgewright_opennebula as one;
use edgewright_transport::WorkerImage;
use edgewright_vultr::{self as vultr_api, ApiKey};
use edgewright_yaml::{Diagnostic, Diagnostics};
use ipnet::IpNet;

use super::connect::{Connections, Patience};
use super::event::Observer;
use super::inventory::FRONTEND;
use super::keys::Login;
use super::opennebula;
use super::remote;
use super::spec::{Frontend, Spec};
use super::vultr::catalogue::Catalogue;
use super::vultr::observe::Observed as VultrObserved;
use super::work::{self, noted};
use super::{limits, opennebula::observe::Observed as OneObserved, vultr};
use crate::journal::Journal;
use crate::settings;

/// Everything a verb needs.
#[derive(Debug)]
pub struct Control {
    spec: Spec,
    vultr: vultr_api::Client,
    opennebula: one::Client,
    login: Login,
    journal: Journal,
    seen: Mutex<Option<(Instant, Arc<World>)>>,
    oneadmin_keys: Mutex<Option<String>>,
}

/// How credentials of OpenNebula are given.
const WHERE_AUTH: &str = "`ONE_AUTH` is the path of a file that holds `USER:PASSWORD` in one line (default ~/.one/one_auth)";

/// What was seen on both sides at one time.
#[derive(Debug)]
pub struct World {
    /// At Vultr.
    pub vultr: VultrObserved,
    /// In OpenNebula.
    pub opennebula: OneObserved,
    /// What the catalogue offers.
    pub catalogue: Catalogue,
}

impl Control {
    /// Reads the cluster file and fetches what it refers to. Nothing is sent to anybody yet.
    ///
    /// # Errors
    /// Every complaint about the file; then every complaint about credentials, keys and the state directory.
    pub fn open(file: &Path) -> Result<Self, Diagnostics> {
        let mut spec = Spec::load(file)?;
        admit_frontend(&mut spec)?;
        let mut faults = Diagnostics::default();
        let vultr = keep(vultr_client(&spec), &mut faults);
        let opennebula = keep(opennebula_client(&spec), &mut faults);
        let login = keep(Login::find(&spec.ssh), &mut faults);
        let journal =
            Journal::open(&settings::state_dir()).map_err(|error| work::unwritten(&error));
        let journal = keep(journal, &mut faults);
        match (vultr, opennebula, login, journal) {
            (Some(vultr), Some(opennebula), Some(login), Some(journal)) => Ok(Self {
                spec,
                vultr,
                opennebula,
                login,
                journal,
                seen: Mutex::default(),
                oneadmin_keys: Mutex::default(),
            }),
            _ => Err(faults),
        }
    }

    /// The cluster file.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    pub(super) fn vultr(&self) -> &vultr_api::Client {
        &self.vultr
    }

    pub(super) fn opennebula(&self) -> &one::Client {
        &self.opennebula
    }

    pub(super) fn login(&self) -> &Login {
        &self.login
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Public keys that may log in to new hosts.
    pub(super) fn authorized_keys(&self) -> Vec<String> {
        let mut keys = vec![self.login.public.clone()];
        keys.extend(self.spec.ssh.authorized_keys.iter().cloned());
        keys
    }

    /// Looks at both sides and at the catalogue, and keeps what was seen.
    ///
    /// # Errors
    /// The complaints of all that could not be read.
    pub(super) async fn observe(&self) -> Result<Arc<World>, Diagnostics> {
        let (vultr, opennebula, catalogue) = Box::pin(async {
            futures::join!(
                vultr::observe::observe(&self.vultr, &self.spec),
                opennebula::observe::observe(&self.opennebula, &self.spec),
                Catalogue::read(&self.vultr, &self.spec),
            )
        })
        .await;
        let mut faults = Diagnostics::default();
        let vultr = keep(vultr.map_err(|error| self.vultr_fault(&error)), &mut faults);
        let catalogue = match catalogue {
            Ok(catalogue) => Some(catalogue),
            // The account's own lists say the same already.
            Err(_) if vultr.is_none() => None,
            Err(error) => keep(Err(self.vultr_fault(&error)), &mut faults),
        };
        let opennebula = keep(
            opennebula.map_err(|error| self.opennebula_fault(&error)),
            &mut faults,
        );
        match (vultr, opennebula, catalogue) {
            (Some(vultr), Some(opennebula), Some(catalogue)) => {
                let world = Arc::new(World {
                    vultr,
                    opennebula,
                    catalogue,
                });
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((Instant::now(), Arc::clone(&world)));
                Ok(world)
            }
            _ => Err(faults),
        }
    }

    /// What Vultr says, and of a key that it does not take, where that is from.
    fn vultr_fault(&self, error: &vultr_api::VultrError) -> Diagnostics {
        let found = vultr::diagnostic(error);
        match error.kind() {
            vultr_api::Kind::Unauthorized(_) => noted(
                found,
                &format!("the key is from {}", self.spec.provider.api_key.origin()),
            ),
            _ => found,
        }
    }

    /// What OpenNebula says, and of credentials that it does not take, where they are from.
    fn opennebula_fault(&self, error: &one::OneError) -> Diagnostics {
        let found = opennebula::diagnostic(error);
        let (endpoint, origin) = (
            self.opennebula.endpoint(),
            self.spec.opennebula.auth.origin(),
        );
        match error.code() {
            Some(one::Code::Authentication) => noted(
                found,
                &format!("the credentials for {endpoint} are from {origin}"),
            ),
            _ => found,
        }
    }

    /// Public keys of oneadmin on the front-end, one a line; asks once.
    ///
    /// # Errors
    /// A diagnostic when the front-end cannot be reached, or oneadmin has no key there.
    pub(super) async fn oneadmin_keys(
        &self,
        observer: &Arc<dyn Observer>,
    ) -> Result<String, Diagnostics> {
        let known = self
            .oneadmin_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(keys) = known {
            return Ok(keys);
        }
        let connections = Connections::new(self, &[], |_| Patience::Running, Arc::clone(observer));
        let session = connections.open(FRONTEND).await.map_err(|found| {
            noted(
                found,
                "`frontend` is what `opennebula: {frontend: …}` or `EDGEWRIGHT_FRONTEND` names, else the host of the endpoint",
            )
        })?;
        let output = remote::shell(&session, "cat /var/lib/one/.ssh/id_*.pub", 20).await?;
        let keys = output.stdout.trim().to_owned();
        if output.status != 0 || keys.is_empty() {
            let message = format!(
                "oneadmin has no public key on the front-end: {}",
                output.stderr.trim()
            );
            return Err(Diagnostic::error("opennebula::oneadmin-key", message)
                .help("on the front-end, as oneadmin, type `ssh-keygen -t ed25519`")
                .into());
        }
        *self
            .oneadmin_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
        Ok(keys)
    }

    /// What was seen last; looks if nothing was.
    ///
    /// # Errors
    /// As [`Control::observe`].
    pub(super) async fn seen(&self) -> Result<Arc<World>, Diagnostics> {
        let seen = self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match seen {
            // An operator may have thought for a while before saying yes.
            Some((at, world)) if at.elapsed() < limits::SEEN => Ok(world),
            _ => self.observe().await,
        }
    }
}

/// Adds the addresses of a front-end that is given by name to those that SSH is admitted from, where that is limited.
fn admit_frontend(spec: &mut Spec) -> Result<(), Diagnostics> {
    let Frontend::Ssh { host, port, .. } = &spec.opennebula.frontend else {
        return Ok(());
    };
    let everywhere = spec
        .ssh
        .allow_from
        .iter()
        .any(|prefix| prefix.prefix_len() == 0);
    if everywhere || host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let found = (host.as_str(), *port).to_socket_addrs().map_err(|error| {
        let message = format!("the address of the front-end `{host}` cannot be found: {error}");
        Diagnostic::error("opennebula::frontend", message)
            .help("give its address: the firewall has to admit it, since `allow_from` is limited")
    })?;
    let mut found: Vec<IpNet> = found.map(|address| IpNet::from(address.ip())).collect();
    found.sort_unstable();
    found.dedup();
    spec.ssh.allow_from.extend(found);
    Ok(())
}

/// The worker for each architecture, as the transport takes them.
pub fn workers() -> Vec<WorkerImage> {
    edgewright_worker_bundle::workers()
        .iter()
        .map(|worker| WorkerImage {
            machine: worker.machine,
            digest: worker.digest,
            gzip: worker.gzip,
        })
        .collect()
}

/// Takes a value, or adds to the complaints.
pub(super) fn keep<T>(result: Result<T, Diagnostics>, faults: &mut Diagnostics) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(found) => {
            faults.0.extend(found.0);
            None
        }
    }
}

fn vultr_client(spec: &Spec) -> Result<vultr_api::Client, Diagnostics> {
    let key = spec.provider.api_key.fetch("Vultr API key")?;
    let mut options = vultr_api::Options {
        key: Some(ApiKey::new(key.expose())),
        ..vultr_api::Options::default()
    };
    if let Some(endpoint) = &spec.provider.endpoint {
        options.endpoint.clone_from(endpoint);
    }
    vultr_api::Client::new(options).map_err(|error| {
        Diagnostic::error("vultr::setup", error.to_string())
            .help("see `provider: {vultr: {endpoint: URL}}` and `VULTR_API_ENDPOINT`")
            .into()
    })
}

fn opennebula_client(spec: &Spec) -> Result<one::Client, Diagnostics> {
    let auth = &spec.opennebula.auth;
    if auth.seems_to_hold_the_secret() {
        let fault = "the path of the OpenNebula credentials seems to be the credentials themselves";
        return Err(Diagnostic::error("opennebula::auth", fault)
            .help(WHERE_AUTH)
            .into());
    }
    let auth = auth.fetch("OpenNebula credentials").map_err(|found| {
        Diagnostics(
            found
                .0
                .into_iter()
                .map(|one| one.help(WHERE_AUTH))
                .collect(),
        )
    })?;
    let session =
        one::Session::parse(auth.expose(), &spec.opennebula.auth.origin()).map_err(|error| {
            Diagnostic::error("opennebula::auth", error.to_string()).help(WHERE_AUTH)
        })?;
    let setup = |error: String| {
        Diagnostics::from(
            Diagnostic::error("opennebula::endpoint", error)
                .help("write `opennebula: {endpoint: URL}` or set `ONE_XMLRPC`, for instance to `http://HOST:2633/RPC2`"),
        )
    };
    let endpoint = one::Endpoint::parse(&spec.opennebula.endpoint)
        .map_err(|error| setup(error.to_string()))?;
    one::Client::new(endpoint, session).map_err(|error| setup(error.to_string()))
}
