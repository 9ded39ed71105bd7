//! Firewall groups and their rules.

use crate::common::{Account, merged, text};
use serde_json::{Value, json};

fn rule(more: Value) -> Value {
    merged(
        json!({ "ip_type": "v4", "protocol": "tcp", "subnet": "198.18.0.0", "subnet_size": 15, "port": "8000:9000" }),
        more,
    )
}

#[tokio::test]
async fn rules_are_numbered_and_shown_as_on_the_wire() {
    let account = Account::new().await;
    let group = account
        .make("/firewalls", json!({ "description": "x".repeat(300) }))
        .await;
    let path = format!("/firewalls/{group}");
    let rules = format!("{path}/rules");
    let value = account
        .good("POST", &rules, rule(json!({ "notes": "n" })))
        .await;
    let expected = json!({
        "id": 1, "type": "v4", "ip_type": "v4", "direction": "in", "action": "accept", "protocol": "tcp",
        "port": "8000:9000", "subnet": "198.18.0.0", "subnet_size": 15, "source": "198.18.0.0", "loadbalancer_id": "",
        "notes": "n",
    });
    assert_eq!(value["firewall_rule"], expected);
    let icmp = rule(json!({ "protocol": "ICMP", "port": null }));
    account.good("POST", &rules, icmp).await;
    account
        .good("DELETE", &format!("{rules}/2"), Value::Null)
        .await;
    let value = account
        .good("POST", &rules, rule(json!({ "protocol": "udp" })))
        .await;
    assert_eq!(value["firewall_rule"]["id"], 3);
    let shown = account.get(&path).await;
    let shown = &shown["firewall_group"];
    assert_eq!(
        (&shown["rule_count"], &shown["instance_count"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(text(&shown["description"]).len(), 255);
}

#[tokio::test]
async fn wrong_rules_are_refused() {
    let account = Account::new().await;
    let group = account.make("/firewalls", json!({})).await;
    let rules = format!("/firewalls/{group}/rules");
    account.good("POST", &rules, rule(json!({}))).await;
    let cases = [
        (
            json!({ "protocol": "TCP" }),
            "This rule is already defined ",
        ),
        (json!({ "protocol": "sctp" }), "Invalid protocol."),
        (json!({ "port": "" }), "Invalid port."),
        (json!({ "protocol": "icmp" }), "Invalid port."),
        (json!({ "subnet": "::" }), "Invalid subnet."),
        (json!({ "ip_type": "v5" }), "Invalid ip_type."),
        (json!({ "subnet_size": 33 }), "Invalid subnet size."),
        (
            json!({ "subnet_size": null }),
            "Missing required parameter: subnet_size",
        ),
    ];
    for (more, expected) in cases {
        let refused = account.refused("POST", &rules, rule(more)).await;
        assert_eq!(refused, (400, expected.to_owned()));
    }
    let refused = account
        .refused("GET", &format!("{rules}/9"), Value::Null)
        .await;
    assert_eq!(refused, (404, "Firewall rule ID not found".to_owned()));
    let refused = account.refused("GET", "/firewalls/no", Value::Null).await;
    assert_eq!(refused, (404, "Invalid firewall group ID".to_owned()));
}

#[tokio::test]
async fn a_group_in_use_has_no_count_and_can_be_removed() {
    let account = Account::new().await;
    let group = account.make("/firewalls", json!({})).await;
    let path = format!("/firewalls/{group}");
    let id = account.ready(json!({ "firewall_group_id": group })).await;
    assert!(account.get(&path).await["firewall_group"]["instance_count"].is_null());
    account.good("DELETE", &path, Value::Null).await;
    let value = account.get(&format!("/instances/{id}")).await;
    assert_eq!(value["instance"]["firewall_group_id"], "");
}

#[tokio::test]
async fn a_group_holds_fifty_rules() {
    let account = Account::new().await;
    let group = account.make("/firewalls", json!({})).await;
    let rules = format!("/firewalls/{group}/rules");
    for port in 1..=50 {
        account
            .good("POST", &rules, rule(json!({ "port": port.to_string() })))
            .await;
    }
    let refused = account.refused("POST", &rules, rule(json!({}))).await;
    assert_eq!(refused, (400, "Maximum number of rules reached".to_owned()));
}
