//! Each fault that can be ordered, as a client sees it.

use crate::common::{Account, instance};
use edgewright_emulated_vultr::{FaultAction, FaultRule};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn inject(account: &Account, method: &str, path: &str, action: FaultAction) {
    account
        .emulator
        .inject(FaultRule::once(method, path, action));
}

/// What a client sees of an order: its status and text, or that the connection was cut.
async fn order(account: &Account) -> Result<(u16, String), reqwest::Error> {
    let answer = account
        .request("POST", "/instances")
        .header("Content-Type", "application/json")
        .body(instance(json!({})).to_string())
        .send()
        .await?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await?))
}

fn machines(account: &Account) -> usize {
    account.emulator.books()["instances"]
        .as_object()
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_refusal_says_what_it_was_told_to() {
    let account = Account::new().await;
    let action = FaultAction::Refuse {
        status: 429,
        error: "rate limit exceeded".to_owned(),
        retry_after: Some(7),
    };
    inject(&account, "*", "/os", action);
    let answer = account.request("GET", "/os").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"error":"rate limit exceeded","status":429}"#
    );
    account.get("/os").await;
}

#[tokio::test]
async fn a_raw_body_is_sent_as_it_is() {
    let account = Account::new().await;
    let action = FaultAction::Raw {
        status: 202,
        body: "{\"instance\":".to_owned(),
    };
    inject(&account, "POST", "/instances", action);
    let seen = order(&account).await.unwrap();
    assert_eq!(seen, (202, "{\"instance\":".to_owned()));
    assert_eq!(machines(&account), 0);
}

#[tokio::test]
async fn a_page_of_a_proxy_is_html() {
    let account = Account::new().await;
    inject(&account, "POST", "/instances", FaultAction::Html(502));
    let (status, text) = order(&account).await.unwrap();
    assert_eq!(status, 502);
    assert!(text.contains("<h1>502 Bad Gateway</h1>"), "{text}");
    assert_eq!(machines(&account), 0);
}

#[tokio::test]
async fn a_stall_is_silent_and_ends_in_a_cut() {
    let account = Account::new().await;
    let time = Duration::from_millis(200);
    inject(&account, "POST", "/instances", FaultAction::Stall(time));
    let began = Instant::now();
    assert!(order(&account).await.is_err());
    assert!(began.elapsed() >= time);
    assert_eq!(machines(&account), 0);
}

#[tokio::test]
async fn a_delayed_answer_is_a_whole_one() {
    let account = Account::new().await;
    let time = Duration::from_millis(200);
    inject(&account, "POST", "/instances", FaultAction::Delay(time));
    let began = Instant::now();
    assert_eq!(order(&account).await.unwrap().0, 202);
    assert!(began.elapsed() >= time);
}

#[tokio::test]
async fn cuts_tell_nothing_about_what_was_done() {
    let cases = [
        (FaultAction::CutBefore, 0),
        (FaultAction::CutInBody, 1),
        (FaultAction::CutAfter, 1),
    ];
    for (action, made) in cases {
        let account = Account::new().await;
        inject(&account, "POST", "/instances", action.clone());
        assert!(order(&account).await.is_err(), "{action:?}");
        assert_eq!(machines(&account), made, "{action:?}");
        assert_eq!(order(&account).await.unwrap().0, 202, "{action:?}");
    }
}

#[tokio::test]
async fn a_cut_in_the_body_comes_after_its_first_half() {
    let account = Account::new().await;
    inject(&account, "GET", "/os", FaultAction::CutInBody);
    let mut answer = account.request("GET", "/os").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let length: usize = answer.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let half = answer.chunk().await.unwrap().unwrap();
    assert_eq!(half.len(), length / 2);
    assert!(answer.chunk().await.is_err());
}

#[tokio::test]
async fn an_answer_without_a_body_is_cut_too() {
    let account = Account::new().await;
    let id = account.ready(json!({})).await;
    inject(&account, "DELETE", "/instances/*", FaultAction::CutInBody);
    let path = format!("/instances/{id}");
    assert!(account.request("DELETE", &path).send().await.is_err());
    assert_eq!(account.refused("GET", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_machine_stays_pending_and_can_be_removed() {
    let account = Account::new().await;
    inject(&account, "POST", "/instances", FaultAction::StayPending);
    let id = account.order(json!({})).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let path = format!("/instances/{id}");
    let value = account.get(&path).await;
    assert_eq!(value["instance"]["status"], "pending");
    assert_eq!(value["instance"]["main_ip"], "0.0.0.0");
    account.good("DELETE", &path, Value::Null).await;
    account.settled().await;
}

#[tokio::test]
async fn a_machine_ends_suspended() {
    let account = Account::new().await;
    inject(&account, "POST", "/instances", FaultAction::Suspend);
    let id = account.order(json!({})).await;
    let value = account
        .until(&format!("/instances/{id}"), |value| {
            value["instance"]["status"] == "suspended"
        })
        .await;
    assert_eq!(value["instance"]["power_status"], "stopped");
}

#[tokio::test]
async fn a_machine_is_missing_in_lists_at_first() {
    let account = Account::new().await;
    let time = Duration::from_millis(200);
    inject(&account, "POST", "/instances", FaultAction::Unlisted(time));
    let id = account.order(json!({})).await;
    assert_eq!(account.get("/instances").await["meta"]["total"], 0);
    account.get(&format!("/instances/{id}")).await;
    account
        .until("/instances", |value| value["meta"]["total"] == 1)
        .await;
}

#[tokio::test]
async fn faults_are_counted_and_can_be_forgotten() {
    let account = Account::new().await;
    account.emulator.inject(FaultRule {
        skip: 1,
        times: 2,
        ..FaultRule::once("GET", "/regions*", FaultAction::Html(504))
    });
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(
            account
                .request("GET", "/regions")
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
        );
    }
    assert_eq!(seen, [200, 504, 504, 200]);
    inject(&account, "*", "*", FaultAction::CutBefore);
    account.emulator.clear_faults();
    account.get("/regions").await;
}
