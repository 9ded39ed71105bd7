//! The driver of apache-libcloud, unchanged, against the emulated API.
//!
//! Needs Python and a package index, so it runs only where `EDGEWRIGHT_TEST_LIBCLOUD` is set; `tests/libcloud.sh` sets it.

use crate::common::Account;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Output;
use tokio::process::Command;

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

async fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .await
        .unwrap();
    checked(&arguments.join(" "), &output)
}

/// A Python that has the driver, or nothing where the test is not wanted.
async fn python() -> Option<PathBuf> {
    if std::env::var_os("EDGEWRIGHT_TEST_LIBCLOUD").is_none() {
        println!("skipped: set EDGEWRIGHT_TEST_LIBCLOUD, or run tests/libcloud.sh of this crate");
        return None;
    }
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libcloud");
    let python = venv.join("bin/python");
    if !venv.join("ready").exists() {
        run(
            Path::new("python3"),
            &["-m", "venv", venv.to_str().unwrap()],
        )
        .await;
        run(
            &python,
            &["-m", "pip", "install", "--quiet", "apache-libcloud==3.9.1"],
        )
        .await;
        fs_err::write(venv.join("ready"), "").unwrap();
    }
    Some(python)
}

#[tokio::test]
async fn libcloud_lists_makes_and_removes() {
    let Some(python) = python().await else { return };
    let account = Account::new().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official_client.py");
    let port = account.address.port().to_string();
    let printed = run(&python, &[script.to_str().unwrap(), &port]).await;
    assert_eq!(printed, "libcloud listed, made and removed everything\n");
    account.settled().await;
    let books = account.emulator.books();
    for kind in ["instances", "bare_metals", "ssh_keys"] {
        assert_eq!(books[kind], json!({}), "{kind}");
    }
}
