//! An emulated account on a loopback port, and calls to it. Every answer is held against the OpenAPI document.

use crate::spec::Spec;
use edgewright_emulated_vultr::{Builder, Config, Emulator};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// Longest time that something in the background may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An account, and a client that bears its key.
pub struct Account {
    pub emulator: Emulator,
    pub address: SocketAddr,
    pub client: reqwest::Client,
    pub spec: Option<Spec>,
}

/// Settings without a rate limit, which tests would run into.
pub fn config() -> Config {
    Config {
        rate_limit: 0,
        ..Config::default()
    }
}

impl Account {
    pub async fn new() -> Self {
        Self::with(config()).await
    }

    pub async fn with(config: Config) -> Self {
        Self::of(Emulator::builder(config)).await
    }

    /// Starts a server; it ends with the test's runtime.
    pub async fn of(builder: Builder) -> Self {
        let emulator = builder.fresh();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(emulator.clone().serve(listener));
        Self {
            emulator,
            address,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            spec: Spec::read(),
        }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}/v2{path}", self.address);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, url).bearer_auth("EMULATED-KEY")
    }

    /// Makes a call; returns its status and body, null if there is none.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.request(method, path);
        if !body.is_null() {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        let value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        if let Some(spec) = &self.spec {
            spec.check(method, path, status, &value);
        }
        (status, value)
    }

    /// Makes a call that must succeed.
    pub async fn good(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, value) = self.call(method, path, body).await;
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {value}"
        );
        value
    }

    pub async fn get(&self, path: &str) -> Value {
        self.good("GET", path, Value::Null).await
    }

    /// Makes a call that must be refused; returns its status and text.
    pub async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, value) = self.call(method, path, body).await;
        assert!(status >= 400, "{method} {path}: {status} {value}");
        assert_eq!(value["status"], status);
        (status, text(&value["error"]))
    }

    /// Orders a machine with some fields beside the necessary ones; returns its id.
    pub async fn order(&self, more: Value) -> String {
        let value = self.good("POST", "/instances", instance(more)).await;
        text(&value["instance"]["id"])
    }

    /// Orders a machine and waits until it is ready.
    pub async fn ready(&self, more: Value) -> String {
        let id = self.order(more).await;
        let path = format!("/instances/{id}");
        self.until(&path, |value| value["instance"]["server_status"] == "ok")
            .await;
        id
    }

    /// Makes something by POST; returns its id.
    pub async fn make(&self, path: &str, body: Value) -> String {
        let value = self.good("POST", path, body).await;
        let object = value.as_object().unwrap().values().next().unwrap();
        text(&object["id"])
    }

    /// Asks until an answer is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let asking = async {
            loop {
                let value = self.get(path).await;
                if wanted(&value) {
                    return value;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap()
    }

    /// Waits until no machine is being removed.
    pub async fn settled(&self) {
        let waiting = async {
            while self.emulator.books()["being_removed"] != json!([]) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }
}

/// An order of an instance with some fields beside the necessary ones.
pub fn instance(more: Value) -> Value {
    merged(
        json!({ "region": "ams", "plan": "vc2-1c-1gb", "os_id": 2136 }),
        more,
    )
}

/// An object with the fields of another one over it.
pub fn merged(mut base: Value, more: Value) -> Value {
    if let Value::Object(more) = more {
        base.as_object_mut().unwrap().extend(more);
    }
    base
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The values of a field in a list.
pub fn column(list: &Value, field: &str) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|row| text(&row[field]))
        .collect()
}
