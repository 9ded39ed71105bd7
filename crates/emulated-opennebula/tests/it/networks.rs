//! Networks and their IPAM drivers.

use crate::common::{client_of, pair, start_unmonitored};
use edgewright_emulated_opennebula::{BoxFuture, Config, Emulator, Ipam, IpamRequest};
use edgewright_opennebula::{
    Client, Code, Filter, LeaseHolder, LockLevel, LockMode, Recovery, RemoveRange, Template,
    Update, VnetState,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A driver of the test's own: hands out one address after the other, waits for a gate, fails when told to.
#[derive(Clone)]
struct Provider {
    gate: Arc<Semaphore>,
    broken: Arc<AtomicBool>,
}

impl Ipam for Provider {
    fn register<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            drop(self.gate.acquire().await);
            let number = request.range.get("PROVISION_ID").ok_or("no PROVISION_ID")?;
            Ok(format!(
                "AR = [ IPAM_MAD = \"vultr\", TYPE = \"IP4\", IP = \"198.18.2.{number}\", SIZE = \"1\", \
                 VULTR_IP_ID = \"u-{number}\" ]"
            ))
        })
    }

    fn unregister<'a>(&'a self, request: &'a IpamRequest) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if self.broken.load(Ordering::SeqCst) {
                return Err(format!("cannot give back {}", request.range["VULTR_IP_ID"]));
            }
            Ok(())
        })
    }
}

async fn with_provider() -> (Provider, Client) {
    let provider = Provider {
        gate: Arc::new(Semaphore::new(1)),
        broken: Arc::default(),
    };
    let emulator = Emulator::builder(Config::default())
        .ipam(provider.clone())
        .fresh();
    (provider, client_of(start_unmonitored(&emulator).await))
}

fn elastic(name: &str) -> Template {
    Template::new()
        .with("NAME", name)
        .with("VN_MAD", "elastic")
        .with("BRIDGE", "br0")
}

fn vultr(number: &str) -> Vec<(&'static str, String)> {
    vec![
        ("IPAM_MAD", "vultr".to_owned()),
        ("SIZE", "1".to_owned()),
        ("PROVISION_ID", number.to_owned()),
    ]
}

#[tokio::test]
async fn the_drivers_answer_takes_the_place_of_the_range() {
    let (_, client) = with_provider().await;
    let template = elastic("n")
        .with_vector("AR", vultr("7"))
        .with_vector("AR", vultr("8"));
    let id = client.vnets().allocate(&template, None).await.unwrap();
    let vnet = client.vnets().info(id).await.unwrap();
    assert_eq!(vnet.state, VnetState::Ready);
    let ips: Vec<_> = vnet
        .ranges
        .iter()
        .map(|range| range.ip.as_deref().unwrap())
        .collect();
    assert_eq!(ips, ["198.18.2.7", "198.18.2.8"]);
    assert_eq!(vnet.ranges[1].attributes.scalar("VULTR_IP_ID"), Some("u-8"));
    assert_eq!(vnet.ranges[1].attributes.scalar("PROVISION_ID"), None);
}

#[tokio::test]
async fn a_failing_driver_leaves_a_network_in_error_although_the_call_succeeds() {
    let (_, client) = with_provider().await;
    let template = elastic("n").with_vector("AR", [("IPAM_MAD", "vultr"), ("SIZE", "1")]);
    let id = client.vnets().allocate(&template, None).await.unwrap();
    let vnet = client.vnets().info(id).await.unwrap();
    assert_eq!((vnet.state, vnet.ranges.len()), (VnetState::Error, 0));
    assert!(vnet.error().unwrap().ends_with(" : no PROVISION_ID"));
    client.vnets().recover(id, Recovery::Success).await.unwrap();
    assert_eq!(
        client.vnets().info(id).await.unwrap().state,
        VnetState::Ready
    );
}

