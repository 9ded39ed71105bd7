//! Keys, scripts, account and billing.

use crate::common::{Account, text};
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyfm7yOLBNJU6KkEzPTAxNFuWAwVoxrF0PzM4a6tLJl test";

#[tokio::test]
async fn keys_may_be_given_twice_and_names_are_cut() {
    let account = Account::new().await;
    let body = json!({ "name": "é".repeat(200), "ssh_key": KEY });
    for _ in 0..2 {
        account.make("/ssh-keys", body.clone()).await;
    }
    let value = account.get("/ssh-keys").await;
    assert_eq!(value["meta"]["total"], 2);
    assert_eq!(value["ssh_keys"][0]["name"], "é".repeat(128));
    let id = text(&value["ssh_keys"][0]["id"]);
    let path = format!("/ssh-keys/{id}");
    account.good("PATCH", &path, json!({ "name": "n" })).await;
    assert_eq!(account.get(&path).await["ssh_key"]["name"], "n");
    account.good("DELETE", &path, Value::Null).await;
    let refused = account.refused("DELETE", &path, Value::Null).await;
    assert_eq!(refused, (404, "Invalid ssh key".to_owned()));
    let body = json!({ "name": "n", "ssh_key": "hello" });
    let refused = account.refused("POST", "/ssh-keys", body).await;
    let expected = "Invalid SSH key. Please enter a valid public key.";
    assert_eq!(refused, (400, expected.to_owned()));
}

#[tokio::test]
async fn scripts_must_be_base64_and_are_shown_alone() {
    let account = Account::new().await;
    let body = json!({ "name": "s", "script": "#!/bin/sh" });
    let refused = account.refused("POST", "/startup-scripts", body).await;
    assert_eq!(refused, (400, "Script must be base64 encoded".to_owned()));
    let body = json!({ "name": "s", "script": "IyEvYmluL3NoCg==" });
    let id = account.make("/startup-scripts", body).await;
    let value = account.get("/startup-scripts").await;
    assert_eq!(value["startup_scripts"][0]["type"], "boot");
    assert!(value["startup_scripts"][0]["script"].is_null());
    let path = format!("/startup-scripts/{id}");
    assert_eq!(
        account.get(&path).await["startup_script"]["script"],
        "IyEvYmluL3NoCg=="
    );
    let refused = account
        .refused("PATCH", &path, json!({ "script": "?" }))
        .await;
    assert_eq!(refused, (400, "Script must be base64 encoded".to_owned()));
    account.good("DELETE", &path, Value::Null).await;
    let refused = account.refused("GET", &path, Value::Null).await;
    assert_eq!(refused, (404, "Invalid startup script ID".to_owned()));
}

#[tokio::test]
async fn what_exists_is_charged() {
    let account = Account::new().await;
    account
        .ready(json!({ "plan": "vc2-24c-96gb", "label": "big" }))
        .await;
    account
        .make("/reserved-ips", json!({ "region": "ams", "ip_type": "v4" }))
        .await;
    let value = account.get("/billing/pending-charges").await;
    let rows = value["pending_charges"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["description"], "Vultr Cloud Compute (big)");
    assert_eq!(rows[0]["total"], 0.95);
    let value = account.get("/account").await;
    assert_eq!(value["account"]["pending_charges"], rows[0]["total"]);
}
