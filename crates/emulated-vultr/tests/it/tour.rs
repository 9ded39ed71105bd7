//! Every row of the API that the emulator has, called once, and held against the OpenAPI document.

use crate::common::{Account, instance, merged, text};
use crate::spec::{KNOWN, is_like};
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyfm7yOLBNJU6KkEzPTAxNFuWAwVoxrF0PzM4a6tLJl test";

async fn public(account: &Account) {
    for path in [
        "/regions",
        "/regions/ams/availability",
        "/plans",
        "/plans-metal",
        "/os",
    ] {
        account.get(path).await;
    }
    account.get("/account").await;
}

async fn small(account: &Account) -> (String, String) {
    let key = account
        .make("/ssh-keys", json!({ "name": "k", "ssh_key": KEY }))
        .await;
    account.get("/ssh-keys").await;
    account.get(&format!("/ssh-keys/{key}")).await;
    let path = format!("/ssh-keys/{key}");
    account.good("PATCH", &path, json!({ "name": "l" })).await;
    let script = account
        .make(
            "/startup-scripts",
            json!({ "name": "s", "script": "IyEvYmluL3NoCg==" }),
        )
        .await;
    account.get("/startup-scripts").await;
    let path = format!("/startup-scripts/{script}");
    account.get(&path).await;
    account.good("PATCH", &path, json!({ "name": "t" })).await;
    (key, script)
}

async fn networks(account: &Account) -> (String, String) {
    let vpc = account.make("/vpcs", json!({ "region": "ams" })).await;
    account.get("/vpcs").await;
    let path = format!("/vpcs/{vpc}");
    account.get(&path).await;
    account
        .good("PUT", &path, json!({ "description": "d" }))
        .await;
    let group = account
        .make("/firewalls", json!({ "description": "g" }))
        .await;
    let path = format!("/firewalls/{group}");
    account
        .good("PUT", &path, json!({ "description": "h" }))
        .await;
    let rule = json!({ "ip_type": "v4", "protocol": "tcp", "subnet": "198.18.0.0", "subnet_size": 15, "port": "22" });
    account.good("POST", &format!("{path}/rules"), rule).await;
    for path in [
        "/firewalls",
        &path,
        &format!("{path}/rules"),
        &format!("{path}/rules/1"),
    ] {
        account.get(path).await;
    }
    (vpc, group)
}

async fn machine(account: &Account, path: &str, body: Value, vpc: &str) -> String {
    let id = account.make(path, body).await;
    let one = format!("{path}/{id}");
    account
        .until(&one, |value| {
            let object = value.as_object().unwrap().values().next().unwrap();
            object["status"] == "active"
        })
        .await;
    account.get(path).await;
    for rest in ["ipv4", "ipv6", "user-data", "vpcs", "bandwidth"] {
        account.get(&format!("{one}/{rest}")).await;
    }
    account
        .good("PATCH", &one, json!({ "label": "renamed" }))
        .await;
    for word in ["halt", "start", "reboot"] {
        account
            .good("POST", &format!("{one}/{word}"), Value::Null)
            .await;
        let name = if path == "/instances" {
            "instance_ids"
        } else {
            "baremetal_ids"
        };
        account
            .good("POST", &format!("{path}/{word}"), json!({ name: [id] }))
            .await;
    }
    let body = json!({ "vpc_id": vpc });
    account
        .good("POST", &format!("{one}/vpcs/detach"), body.clone())
        .await;
    account
        .good("POST", &format!("{one}/vpcs/attach"), body)
        .await;
    account
        .good("POST", &format!("{one}/reinstall"), json!({}))
        .await;
    id
}

async fn reserved(account: &Account, machine: &str) {
    let body = json!({ "region": "ams", "ip_type": "v4", "label": "r" });
    let id = account.make("/reserved-ips", body).await;
    let path = format!("/reserved-ips/{id}");
    account.get("/reserved-ips").await;
    account.get(&path).await;
    account.good("PATCH", &path, json!({ "label": "q" })).await;
    let body = json!({ "instance_id": machine });
    account
        .good("POST", &format!("{path}/attach"), body.clone())
        .await;
    account.good("POST", &format!("{path}/detach"), body).await;
    account.good("DELETE", &path, Value::Null).await;
    let shown = account.get(&format!("/instances/{machine}")).await;
    let body = json!({ "ip_address": shown["instance"]["main_ip"] });
    account.good("POST", "/reserved-ips/convert", body).await;
}

#[tokio::test]
async fn every_answer_is_valid_by_the_openapi_document() {
    let account = Account::new().await;
    public(&account).await;
    let (key, script) = small(&account).await;
    let (vpc, group) = networks(&account).await;
    let more = json!({ "attach_vpc": [vpc], "sshkey_id": [key], "script_id": script, "enable_ipv6": true, "tags": ["a"] });
    let body = instance(merged(more.clone(), json!({ "firewall_group_id": group })));
    let virtual_one = machine(&account, "/instances", body, &vpc).await;
    account.get(&format!("/firewalls/{group}")).await;
    let body = merged(
        json!({ "region": "ams", "plan": "vbm-4c-32gb", "os_id": 2136 }),
        more,
    );
    let metal = machine(&account, "/bare-metals", body, &vpc).await;
    let path = format!("/instances/{virtual_one}");
    account.get(&format!("{path}/neighbors")).await;
    let further = account
        .good("POST", &format!("{path}/ipv4"), json!({}))
        .await;
    let address = text(&further["ipv4"]["ip"]);
    account
        .good("DELETE", &format!("{path}/ipv4/{address}"), Value::Null)
        .await;
    let changed = account
        .good("PATCH", &path, json!({ "plan": "vc2-1c-2gb" }))
        .await;
    let job = text(&changed["job_ids"][0]);
    account.get(&format!("/instances/jobs/{job}")).await;
    reserved(&account, &virtual_one).await;
    account.get("/billing/pending-charges").await;
    account
        .good(
            "DELETE",
            &format!("/firewalls/{group}/rules/1"),
            Value::Null,
        )
        .await;
    for path in [
        path,
        format!("/bare-metals/{metal}"),
        format!("/firewalls/{group}"),
        format!("/ssh-keys/{key}"),
        format!("/startup-scripts/{script}"),
    ] {
        account.good("DELETE", &path, Value::Null).await;
    }
    account.settled().await;
    account
        .good("DELETE", &format!("/vpcs/{vpc}"), Value::Null)
        .await;

    let Some(spec) = &account.spec else { return };
    let found = spec.found.lock().unwrap();
    for (known, reason) in KNOWN {
        assert!(
            found.iter().any(|found| is_like(found, known)),
            "no longer an error of the document: {known} ({reason})"
        );
    }
}
