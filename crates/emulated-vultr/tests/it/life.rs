//! What machines go through, and what is asked of whoever runs them.

use crate::common::{Account, config, text};
use edgewright_emulated_vultr::{
    BoxFuture, Config, Emulator, MachineKind, MachineOrder, Machines, Nic, Power, Timing, Trouble,
    VpcNetwork,
};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Writes down what is asked of it.
struct Diary {
    lines: Mutex<Vec<String>>,
    orders: Mutex<Vec<MachineOrder>>,
    /// A permit for each start.
    starts: Semaphore,
    /// What fails.
    failing: Option<&'static str>,
}

impl Diary {
    fn new(starts: usize, failing: Option<&'static str>) -> Arc<Self> {
        Arc::new(Self {
            lines: Mutex::default(),
            orders: Mutex::default(),
            starts: Semaphore::new(starts),
            failing,
        })
    }

    fn note(&self, line: String) -> BoxFuture<'static, Result<(), String>> {
        let fails = self.failing.is_some_and(|word| line.starts_with(word));
        self.lines.lock().unwrap().push(line);
        let result = if fails {
            Err("the disk is full".to_owned())
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(result))
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Told(Arc<Diary>);

impl Machines for Told {
    fn start<'a>(&'a self, order: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            self.0.starts.acquire().await.unwrap().forget();
            self.0.orders.lock().unwrap().push(order.clone());
            self.0.note(format!("start {}", order.label)).await
        })
    }
    fn destroy<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), String>> {
        self.0.note("destroy".to_owned())
    }
    fn power<'a>(&'a self, _: &'a str, power: Power) -> BoxFuture<'a, Result<(), String>> {
        self.0.note(format!("{power:?}"))
    }
    fn reinstall<'a>(&'a self, order: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>> {
        self.0.note(format!("reinstall {}", order.os_name))
    }
    fn create_network<'a>(&'a self, network: &'a VpcNetwork) -> BoxFuture<'a, Result<(), String>> {
        self.0.note(format!("create {}", network.subnet))
    }
    fn delete_network<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), String>> {
        self.0.note("delete".to_owned())
    }
    fn attach_network<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        nic: &'a Nic,
    ) -> BoxFuture<'a, Result<(), String>> {
        self.0
            .note(format!("attach {}/{}", nic.address, nic.prefix_len))
    }
    fn detach_network<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), String>> {
        self.0.note("detach".to_owned())
    }
    fn attach_address<'a>(
        &'a self,
        _: &'a str,
        address: IpAddr,
    ) -> BoxFuture<'a, Result<(), String>> {
        self.0.note(format!("attach {address}"))
    }
    fn detach_address<'a>(
        &'a self,
        _: &'a str,
        address: IpAddr,
    ) -> BoxFuture<'a, Result<(), String>> {
        self.0.note(format!("detach {address}"))
    }
}

async fn account(diary: &Arc<Diary>, timing: Timing) -> Account {
    let config = Config { timing, ..config() };
    Account::of(Emulator::builder(config).machines(Told(Arc::clone(diary)))).await
}

#[tokio::test]
async fn everything_is_asked_in_order_and_one_at_a_time() {
    let diary = Diary::new(9, None);
    let account = account(&diary, Timing::INSTANT).await;
    let vpc = account.make("/vpcs", json!({ "region": "ams" })).await;
    let id = account.ready(json!({ "label": "m" })).await;
    let path = format!("/instances/{id}");
    let body = json!({ "region": "ams", "ip_type": "v4" });
    let reserved = account.make("/reserved-ips", body).await;
    let calls = [
        (format!("{path}/vpcs/attach"), json!({ "vpc_id": vpc })),
        (format!("{path}/halt"), Value::Null),
        (
            format!("/reserved-ips/{reserved}/attach"),
            json!({ "instance_id": id }),
        ),
        (format!("/reserved-ips/{reserved}/detach"), Value::Null),
        (format!("{path}/vpcs/detach"), json!({ "vpc_id": vpc })),
        (format!("{path}/reinstall"), json!({ "hostname": "new" })),
    ];
    for (path, body) in calls {
        account.good("POST", &path, body).await;
    }
    account.good("DELETE", &path, Value::Null).await;
    account.settled().await;
    account
        .good("DELETE", &format!("/vpcs/{vpc}"), Value::Null)
        .await;
    let expected = [
        "create 198.19.0.0/24",
        "start m",
        "attach 198.19.0.3/24",
        "Reboot",
        "Halt",
        "attach 198.18.0.193",
        "detach 198.18.0.193",
        "detach",
        "reinstall Debian 12 x64 (bookworm)",
        "destroy",
        "delete",
    ];
    assert_eq!(diary.lines(), expected);
}

