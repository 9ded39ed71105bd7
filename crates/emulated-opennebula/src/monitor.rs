//! Monitoring of hosts: who measures, when, and what a measurement does to a host.
//!
//! A new host is probed at once, then once a period; one that is offline, or whose driver does not exist, never. The loop is
//! run by [`crate::Emulator::serve`]; tests that want to decide when a host is measured call [`crate::Emulator::probe`].

use crate::BoxFuture;
use crate::desk::stamp;
use crate::emulator::Emulator;
use crate::state::{Host, Sample, State};
use edgewright_opennebula::{HostId, HostState};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What a probe measured. Memory in KiB, CPU in hundredths of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostReading {
    /// CPU there is.
    pub total_cpu: i64,
    /// CPU in use.
    pub used_cpu: i64,
    /// Memory there is.
    pub total_memory: i64,
    /// Memory in use.
    pub used_memory: i64,
    /// Bytes received.
    pub received: i64,
    /// Bytes sent.
    pub sent: i64,
    /// The hypervisor, such as `lxc`.
    pub hypervisor: String,
    /// The host's own name.
    pub hostname: String,
    /// Further attributes, such as `ARCH`, `MODELNAME`, `VERSION`.
    pub attributes: Vec<(String, String)>,
}

/// Measures hosts.
pub trait Monitor: Send + Sync {
    /// Measures one host, named as it is registered, with the given monitoring driver.
    ///
    /// # Errors
    /// What is to be shown as the host's error.
    fn probe<'a>(
        &'a self,
        host: &'a str,
        im_mad: &'a str,
    ) -> BoxFuture<'a, Result<HostReading, String>>;
}

/// Finds every host well, with eight cores and 16 GiB, except those whose name begins with `unreachable`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysWell;

impl Monitor for AlwaysWell {
    fn probe<'a>(
        &'a self,
        host: &'a str,
        im_mad: &'a str,
    ) -> BoxFuture<'a, Result<HostReading, String>> {
        Box::pin(async move {
            if host.starts_with("unreachable") {
                return Err(String::new());
            }
            Ok(HostReading {
                total_cpu: 800,
                used_cpu: 100,
                total_memory: 16 * 1024 * 1024,
                used_memory: 1024 * 1024,
                received: 2000,
                sent: 1000,
                hypervisor: im_mad.to_owned(),
                hostname: host.to_owned(),
                attributes: vec![("ARCH".to_owned(), "x86_64".to_owned())],
            })
        })
    }
}

/// Measurements kept for each host.
const SAMPLES: usize = 100;

/// What a probe needs to know.
struct Job {
    id: i32,
    name: String,
    im_mad: String,
}

impl Emulator {
    /// Measures one host now, unless it is gone, offline, or has a driver that does not exist.
    pub async fn probe(&self, host: HostId) {
        let job = self.with_state(|state| {
            state
                .hosts
                .get(host.number())
                .and_then(|host| self.job(host))
        });
        if let Some(job) = job {
            self.run_probe(job).await;
        }
    }

    /// Measures all hosts now, one after the other.
    pub async fn probe_all(&self) {
        let ids: Vec<i32> =
            self.with_state(|state| state.hosts.iter().map(|host| host.meta.id).collect());
        for id in ids {
            self.probe(id.into()).await;
        }
    }

    fn job(&self, host: &Host) -> Option<Job> {
        let known = self.config().im_mads.contains(&host.im_mad);
        (known && host.state() != HostState::Offline).then(|| Job {
            id: host.meta.id,
            name: host.meta.name.clone(),
            im_mad: host.im_mad.clone(),
        })
    }

    async fn run_probe(&self, job: Job) {
        self.with_state(|state| {
            if let Some(host) = state.hosts.get_mut(job.id) {
                host.wanted = false;
            }
        });
        let result = self.monitor().probe(&job.name, &job.im_mad).await;
        let now = crate::emulator::now();
        self.with_state(|state| apply(state, &job, now, result));
    }

