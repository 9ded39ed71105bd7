//! Both embedded workers start and answer: this machine's own as it is, the other one under QEMU's user emulation where
//! that is installed (`qemu-user-static`; `cargo xtask test` brings it).

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use edgewright_protocol::frame::{Frame, Kind};
use edgewright_protocol::message::{Reply, Request, Task};
use edgewright_worker_bundle::{Worker, workers};
use serde_json::json;

/// What a worker says when it is asked for one thing and then let go.
fn answers(worker: &Worker, emulator: Option<&str>) -> Vec<Reply> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker");
    let mut binary = Vec::new();
    flate2::read::GzDecoder::new(worker.gzip)
        .read_to_end(&mut binary)
        .unwrap();
    assert_eq!(binary.len(), worker.size);
    fs_err::write(&path, binary).unwrap();
    fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = match emulator {
        Some(emulator) => {
            let mut command = Command::new(emulator);
            command.arg(&path);
            command
        }
        None => Command::new(&path),
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let task = json!({"id": 7, "module": "command", "args": {"argv": ["echo", "here"], "strip_empty_ends": true}});
    let request = Request::Run {
        tasks: vec![serde_json::from_value::<Task>(task).unwrap()],
    };
    let frame = Frame {
        kind: Kind::Message,
        payload: serde_json::to_vec(&request).unwrap(),
    };
    let mut input = child.stdin.take().unwrap();
    input.write_all(&frame.encode()).unwrap();
    let mut output = child.stdout.take().unwrap();
    let replies = [(); 2].map(|()| reply(&mut output));
    drop(input);
    assert!(child.wait().unwrap().success());
    replies.into()
}

fn reply(output: &mut impl Read) -> Reply {
    let mut length = [0; 4];
    output.read_exact(&mut length).unwrap();
    let mut body = vec![0; Frame::checked_length(length).unwrap()];
    output.read_exact(&mut body).unwrap();
    serde_json::from_slice(&Frame::decode(body).unwrap().payload).unwrap()
}

fn check(worker: &Worker, emulator: Option<&str>) {
    let replies = answers(worker, emulator);
    let [Reply::Hello { machine, .. }, Reply::Done { id: 7, result }] = replies.as_slice() else {
        panic!("{}: {replies:?}", worker.machine);
    };
    assert_eq!(machine, worker.machine);
    assert_eq!(result["stdout"], "here");
}

#[test]
fn both_workers_start_and_answer() {
    for worker in workers() {
        if worker.machine == std::env::consts::ARCH {
            check(worker, None);
            continue;
        }
        let emulator = format!("/usr/bin/qemu-{}-static", worker.machine);
        if Path::new(&emulator).exists() {
            check(worker, Some(&emulator));
        } else {
            println!(
                "SKIPPED for {}: {emulator} is not installed (apt-get install qemu-user-static)",
                worker.machine
            );
        }
    }
}
