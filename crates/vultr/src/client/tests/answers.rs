//! Answers as they were seen on the wire, read through the client.

use super::server::{Play, ok, serve};
use crate::model::{
    FirewallRuleId, InstanceStatus, IpType, NewInstance, NewRule, OsId, PowerStatus, Protocol,
    ServerStatus,
};
use serde_json::{Value, json};
use std::net::IpAddr;

fn meta() -> Value {
    json!({ "total": 1, "links": { "next": "", "prev": "" } })
}

fn fresh_instance() -> Value {
    json!({
        "id": "4f0f12e5-1f84-404f-aa84-85f431ea5ec2", "os": "Debian 12 x64 (bookworm)", "ram": 1024, "disk": 0,
        "main_ip": "0.0.0.0", "vcpu_count": 1, "region": "ams", "plan": "vc2-1c-1gb",
        "date_created": "2026-09-25T01:56:20+00:00", "status": "pending", "allowed_bandwidth": 1000,
        "netmask_v4": "", "gateway_v4": "0.0.0.0", "power_status": "running", "server_status": "none",
        "v6_network": "", "v6_main_ip": "", "v6_network_size": 0, "label": "edge-1", "internal_ip": "",
        "kvm": "", "hostname": "edge-1", "tag": "", "tags": ["cluster=ams"], "os_id": 2136, "app_id": 0,
        "image_id": "", "snapshot_id": "", "firewall_group_id": "", "features": [], "user_scheme": "root",
        "default_password": "v5{Fkvb#2ycPGwHs", "vpc_only": false
    })
}

#[tokio::test]
async fn a_fresh_instance_has_no_address_and_its_password_is_not_kept() {
    let server = serve([Play::Json(202, json!({ "instance": fresh_instance() }))]).await;
    let new = NewInstance::new("ams".into(), "vc2-1c-1gb".into(), OsId(2136));
    let made = server.client.instances().create(&new).await.unwrap();
    assert_eq!(made.id.as_str(), "4f0f12e5-1f84-404f-aa84-85f431ea5ec2");
    assert_eq!(
        (made.main_ip(), made.internal_ip, made.v6_main_ip),
        (None, None, None)
    );
    assert_eq!(made.firewall_group_id, None);
    assert_eq!(made.status, InstanceStatus::Pending);
    assert_eq!(made.server_status, ServerStatus::None);
    assert!(!made.is_ready() && made.is_busy());
    assert!(!format!("{made:?}").contains("v5{Fkvb"));
}

#[tokio::test]
async fn an_instance_is_ready_when_all_four_signs_say_so() {
    let ready = json!({ "status": "active", "power_status": "running", "server_status": "ok",
        "main_ip": "198.18.0.7" });
    let spoilt = [
        json!({}),
        json!({ "status": "pending" }),
        json!({ "power_status": "stopped" }),
        json!({ "server_status": "installingbooting" }),
        json!({ "server_status": "locked" }),
        json!({ "main_ip": "0.0.0.0" }),
        json!({ "main_ip": "" }),
    ];
    let mut found = Vec::new();
    for change in spoilt {
        let mut instance = fresh_instance();
        for fields in [&ready, &change] {
            instance
                .as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone());
        }
        let server = serve([ok(json!({ "instance": instance }))]).await;
        let instance = server.client.instances().get(&"x".into()).await.unwrap();
        found.push(instance.is_ready());
    }
    assert_eq!(found, [true, false, false, false, false, false, false]);
}

#[tokio::test]
async fn words_and_fields_not_known_here_are_no_obstacle() {
    let server = serve([ok(json!({ "instance": {
        "id": "i", "status": "installing", "power_status": null, "server_status": "Ok",
        "tags": null, "features": null, "label": null, "firewall_group_id": null, "main_ip": null,
        "brand_new": { "a": [1] }
    }, "more": 1 }))])
    .await;
    let instance = server.client.instances().get(&"i".into()).await.unwrap();
    assert_eq!(
        instance.status,
        InstanceStatus::Other("installing".to_owned())
    );
    assert_eq!(instance.power_status, PowerStatus::Other(String::new()));
    assert_eq!(instance.server_status, ServerStatus::Ok);
    assert!(instance.tags.is_empty());
}