#[tokio::test]
async fn an_order_carries_everything_that_a_machine_needs() {
    let diary = Diary::new(9, None);
    let account = account(&diary, Timing::INSTANT).await;
    let vpc = account.make("/vpcs", json!({ "region": "ams" })).await;
    let key = account
        .make(
            "/ssh-keys",
            json!({ "name": "k", "ssh_key": "ssh-ed25519 AAAA" }),
        )
        .await;
    let script = account
        .make(
            "/startup-scripts",
            json!({ "name": "s", "script": "IyEvYmluL3NoCg==" }),
        )
        .await;
    let more = json!({
        "label": "l", "hostname": "h", "user_data": "aGk=", "sshkey_id": [key], "script_id": script, "attach_vpc": [vpc],
    });
    let id = account.ready(more).await;
    let orders = diary.orders.lock().unwrap();
    let order = &orders[0];
    assert_eq!(
        (&order.id, order.kind, order.os_id),
        (&id, MachineKind::Virtual, 2136)
    );
    assert_eq!((order.label.as_str(), order.hostname.as_str()), ("l", "h"));
    assert_eq!(
        (order.plan.as_str(), order.vcpus, order.memory_mb),
        ("vc2-1c-1gb", 1, 1024)
    );
    assert_eq!(order.user_data.as_deref(), Some(&b"hi"[..]));
    assert_eq!(order.ssh_keys, ["ssh-ed25519 AAAA"]);
    assert_eq!(order.startup_script.as_deref(), Some("#!/bin/sh\n"));
    let public = Nic {
        address: [198, 18, 0, 10].into(),
        prefix_len: 24,
        gateway: Some([198, 18, 0, 1].into()),
        mac: order.public.mac.clone(),
    };
    assert_eq!(order.public, public);
    let (network, nic) = &order.networks[0];
    assert_eq!(
        (network, nic.address, nic.gateway),
        (&vpc, [198, 19, 0, 3].into(), None)
    );
}

#[tokio::test]
async fn the_states_follow_each_other_and_a_locked_machine_stays() {
    let diary = Diary::new(0, None);
    let account = account(&diary, Timing::scaled(0.004)).await;
    let id = account.order(json!({})).await;
    let path = format!("/instances/{id}");
    let value = account
        .until(&path, |value| {
            value["instance"]["server_status"] == "locked"
        })
        .await;
    assert_eq!(value["instance"]["status"], "pending");
    assert_eq!(value["instance"]["main_ip"], "198.18.0.10");
    let refused = account.refused("DELETE", &path, Value::Null).await;
    let expected = "Unable to destroy server: Unable to remove VM: Server is currently locked";
    assert_eq!(refused, (500, expected.to_owned()));
    let refused = account
        .refused("POST", &format!("{path}/reinstall"), json!({}))
        .await;
    let expected = "Unable to reinstall server: Server is currently locked";
    assert_eq!(refused, (500, expected.to_owned()));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let value = account.get(&path).await;
    assert_eq!(
        value["instance"]["status"], "pending",
        "it was not started yet"
    );
    diary.starts.add_permits(1);
    account
        .until(&path, |value| {
            value["instance"]["server_status"] == "installingbooting"
        })
        .await;
    let value = account
        .until(&path, |value| value["instance"]["server_status"] == "ok")
        .await;
    assert_eq!(value["instance"]["status"], "active");
}

#[tokio::test]
async fn a_halt_shows_later_and_a_start_brings_it_back() {
    let diary = Diary::new(9, None);
    let account = account(&diary, Timing::scaled(0.01)).await;
    let id = account.ready(json!({})).await;
    let path = format!("/instances/{id}");
    let stopped = |value: &Value| value["instance"]["power_status"] == "stopped";
    account
        .good("POST", &format!("{path}/halt"), Value::Null)
        .await;
    assert!(!stopped(&account.get(&path).await));
    account.until(&path, stopped).await;
    account
        .good("POST", "/instances/start", json!({ "instance_ids": [id] }))
        .await;
    account.until(&path, |value| !stopped(value)).await;
}

#[tokio::test]
async fn a_failed_start_leaves_the_machine_pending_and_is_told() {
    let diary = Diary::new(9, Some("start"));
    let troubles: Arc<Mutex<Vec<Trouble>>> = Arc::default();
    let sink = Arc::clone(&troubles);
    let builder = Emulator::builder(config())
        .machines(Told(Arc::clone(&diary)))
        .trouble(move |trouble| sink.lock().unwrap().push(trouble.clone()));
    let account = Account::of(builder).await;
    let id = account.order(json!({ "label": "m" })).await;
    while troubles.lock().unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let value = account.get(&format!("/instances/{id}")).await;
    assert_eq!(value["instance"]["status"], "pending");
    let trouble = troubles.lock().unwrap()[0].clone();
    assert_eq!((trouble.id, trouble.action.as_str()), (id.clone(), "start"));
    assert_eq!(trouble.error, "the disk is full");
    let books = account.emulator.books();
    assert_eq!(
        text(&books["instances"][&id]["failure"]),
        "the disk is full"
    );
    account
        .good("DELETE", &format!("/instances/{id}"), Value::Null)
        .await;
}

#[tokio::test]
async fn a_network_that_cannot_be_made_is_an_error_of_the_call() {
    let diary = Diary::new(9, Some("create"));
    let account = account(&diary, Timing::INSTANT).await;
    let expected = (500, "Unable to create network: the disk is full".to_owned());
    let refused = account
        .refused("POST", "/vpcs", json!({ "region": "ams" }))
        .await;
    assert_eq!(refused, expected);
    let order = crate::common::instance(json!({ "enable_vpc": true }));
    assert_eq!(account.refused("POST", "/instances", order).await, expected);
    let books = account.emulator.books();
    assert_eq!(
        (&books["vpcs"], &books["instances"]),
        (&json!({}), &json!({}))
    );
}

#[tokio::test]
async fn a_network_that_cannot_be_removed_stays() {
    let diary = Diary::new(9, Some("delete"));
    let account = account(&diary, Timing::INSTANT).await;
    let id = account.make("/vpcs", json!({ "region": "ams" })).await;
    let path = format!("/vpcs/{id}");
    let refused = account.refused("DELETE", &path, Value::Null).await;
    assert_eq!(
        refused,
        (500, "Unable to delete network: the disk is full".to_owned())
    );
    account.get(&path).await;
}
