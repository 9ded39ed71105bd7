//! Orders of instances, how they are refused, found, changed and removed.

use crate::common::{Account, column, config, instance, merged, text};
use edgewright_emulated_vultr::{Config, FaultAction, FaultRule, Stock};
use serde_json::{Value, json};

async fn refusal(account: &Account, more: Value) -> (u16, String) {
    account.refused("POST", "/instances", instance(more)).await
}

#[tokio::test]
async fn the_answer_to_an_order_tells_almost_nothing() {
    let account = Account::new().await;
    let rule = FaultRule::once("POST", "/instances", FaultAction::StayPending);
    account.emulator.inject(rule);
    let more = json!({ "label": "edge-0", "hostname": "edge-0", "tags": ["a/b=c: É"], "sshkey_id": null, "iso_id": null });
    let (status, value) = account.call("POST", "/instances", instance(more)).await;
    assert_eq!(status, 202);
    let made = &value["instance"];
    let expected = [
        ("main_ip", "0.0.0.0"),
        ("gateway_v4", "0.0.0.0"),
        ("netmask_v4", ""),
        ("status", "pending"),
        ("power_status", "running"),
        ("server_status", "none"),
        ("kvm", ""),
        ("tag", ""),
        ("label", "edge-0"),
        ("os", "Debian 12 x64 (bookworm)"),
    ];
    for (field, value) in expected {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(made["disk"], 0);
    assert_eq!(made["tags"], json!(["a/b=c: É"]));
    assert_eq!(made["default_password"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn a_ready_machine_has_its_addresses() {
    let account = Account::new().await;
    let vpc = account.make("/vpcs", json!({ "region": "ams" })).await;
    let id = account
        .ready(json!({ "attach_vpc": [vpc], "enable_ipv6": true }))
        .await;
    let value = account.get(&format!("/instances/{id}")).await;
    let made = &value["instance"];
    let expected = [
        ("main_ip", "198.18.0.10"),
        ("gateway_v4", "198.18.0.1"),
        ("netmask_v4", "255.255.255.0"),
        ("status", "active"),
        ("server_status", "ok"),
        ("internal_ip", "198.19.0.3"),
        ("v6_main_ip", "2001:db8:0:1::100"),
    ];
    for (field, value) in expected {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(made["features"], json!(["ipv6"]));
    let subnet = json!([{ "id": vpc, "version": 1, "subnet": "198.19.0.0/24" }]);
    assert_eq!(made["vpcs"], subnet);
    let value = account.get(&format!("/instances/{id}/ipv4")).await;
    assert_eq!(column(&value["ipv4s"], "type"), ["main_ip", "private"]);
    let value = account
        .get(&format!("/instances/{id}/ipv4?public_network=true"))
        .await;
    assert_eq!(column(&value["ipv4s"], "ip"), ["198.18.0.10"]);
}

#[tokio::test]
async fn orders_that_cannot_be_are_refused_and_leave_nothing() {
    let account = Account::new().await;
    account
        .emulator
        .set_stock("ams", "vc2-2c-4gb", Stock::SoldOut);
    let vpc = account.make("/vpcs", json!({ "region": "fra" })).await;
    let cases = [
        (
            json!({ "region": null }),
            "Missing required parameter: region",
        ),
        (json!({ "region": "xyz" }), "Invalid region."),
        (json!({ "plan": "vbm-4c-32gb" }), "Invalid plan chosen."),
        (json!({ "os_id": 387 }), "Invalid OS chosen."),
        (
            json!({ "os_id": null }),
            "Exactly one of os_id, iso_id, snapshot_id, app_id, image_id must be given",
        ),
        (
            json!({ "snapshot_id": "s" }),
            "Exactly one of os_id, iso_id, snapshot_id, app_id, image_id must be given",
        ),
        (
            json!({ "user_data": "not base64!" }),
            "User data must be base64 encoded",
        ),
        (json!({ "sshkey_id": ["no"] }), "Invalid ssh key"),
        (json!({ "script_id": "no" }), "Invalid startup script ID"),
        (
            json!({ "firewall_group_id": "no" }),
            "Invalid firewall group ID",
        ),
        (json!({ "attach_vpc": ["no"] }), "Invalid VPC ID"),
        (
            json!({ "attach_vpc": [vpc] }),
            "The server is in another region",
        ),
        (json!({ "reserved_ipv4": "no" }), "Invalid reserved-ip ID"),
        (json!({ "tags": vec!["t"; 51] }), "Too many tags."),
        (json!({ "vpc_only": true }), "vpc_only is not emulated"),
        (
            json!({ "label": 5 }),
            "Invalid value for label: must be a string",
        ),
        (
            json!({ "plan": "vc2-2c-4gb" }),
            "Server add failed: The selected plan is not available in the selected region.",
        ),
        (
            json!({ "region": "waw", "plan": "vhf-1c-1gb" }),
            "Server add failed: The selected plan is not available in the selected region.",
        ),
    ];
    for (more, expected) in cases {
        let refused = refusal(&account, more).await;
        assert_eq!(refused, (400, expected.to_owned()));
    }
    assert_eq!(account.emulator.books()["instances"], json!({}));
    account
        .emulator
        .set_stock("ams", "vc2-2c-4gb", Stock::There);
    account.order(json!({ "plan": "vc2-2c-4gb" })).await;
}

#[tokio::test]
async fn the_quota_is_told_in_words() {
    let account = Account::with(Config {
        instance_limit: 1,
        ..config()
    })
    .await;
    let id = account.ready(json!({})).await;
    let expected = "Server add failed: You have reached the maximum number of active virtual machines for this account. \
                    Please contact our support team to have the limit raised";
    assert_eq!(
        refusal(&account, json!({})).await,
        (400, expected.to_owned())
    );
    account
        .good("DELETE", &format!("/instances/{id}"), Value::Null)
        .await;
    account.settled().await;
    account.order(json!({})).await;
}

#[tokio::test]
async fn lists_are_filtered_by_whole_values() {
    let account = Account::new().await;
    let group = account.make("/firewalls", json!({})).await;
    let more = json!({ "label": "one", "hostname": "h1", "tags": ["Edge:One"], "firewall_group_id": group });
    let one = account.ready(more).await;
    let two = account
        .ready(json!({ "label": "two", "region": "fra" }))
        .await;
    let cases = [
        (String::new(), vec![&one, &two]),
        ("?&per_page=500".to_owned(), vec![&one, &two]),
        ("?tag=edge:one".to_owned(), vec![&one]),
        ("?tag=edge".to_owned(), vec![]),
        ("?label=one".to_owned(), vec![&one]),
        ("?label=One".to_owned(), vec![]),
        ("?region=fra".to_owned(), vec![&two]),
        ("?hostname=h1".to_owned(), vec![&one]),
        ("?main_ip=198.18.0.11".to_owned(), vec![&two]),
        (format!("?firewall_group_id={group}&region=ams"), vec![&one]),
    ];
    for (query, expected) in cases {
        let value = account.get(&format!("/instances{query}")).await;
        let found = column(&value["instances"], "id");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(value["meta"]["total"], expected.len(), "{query}");
    }
    let value = account.get("/instances?show_pending_charges=true").await;
    assert!(value["instances"][0]["pending_charges"].is_number());
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let account = Account::new().await;
    let group = account.make("/firewalls", json!({})).await;
    let more = json!({ "label": "a", "tags": ["t"], "firewall_group_id": group, "hostname": "h" });
    let id = account.ready(more).await;
    let path = format!("/instances/{id}");
    let body = json!({ "label": "b", "tags": null, "user_data": "aGk=", "hostname": "other" });
    let (status, value) = account.call("PATCH", &path, body).await;
    assert_eq!((status, &value["job_ids"]), (202, &json!([])));
    let made = &value["instance"];
    assert_eq!(
        (&made["label"], &made["tags"]),
        (&json!("b"), &json!(["t"]))
    );
    assert_eq!(
        (&made["hostname"], &made["firewall_group_id"]),
        (&json!("h"), &json!(group))
    );
    let value = account.get(&format!("{path}/user-data")).await;
    assert_eq!(value, json!({ "user_data": { "data": "aGk=" } }));
    let body = json!({ "tags": [], "firewall_group_id": "" });
    let value = account.good("PATCH", &path, body).await;
    assert_eq!(value["instance"]["tags"], json!([]));
    assert_eq!(value["instance"]["firewall_group_id"], "");
    let refused = account
        .refused("PATCH", &path, json!({ "plan": "no", "label": "c" }))
        .await;
    assert_eq!(refused, (400, "Invalid plan chosen.".to_owned()));
    assert_eq!(account.get(&path).await["instance"]["label"], "b");
}

#[tokio::test]
async fn another_plan_or_system_is_a_job() {
    let account = Account::new().await;
    let id = account.ready(json!({})).await;
    let path = format!("/instances/{id}");
    let body = json!({ "plan": "vc2-2c-4gb", "os_id": "2625" });
    let value = account.good("PATCH", &path, body).await;
    let jobs = value["job_ids"].as_array().unwrap();
    let kinds = ["upgrade", "reinstall"];
    assert_eq!(jobs.len(), kinds.len());
    for (job, kind) in jobs.iter().zip(kinds) {
        let value = account.get(&format!("/instances/jobs/{}", text(job))).await;
        assert_eq!(
            (&value["type"], &value["state"]),
            (&json!(kind), &json!("success"))
        );
        assert_eq!(value["vps_id"], *id);
    }
    let value = account
        .until(&path, |value| value["instance"]["server_status"] == "ok")
        .await;
    let made = &value["instance"];
    assert_eq!((&made["ram"], &made["os_id"]), (&json!(4096), &json!(2625)));
}

#[tokio::test]
async fn a_removed_machine_is_gone_at_once() {
    let account = Account::new().await;
    let id = account.ready(json!({})).await;
    let path = format!("/instances/{id}");
    account.good("DELETE", &path, Value::Null).await;
    let missing = (404, "Invalid instance ID.".to_owned());
    for (method, path) in [
        ("GET", path.clone()),
        ("DELETE", path.clone()),
        ("PATCH", path.clone()),
        ("POST", format!("{path}/halt")),
        ("GET", format!("{path}/vpcs")),
    ] {
        assert_eq!(account.refused(method, &path, Value::Null).await, missing);
    }
    assert_eq!(account.get("/instances").await["meta"]["total"], 0);
    let body = json!({ "instance_ids": [id] });
    assert_eq!(
        account.refused("POST", "/instances/start", body).await,
        missing
    );
}

#[tokio::test]
async fn a_further_address_comes_and_goes() {
    let account = Account::new().await;
    let id = account.ready(json!({})).await;
    let path = format!("/instances/{id}/ipv4");
    let value = account
        .good("POST", &path, json!({ "reboot": false }))
        .await;
    let address = text(&value["ipv4"]["ip"]);
    let expected = json!({ "ip": address, "netmask": "255.255.255.255", "gateway": "", "type": "secondary_ip", "reverse": "" });
    assert_eq!(value["ipv4"], expected);
    assert_eq!(account.get(&path).await["ipv4s"][1], expected);
    account
        .good("DELETE", &format!("{path}/{address}"), Value::Null)
        .await;
    assert_eq!(account.get(&path).await["meta"]["total"], 1);
    let refused = account
        .refused("DELETE", &format!("{path}/198.18.0.10"), Value::Null)
        .await;
    assert_eq!(refused, (400, "Invalid IP address.".to_owned()));
}

#[tokio::test]
async fn many_machines_are_listed_in_pages() {
    let account = Account::new().await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(
            account
                .order(json!({ "label": format!("m{number}") }))
                .await,
        );
    }
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let value = account
            .get(&format!("/instances?per_page=2&cursor={cursor}"))
            .await;
        assert_eq!(value["meta"]["total"], 5);
        found.extend(column(&value["instances"], "id"));
        cursor = text(&value["meta"]["links"]["next"]);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(found, made);
    let (status, _) = account
        .call(
            "POST",
            "/instances?per_page=500",
            instance(merged(json!({}), json!({}))),
        )
        .await;
    assert_eq!(status, 202);
}
