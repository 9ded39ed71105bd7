//! Every call's method, path and body, whole.

use super::server::{Play, done, instance, ok, serve};
use crate::client::Client;
use crate::model::{
    BareMetalChange, FirewallRuleId, GroupChange, InstanceChange, NewBareMetal, NewInstance,
    NewReservedIp, NewRule, NewVpc, OsId, Protocol, Source, UserScheme,
};
use serde_json::{Value, json};
use std::net::IpAddr;

/// One of each that has everything there is to say.
pub(super) fn full_instance() -> NewInstance {
    NewInstance {
        label: "edge-1".to_owned(),
        hostname: "edge-1.example".to_owned(),
        tags: vec!["cluster=ams".to_owned()],
        ssh_keys: vec!["k-1".into(), "k-2".into()],
        startup_script: Some("s-1".into()),
        user_data: Some("#cloud-config\n{}\n".into()),
        attach_vpc: vec!["v-1".into()],
        reserved_ipv4: Some("r-1".into()),
        firewall_group_id: Some("f-1".into()),
        enable_ipv6: true,
        user_scheme: Some(UserScheme::Root),
        ..NewInstance::new("ams".into(), "vc2-1c-1gb".into(), OsId(2136))
    }
}

pub(super) fn full_metal() -> NewBareMetal {
    NewBareMetal {
        label: "edge-1".to_owned(),
        hostname: "edge-1.example".to_owned(),
        tags: vec!["cluster=ams".to_owned()],
        ssh_keys: vec!["k-1".into()],
        startup_script: Some("s-1".into()),
        user_data: Some("#cloud-config\n{}\n".into()),
        attach_vpc: vec!["v-1".into()],
        reserved_ipv4: Some("r-1".into()),
        enable_ipv6: true,
        user_scheme: Some(UserScheme::Limited),
        ..NewBareMetal::new("ams".into(), "vbm-4c-32gb".into(), OsId(2136))
    }
}

pub(super) fn full_change() -> InstanceChange {
    InstanceChange {
        label: Some("edge-2".to_owned()),
        tags: Some(vec![]),
        firewall_group_id: Some(GroupChange::Detach),
        user_data: Some("#cloud-config\n{}\n".into()),
    }
}

pub(super) fn rule() -> NewRule {
    NewRule {
        notes: "bgp".to_owned(),
        ..NewRule::new(Protocol::Tcp, "179", IpAddr::from([198, 18, 0, 0]), 24)
    }
}

/// Makes every call that changes something; the answers are as short as they may be.
pub(super) fn every_answer() -> Vec<Play> {
    let metal = || Play::Json(202, json!({ "bare_metal": { "id": "b-1" } }));
    let mut plays = vec![instance(), instance(), instance(), done(), done(), done()];
    plays.extend([
        done(),
        done(),
        done(),
        instance(),
        instance(),
        metal(),
        metal(),
    ]);
    plays.extend([done(), done(), done(), done(), done(), done(), metal()]);
    plays.extend([
        Play::Json(201, json!({ "vpc": { "id": "v-1" } })),
        done(),
        done(),
        Play::Json(201, json!({ "firewall_group": { "id": "f-1" } })),
        done(),
        Play::Json(201, json!({ "firewall_rule": { "id": 1 } })),
        done(),
        done(),
        Play::Json(201, json!({ "reserved_ip": { "id": "r-1" } })),
        ok(json!({ "reserved_ip": { "id": "r-1" } })),
        done(),
        done(),
        done(),
        Play::Json(201, json!({ "ssh_key": { "id": "k-1" } })),
        done(),
        done(),
    ]);
    plays
}

pub(super) async fn every_change(client: &Client) {
    let (id, vpc) = ("i-1".into(), "v-1".into());
    let instances = client.instances();
    let least = NewInstance::new("ams".into(), "vc2-1c-1gb".into(), OsId(2136));
    instances.create(&least).await.unwrap();
    instances.create(&full_instance()).await.unwrap();
    instances.update(&id, &full_change()).await.unwrap();
    instances.attach_vpc(&id, &vpc).await.unwrap();
    instances.detach_vpc(&id, &vpc).await.unwrap();
    instances.start(&id).await.unwrap();
    instances.halt(&id).await.unwrap();
    instances.reboot(&id).await.unwrap();
    instances.delete(&id).await.unwrap();
    instances.reinstall(&id, None).await.unwrap();
    instances.reinstall(&id, Some("edge-2")).await.unwrap();
    let id = "b-1".into();
    let metals = client.bare_metals();
    metals.create(&full_metal()).await.unwrap();
    let change = BareMetalChange {
        label: Some("edge-2".to_owned()),
        ..BareMetalChange::default()
    };
    metals.update(&id, &change).await.unwrap();
    metals.attach_vpc(&id, &vpc).await.unwrap();
    metals.detach_vpc(&id, &vpc).await.unwrap();
    metals.start(&id).await.unwrap();
    metals.halt(&id).await.unwrap();
    metals.reboot(&id).await.unwrap();
    metals.delete(&id).await.unwrap();
    metals.reinstall(&id, None).await.unwrap();
    every_change_of_networks(client).await;
}

