//! The emulated account without its network: what exists, who runs the machines, and the way of a call through both.
//!
//! Made by whoever runs a server (the sandbox, tests); `crate::server` puts it behind HTTP.

use crate::answer::{Outcome, Refusal};
use crate::books::Books;
use crate::config::Config;
use crate::desk::{Desk, Task, Work};
use crate::faults::{FaultAction, FaultRule, Faults};
use crate::gate::{self, Meter};
use crate::life;
use crate::machines::{ImaginaryMachines, Machines};
use crate::observe::{CallRecord, Observer, Trouble, TroubleObserver};
use crate::request::Request;
use crate::routes;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Whether a plan can be ordered in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// It can.
    There,
    /// It is sold out.
    SoldOut,
}

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
                books: Mutex::default(),
                faults: Mutex::default(),
                meter: Mutex::default(),
                queues: Mutex::default(),
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
    books: Mutex<Books>,
    faults: Mutex<Faults>,
    meter: Mutex<Meter>,
    /// What each machine still has to do.
    queues: Mutex<HashMap<String, UnboundedSender<Task>>>,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

/// A call as it came in, before it is known to be one.
pub(crate) struct Incoming {
    pub peer: IpAddr,
    pub method: String,
    pub authorization: Option<String>,
    pub request: Result<Request, Refusal>,
    /// The path below `/v2/`, cut at the slashes; nothing if it does not begin so.
    pub path: Option<Vec<String>>,
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

    /// Everything that exists, also machines that are still being removed; for tests and for a look from outside.
    pub fn books(&self) -> serde_json::Value {
        self.with_books(|books| books.write())
    }

    /// Takes a plan out of a region's stock, or puts it back; the catalogue still names it.
    pub fn set_stock(&self, region: &str, plan: &str, stock: Stock) {
        let key = (region.to_owned(), plan.to_owned());
        self.with_books(|books| match stock {
            Stock::There => books.sold_out.remove(&key),
            Stock::SoldOut => books.sold_out.insert(key),
        });
    }

    /// Lets something work on the books, which are locked meanwhile.
    pub(crate) fn with_books<R>(&self, work: impl FnOnce(&mut Books) -> R) -> R {
        work(&mut lock(&self.inner.books))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    pub(crate) fn machines(&self) -> &dyn Machines {
        &*self.inner.machines
    }

    pub(crate) fn take_fault(&self, method: &str, path: &str) -> Option<FaultAction> {
        lock(&self.inner.faults).take(method, path)
    }

    pub(crate) fn record(&self, record: &CallRecord) {
        if let Some(observer) = &self.inner.observer {
            observer(record);
        }
    }

    pub(crate) fn report(&self, trouble: &Trouble) {
        if let Some(observer) = &self.inner.trouble {
            observer(trouble);
        }
    }

    /// Carries a call out, with what has to be done before it is answered.
    pub(crate) async fn answer(&self, call: Incoming, fault: Option<FaultAction>) -> Outcome {
        let (outcome, work) = self.work_on(call, fault);
        let mut work = work.into_iter();
        while let Some(item) = work.next() {
            if let Err(refusal) = self.carry_out(item).await {
                self.undo(work);
                return Err(refusal);
            }
        }
        outcome
    }

    /// The part of a call that takes no time.
    fn work_on(&self, call: Incoming, fault: Option<FaultAction>) -> (Outcome, Vec<Work>) {
        match self.try_work_on(call, fault) {
            Ok((outcome, work)) => (outcome, work),
            Err(refusal) => (Err(refusal), Vec::new()),
        }
    }

    fn try_work_on(
        &self,
        call: Incoming,
        fault: Option<FaultAction>,
    ) -> Result<(Outcome, Vec<Work>), Refusal> {
        let config = &self.inner.config;
        let now = Instant::now();
        lock(&self.inner.meter).count(call.peer, config.rate_limit, now)?;
        let route = call.path.as_ref().and_then(|path| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            routes::find(&path)
        });
        if !route.as_ref().is_some_and(|route| route.public) {
            gate::admit(config, call.peer, call.authorization.as_deref())?;
        }
        let route = route.ok_or_else(|| Refusal::missing("Not found."))?;
        let handler = route.verb(&call.method).ok_or_else(|| {
            let verbs = route.verbs();
            Refusal::new(405, format!("Method not allowed. Must be one of: {verbs}"))
        })?;
        let request = call.request?;
        Ok(self.with_books(|books| {
            let mut desk = Desk {
                books,
                config,
                now,
                fault,
                work: Vec::new(),
            };
            let outcome = handler(&mut desk, &request);
            (outcome, desk.work)
        }))
    }

    async fn carry_out(&self, work: Work) -> Result<(), Refusal> {
        let failed = |id: &str, action: &str, error: String| {
            let refusal = Refusal::new(500, format!("Unable to {action}: {error}"));
            self.report(&Trouble::now(id, action, error));
            refusal
        };
        match work {
            Work::CreateNetwork(network) => {
                let result = self.machines().create_network(&network).await;
                result.map_err(|error| {
                    self.with_books(|books| books.vpcs.remove(&network.id));
                    failed(&network.id, "create network", error)
                })
            }
            Work::DeleteNetwork(id) => match self.machines().delete_network(&id).await {
                Ok(()) => {
                    self.with_books(|books| books.vpcs.remove(&id));
                    Ok(())
                }
                Err(error) => {
                    self.with_books(|books| {
                        if let Some(vpc) = books.vpcs.get_mut(&id) {
                            vpc.gone = false;
                        }
                    });
                    Err(failed(&id, "delete network", error))
                }
            },
            Work::Machine(id, task) => {
                self.enqueue(&id, task);
                Ok(())
            }
        }
    }

    /// Takes back what a call entered that could not be carried out.
    fn undo(&self, rest: impl Iterator<Item = Work>) {
        for item in rest {
            if let Work::Machine(id, Task::Start(..)) = item {
                self.with_books(|books| books.forget(&id));
            }
        }
    }

    /// Gives a machine something to do; with its first task its life begins, with its last one its queue ends.
    fn enqueue(&self, id: &str, task: Task) {
        let mut queues = lock(&self.inner.queues);
        let last = matches!(task, Task::Destroy);
        let queue = queues.entry(id.to_owned()).or_insert_with(|| {
            let (sender, receiver) = unbounded_channel();
            tokio::spawn(life::live(self.clone(), id.to_owned(), receiver));
            sender
        });
        // It has ended only if its life panicked, which that task has already reported.
        queue.send(task).ok();
        if last {
            queues.remove(id);
        }
    }
}