#[tokio::test]
async fn others_see_a_network_being_made_and_deleting_waits() {
    let (provider, client) = with_provider().await;
    let held = provider.gate.clone().acquire_owned().await.unwrap();
    let maker = client.clone();
    let template = elastic("n").with_vector("AR", vultr("7"));
    let making = tokio::spawn(async move { maker.vnets().allocate(&template, None).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let seen = client.vnets().list(Filter::All).await.unwrap();
    assert_eq!(seen[0].state, VnetState::LockCreate);
    let deleter = client.clone();
    let deleting = tokio::spawn(async move { deleter.vnets().delete(0.into()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!deleting.is_finished());
    drop(held);
    making.await.unwrap().unwrap();
    deleting.await.unwrap().unwrap();
    assert!(
        client
            .vnets()
            .info(0.into())
            .await
            .unwrap_err()
            .is_not_found(0)
    );
}

#[tokio::test]
async fn ranges_are_added_and_removed_with_the_driver() {
    let (provider, client) = with_provider().await;
    let id = client.vnets().allocate(&elastic("n"), None).await.unwrap();
    client
        .vnets()
        .add_range(id, &[("IPAM_MAD", "vultr"), ("PROVISION_ID", "3")])
        .await
        .unwrap();
    let error = client
        .vnets()
        .add_range(id, &[("IPAM_MAD", "vultr")])
        .await
        .unwrap_err();
    assert_eq!(
        error.refusal().unwrap().text,
        "[one.vn.add_ar] no PROVISION_ID"
    );
    provider.broken.store(true, Ordering::SeqCst);
    let error = client
        .vnets()
        .remove_range(id, 0.into(), RemoveRange::Clean)
        .await
        .unwrap_err();
    assert_eq!(
        error.refusal().unwrap().text,
        "[one.vn.rm_ar] cannot give back u-3"
    );
    assert_eq!(client.vnets().info(id).await.unwrap().ranges.len(), 1);
    client
        .vnets()
        .remove_range(id, 0.into(), RemoveRange::Force)
        .await
        .unwrap();
    assert_eq!(client.vnets().info(id).await.unwrap().ranges.len(), 0);
}

#[tokio::test]
async fn a_network_whose_addresses_cannot_be_given_back_stays_in_error() {
    let (provider, client) = with_provider().await;
    let template = elastic("n").with_vector("AR", vultr("7"));
    let id = client.vnets().allocate(&template, None).await.unwrap();
    provider.broken.store(true, Ordering::SeqCst);
    client.vnets().delete(id).await.unwrap();
    let vnet = client.vnets().info(id).await.unwrap();
    assert_eq!((vnet.state, vnet.ranges.len()), (VnetState::Error, 1));
    provider.broken.store(false, Ordering::SeqCst);
    client.vnets().delete(id).await.unwrap();
    assert!(client.vnets().info(id).await.unwrap_err().is_not_found(id));
}

#[tokio::test]
async fn held_addresses_keep_a_network_until_released() {
    let (_, client) = pair().await;
    let range = [("TYPE", "IP4"), ("IP", "198.18.1.1"), ("SIZE", "4")];
    let template = Template::new()
        .with("NAME", "n")
        .with("VN_MAD", "bridge")
        .with_vector("AR", range);
    let id = client.vnets().allocate(&template, None).await.unwrap();
    client.vnets().hold(id, "198.18.1.3").await.unwrap();
    let lease = client.vnets().info(id).await.unwrap().ranges[0].leases[0].clone();
    assert_eq!(
        (lease.ip.as_deref(), lease.holder),
        (Some("198.18.1.3"), LeaseHolder::Held)
    );
    let again = client.vnets().hold(id, "198.18.1.3").await.unwrap_err();
    assert_eq!(
        again.refusal().unwrap().text,
        "[one.vn.hold] Address is not part of the address range or in use."
    );
    assert_eq!(
        client.vnets().delete(id).await.unwrap_err().code(),
        Some(Code::Action)
    );
    client.vnets().release(id, "198.18.1.3").await.unwrap();
    client.vnets().delete(id).await.unwrap();
}

#[tokio::test]
async fn a_machine_takes_an_address_and_gives_it_back() {
    let (emulator, client) = pair().await;
    let range = [
        ("TYPE", "IP4"),
        ("IP", "198.18.1.1"),
        ("SIZE", "1"),
        ("VULTR_IP_ID", "u-1"),
    ];
    let template = Template::new()
        .with("NAME", "n")
        .with("VN_MAD", "bridge")
        .with_vector("AR", range);
    let vnet = client.vnets().allocate(&template, None).await.unwrap();
    let host = client
        .hosts()
        .allocate("198.18.0.5", "kvm", "kvm", None)
        .await
        .unwrap();
    let vm = emulator.place_vm(host, Some(vnet)).unwrap();
    let seen = client.vms().info(vm).await.unwrap();
    assert_eq!((seen.host, seen.lcm_state), (Some(host), 3));
    assert_eq!(
        seen.template.vector("NIC").unwrap().get("VULTR_IP_ID"),
        Some("u-1")
    );
    assert!(emulator.place_vm(host, Some(vnet)).is_err());
    assert_eq!(client.vnets().info(vnet).await.unwrap().used_leases, 1);
    emulator.remove_vm(vm).unwrap();
    assert_eq!(client.vnets().info(vnet).await.unwrap().used_leases, 0);
}

#[tokio::test]
async fn a_locked_network_is_told_from_a_missing_right() {
    let (_, client) = pair().await;
    let id = client.vnets().allocate(&elastic("n"), None).await.unwrap();
    client
        .vnets()
        .lock(id, LockLevel::Use, LockMode::Test)
        .await
        .unwrap();
    let error = client
        .vnets()
        .update(id, &Template::new().with("A", "1"), Update::Merge)
        .await
        .unwrap_err();
    assert!(error.is_locked());
    assert_eq!(
        client.vnets().info(id).await.unwrap().lock.unwrap().level,
        1
    );
    client.vnets().unlock(id).await.unwrap();
    client.vnets().delete(id).await.unwrap();
}
