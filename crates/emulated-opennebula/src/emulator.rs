//! The emulated server without its network: state, drivers, and the way of a call through them.
//!
//! Made by whoever runs a server (the sandbox, tests); `crate::server` puts it behind HTTP.

use crate::auth::{self, Caller};
use crate::config::Config;
use crate::desk::{Desk, Method};
use crate::failure::{Failure, Outcome, Reply, into_answer};
use crate::faults::{FaultRule, Faults};
use crate::ipam::{DummyIpam, Ipam};
use crate::methods::{self, Run};
use crate::monitor::{AlwaysWell, Monitor};
use crate::observe::{CallRecord, Observer};
use crate::params::Params;
use crate::state::State;
use crate::vnet_flow;
use edgewright_opennebula::wire::{Answer, Fault, Value};
use edgewright_opennebula::{HostId, VmId, VnetId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tokio::sync::{Notify, OwnedMutexGuard};

/// A saved state cannot be used.
#[derive(Debug, Error)]
#[error("the saved state of the emulated OpenNebula cannot be read")]
pub struct RestoreError(#[from] serde_json::Error);

/// A machine cannot be placed or removed.
#[derive(Debug, Error)]
#[error("the emulated OpenNebula refused: {0}")]
pub struct PlaceError(String);

/// Puts an emulated server together.
pub struct Builder {
    config: Config,
    monitor: Arc<dyn Monitor>,
    ipam: Arc<dyn Ipam>,
    observer: Option<Observer>,
}

impl Builder {
    /// Who measures hosts; by default [`AlwaysWell`].
    #[must_use]
    pub fn monitor(mut self, monitor: impl Monitor + 'static) -> Self {
        self.monitor = Arc::new(monitor);
        self
    }

    /// Who hands out address ranges; by default [`DummyIpam`].
    #[must_use]
    pub fn ipam(mut self, ipam: impl Ipam + 'static) -> Self {
        self.ipam = Arc::new(ipam);
        self
    }

    /// Who is told about each call.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&CallRecord) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// A server as freshly installed.
    pub fn fresh(self) -> Emulator {
        let state = State::fresh(&self.config.password);
        self.build(state)
    }

    /// A server that goes on from what [`Emulator::snapshot`] returned.
    ///
    /// # Errors
    /// [`RestoreError`] if that is not what it is.
    pub fn restored(self, snapshot: &serde_json::Value) -> Result<Emulator, RestoreError> {
        let state = serde::Deserialize::deserialize(snapshot)?;
        Ok(self.build(state))
    }

    fn build(self, state: State) -> Emulator {
        let inner = Inner {
            config: self.config,
            monitor: self.monitor,
            ipam: self.ipam,
            observer: self.observer,
            state: Mutex::new(state),
            faults: Mutex::default(),
            vnets: Mutex::default(),
            wake: Notify::new(),
            requests: AtomicI32::new(0),
        };
        Emulator {
            inner: Arc::new(inner),
        }
    }
}

/// An emulated OpenNebula server. Clones are the same server.
#[derive(Clone)]
pub struct Emulator {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    monitor: Arc<dyn Monitor>,
    ipam: Arc<dyn Ipam>,
    observer: Option<Observer>,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    /// Held while a driver works on a network.
    vnets: Mutex<HashMap<i32, Arc<tokio::sync::Mutex<()>>>>,
    wake: Notify,
    requests: AtomicI32,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    i64::try_from(milliseconds() / 1000).unwrap_or(i64::MAX)
}

fn milliseconds() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Emulator {
    /// Begins with settings.
    pub fn builder(config: Config) -> Builder {
        Builder {
            config,
            monitor: Arc::new(AlwaysWell),
            ipam: Arc::new(DummyIpam),
            observer: None,
        }
    }

    /// Everything the server remembers, for [`Builder::restored`].
    ///
    /// # Errors
    /// [`RestoreError`] if it cannot be written as JSON.
    pub fn snapshot(&self) -> Result<serde_json::Value, RestoreError> {
        Ok(self.with_state(|state| serde_json::to_value(&*state))?)
    }

    /// Makes the next calls of a method fail.
    pub fn inject(&self, rule: FaultRule) {
        lock(&self.inner.faults).add(rule);
    }

    /// Forgets all faults that have not happened yet.
    pub fn clear_faults(&self) {
        lock(&self.inner.faults).clear();
    }

    /// Puts a running machine of 1 core and 128 MiB on a host, with an address of a network if one is given.
    ///
    /// # Errors
    /// [`PlaceError`] with the server's words, such as that the host does not exist.
    pub fn place_vm(&self, host: HostId, network: Option<VnetId>) -> Result<VmId, PlaceError> {
        let nic = network
            .map(|id| format!("NIC=[NETWORK_ID=\"{id}\"]"))
            .unwrap_or_default();
        let text = format!("CPU=\"1\"\nMEMORY=\"128\"\n{nic}");
        let id = self.as_oneadmin(methods::vm::allocate, &[text.into(), false.into()])?;
        let deployed = [id.into(), host.number().into(), false.into(), 0.into()];
        if let Err(error) = self.as_oneadmin(methods::vm::deploy, &deployed) {
            self.remove_vm(id.into())?;
            return Err(error);
        }
        Ok(id.into())
    }

    /// Ends a machine.
    ///
    /// # Errors
    /// [`PlaceError`] if there is none.
    pub fn remove_vm(&self, id: VmId) -> Result<(), PlaceError> {
        self.as_oneadmin(
            methods::vm::action,
            &["terminate-hard".into(), id.number().into()],
        )
        .map(|_| ())
    }

    /// Runs a method without a login.
    fn as_oneadmin(&self, method: Method, params: &[Value]) -> Result<i32, PlaceError> {
        let caller = Caller {
            uid: 0,
            gid: 0,
            uname: "oneadmin".to_owned(),
            gname: "oneadmin".to_owned(),
        };
        let all = [&[Value::from("")], params].concat();
        match self.at_desk(&caller, |desk| method(desk, Params(&all))) {
            Ok(Reply::Number(id)) => Ok(id),
            Ok(Reply::Text(text)) | Err(Failure::Refused { text, .. }) => Err(PlaceError(text)),
            Err(Failure::Fault(fault)) => Err(PlaceError(fault.text)),
        }
    }

    /// Measures the sizes of all datastores that have one; new ones are measured when they are made.
    pub fn measure_datastores(&self) {
        let megabytes = self.inner.config.datastore_mb;
        self.with_state(|state| {
            state
                .datastores
                .iter_mut()
                .for_each(|datastore| methods::datastore::measure(datastore, megabytes));
        });
    }

    /// Carries a call out, apart from ordered faults and records: the first parameter is the session.
    ///
    /// # Errors
    /// A fault, if the call's form is wrong; refusals are answers.
    pub async fn call(&self, method: &str, params: &[Value]) -> Answer {
        let Some(run) = methods::find(method) else {
            return Err(Fault {
                code: Fault::NO_SUCH_METHOD,
                text: format!("Method '{method}' not defined"),
            });
        };
        into_answer(method, self.run(method, run, Params(params)).await)
    }

    async fn run(&self, method: &str, run: Run, params: Params<'_>) -> Outcome {
        let session = params.text(0)?;
        let caller = self.with_state(|state| auth::authenticate(state, session, now()));
        let caller = caller.ok_or_else(Failure::authentication)?;
        let outcome = match run {
            Run::Text(work) => Ok(Reply::Text(self.at_desk(&caller, |desk| work(desk)))),
            Run::Now(work) => self.at_desk(&caller, |desk| work(desk, params)),
            Run::OnVnet(work) => {
                let _held = self.hold_vnet(params.number(1).unwrap_or(-1)).await;
                self.at_desk(&caller, |desk| work(desk, params))
            }
            Run::Flow(flow) => vnet_flow::run(self, flow, &caller, params).await,
        };
        if method.starts_with("one.host.") && methods::is_mutating(method) {
            self.inner.wake.notify_one();
        }
        outcome
    }

    /// Lets something work on the state, which is locked meanwhile.
    pub(crate) fn with_state<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut lock(&self.inner.state))
    }

    /// Lets a method work.
    pub(crate) fn at_desk<R>(&self, caller: &Caller, work: impl FnOnce(&mut Desk<'_>) -> R) -> R {
        let request = self.inner.requests.fetch_add(1, Ordering::Relaxed) & 0x0fff;
        let config = &self.inner.config;
        self.with_state(|state| {
            work(&mut Desk {
                state,
                caller,
                config,
                now: now(),
                request,
            })
        })
    }

    /// Waits until no driver works on a network, and keeps others from it.
    pub(crate) async fn hold_vnet(&self, id: i32) -> OwnedMutexGuard<()> {
        let mutex = Arc::clone(lock(&self.inner.vnets).entry(id).or_default());
        mutex.lock_owned().await
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    pub(crate) fn monitor(&self) -> &dyn Monitor {
        &*self.inner.monitor
    }

    pub(crate) fn ipam(&self) -> &dyn Ipam {
        &*self.inner.ipam
    }

    pub(crate) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    pub(crate) fn take_fault(&self, method: &str) -> Option<crate::faults::FaultAction> {
        lock(&self.inner.faults).take(method)
    }

    /// Tells the observer about a call.
    pub(crate) fn record(&self, method: &str, status: u16, answer: Option<&Answer>) {
        let Some(observer) = &self.inner.observer else {
            return;
        };
        let code = answer.map_or(0, code_of);
        observer(&CallRecord {
            method: method.to_owned(),
            ok: status == 200 && code == 0,
            mutating: methods::is_mutating(method),
            status,
            code,
            at: i64::try_from(milliseconds()).unwrap_or(i64::MAX),
        });
    }
}

/// 0 for a success, else the code of the refusal or fault.
fn code_of(answer: &Answer) -> i32 {
    match answer {
        Ok(Value::Array(parts)) if parts.first() == Some(&Value::Bool(false)) => match parts.get(2)
        {
            Some(Value::Int(code)) => *code,
            _ => -1,
        },
        Ok(_) => 0,
        Err(fault) => fault.code,
    }
}