#[tokio::test]
async fn an_object_without_its_id_is_refused() {
    let server = serve([ok(json!({ "instance": { "label": "edge-1" } }))]).await;
    let error = server
        .client
        .instances()
        .get(&"i".into())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Vultr's answer to `GET /instances/i` has another form than expected: in `instance`: missing field `id`"
    );
}

#[tokio::test]
async fn the_address_in_a_vpc_comes_later() {
    let id = "cb676a46-66fd-4dfb-b839-443f2e6c0b60";
    let server = serve([ok(json!({ "vpcs": [
        { "id": id, "mac_address": "5a:00:05:5e:00:53", "ip_address": "198.18.16.3" },
        { "id": "v-2", "mac_address": "", "ip_address": "" },
    ], "meta": meta() }))])
    .await;
    let vpcs = server.client.instances().vpcs(&"i".into()).await.unwrap();
    assert_eq!(vpcs[0].id.as_str(), id);
    assert_eq!(vpcs[0].mac, "5a:00:05:5e:00:53");
    assert_eq!(vpcs[0].ip_address, Some(IpAddr::from([198, 18, 16, 3])));
    assert_eq!(vpcs[1].ip_address, None);
    assert_eq!(server.calls(), ["GET /instances/i/vpcs?per_page=500"]);
}

#[tokio::test]
async fn bare_metal_differs_where_the_wire_does() {
    let metal = json!({
        "id": "cb676a46", "os": "Debian 12", "ram": "32768 MB", "disk": "2x 240GB SSD", "main_ip": "",
        "cpu_count": 4, "region": "ams", "date_created": "2020-10-10T01:56:20+00:00", "status": "pending",
        "netmask_v4": "", "gateway_v4": "", "plan": "vbm-4c-32gb", "label": "edge-1",
        "mac_address": 2_199_756_823_533_u64, "tags": ["cluster=ams"], "os_id": 2136, "mdisk_mode": "none"
    });
    let mut active = metal.clone();
    active["status"] = json!("active");
    active["main_ip"] = json!("198.18.0.9");
    let mut off = active.clone();
    off["power_status"] = json!("stopped");
    let server = serve([metal, active, off].map(|one| ok(json!({ "bare_metal": one })))).await;
    let metals = server.client.bare_metals();
    let pending = metals.get(&"b".into()).await.unwrap();
    assert_eq!(
        (pending.ram.as_str(), pending.mac_address),
        ("32768 MB", 2_199_756_823_533)
    );
    assert!(!pending.is_ready());
    assert!(metals.get(&"b".into()).await.unwrap().is_ready());
    assert!(!metals.get(&"b".into()).await.unwrap().is_ready());
}

#[tokio::test]
async fn a_plan_costs_what_its_region_says() {
    let server = serve([ok(json!({ "plans": [{
        "id": "vc2-1c-1gb", "vcpu_count": 1, "ram": 1024, "disk": 25, "disk_count": 1, "bandwidth": 1024.0,
        "monthly_cost": 5, "hourly_cost": 0.007, "type": "vc2", "locations": ["ams", "sao"],
        "location_cost": { "sao": { "monthly_cost": 7.5, "hourly_cost": 0.01 } }
    }, {
        "id": "vc2-1c-2gb", "monthly_cost": 10.00, "location_cost": [], "locations": ["ams"]
    }], "meta": meta() }))])
    .await;
    let plans = server.client.plans().await.unwrap();
    let cost = |index: usize, region: &str| {
        format!("{:.2}", plans[index].cost_in(&region.into()).monthly_cost)
    };
    assert_eq!(
        (cost(0, "ams"), cost(0, "sao"), cost(1, "ams")),
        ("5.00".into(), "7.50".into(), "10.00".into())
    );
    assert_eq!(
        format!("{:.5}", plans[0].cost_in(&"ams".into()).hourly()),
        "0.00744"
    );
    assert_eq!(plans[0].bandwidth, 1024);
}

