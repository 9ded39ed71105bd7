//! How often calls are sent, and when.

use super::server::{Play, account, done, impatient, instance, refusal, serve, serve_with};
use crate::client::{Client, Options};
use crate::error::{Kind, VultrError};
use crate::model::{InstanceChange, NewInstance, OsId};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

fn limited(after: &'static str) -> Play {
    Play::After(
        429,
        after,
        json!({ "status": 429, "error": "rate limit exceeded" }),
    )
}

fn order() -> NewInstance {
    NewInstance::new("ams".into(), "vc2-1c-1gb".into(), OsId(2136))
}

/// A list of the calls, all the same.
fn times(count: usize, call: &str) -> Vec<String> {
    vec![call.to_owned(); count]
}

#[tokio::test]
async fn a_reading_call_survives_everything_that_may_pass() {
    let page = "<html>Bad Gateway</html>";
    let plays = [
        refusal(500, "Internal error"),
        limited("0"),
        Play::Page(502, "text/html", page),
        Play::Cut,
        refusal(504, "Gateway timeout"),
        limited("0"),
        account(),
    ];
    let server = serve(plays).await;
    assert_eq!(server.client.account().await.unwrap().name, "Edge");
    assert_eq!(server.calls(), times(7, "GET /account"));
}

#[tokio::test]
async fn a_reading_call_gives_up_after_five_tries() {
    let server = serve((0..9).map(|_| refusal(503, "no"))).await;
    let error = server.client.account().await.unwrap_err();
    assert_eq!((error.kind(), error.tries()), (Kind::Server, 5));
    assert_eq!(server.calls(), times(5, "GET /account"));
}

#[tokio::test]
async fn a_reading_call_is_sent_again_when_no_answer_came_in_time() {
    let server = serve_with([Play::Stall, account()], impatient).await;
    assert_eq!(server.client.account().await.unwrap().name, "Edge");
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    for (status, text) in [
        (400, "Invalid region."),
        (401, "Invalid API token."),
        (403, "no"),
        (404, "no"),
        (501, "no"),
    ] {
        let server = serve([refusal(status, text)]).await;
        let error = server.client.account().await.unwrap_err();
        assert_eq!((error.status(), error.tries()), (Some(status), 1));
        assert_eq!(server.calls(), times(1, "GET /account"));
    }
}

#[tokio::test]
async fn an_order_is_sent_again_only_after_what_had_no_effect() {
    let server = serve([limited("0"), limited("0"), instance()]).await;
    let made = server.client.instances().create(&order()).await.unwrap();
    assert_eq!(made.id.as_str(), "i-1");
    assert_eq!(server.calls(), times(3, "POST /instances"));
}

#[tokio::test]
async fn an_order_whose_outcome_is_unknown_is_never_sent_again() {
    let gateway = Play::Page(502, "text/html", "<html></html>");
    for play in [
        refusal(500, "no"),
        refusal(504, "no"),
        gateway,
        Play::Cut,
        Play::Stall,
    ] {
        let server = serve_with([play, instance()], impatient).await;
        let error = server
            .client
            .instances()
            .create(&order())
            .await
            .unwrap_err();
        assert!(error.may_have_taken_effect(), "{error}");
        assert_eq!(server.calls(), times(1, "POST /instances"), "{error}");
    }
}

#[tokio::test]
async fn a_removal_waits_for_a_locked_machine() {
    let text = "Unable to destroy server: Unable to remove VM: Server is currently locked";
    let plays = (0..8).map(|_| refusal(500, text)).chain([done()]);
    let server = serve(plays).await;
    server
        .client
        .instances()
        .delete(&"i-1".into())
        .await
        .unwrap();
    assert_eq!(server.calls(), times(9, "DELETE /instances/i-1"));
}

#[tokio::test]
async fn a_removal_whose_outcome_is_unknown_is_not_sent_again() {
    for play in [refusal(500, "no"), Play::Cut, Play::Stall] {
        let server = serve_with([play, done()], impatient).await;
        let error = server
            .client
            .instances()
            .delete(&"i-1".into())
            .await
            .unwrap_err();
        assert!(error.may_have_taken_effect(), "{error}");
        assert_eq!(server.calls(), times(1, "DELETE /instances/i-1"), "{error}");
    }
}

