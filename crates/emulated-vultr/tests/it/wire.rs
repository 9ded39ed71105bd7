//! What is the same for every call: keys, limits, headers, bodies, records.

use crate::common::{Account, config, instance};
use edgewright_emulated_vultr::{CallRecord, Config, Emulator};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_missing_or_wrong_key_is_refused() {
    let account = Account::new().await;
    let url = format!("http://{}/v2/instances", account.address);
    for key in [None, Some("wrong")] {
        let mut request = account.client.get(&url);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let body = answer.text().await.unwrap();
        assert_eq!(body, r#"{"error":"Invalid API token.","status":401}"#);
    }
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_refused() {
    let account = Account::with(Config {
        allowed_ips: Some(vec!["198.18.0.0/15".parse().unwrap()]),
        ..config()
    })
    .await;
    let refused = account.refused("GET", "/account", Value::Null).await;
    assert_eq!(
        refused,
        (401, "Unauthorized IP address: 127.0.0.1".to_owned())
    );
    account.get("/os").await;
}

#[tokio::test]
async fn the_call_after_the_limit_is_told_to_wait() {
    let account = Account::with(Config {
        rate_limit: 3,
        ..Config::default()
    })
    .await;
    for _ in 0..3 {
        account.get("/os").await;
    }
    let answer = account.request("GET", "/os").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "1");
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({ "status": 429, "error": "rate limit exceeded" })
    );
}

#[tokio::test]
async fn answers_are_exactly_json() {
    let account = Account::new().await;
    for path in ["/os", "/instances/none", "/nothing"] {
        let answer = account.request("GET", path).send().await.unwrap();
        assert_eq!(
            answer.headers()["content-type"],
            "application/json",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json_and_be_it() {
    let account = Account::new().await;
    let body = instance(json!({})).to_string();
    for (kind, body, expected) in [
        (None, body.as_str(), "Content-Type must be application/json"),
        (
            Some("text/plain"),
            body.as_str(),
            "Content-Type must be application/json",
        ),
        (Some("application/json"), "{", "Invalid JSON"),
        (Some("application/json"), "[]", "Invalid JSON"),
    ] {
        let mut request = account.request("POST", "/instances").body(body.to_owned());
        if let Some(kind) = kind {
            request = request.header("Content-Type", kind);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let text = answer.text().await.unwrap();
        assert_eq!(text, format!(r#"{{"error":"{expected}","status":400}}"#));
    }
    let null = account
        .request("GET", "/instances")
        .body("null")
        .send()
        .await
        .unwrap();
    assert_eq!(null.status(), 200);
}

#[tokio::test]
async fn unknown_paths_and_verbs_are_refused() {
    let account = Account::new().await;
    for path in ["/vpc2", "/private-networks", "/nothing/at/all"] {
        let refused = account.refused("GET", path, Value::Null).await;
        assert_eq!(refused, (404, "Not found.".to_owned()));
    }
    let refused = account.refused("PUT", "/instances", json!({})).await;
    let expected = "Method not allowed. Must be one of: GET, POST";
    assert_eq!(refused, (405, expected.to_owned()));
}

#[tokio::test]
async fn every_call_is_recorded_without_user_data() {
    let records: Arc<Mutex<Vec<CallRecord>>> = Arc::default();
    let sink = Arc::clone(&records);
    let builder = Emulator::builder(config())
        .observer(move |record| sink.lock().unwrap().push(record.clone()));
    let account = Account::of(builder).await;
    account.order(json!({ "user_data": "c2VjcmV0" })).await;
    account.get("/instances?per_page=5").await;
    account.refused("GET", "/instances/none", Value::Null).await;
    let records = records.lock().unwrap();
    let lines: Vec<_> = records
        .iter()
        .map(|it| {
            (
                it.method.as_str(),
                it.path.as_str(),
                it.query.as_str(),
                it.status,
                it.mutating,
            )
        })
        .collect();
    let expected = [
        ("POST", "/v2/instances", "", 202, true),
        ("GET", "/v2/instances", "per_page=5", 200, false),
        ("GET", "/v2/instances/none", "", 404, false),
    ];
    assert_eq!(lines, expected);
    assert_eq!(records[0].body["user_data"], "(8 characters)");
    assert_eq!(records[0].body["region"], "ams");
    assert_eq!(records[2].error.as_deref(), Some("Invalid instance ID."));
    assert!(records[0].at > 1_700_000_000_000);
    assert!(
        !serde_json::to_string(&*records)
            .unwrap()
            .contains("c2VjcmV0")
    );
}