async fn every_change_of_networks(client: &Client) {
    let vpcs = client.vpcs();
    let new = NewVpc {
        region: "ams".into(),
        description: "cluster=ams".to_owned(),
        subnet: Some(("198.18.0.0".to_owned(), 24)),
    };
    vpcs.create(&new).await.unwrap();
    vpcs.update(&"v-1".into(), "x").await.unwrap();
    vpcs.delete(&"v-1".into()).await.unwrap();
    let groups = client.firewall_groups();
    groups.create("cluster=ams").await.unwrap();
    groups.update(&"f-1".into(), "x").await.unwrap();
    groups.add_rule(&"f-1".into(), &rule()).await.unwrap();
    groups
        .remove_rule(&"f-1".into(), FirewallRuleId(1))
        .await
        .unwrap();
    groups.delete(&"f-1".into()).await.unwrap();
    let addresses = client.reserved_ips();
    let new = NewReservedIp::v4("ams".into(), "cluster=ams");
    addresses.create(&new).await.unwrap();
    addresses.update(&"r-1".into(), "x").await.unwrap();
    addresses
        .attach(&"r-1".into(), &"i-1".into())
        .await
        .unwrap();
    addresses.detach(&"r-1".into()).await.unwrap();
    addresses.delete(&"r-1".into()).await.unwrap();
    client
        .ssh_keys()
        .create("me", "ssh-ed25519 AAAA")
        .await
        .unwrap();
    client.ssh_keys().delete(&"k-1".into()).await.unwrap();
    client
        .startup_scripts()
        .delete(&"s-1".into())
        .await
        .unwrap();
}

const STUB: &str = "I2Nsb3VkLWNvbmZpZwp7fQo=";

fn expected_of_machines() -> Vec<(&'static str, Value)> {
    vec![
        (
            "POST /instances",
            json!({ "region": "ams", "plan": "vc2-1c-1gb", "os_id": 2136,
            "activation_email": false }),
        ),
        (
            "POST /instances",
            json!({ "region": "ams", "plan": "vc2-1c-1gb", "os_id": 2136,
            "label": "edge-1", "hostname": "edge-1.example", "tags": ["cluster=ams"],
            "sshkey_id": ["k-1", "k-2"], "script_id": "s-1", "user_data": STUB, "attach_vpc": ["v-1"],
            "reserved_ipv4": "r-1", "firewall_group_id": "f-1", "enable_ipv6": true,
            "activation_email": false, "user_scheme": "root" }),
        ),
        (
            "PATCH /instances/i-1",
            json!({ "label": "edge-2", "tags": [], "firewall_group_id": "",
            "user_data": STUB }),
        ),
        (
            "POST /instances/i-1/vpcs/attach",
            json!({ "vpc_id": "v-1" }),
        ),
        (
            "POST /instances/i-1/vpcs/detach",
            json!({ "vpc_id": "v-1" }),
        ),
        ("POST /instances/i-1/start", Value::Null),
        ("POST /instances/i-1/halt", Value::Null),
        ("POST /instances/i-1/reboot", Value::Null),
        ("DELETE /instances/i-1", Value::Null),
        ("POST /instances/i-1/reinstall", json!({})),
        (
            "POST /instances/i-1/reinstall",
            json!({ "hostname": "edge-2" }),
        ),
        (
            "POST /bare-metals",
            json!({ "region": "ams", "plan": "vbm-4c-32gb", "os_id": 2136,
            "label": "edge-1", "hostname": "edge-1.example", "tags": ["cluster=ams"],
            "sshkey_id": ["k-1"], "script_id": "s-1", "user_data": STUB, "attach_vpc": ["v-1"],
            "reserved_ipv4": "r-1", "enable_ipv6": true, "activation_email": false,
            "user_scheme": "limited" }),
        ),
        ("PATCH /bare-metals/b-1", json!({ "label": "edge-2" })),
        (
            "POST /bare-metals/b-1/vpcs/attach",
            json!({ "vpc_id": "v-1" }),
        ),
        (
            "POST /bare-metals/b-1/vpcs/detach",
            json!({ "vpc_id": "v-1" }),
        ),
        ("POST /bare-metals/b-1/start", Value::Null),
        ("POST /bare-metals/b-1/halt", Value::Null),
        ("POST /bare-metals/b-1/reboot", Value::Null),
        ("DELETE /bare-metals/b-1", Value::Null),
        ("POST /bare-metals/b-1/reinstall", json!({})),
    ]
}

