//! The official Python client against the emulated server.
//!
//! Needs Python and a package index, so it runs only where `EDGEWRIGHT_TEST_PYONE` is set; `tests/pyone.sh` sets it.

use crate::common::{fresh, recordings, stand_in, start};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use tokio::process::Command;
use tokio::sync::Mutex;

/// Only one test at a time installs the client.
static INSTALLING: Mutex<()> = Mutex::const_new(());

async fn run(program: &Path, arguments: &[&str], endpoint: &str) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("ONE_XMLRPC", endpoint)
        .env("ONE_SESSION", "oneadmin:opennebula");
    command.output().await.unwrap()
}

/// What the program printed; fails the test if it failed.
fn checked(what: &str, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{what}:\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// A Python that has the client, or nothing where the test is not wanted.
async fn python() -> Option<PathBuf> {
    if std::env::var_os("EDGEWRIGHT_TEST_PYONE").is_none() {
        println!("skipped: set EDGEWRIGHT_TEST_PYONE, or run tests/pyone.sh of this crate");
        return None;
    }
    let _alone = INSTALLING.lock().await;
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyone");
    let python = venv.join("bin/python");
    if !venv.join("ready").exists() {
        let made = run(
            Path::new("python3"),
            &["-m", "venv", venv.to_str().unwrap()],
            "",
        )
        .await;
        checked("python3 -m venv", &made);
        let installed = run(
            &python,
            &["-m", "pip", "install", "--quiet", "pyone==7.0.2"],
            "",
        )
        .await;
        checked("pip install pyone", &installed);
        fs_err::write(venv.join("ready"), "").unwrap();
    }
    Some(python)
}

async fn run_script(python: &Path, name: &str, arguments: &[&str], address: SocketAddr) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    let arguments = [&[script.to_str().unwrap()], arguments].concat();
    let output = run(python, &arguments, &format!("http://{address}/RPC2")).await;
    checked(name, &output)
}

#[tokio::test]
async fn pyone_makes_changes_and_removes_every_object() {
    let Some(python) = python().await else { return };
    let address = start(&fresh()).await;
    let printed = run_script(&python, "official_client.py", &[], address).await;
    assert_eq!(printed, "pyone made, changed and removed every object\n");
}

#[tokio::test]
async fn pyone_makes_every_recorded_call() {
    let (Some(python), Some(recordings)) = (python().await, recordings()) else {
        return;
    };
    let (emulator, _) = stand_in();
    let address = start(&emulator).await;
    let printed = run_script(
        &python,
        "official_replay.py",
        &[recordings.to_str().unwrap()],
        address,
    )
    .await;
    assert_eq!(
        printed,
        "pyone made 333 recorded calls, and all ended as recorded\n"
    );
}
