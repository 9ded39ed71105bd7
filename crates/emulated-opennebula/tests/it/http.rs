//! The HTTP side: paths, requests made to hurt, several calls in one, ordered faults, records.

use crate::common::{client_of, fresh, post, send, start_unmonitored};
use edgewright_emulated_opennebula::{CallRecord, Config, Emulator, FaultAction, FaultRule};
use edgewright_opennebula::wire::{Call, Value, decode_answer, encode_call};
use edgewright_opennebula::{OneError, Repeat};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn rule(method: &str, times: u32, action: FaultAction) -> FaultRule {
    FaultRule {
        method: method.to_owned(),
        times,
        action,
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let address = start_unmonitored(&fresh()).await;
    assert_eq!(post(address, "/", b"").await.0, "HTTP/1.1 404 Not Found");
    assert_eq!(
        post(address, "/RPC2/", b"").await.0,
        "HTTP/1.1 404 Not Found"
    );
    let get = send(
        address,
        b"GET /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(get.starts_with("HTTP/1.1 405"), "{get}");
}

#[tokio::test]
async fn requests_that_are_not_calls_are_faults() {
    let address = start_unmonitored(&fresh()).await;
    let bomb = format!(
        "<!DOCTYPE m [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;\">]><methodCall><methodName>&b;</methodName></methodCall>",
        "a".repeat(1000)
    );
    let deep = "<a>".repeat(200_000);
    let requests: [&[u8]; 6] = [
        b"",
        b"hello",
        b"<methodCall>",
        b"<methodCall>\xff</methodCall>",
        bomb.as_bytes(),
        deep.as_bytes(),
    ];
    for request in requests {
        let (status, body) = post(address, "/RPC2", request).await;
        assert_eq!(status, "HTTP/1.1 200 OK");
        let fault = decode_answer(body.as_bytes()).unwrap().unwrap_err();
        assert_eq!(fault.code, -503);
        assert!(
            fault.text.starts_with("Call is not valid XML.  "),
            "{}",
            fault.text
        );
    }
}

#[tokio::test]
async fn several_calls_can_be_made_in_one() {
    let address = start_unmonitored(&fresh()).await;
    let one = |method: &str, params: Vec<Value>| {
        Value::Struct(vec![
            ("methodName".to_owned(), Value::from(method)),
            ("params".to_owned(), Value::Array(params)),
        ])
    };
    let session = || Value::from("oneadmin:opennebula");
    let calls = Value::Array(vec![
        one("one.cluster.allocate", vec![session(), "a".into()]),
        one("one.nope", vec![session()]),
        one("system.multicall", vec![]),
    ]);
    let body = encode_call(&Call {
        method: "system.multicall".to_owned(),
        params: vec![calls],
    });
    let (_, answer) = post(address, "/RPC2", body.as_bytes()).await;
    let Value::Array(results) = decode_answer(answer.as_bytes()).unwrap().unwrap() else {
        panic!("{answer}")
    };
    let allocated = Value::Array(vec![Value::Bool(true), Value::Int(100), Value::Int(0)]);
    assert_eq!(results[0], Value::Array(vec![allocated]));
    let code = |result: &Value| match result {
        Value::Struct(members) => members[0].1.as_integer(),
        _ => None,
    };
    assert_eq!(
        (code(&results[1]), code(&results[2])),
        (Some(-506), Some(-501))
    );
}

#[tokio::test]
async fn the_list_of_methods_holds_what_is_answered() {
    let address = start_unmonitored(&fresh()).await;
    let body = encode_call(&Call {
        method: "system.listMethods".to_owned(),
        params: Vec::new(),
    });
    let (_, answer) = post(address, "/RPC2", body.as_bytes()).await;
    let Value::Array(names) = decode_answer(answer.as_bytes()).unwrap().unwrap() else {
        panic!("{answer}")
    };
    assert!(
        names.contains(&Value::from("one.host.allocate")) && names.len() > 90,
        "{}",
        names.len()
    );
}

#[tokio::test]
async fn an_ordered_status_is_answered_and_nothing_is_done() {
    let emulator = fresh();
    let client = client_of(start_unmonitored(&emulator).await);
    emulator.inject(rule("one.cluster.allocate", 1, FaultAction::Status(503)));
    let error = client.clusters().allocate("edge").await.unwrap_err();
    assert!(
        matches!(error, OneError::Http { status: 503, .. }),
        "{error}"
    );
    assert_eq!(client.clusters().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn reading_survives_two_failures() {
    let emulator = fresh();
    let client = client_of(start_unmonitored(&emulator).await);
    emulator.inject(rule("one.clusterpool.info", 1, FaultAction::CutBefore));
    emulator.inject(rule("one.clusterpool.info", 1, FaultAction::Status(500)));
    assert_eq!(client.clusters().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_connection_cut_after_the_effect_leaves_the_object() {
    let emulator = fresh();
    let client = client_of(start_unmonitored(&emulator).await);
    emulator.inject(rule("one.cluster.*", 1, FaultAction::CutAfter));
    let error = client.clusters().allocate("edge").await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    assert_eq!(
        client
            .clusters()
            .allocate("edge")
            .await
            .unwrap_err()
            .is_name_taken(),
        Some(100)
    );
}

#[tokio::test]
async fn a_connection_cut_before_the_effect_leaves_nothing() {
    let emulator = fresh();
    let client = client_of(start_unmonitored(&emulator).await);
    emulator.inject(rule("one.cluster.allocate", 1, FaultAction::CutBefore));
    assert!(
        client
            .clusters()
            .allocate("edge")
            .await
            .unwrap_err()
            .is_outcome_unknown()
    );
    assert_eq!(
        client.clusters().allocate("edge").await.unwrap().number(),
        100
    );
}

#[tokio::test]
async fn a_stalled_call_is_answered_late() {
    let emulator = fresh();
    let client = client_of(start_unmonitored(&emulator).await);
    emulator.inject(rule("*", 1, FaultAction::Stall(Duration::from_millis(200))));
    let began = Instant::now();
    client.system().version().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(200));
    emulator.inject(rule("*", 1, FaultAction::Status(500)));
    emulator.clear_faults();
    client.clusters().allocate("edge").await.unwrap();
}

#[tokio::test]
async fn each_call_is_recorded() {
    let records: Arc<Mutex<Vec<CallRecord>>> = Arc::default();
    let observed = Arc::clone(&records);
    let emulator = Emulator::builder(Config::default())
        .observer(move |record| observed.lock().unwrap().push(record.clone()))
        .fresh();
    let client = client_of(start_unmonitored(&emulator).await);
    emulator.inject(rule("one.host.allocate", 1, FaultAction::CutBefore));
    client.system().version().await.unwrap();
    client.clusters().delete(0.into()).await.unwrap_err();
    client
        .hosts()
        .allocate("198.18.0.5", "kvm", "kvm", None)
        .await
        .unwrap_err();
    client
        .call("one.nope", Vec::new(), Repeat::Never)
        .await
        .unwrap_err();
    let records = records.lock().unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.method.as_str(),
                record.ok,
                record.mutating,
                record.status,
                record.code,
            )
        })
        .collect();
    let expected = [
        ("one.system.version", true, false, 200, 0),
        ("one.cluster.delete", false, true, 200, 0x800),
        ("one.host.allocate", false, true, 0, 0),
        ("one.nope", false, true, 200, -506),
    ];
    assert_eq!(seen, expected);
    assert!(records.iter().all(|record| record.at > 1_700_000_000_000));
}

#[tokio::test]
async fn a_fault_rule_is_read_from_json() {
    let text = r#"{"method": "one.vn.*", "times": 2, "action": {"status": 503}}"#;
    let read: FaultRule = serde_json::from_str(text).unwrap();
    assert_eq!(read, rule("one.vn.*", 2, FaultAction::Status(503)));
    let cut: FaultRule =
        serde_json::from_str(r#"{"method": "*", "times": 1, "action": "cut_after"}"#).unwrap();
    assert_eq!(cut.action, FaultAction::CutAfter);
}
