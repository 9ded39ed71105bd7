//! What every test here needs: the worker, a host by a way, a task, and an error that must come.

use std::time::{Duration, Instant};

use edgewright_protocol::message::Task;
use edgewright_transport::{SshTarget, Target, TransportError, Via, WorkerImage, connect};
use serde_json::{Value, json};

/// The workers that are shipped.
pub fn workers() -> Vec<WorkerImage> {
    let bundled = edgewright_worker_bundle::workers().iter();
    bundled
        .map(|w| WorkerImage {
            machine: w.machine,
            digest: w.digest,
            gzip: w.gzip,
        })
        .collect()
}

/// The host that all tests call `edge-0`.
pub fn host(ssh: SshTarget) -> Target {
    Target {
        name: "edge-0".to_owned(),
        via: Via::Ssh(ssh),
    }
}

/// A task whose arguments are complete.
pub fn task(module: &str, args: &Value) -> Task {
    serde_json::from_value(json!({"id": 0, "module": module, "args": args})).unwrap()
}

/// Connects where that must fail, and soon.
pub async fn refusal(ssh: SshTarget) -> TransportError {
    let start = Instant::now();
    let connected = connect(&host(ssh), &workers()).await;
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        start.elapsed()
    );
    match connected {
        Ok(_) => panic!("the connection was expected to fail"),
        Err(error) => error,
    }
}

/// An error's message and help, as they are shown.
pub fn shown(error: &TransportError) -> String {
    format!("{error}\nhelp: {}", error.help())
}
