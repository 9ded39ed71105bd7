//! What becomes of hosts as they are measured.

use crate::common::{client_of, pair, start};
use edgewright_emulated_opennebula::{BoxFuture, Config, Emulator, HostReading, Monitor};
use edgewright_opennebula::{Client, HostId, HostState, Template, Update};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

async fn add(client: &Client, name: &str, driver: &str) -> HostId {
    client
        .hosts()
        .allocate(name, driver, driver, None)
        .await
        .unwrap()
}

async fn state(client: &Client, host: HostId) -> HostState {
    client.hosts().info(host).await.unwrap().state
}

/// Waits until a host is in a state, for two seconds at most.
async fn reaches(client: &Client, host: HostId, wanted: HostState) {
    for _ in 0..100 {
        if state(client, host).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the host is {} and not {wanted}", state(client, host).await);
}

#[tokio::test]
async fn a_host_is_monitored_after_its_first_probe() {
    let (emulator, client) = pair().await;
    let host = add(&client, "198.18.0.5", "lxc").await;
    assert_eq!(state(&client, host).await, HostState::Init);
    emulator.probe(host).await;
    let seen = client.hosts().info(host).await.unwrap();
    assert_eq!(
        (seen.state, seen.share.total_cpu),
        (HostState::Monitored, 800)
    );
    assert_eq!(seen.template.scalar("HYPERVISOR"), Some("lxc"));
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_in_error_with_the_reason() {
    let (emulator, client) = pair().await;
    let host = add(&client, "unreachable-1", "kvm").await;
    emulator.probe(host).await;
    let seen = client.hosts().info(host).await.unwrap();
    assert_eq!(seen.state, HostState::Error);
    assert!(
        seen.error()
            .unwrap()
            .ends_with(" : Error monitoring Host unreachable-1 (0): ")
    );
}

#[tokio::test]
async fn an_unknown_driver_leaves_a_host_at_the_beginning() {
    let (emulator, client) = pair().await;
    let host = add(&client, "198.18.0.5", "no_such").await;
    emulator.probe_all().await;
    assert_eq!(state(&client, host).await, HostState::Init);
}

#[tokio::test]
async fn an_offline_host_is_not_measured() {
    let (emulator, client) = pair().await;
    let host = add(&client, "198.18.0.5", "kvm").await;
    emulator.probe(host).await;
    client.hosts().offline(host).await.unwrap();
    emulator.probe(host).await;
    let seen = client.hosts().info(host).await.unwrap();
    assert_eq!((seen.state, seen.share.total_cpu), (HostState::Offline, 0));
    client.hosts().enable(host).await.unwrap();
    assert_eq!(state(&client, host).await, HostState::Init);
    emulator.probe(host).await;
    assert_eq!(state(&client, host).await, HostState::Monitored);
}

#[tokio::test]
async fn enabling_a_monitored_host_starts_over_and_a_disabled_one_does_not() {
    let (emulator, client) = pair().await;
    let host = add(&client, "198.18.0.5", "kvm").await;
    emulator.probe(host).await;
    client.hosts().disable(host).await.unwrap();
    emulator.probe(host).await;
    assert_eq!(state(&client, host).await, HostState::Disabled);
    client.hosts().enable(host).await.unwrap();
    assert_eq!(state(&client, host).await, HostState::Monitored);
    client.hosts().enable(host).await.unwrap();
    assert_eq!(state(&client, host).await, HostState::Init);
}

#[tokio::test]
async fn a_replacement_drops_measurements_until_the_next_probe() {
    let (emulator, client) = pair().await;
    let host = add(&client, "198.18.0.5", "kvm").await;
    emulator.probe(host).await;
    client
        .hosts()
        .update(host, &Template::new().with("ONLY", "me"), Update::Replace)
        .await
        .unwrap();
    let keys = |template: &Template| {
        template
            .iter()
            .map(|(key, _)| key.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&client.hosts().info(host).await.unwrap().template),
        ["IM_MAD", "ONLY", "VM_MAD"]
    );
    emulator.probe(host).await;
    assert!(
        client
            .hosts()
            .info(host)
            .await
            .unwrap()
            .template
            .scalar("TOTALCPU")
            .is_some()
    );
}

/// Counts probes, and fails while told to.
#[derive(Clone, Default)]
struct Switch {
    broken: Arc<AtomicBool>,
    probes: Arc<AtomicUsize>,
}

impl Monitor for Switch {
    fn probe<'a>(
        &'a self,
        host: &'a str,
        im_mad: &'a str,
    ) -> BoxFuture<'a, Result<HostReading, String>> {
        Box::pin(async move {
            self.probes.fetch_add(1, Ordering::SeqCst);
            if self.broken.load(Ordering::SeqCst) {
                return Err("login refused".to_owned());
            }
            edgewright_emulated_opennebula::AlwaysWell
                .probe(host, im_mad)
                .await
        })
    }
}

async fn served(period: Duration) -> (Switch, Client) {
    let switch = Switch::default();
    let config = Config {
        monitor_period: period,
        ..Config::default()
    };
    let emulator = Emulator::builder(config).monitor(switch.clone()).fresh();
    (switch, client_of(start(&emulator).await))
}

#[tokio::test]
async fn a_served_host_becomes_monitored_fails_and_recovers_by_itself() {
    let (switch, client) = served(Duration::from_millis(30)).await;
    let host = add(&client, "198.18.0.5", "kvm").await;
    reaches(&client, host, HostState::Monitored).await;
    switch.broken.store(true, Ordering::SeqCst);
    reaches(&client, host, HostState::Error).await;
    switch.broken.store(false, Ordering::SeqCst);
    reaches(&client, host, HostState::Monitored).await;
    assert_eq!(client.hosts().info(host).await.unwrap().error(), None);
}

#[tokio::test]
async fn probes_follow_registering_and_enabling_at_once_but_not_every_call() {
    let (switch, client) = served(Duration::from_secs(600)).await;
    let host = add(&client, "198.18.0.5", "kvm").await;
    reaches(&client, host, HostState::Monitored).await;
    client.hosts().offline(host).await.unwrap();
    client.hosts().enable(host).await.unwrap();
    reaches(&client, host, HostState::Monitored).await;
    client.hosts().enable(host).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(state(&client, host).await, HostState::Init);
    assert_eq!(switch.probes.load(Ordering::SeqCst), 2);
}
