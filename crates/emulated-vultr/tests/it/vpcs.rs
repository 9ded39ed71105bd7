//! VPCs and who is attached to them.

use crate::common::{Account, column, config};
use edgewright_emulated_vultr::{Config, Timing};
use serde_json::{Value, json};

#[tokio::test]
async fn a_vpc_gets_a_subnet_or_the_one_it_asks_for() {
    let account = Account::new().await;
    let first = account
        .good("POST", "/vpcs", json!({ "region": "ams" }))
        .await;
    assert_eq!(first["vpc"]["v4_subnet"], "198.19.0.0");
    let body = json!({ "region": "ams", "description": "d", "v4_subnet": "198.19.16.0", "v4_subnet_mask": 20 });
    let (status, value) = account.call("POST", "/vpcs", body).await;
    assert_eq!((status, &value["vpc"]["v4_subnet_mask"]), (201, &json!(20)));
    for (network, length) in [
        (json!("198.19.0.0"), Value::Null),
        (json!("198.19.0.1"), json!(24)),
        (json!("x"), json!(24)),
    ] {
        let body = json!({ "region": "ams", "v4_subnet": network, "v4_subnet_mask": length });
        let refused = account.refused("POST", "/vpcs", body).await;
        assert_eq!(
            refused,
            (400, "Invalid v4_subnet or v4_subnet_mask.".to_owned())
        );
    }
}

#[tokio::test]
async fn a_region_holds_five() {
    let account = Account::new().await;
    for _ in 0..5 {
        account.make("/vpcs", json!({ "region": "ams" })).await;
    }
    let expected = "You have reached the maximum number of VPC networks in this region";
    let refused = account
        .refused("POST", "/vpcs", json!({ "region": "ams" }))
        .await;
    assert_eq!(refused, (400, expected.to_owned()));
    account.make("/vpcs", json!({ "region": "fra" })).await;
}

#[tokio::test]
async fn a_vpc_is_changed_with_put_only() {
    let account = Account::new().await;
    let id = account.make("/vpcs", json!({ "region": "ams" })).await;
    let path = format!("/vpcs/{id}");
    let body = json!({ "description": "new" });
    let refused = account.refused("PATCH", &path, body.clone()).await;
    let expected = "Method not allowed. Must be one of: DELETE, GET, PUT";
    assert_eq!(refused, (405, expected.to_owned()));
    account.good("PUT", &path, body).await;
    assert_eq!(account.get(&path).await["vpc"]["description"], "new");
}

#[tokio::test]
async fn a_vpc_stays_while_anything_is_attached_even_if_it_is_being_removed() {
    let account = Account::with(Config {
        timing: Timing::scaled(0.01),
        ..config()
    })
    .await;
    let id = account.make("/vpcs", json!({ "region": "ams" })).await;
    let path = format!("/vpcs/{id}");
    let one = account.ready(json!({ "attach_vpc": [id] })).await;
    let two = account.ready(json!({ "attach_vpc": [id] })).await;
    let refused = account.refused("DELETE", &path, Value::Null).await;
    let expected =
        "The following servers are attached to this VPC network: 198.18.0.10, 198.18.0.11";
    assert_eq!(refused, (400, expected.to_owned()));
    for machine in [one, two] {
        account
            .good("DELETE", &format!("/instances/{machine}"), Value::Null)
            .await;
    }
    let refused = account.refused("DELETE", &path, Value::Null).await;
    assert_eq!(refused, (400, expected.to_owned()));
    account.settled().await;
    account.good("DELETE", &path, Value::Null).await;
    let refused = account.refused("GET", &path, Value::Null).await;
    assert_eq!(refused, (404, "Invalid VPC ID".to_owned()));
}

#[tokio::test]
async fn machines_get_addresses_from_the_third_on() {
    let account = Account::new().await;
    let id = account.make("/vpcs", json!({ "region": "ams" })).await;
    for expected in ["198.19.0.3", "198.19.0.4"] {
        let machine = account.ready(json!({ "attach_vpc": [id, id] })).await;
        let value = account.get(&format!("/instances/{machine}/vpcs")).await;
        assert_eq!(column(&value["vpcs"], "ip_address"), [expected]);
        assert!(column(&value["vpcs"], "mac_address")[0].starts_with("02:42:c6:13:"));
    }
    let machine = account.ready(json!({ "enable_vpc": true })).await;
    let value = account.get(&format!("/instances/{machine}/vpcs")).await;
    assert_eq!(column(&value["vpcs"], "ip_address"), ["198.19.1.3"]);
}

#[tokio::test]
async fn a_machine_joins_and_leaves_later() {
    let account = Account::new().await;
    let id = account.make("/vpcs", json!({ "region": "ams" })).await;
    let machine = account.ready(json!({})).await;
    let path = format!("/instances/{machine}/vpcs");
    let body = json!({ "vpc_id": id });
    for _ in 0..2 {
        account
            .good("POST", &format!("{path}/attach"), body.clone())
            .await;
    }
    assert_eq!(account.get(&path).await["meta"]["total"], 1);
    account
        .good("POST", &format!("{path}/detach"), body.clone())
        .await;
    assert_eq!(account.get(&path).await["meta"]["total"], 0);
    let refused = account
        .refused("POST", &format!("{path}/detach"), body)
        .await;
    assert_eq!(refused, (400, "Invalid VPC ID".to_owned()));
    let change = json!({ "attach_vpc": [id] });
    account
        .good("PATCH", &format!("/instances/{machine}"), change)
        .await;
    assert_eq!(account.get(&path).await["meta"]["total"], 1);
}
