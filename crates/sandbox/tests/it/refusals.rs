//! What goes wrong before anything is started: the whole message each time.

use crate::rig::text;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in an environment of its own.
fn run(directory: &Path, words: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgewright-sandbox"))
        .args(words)
        .arg("--dir")
        .arg(directory)
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn a_machine_without_docker_is_told_how_to_get_it() {
    let directory = tempfile::tempdir().unwrap();
    let up = run(directory.path(), &["up"], &[("PATH", "/nowhere")]);
    assert_eq!(up.status.code(), Some(1));
    assert_eq!(
        text(&up.stderr),
        "error: the program `docker` cannot be started: No such file or directory (os error 2)\n  \
         = help: install it: `sudo apt-get install -y docker.io`\n"
    );
    assert_eq!(text(&up.stdout), "");
}

#[test]
fn an_engine_that_does_not_run_is_told_how_to_start_it() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = "unix:///nowhere/docker.sock";
    let up = run(directory.path(), &["up"], &[("DOCKER_HOST", nowhere)]);
    assert_eq!(up.status.code(), Some(1));
    let said = text(&up.stderr);
    assert!(
        said.starts_with("error: the Docker engine does not answer: "),
        "{said}"
    );
    assert!(
        said.ends_with("\n  = help: start it: `sudo systemctl start docker`\n"),
        "{said}"
    );
}

#[test]
fn verbs_need_a_sandbox() {
    let directory = tempfile::tempdir().unwrap();
    let name = fs_err::canonicalize(directory.path())
        .unwrap()
        .display()
        .to_string();
    for words in [
        &["status"][..],
        &["fault", "--clear"],
        &["fault", "vultr", "GET /instances", "--cut"],
    ] {
        let output = run(directory.path(), words, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            text(&output.stderr),
            format!(
                "error: no sandbox runs in {name}\n  = help: start one: `edgewright-sandbox up --dir {name}`\n"
            )
        );
    }
    let down = run(directory.path(), &["down"], &[]);
    assert_eq!(text(&down.stdout), format!("no sandbox ran in {name}\n"));
}

#[test]
fn a_scale_that_is_no_number_is_wrong_usage() {
    let directory = tempfile::tempdir().unwrap();
    let up = run(directory.path(), &["up", "--scale", "fast"], &[]);
    assert_eq!(up.status.code(), Some(2));
    assert_eq!(
        text(&up.stderr),
        "error: invalid value 'fast' for '--scale <SHARE>': a number from 0 to 10 is needed\n\n\
         For more information, try '--help'.\n"
    );
}

#[test]
fn a_port_that_is_taken_ends_up_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let up = run(
        directory.path(),
        &["up", "--vultr-port", &port.to_string()],
        &[],
    );
    assert_eq!(up.status.code(), Some(1));
    assert_eq!(
        text(&up.stderr),
        format!(
            "error: the sandbox's daemon ended before it was ready:\nerror: the Vultr API cannot listen on \
             127.0.0.1:{port}: Address already in use (os error 98)\n"
        )
    );
    let down = run(directory.path(), &["down"], &[]);
    assert!(text(&down.stdout).starts_with("no sandbox ran in "));
}