    /// Measures hosts as they fall due, for ever.
    pub(crate) async fn monitor_hosts(&self) {
        let mut rounds = Rounds {
            period: self.config().monitor_period,
            last: HashMap::new(),
            busy: HashSet::new(),
        };
        let mut running: JoinSet<i32> = JoinSet::new();
        loop {
            let (due, pause) = self.with_state(|state| {
                let hosts: Vec<_> = state
                    .hosts
                    .iter()
                    .filter_map(|host| Some((self.job(host)?, host.wanted)))
                    .collect();
                rounds.plan(hosts)
            });
            for job in due {
                let emulator = self.clone();
                running.spawn(async move {
                    let id = job.id;
                    emulator.run_probe(job).await;
                    id
                });
            }
            tokio::select! {
                Some(done) = running.join_next() => match done {
                    Ok(id) => drop(rounds.busy.remove(&id)),
                    // Which probe panicked is not known: all hosts are looked at again when they are due.
                    Err(_) => rounds.busy.clear(),
                },
                () = self.woken() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// When hosts were probed last, and which are being probed.
struct Rounds {
    period: Duration,
    last: HashMap<i32, Instant>,
    busy: HashSet<i32>,
}

impl Rounds {
    /// The hosts to probe now, and how long to wait for the next one.
    fn plan(&mut self, hosts: Vec<(Job, bool)>) -> (Vec<Job>, Duration) {
        self.last
            .retain(|id, _| hosts.iter().any(|(job, _)| job.id == *id));
        let mut pause = self.period;
        let mut due = Vec::new();
        for (job, wanted) in hosts {
            if self.busy.contains(&job.id) {
                continue;
            }
            let rest = self.last.get(&job.id).map_or(Duration::ZERO, |at| {
                self.period.saturating_sub(at.elapsed())
            });
            if wanted || rest.is_zero() {
                self.last.insert(job.id, Instant::now());
                self.busy.insert(job.id);
                due.push(job);
            } else {
                pause = pause.min(rest);
            }
        }
        (due, pause)
    }
}

/// Writes a result into the host, if it is still the host that was asked.
fn apply(state: &mut State, job: &Job, now: i64, result: Result<HostReading, String>) {
    let Some(host) = state.hosts.get_mut(job.id) else {
        return;
    };
    if host.state() == HostState::Offline || host.meta.name != job.name || host.im_mad != job.im_mad
    {
        return;
    }
    host.probed = true;
    match result {
        Ok(reading) => well(host, now, reading),
        Err(text) => {
            let text = format!(
                "{} : Error monitoring Host {} ({}): {text}",
                stamp(now),
                job.name,
                job.id
            );
            host.attributes.replace("ERROR", text);
            if host.state() != HostState::Disabled {
                host.set_state(HostState::Error);
            }
        }
    }
}

fn well(host: &mut Host, now: i64, reading: HostReading) {
    host.attributes.remove("ERROR");
    host.total_cpu = reading.total_cpu;
    host.total_memory = reading.total_memory;
    if host.state() != HostState::Disabled {
        host.set_state(HostState::Monitored);
    }
    let numbers = [
        ("TOTALCPU", reading.total_cpu),
        ("TOTALMEMORY", reading.total_memory),
    ];
    for (key, value) in numbers {
        host.attributes.replace(key, value.to_string());
    }
    host.attributes.replace("HYPERVISOR", reading.hypervisor);
    host.attributes.replace("HOSTNAME", reading.hostname);
    for (key, value) in reading.attributes {
        host.attributes.replace(&key.to_ascii_uppercase(), value);
    }
    host.samples.push(Sample {
        time: now,
        free_cpu: reading.total_cpu - reading.used_cpu,
        free_memory: reading.total_memory - reading.used_memory,
        used_cpu: reading.used_cpu,
        used_memory: reading.used_memory,
        received: reading.received,
        sent: reading.sent,
    });
    let excess = host.samples.len().saturating_sub(SAMPLES);
    host.samples.drain(..excess);
}
