//! Bare metal: the same as instances, and yet all is called otherwise.

use crate::common::{Account, column, text};
use serde_json::{Value, json};

fn order() -> Value {
    json!({ "region": "ams", "plan": "vbm-4c-32gb", "os_id": 2136, "tags": ["t"], "label": "m", "iso_id": null })
}

#[tokio::test]
async fn a_server_is_made_found_and_removed() {
    let account = Account::new().await;
    let value = account.good("POST", "/bare-metals", order()).await;
    let made = &value["bare_metal"];
    assert_eq!(
        (&made["main_ip"], &made["status"]),
        (&json!(""), &json!("pending"))
    );
    assert_eq!(
        (&made["ram"], &made["disk"]),
        (&json!("32768 MB"), &json!("2x 240GB SSD"))
    );
    assert_eq!(
        (&made["mac_address"], &made["cpu_count"]),
        (&json!(0), &json!(4))
    );
    assert!(made["server_status"].is_null() && made["firewall_group_id"].is_null());
    let id = text(&made["id"]);
    let path = format!("/bare-metals/{id}");
    let value = account
        .until(&path, |value| value["bare_metal"]["status"] == "active")
        .await;
    assert_eq!(value["bare_metal"]["main_ip"], "198.18.0.10");
    assert!(value["bare_metal"]["mac_address"].as_u64().unwrap() > 0);
    let value = account
        .good(
            "PATCH",
            &path,
            json!({ "label": "n", "mdisk_mode": "raid1" }),
        )
        .await;
    assert_eq!(value["bare_metal"]["mdisk_mode"], "raid1");
    assert!(value["job_ids"].is_null());
    account
        .good(
            "POST",
            "/bare-metals/halt",
            json!({ "baremetal_ids": [id] }),
        )
        .await;
    account
        .until(&path, |value| {
            value["bare_metal"]["power_status"] == "stopped"
        })
        .await;
    account.good("DELETE", &path, Value::Null).await;
    let refused = account.refused("GET", &path, Value::Null).await;
    assert_eq!(refused, (404, "Not found.".to_owned()));
}

#[tokio::test]
async fn the_list_knows_no_tags() {
    let account = Account::new().await;
    let id = account.make("/bare-metals", order()).await;
    let list = async |query: &str| {
        let value = account.get(&format!("/bare-metals{query}")).await;
        column(&value["bare_metals"], "id")
    };
    let one = [id];
    assert_eq!(list("?tag=other").await, one);
    assert_eq!(list("?label=m").await, one);
    assert!(list("?label=other").await.is_empty());
}

#[tokio::test]
async fn the_kinds_do_not_see_each_other() {
    let account = Account::new().await;
    let metal = account.make("/bare-metals", order()).await;
    let instance = account.ready(json!({})).await;
    assert_eq!(account.get("/instances").await["meta"]["total"], 1);
    assert_eq!(account.get("/bare-metals").await["meta"]["total"], 1);
    for path in [
        format!("/instances/{metal}"),
        format!("/bare-metals/{instance}"),
    ] {
        assert_eq!(account.refused("GET", &path, Value::Null).await.0, 404);
    }
    let mut wrong = order();
    wrong["plan"] = "vc2-1c-1gb".into();
    let refused = account.refused("POST", "/bare-metals", wrong).await;
    assert_eq!(refused, (400, "Invalid plan chosen.".to_owned()));
}
