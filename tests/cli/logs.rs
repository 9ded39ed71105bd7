//! Logs: each run of a verb that looks at or works on hosts leaves one, whatever is shown.
use std::os::unix::fs::PermissionsExt as _;

use edgewright::cli::Exit;

use crate::builder::Cli;

#[test]
fn a_run_leaves_a_log_that_only_its_owner_can_read() {
    let ran = Cli::new().args(["cluster", "plan", "lab.yml"]).run();
    let logs = ran
        .directory
        .path()
        .join("home/.local/state/edgewright/logs");
    let entry = fs_err::read_dir(logs).unwrap().next().unwrap().unwrap();
    let name = entry.file_name().into_string().unwrap();
    assert!(name.ends_with("Z-plan.jsonl"), "{name}");
    let text = fs_err::read_to_string(entry.path()).unwrap();
    let events: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| line["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["error", "summary"]);
    assert_eq!(
        entry.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_state_directory_that_cannot_be_written_is_told_and_ends_nothing() {
    Cli::new()
        .file("taken", "")
        .env("EDGEWRIGHT_STATE_DIR", "taken")
        .args(["cluster", "plan", "lab.yml"])
        .stderr(
            "
            warning[log::create]: this run is not logged: failed to create directory `taken/logs`: Not a directory (os error 20)
             |
             = help: name a directory that can be written to: `export EDGEWRIGHT_STATE_DIR=DIRECTORY`
            error[yaml::unreadable]: cannot read `lab.yml`: no such file
             |
             = help: check the path and the permissions of the file
            ",
        )
        .fails_with(Exit::BadInput);
}
