//! The server: plays prepared answers in order, and keeps what it was asked.

use crate::client::{Client, Options};
use crate::key::ApiKey;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The key all clients of these tests have.
pub(super) const KEY: &str = "TOPSECRETKEY0123456789";

/// One prepared answer.
pub(super) enum Play {
    /// JSON with a status.
    Json(u16, Value),
    /// JSON with a status and `Retry-After`.
    After(u16, &'static str, Value),
    /// Something else, with its content type.
    Page(u16, &'static str, &'static str),
    /// A redirection to another address.
    Moved(String),
    /// The head of an answer and half of its body.
    Cut,
    /// Nothing for a long time.
    Stall,
}

/// One recorded call.
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) at: Instant,
}

#[derive(Clone, Default)]
struct Stage {
    plays: Arc<Mutex<VecDeque<Play>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

pub(super) struct Server {
    pub(super) client: Client,
    stage: Stage,
}

impl Server {
    /// The calls' methods, paths and queries, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        self.look(|seen| seen.iter().map(|call| call.line.clone()).collect())
    }

    /// The bodies as JSON, in order; `null` for none.
    pub(super) fn bodies(&self) -> Vec<Value> {
        self.look(|seen| seen.iter().map(body).collect())
    }

    pub(super) fn look<T>(&self, at: impl FnOnce(&[Seen]) -> T) -> T {
        at(&self.stage.seen.lock().unwrap())
    }
}

fn body(call: &Seen) -> Value {
    if call.body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&call.body).unwrap()
}

/// Limits short enough for tests; only the number of tries is the real one.
pub(super) fn options(endpoint: String) -> Options {
    Options {
        endpoint,
        key: Some(ApiKey::new(KEY)),
        call_timeout: Duration::from_secs(10),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        calls_per_second: 1000,
        ..Options::default()
    }
}

pub(super) async fn serve(plays: impl IntoIterator<Item = Play>) -> Server {
    serve_with(plays, |_| ()).await
}

pub(super) async fn serve_with(
    plays: impl IntoIterator<Item = Play>,
    set: impl FnOnce(&mut Options),
) -> Server {
    let stage = Stage {
        plays: Arc::new(Mutex::new(plays.into_iter().collect())),
        seen: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v2", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(stage.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut options = options(endpoint);
    set(&mut options);
    let client = Client::new(options).unwrap();
    Server { client, stage }
}

async fn answer(
    State(stage): State<Stage>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path_and_query().unwrap().as_str();
    let path = path.strip_prefix("/v2").unwrap_or(path);
    let line = format!("{method} {path}");
    let (body, at) = (body.to_vec(), Instant::now());
    stage.seen.lock().unwrap().push(Seen {
        line,
        headers,
        body,
        at,
    });
    let play = stage.plays.lock().unwrap().pop_front();
    let reply = |status: u16, kind: &str| {
        Response::builder()
            .status(status)
            .header("content-type", kind)
    };
    match play {
        Some(Play::Json(204, _)) => Response::builder().status(204).body(Body::empty()).unwrap(),
        Some(Play::Json(status, json)) => reply(status, "application/json")
            .body(Body::from(json.to_string()))
            .unwrap(),
        Some(Play::After(status, after, json)) => reply(status, "application/json")
            .header("retry-after", after)
            .body(Body::from(json.to_string()))
            .unwrap(),
        Some(Play::Page(status, kind, text)) => reply(status, kind).body(Body::from(text)).unwrap(),
        Some(Play::Moved(to)) => reply(302, "text/html")
            .header("location", to)
            .body(Body::from("moved"))
            .unwrap(),
        Some(Play::Cut) => {
            let half = stream::iter([Ok(Bytes::from_static(br#"{"account": {"#))]);
            let cut = stream::once(async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(io::Error::other("cut"))
            });
            reply(200, "application/json")
                .header("content-length", "200")
                .body(Body::from_stream(half.chain(cut)))
                .unwrap()
        }
        Some(Play::Stall) => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            reply(200, "text/plain").body(Body::empty()).unwrap()
        }
        None => reply(418, "text/plain")
            .body(Body::from("no play is left"))
            .unwrap(),
    }
}

/// For tests of a server that does not answer.
pub(super) fn impatient(options: &mut Options) {
    options.call_timeout = Duration::from_millis(300);
}

/// Success with a body.
pub(super) fn ok(json: Value) -> Play {
    Play::Json(200, json)
}

/// Success without one.
pub(super) fn done() -> Play {
    Play::Json(204, Value::Null)
}

/// A refusal in Vultr's form.
pub(super) fn refusal(status: u16, text: &str) -> Play {
    Play::Json(status, json!({ "error": text, "status": status }))
}

/// An account, the shortest answer there is.
pub(super) fn account() -> Play {
    ok(json!({ "account": { "name": "Edge" } }))
}

/// An instance of which only the id is known.
pub(super) fn instance() -> Play {
    Play::Json(202, json!({ "instance": { "id": "i-1" } }))
}

/// The address of a port nobody listens on.
pub(super) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/v2", listener.local_addr().unwrap())
}
