//! Hosts beside each other: who waits for whom, who is lost, and what becomes of a run that nobody waits for.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at what cannot go on"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use edgewright_playbook::{
    Connector, Event, Inventory, LoadOptions, Observer, Playbook, PlaybookSource, Recap, RunOptions,
};
use edgewright_transport::{Session, Target, TransportError, Via, WorkerImage, connect};
use futures::future::BoxFuture;
use serde_json::{Map, Value};

/// Connects to this machine: at once, after a while for `slow`, and never for `gone`.
#[derive(Default)]
struct Hosts {
    connected: AtomicUsize,
}

impl Connector for Hosts {
    fn connect<'a>(
        &'a self,
        host: &'a str,
        _vars: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Session, TransportError>> {
        Box::pin(async move {
            if host == "slow" {
                tokio::time::sleep(Duration::from_millis(800)).await;
            }
            if host == "gone" {
                return Err(TransportError::Resolve {
                    host: host.to_owned(),
                    address: host.to_owned(),
                });
            }
            self.connected.fetch_add(1, Ordering::Relaxed);
            let workers: Vec<WorkerImage> = edgewright_worker_bundle::workers()
                .iter()
                .map(|worker| WorkerImage {
                    machine: worker.machine,
                    digest: worker.digest,
                    gzip: worker.gzip,
                })
                .collect();
            let target = Target {
                name: host.to_owned(),
                via: Via::Local,
            };
            connect(&target, &workers).await
        })
    }
}

/// What happened, a line an event.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Lines {
    fn position(&self, line: &str) -> usize {
        let lines = self.0.lock().unwrap();
        let found = lines.iter().position(|known| known == line);
        found.unwrap_or_else(|| panic!("no `{line}` in {lines:?}"))
    }
}

impl Observer for Lines {
    fn event(&self, event: &Event) {
        let line = match event {
            Event::Connected { host } => format!("{host} connected"),
            Event::Task { host, task } => format!("{host} starts {}", task.name),
            Event::Result {
                host, task, status, ..
            } => format!("{host} {} {status:?}", task.name),
            _ => return,
        };
        self.0.lock().unwrap().push(line);
    }
}

struct Outcome {
    recap: Recap,
    lines: Arc<Lines>,
    connected: usize,
}

async fn run(hosts: &str, text: &str, options: &RunOptions) -> Outcome {
    let mut inventory = Inventory::load(&[format!("{hosts},")]).unwrap();
    inventory.reconcile();
    let source = PlaybookSource::Embedded {
        name: "site.yml".to_owned(),
        text: text.to_owned(),
    };
    let playbook = Playbook::load(&[source], &inventory, &LoadOptions::default())
        .unwrap_or_else(|problems| panic!("{problems}"));
    let connector = Arc::new(Hosts::default());
    let lines = Arc::new(Lines::default());
    let recap = edgewright_playbook::run(
        &playbook,
        inventory,
        options,
        Arc::clone(&connector) as Arc<dyn Connector>,
        Arc::clone(&lines) as Arc<dyn Observer>,
    )
    .await;
    Outcome {
        recap,
        lines,
        connected: connector.connected.load(Ordering::Relaxed),
    }
}

const TWO_TASKS: &str =
    "  gather_facts: false\n  tasks: [{name: one, ping: {}}, {name: two, ping: {}}]\n";

#[tokio::test]
async fn with_the_strategy_free_no_host_waits_for_one_that_is_still_starting() {
    let play = format!("- hosts: all\n  strategy: free\n{TWO_TASKS}");
    let outcome = run("slow,quick", &play, &RunOptions::default()).await;
    assert_eq!(outcome.recap.exit_code(), 0);
    assert!(outcome.lines.position("quick two Ok") < outcome.lines.position("slow connected"));
}

#[tokio::test]
async fn a_host_that_connects_takes_no_place_among_the_forks() {
    let play = format!("- hosts: all\n  strategy: free\n{TWO_TASKS}");
    let options = RunOptions {
        forks: 1,
        ..RunOptions::default()
    };
    let outcome = run("slow,quick", &play, &options).await;
    assert!(outcome.lines.position("quick two Ok") < outcome.lines.position("slow connected"));
}

#[tokio::test]
async fn with_the_strategy_linear_all_finish_a_task_before_one_starts_the_next() {
    let play = format!("- hosts: all\n{TWO_TASKS}");
    let outcome = run("slow,quick", &play, &RunOptions::default()).await;
    assert!(outcome.lines.position("slow one Ok") < outcome.lines.position("quick starts two"));
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_out_and_the_others_go_on() {
    for strategy in ["free", "linear"] {
        let play = format!("- hosts: all\n  strategy: {strategy}\n{TWO_TASKS}");
        let outcome = run(
            "gone,quick",
            &format!("{play}{play}"),
            &RunOptions::default(),
        )
        .await;
        assert_eq!(outcome.recap.exit_code(), 4);
        let gone = outcome.recap.hosts["gone"];
        assert_eq!((gone.unreachable, gone.ok), (1, 0));
        assert_eq!(outcome.recap.hosts["quick"].ok, 4);
        assert_eq!(
            outcome.connected, 1,
            "one connection a host, kept across plays"
        );
    }
}

#[tokio::test]
async fn dropping_a_run_ends_it_at_once() {
    let play = "- hosts: all\n  gather_facts: false\n  tasks: [{command: sleep 30}]\n";
    let started = Instant::now();
    let options = RunOptions::default();
    let run = run("a,b", play, &options);
    assert!(
        tokio::time::timeout(Duration::from_millis(700), run)
            .await
            .is_err()
    );
    assert!(started.elapsed() < Duration::from_secs(5));
}