#[tokio::test]
async fn a_change_that_says_how_things_are_to_be_is_sent_again() {
    let server = serve([refusal(502, "no"), Play::Cut, instance()]).await;
    let change = InstanceChange {
        label: Some("a".to_owned()),
        ..InstanceChange::default()
    };
    server
        .client
        .instances()
        .update(&"i-1".into(), &change)
        .await
        .unwrap();
    assert_eq!(server.calls(), times(3, "PATCH /instances/i-1"));
}

#[tokio::test]
async fn the_wait_that_vultr_asks_for_is_kept_by_all_clones() {
    let server = serve([limited("1"), account(), account()]).await;
    let other = server.client.clone();
    let later = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        other.account().await
    };
    let (first, second) = tokio::join!(server.client.account(), later);
    assert!(first.is_ok() && second.is_ok());
    let waits = server.look(|seen| {
        let first = seen[0].at;
        seen[1..]
            .iter()
            .map(|call| call.at - first)
            .collect::<Vec<_>>()
    });
    assert_eq!(waits.len(), 2);
    assert!(
        waits.iter().all(|wait| *wait >= Duration::from_secs(1)),
        "{waits:?}"
    );
}

#[tokio::test]
async fn a_wait_beyond_the_limit_is_not_begun() {
    let server = serve([limited("3600"), account()]).await;
    let error = server.client.account().await.unwrap_err();
    let retry_after = Some(Duration::from_secs(3600));
    assert_eq!(
        (error.kind(), error.tries()),
        (Kind::RateLimited { retry_after }, 1)
    );
    assert!(server.client.account().await.is_ok());
}

#[tokio::test]
async fn refusals_for_too_many_calls_end_at_the_limit_however_often_they_come() {
    let limit = Duration::from_millis(80);
    let server = serve_with((0..500).map(|_| limited("0")), |options| {
        options.retry_limit = limit;
    })
    .await;
    let error = server.client.account().await.unwrap_err();
    assert!(matches!(error.kind(), Kind::RateLimited { .. }));
    assert!(error.tries() > 5, "{}", error.tries());
    let took = server.look(|seen| seen[seen.len() - 1].at - seen[0].at);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn no_more_calls_go_out_in_a_second_than_allowed_whoever_makes_them() {
    let server = serve_with((0..12).map(|_| account()), |options| {
        options.calls_per_second = 5;
    })
    .await;
    let clones: Vec<Client> = (0..12).map(|_| server.client.clone()).collect();
    let all = futures::future::join_all(clones.iter().map(Client::account)).await;
    assert!(all.iter().all(Result::is_ok));
    server.look(|seen| {
        for window in seen.windows(6) {
            let apart = window[5].at - window[0].at;
            assert!(apart >= Duration::from_secs(1), "6 calls within {apart:?}");
        }
        let whole = seen[11].at - seen[0].at;
        assert!(whole < Duration::from_secs(3), "{whole:?}");
    });
}

/// A server that takes connections, reads the request and hangs up; how many there were.
async fn hang_up() -> (Client, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v2", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let options = Options {
        first_pause: Duration::from_millis(1),
        ..super::server::options(endpoint)
    };
    (Client::new(options).unwrap(), count)
}

#[tokio::test]
async fn an_order_lost_with_its_connection_is_never_sent_again() {
    let (client, count) = hang_up().await;
    let error: VultrError = client.instances().create(&order()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::BodyCut, None));
    assert!(error.may_have_taken_effect());
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_reading_call_lost_with_its_connection_is_sent_again() {
    let (client, count) = hang_up().await;
    let error = client.account().await.unwrap_err();
    assert_eq!((error.kind(), error.tries()), (Kind::BodyCut, 5));
    assert_eq!(count.load(Ordering::SeqCst), 5);
}
