//! What a session does once it is there: tasks, files, hosts behind others, hosts that are starting.

use std::time::Duration;

use edgewright_transport::{Answer, HostKeys, SshTarget, Target, TransportError, Via};
use edgewright_transport::{connect, connect_when_ready};
use serde_json::{Value, json};

use crate::common::{host, refusal, task, workers};
use crate::sshd::{Sshd, free_port};

#[tokio::test]
async fn a_pinned_host_runs_tasks_and_takes_files_once() {
    let sshd = Sshd::start();
    let session = connect(&host(sshd.pinned()), &workers()).await.unwrap();
    assert!(session.host_key().unwrap().starts_with("ssh-ed25519 AAAA"));
    let result = session.run(task("ping", &json!({}))).await.unwrap();
    assert_eq!(
        Value::Object(result),
        json!({"changed": false, "ping": "pong"})
    );
    let content = vec![b'x'; 700_000];
    let digest = session.put(&content).await.unwrap();
    assert_eq!(session.put(&content).await.unwrap(), digest);
    let dest = sshd.path("big");
    let args = json!({"digest": digest.0, "dest": dest, "mode": "0600"});
    let result = session.run(task("copy", &args)).await.unwrap();
    assert_eq!(result["changed"], true, "{result:?}");
    assert_eq!(fs_err::read(dest).unwrap(), content);
    session.close().await;
}

#[tokio::test]
async fn a_batch_travels_together_and_stops_at_its_first_failure() {
    let sshd = Sshd::start();
    let session = connect(&host(sshd.pinned()), &workers()).await.unwrap();
    let tasks = vec![
        task("ping", &json!({})),
        task("command", &json!({"cmd": "false"})),
        task("ping", &json!({})),
    ];
    let answers = session.run_all(tasks).await.unwrap();
    let Answer::Done(failed) = &answers[1] else {
        panic!("{answers:?}")
    };
    assert_eq!(
        (&failed["rc"], &failed["failed"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(answers[2], Answer::Skipped);
}

#[tokio::test]
async fn a_host_behind_another_is_reached_through_it() {
    let (gate, inner) = (Sshd::start(), Sshd::start());
    let target = SshTarget {
        jumps: vec![gate.pinned()],
        ..inner.pinned()
    };
    let session = connect(&host(target), &workers()).await.unwrap();
    assert_eq!(
        session.run(task("ping", &json!({}))).await.unwrap()["ping"],
        "pong"
    );
    // A jump host is checked as any other.
    let wrong = gate.target(
        "login",
        HostKeys::Fingerprints(vec![gate.fingerprint("stranger")]),
    );
    let error = refusal(SshTarget {
        jumps: vec![wrong],
        ..inner.pinned()
    })
    .await;
    assert!(
        matches!(error, TransportError::HostKeyMismatch { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_of_a_task_is_an_error_and_not_a_wait() {
    let sshd = Sshd::start();
    let session = connect(&host(sshd.pinned()), &workers()).await.unwrap();
    let running = session.run(task(
        "command",
        &json!({"argv": ["/bin/sh", "-c", "kill -9 $PPID"]}),
    ));
    let error = tokio::time::timeout(Duration::from_secs(20), running)
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the connection to `edge-0` was lost"),
        "{error}"
    );
    let again = session.run(task("ping", &json!({}))).await.unwrap_err();
    assert!(matches!(again, TransportError::Lost { .. }), "{again}");
}

#[tokio::test]
async fn a_starting_host_is_waited_for_and_the_wait_ends() {
    let port = free_port();
    let target = host(SshTarget {
        port,
        ..SshTarget::new("127.0.0.1", "root", HostKeys::Unchecked)
    });
    let workers = workers();
    let mut attempts = 0;
    let waited = connect_when_ready(
        &target,
        &workers,
        Duration::from_secs(2),
        Duration::ZERO,
        |_| attempts += 1,
    );
    assert!(waited.await.is_err());
    assert!(attempts >= 3, "{attempts}");
}

#[tokio::test]
async fn this_machine_needs_no_ssh() {
    let target = Target {
        name: "localhost".to_owned(),
        via: Via::Local,
    };
    let session = connect(&target, &workers()).await.unwrap();
    let result = session
        .run(task("command", &json!({"cmd": "echo hello"})))
        .await
        .unwrap();
    assert_eq!(result["stdout"], "hello");
}