#[tokio::test]
async fn a_metal_plans_disk_is_a_number_however_it_is_written() {
    let server = serve([ok(json!({ "plans_metal": [
        { "id": "vbm-4c-32gb", "disk": 240, "disk_count": 2, "type": "SSD", "monthly_cost": 120 },
        { "id": "vbm-8c-132gb", "disk": "480", "disk_count": 2, "type": "NVMe", "monthly_cost": "350" },
    ] }))])
    .await;
    let plans = server.client.plans_metal().await.unwrap();
    assert_eq!((plans[0].disk, plans[1].disk), (240, 480));
    assert_eq!(
        format!("{}", plans[1].cost_in(&"ams".into()).monthly_cost),
        "350"
    );
}

#[tokio::test]
async fn a_rule_is_known_again_in_the_form_the_wire_gives_it() {
    let server = serve([ok(json!({ "firewall_rules": [{
        "id": 3, "type": "v4", "ip_type": "v4", "action": "accept", "direction": "in", "protocol": "TCP",
        "port": "179", "subnet": "198.18.0.0", "subnet_size": 24, "source": "198.18.0.0/24", "notes": "bgp",
        "loadbalancer_id": ""
    }], "meta": meta() }))])
    .await;
    let rules = server
        .client
        .firewall_groups()
        .rules(&"f".into())
        .await
        .unwrap();
    let wanted = NewRule::new(Protocol::Tcp, "179", IpAddr::from([198, 18, 0, 0]), 24);
    assert_eq!(
        (rules[0].id, rules[0].ip_type.clone()),
        (FirewallRuleId(3), IpType::V4)
    );
    assert!(rules[0].is_same(&wanted));
    for other in [
        NewRule {
            protocol: Protocol::Udp,
            ..wanted.clone()
        },
        NewRule {
            port: "22".to_owned(),
            ..wanted.clone()
        },
        NewRule {
            subnet: IpAddr::from([198, 18, 1, 0]),
            ..wanted.clone()
        },
        NewRule {
            subnet_size: 16,
            ..wanted.clone()
        },
    ] {
        assert!(!rules[0].is_same(&other), "{other:?}");
    }
}

#[tokio::test]
async fn a_group_in_use_may_lack_its_count() {
    let server = serve([ok(json!({ "firewall_groups": [
        { "id": "f-1", "description": "cluster=ams", "rule_count": 2, "max_rule_count": 50 },
        { "id": "f-2", "description": "", "instance_count": 0, "rule_count": 0, "max_rule_count": 50 },
    ] }))])
    .await;
    let groups = server.client.firewall_groups().list().await.unwrap();
    assert_eq!(
        (groups[0].instance_count, groups[1].instance_count),
        (None, Some(0))
    );
}

#[tokio::test]
async fn a_reserved_ip_is_free_when_its_machine_is_empty() {
    let ip = |instance: &str| {
        json!({ "id": "r", "region": "ams", "ip_type": "v4", "subnet": "198.18.3.4",
            "subnet_size": 32, "label": "cluster=ams", "instance_id": instance })
    };
    let server = serve([ok(
        json!({ "reserved_ips": [ip(""), ip("i-1")], "meta": meta() }),
    )])
    .await;
    let all = server.client.reserved_ips().list().await.unwrap();
    assert_eq!(all[0].instance_id, None);
    assert_eq!(all[1].instance_id, Some("i-1".into()));
    assert_eq!(all[1].subnet, Some(IpAddr::from([198, 18, 3, 4])));
}

#[tokio::test]
async fn an_account_with_credit_has_a_negative_balance() {
    let server = serve([ok(json!({ "account": {
        "name": "Edge", "email": "edge@example.invalid", "acls": ["provisioning", "firewall"],
        "balance": -5519.11, "pending_charges": 57.03, "last_payment_date": "2020-10-10T01:56:20+00:00",
        "last_payment_amount": -1
    } }))])
    .await;
    let account = server.client.account().await.unwrap();
    assert_eq!(account.acls, ["provisioning", "firewall"]);
    assert_eq!(
        format!("{} {}", account.balance, account.pending_charges),
        "-5519.11 57.03"
    );
}

#[tokio::test]
async fn a_change_answers_the_instance_and_its_jobs() {
    let answer = json!({ "instance": fresh_instance(), "job_ids": ["j-1"] });
    let server = serve([Play::Json(202, answer)]).await;
    let change = crate::InstanceChange::default();
    let changed = server
        .client
        .instances()
        .update(&"i".into(), &change)
        .await
        .unwrap();
    assert_eq!(changed.label, "edge-1");
}
