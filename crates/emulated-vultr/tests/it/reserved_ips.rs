//! Reserved addresses.

use crate::common::{Account, column, config, instance, text};
use edgewright_emulated_vultr::{Config, Timing};
use serde_json::{Value, json};

async fn reserve(account: &Account) -> (String, String) {
    let body = json!({ "region": "ams", "ip_type": "v4", "label": "l" });
    let value = account.good("POST", "/reserved-ips", body).await;
    let made = &value["reserved_ip"];
    assert_eq!(
        (&made["instance_id"], &made["subnet_size"]),
        (&json!(""), &json!(32))
    );
    (text(&made["id"]), text(&made["subnet"]))
}

#[tokio::test]
async fn an_address_is_attached_and_detached() {
    let account = Account::new().await;
    let (id, address) = reserve(&account).await;
    assert_eq!(address, "198.18.0.193");
    let path = format!("/reserved-ips/{id}");
    let machine = account.ready(json!({})).await;
    let body = json!({ "instance_id": machine });
    account
        .good("POST", &format!("{path}/attach"), body.clone())
        .await;
    assert_eq!(
        account.get(&path).await["reserved_ip"]["instance_id"],
        *machine
    );
    let addresses = account.get(&format!("/instances/{machine}/ipv4")).await;
    assert_eq!(column(&addresses["ipv4s"], "ip")[1], address);
    let refused = account
        .refused("POST", &format!("{path}/attach"), body.clone())
        .await;
    assert_eq!(
        refused,
        (400, "IP is already attached to a server".to_owned())
    );
    let refused = account.refused("DELETE", &path, Value::Null).await;
    let expected = "Unable to detach subnet, please restart your server from the control panel";
    assert_eq!(refused, (400, expected.to_owned()));
    account.good("POST", &format!("{path}/detach"), body).await;
    let refused = account
        .refused("POST", &format!("{path}/detach"), Value::Null)
        .await;
    assert_eq!(refused, (400, "IP is not attached to a server".to_owned()));
    account.good("DELETE", &path, Value::Null).await;
    let refused = account.refused("GET", &path, Value::Null).await;
    assert_eq!(refused, (404, "Invalid reserved-ip ID".to_owned()));
}

#[tokio::test]
async fn an_address_can_be_a_machines_main_one() {
    let account = Account::new().await;
    let (id, address) = reserve(&account).await;
    let machine = account.ready(json!({ "reserved_ipv4": id })).await;
    let value = account.get(&format!("/instances/{machine}")).await;
    assert_eq!(value["instance"]["main_ip"], *address);
    let again = instance(json!({ "reserved_ipv4": id }));
    let refused = account.refused("POST", "/instances", again).await;
    let expected = "Server add failed: Floating IPv4 address is already attached to another server";
    assert_eq!(refused, (400, expected.to_owned()));
    let refused = account
        .refused("POST", &format!("/reserved-ips/{id}/detach"), Value::Null)
        .await;
    let expected = "Unable to detach subnet, please restart your server from the control panel";
    assert_eq!(refused, (400, expected.to_owned()));
    account
        .good("DELETE", &format!("/instances/{machine}"), Value::Null)
        .await;
    let value = account.get(&format!("/reserved-ips/{id}")).await;
    assert_eq!(value["reserved_ip"]["instance_id"], "");
}

#[tokio::test]
async fn a_detached_address_counts_as_attached_for_a_while() {
    let account = Account::with(Config {
        timing: Timing::scaled(0.01),
        ..config()
    })
    .await;
    let (id, _) = reserve(&account).await;
    let machine = account.order(json!({})).await;
    let path = format!("/reserved-ips/{id}");
    let body = json!({ "instance_id": machine });
    account.good("POST", &format!("{path}/attach"), body).await;
    account
        .good("POST", &format!("{path}/detach"), Value::Null)
        .await;
    assert_eq!(account.get(&path).await["reserved_ip"]["instance_id"], "");
    let order = instance(json!({ "reserved_ipv4": id }));
    let refused = account.refused("POST", "/instances", order.clone()).await;
    let expected = "Server add failed: Floating IPv4 address is already attached to another server";
    assert_eq!(refused, (400, expected.to_owned()));
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    account.good("POST", "/instances", order).await;
}

#[tokio::test]
async fn a_machines_own_address_outlives_it_when_converted() {
    let account = Account::new().await;
    let machine = account.ready(json!({})).await;
    let body = json!({ "ip_address": "198.18.0.10", "label": "kept" });
    let (status, value) = account
        .call("POST", "/reserved-ips/convert", body.clone())
        .await;
    assert_eq!(
        (status, &value["reserved_ip"]["instance_id"]),
        (201, &json!(machine))
    );
    let refused = account.refused("POST", "/reserved-ips/convert", body).await;
    assert_eq!(refused, (400, "Invalid IP address.".to_owned()));
    account
        .good("DELETE", &format!("/instances/{machine}"), Value::Null)
        .await;
    account.settled().await;
    assert_eq!(
        account.get("/reserved-ips").await["reserved_ips"][0]["label"],
        "kept"
    );
}

#[tokio::test]
async fn regions_and_kinds_matter() {
    let account = Account::new().await;
    let (id, _) = reserve(&account).await;
    let elsewhere = account.ready(json!({ "region": "fra" })).await;
    let path = format!("/reserved-ips/{id}/attach");
    let refused = account
        .refused("POST", &path, json!({ "instance_id": elsewhere }))
        .await;
    assert_eq!(refused, (400, "The server is in another region".to_owned()));
    let refused = account
        .refused("POST", &path, json!({ "instance_id": "no" }))
        .await;
    assert_eq!(refused, (400, "Invalid instance ID.".to_owned()));
    let body = json!({ "region": "ams", "ip_type": "v6" });
    let value = account.good("POST", "/reserved-ips", body).await;
    assert_eq!(value["reserved_ip"]["subnet_size"], 64);
    let body = json!({ "region": "ams", "ip_type": "v5" });
    let refused = account.refused("POST", "/reserved-ips", body).await;
    assert_eq!(refused, (400, "Invalid ip_type.".to_owned()));
    let refused = account
        .refused("POST", "/reserved-ips//detach", Value::Null)
        .await;
    assert_eq!(refused, (404, "Invalid reserved-ip ID".to_owned()));
}