fn expected_of_networks() -> Vec<(&'static str, Value)> {
    vec![
        (
            "POST /vpcs",
            json!({ "region": "ams", "description": "cluster=ams",
            "v4_subnet": "198.18.0.0", "v4_subnet_mask": 24 }),
        ),
        ("PUT /vpcs/v-1", json!({ "description": "x" })),
        ("DELETE /vpcs/v-1", Value::Null),
        ("POST /firewalls", json!({ "description": "cluster=ams" })),
        ("PUT /firewalls/f-1", json!({ "description": "x" })),
        (
            "POST /firewalls/f-1/rules",
            json!({ "ip_type": "v4", "protocol": "tcp",
            "subnet": "198.18.0.0", "subnet_size": 24, "port": "179", "notes": "bgp" }),
        ),
        ("DELETE /firewalls/f-1/rules/1", Value::Null),
        ("DELETE /firewalls/f-1", Value::Null),
        (
            "POST /reserved-ips",
            json!({ "region": "ams", "ip_type": "v4", "label": "cluster=ams" }),
        ),
        ("PATCH /reserved-ips/r-1", json!({ "label": "x" })),
        (
            "POST /reserved-ips/r-1/attach",
            json!({ "instance_id": "i-1" }),
        ),
        ("POST /reserved-ips/r-1/detach", Value::Null),
        ("DELETE /reserved-ips/r-1", Value::Null),
        (
            "POST /ssh-keys",
            json!({ "name": "me", "ssh_key": "ssh-ed25519 AAAA" }),
        ),
        ("DELETE /ssh-keys/k-1", Value::Null),
        ("DELETE /startup-scripts/s-1", Value::Null),
    ]
}

#[tokio::test]
async fn every_call_that_changes_something_sends_what_it_must_and_no_more() {
    let server = serve(every_answer()).await;
    every_change(&server.client).await;
    let sent: Vec<_> = server.calls().into_iter().zip(server.bodies()).collect();
    let mut expected = expected_of_machines();
    expected.extend(expected_of_networks());
    for (sent, expected) in sent.iter().zip(&expected) {
        assert_eq!((sent.0.as_str(), &sent.1), (expected.0, &expected.1));
    }
    assert_eq!(sent.len(), expected.len());
}

#[tokio::test]
async fn null_is_never_sent() {
    let server = serve(every_answer()).await;
    every_change(&server.client).await;
    let bodies = server.look(|seen| {
        seen.iter()
            .map(|call| String::from_utf8(call.body.clone()).unwrap())
            .collect::<Vec<_>>()
    });
    assert!(
        bodies.iter().all(|body| !body.contains("null")),
        "{bodies:?}"
    );
}

#[test]
fn a_machine_is_made_of_exactly_one_thing() {
    for (source, field) in [
        (Source::Os(OsId(2136)), json!({ "os_id": 2136 })),
        (
            Source::Snapshot("s".to_owned()),
            json!({ "snapshot_id": "s" }),
        ),
        (Source::App(37), json!({ "app_id": 37 })),
        (
            Source::Image("docker".to_owned()),
            json!({ "image_id": "docker" }),
        ),
    ] {
        let new = NewInstance::new("ams".into(), "p".into(), source);
        let mut sent = serde_json::to_value(new).unwrap();
        let sent = sent.as_object_mut().unwrap();
        sent.retain(|name, _| name.ends_with("_id"));
        assert_eq!(json!(sent), field);
    }
}

#[tokio::test]
async fn an_id_stays_within_its_part_of_the_path() {
    let server = serve([done()]).await;
    server
        .client
        .instances()
        .delete(&"../vpcs/v?x#y %".into())
        .await
        .unwrap();
    assert_eq!(
        server.calls(),
        ["DELETE /instances/..%2Fvpcs%2Fv%3Fx%23y%20%25"]
    );
}
