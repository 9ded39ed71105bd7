//! Streams that bring garbage, end in the middle, or are closed while a module runs.

use std::process::Command;
use std::time::{Duration, Instant};

use edgewright_protocol::message::Reply;
use serde_json::json;

use crate::common::{Worker, is_root, message, runs, soon};

#[test]
fn a_frame_that_is_too_large_ends_the_worker_before_memory_is_taken() {
    let mut worker = Worker::start();
    worker.send(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(
        worker.end(),
        (
            false,
            "edgewright-worker: the other side announced a frame of 4294967295 bytes; between 1 and 16777216 are \
             accepted\n"
                .to_owned()
        )
    );
}

#[test]
fn a_frame_of_unknown_kind_ends_the_worker() {
    let mut worker = Worker::start();
    worker.send(&[0, 0, 0, 2, 7, 7]);
    assert_eq!(
        worker.end(),
        (
            false,
            "edgewright-worker: the other side sent a frame of unknown kind 7\n".to_owned()
        )
    );
}

#[test]
fn a_frame_that_ends_in_the_middle_is_not_carried_out() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("made");
    let mut worker = Worker::start();
    let whole = message(&json!({"request": "run", "tasks": [
        {"id": 1, "module": "file", "args": {"path": file, "state": "directory"}},
    ]}));
    worker.send(&whole[..whole.len() - 1]);
    let (success, said) = worker.end();
    assert!(!success);
    assert_eq!(said, "edgewright-worker: failed to fill whole buffer\n");
    assert!(!file.exists());
}

#[test]
fn messages_that_are_none_are_refused_and_the_worker_goes_on() {
    let mut worker = Worker::start();
    for payload in [json!({"request": "dance"}), json!([1, 2]), json!("x")] {
        worker.send(&message(&payload));
        assert!(matches!(worker.reply(), Reply::Refused { .. }));
    }
    // Bytes of a file that was not announced.
    worker.send(&[0, 0, 0, 3, 1, b'a', b'b']);
    assert_eq!(
        worker.reply(),
        Reply::Refused {
            reason: "bytes of a file came that was not announced".to_owned()
        }
    );
    assert_eq!(worker.run("ping", &json!({}))["ping"], "pong");
    assert_eq!(worker.end(), (true, String::new()));
}

#[test]
fn when_standard_input_ends_what_a_module_started_ends_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    let mut worker = Worker::start();
    let line = format!("sleep 60 & echo $$ $! > {}; wait", file.display());
    worker.ask("shell", &json!({"cmd": line}), &json!({}));
    // A task that is under way already must not be begun.
    let never = directory.path().join("never");
    worker.ask(
        "file",
        &json!({"path": never, "state": "directory"}),
        &json!({}),
    );
    soon("it starts", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
    });
    let pids = std::fs::read_to_string(&file).unwrap();
    assert!(pids.split(' ').all(runs));
    let start = Instant::now();
    worker.end();
    assert!(start.elapsed() < Duration::from_secs(5));
    soon("both end", || !pids.split(' ').any(runs));
    assert!(!never.exists());
}

#[test]
fn when_standard_input_ends_the_worker_of_another_user_ends_what_it_started() {
    if !is_root() {
        println!("SKIPPED: only root may become another user without a password");
        return;
    }
    let directory = tempfile::tempdir_in("/tmp").unwrap();
    let file = directory.path().join("pids");
    Command::new("chmod")
        .arg("0777")
        .arg(directory.path())
        .status()
        .unwrap();
    // Somebody else may run it only where everybody may look.
    let program = directory.path().join("worker");
    std::fs::copy(env!("CARGO_BIN_EXE_edgewright-worker"), &program).unwrap();
    let mut worker = Worker::by(&mut Command::new(&program));
    let line = format!("sleep 60 & echo $$ $! $(id -un) > {}; wait", file.display());
    worker.ask(
        "shell",
        &json!({"cmd": line}),
        &json!({"become_user": {"method": "sudo", "user": "nobody"}}),
    );
    soon("it starts", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
    });
    let text = std::fs::read_to_string(&file).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words[2], "nobody");
    worker.end();
    soon("both end", || !words[..2].iter().any(|pid| runs(pid)));
}

#[test]
fn when_standard_output_is_closed_the_worker_ends() {
    let mut worker = Worker::start();
    worker.ask("shell", &json!({"cmd": "sleep 0.2"}), &json!({}));
    let (mut process, input) = worker.stop_reading();
    soon("it ends", || process.try_wait().unwrap().is_some());
    drop(input);
}

#[test]
fn waiting_ends_with_standard_input() {
    let mut worker = Worker::start();
    worker.ask(
        "wait_for",
        &json!({"path": "/does/not/exist", "timeout": 60, "sleep": 30}),
        &json!({}),
    );
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    worker.end();
    assert!(start.elapsed() < Duration::from_secs(3));
}
