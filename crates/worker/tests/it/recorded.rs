//! What ansible-core 2.19 answered to tasks on files, lines and commands, and what it left behind: ours must do the same.
//!
//! `tests/recorded/*.json` were made by running ansible-core and this worker side by side on Debian 12; Ansible is not
//! needed here. `/t` stands for the directory of a case. Messages of failures are our own, everything else is compared.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::common::{Worker, is_root};

/// Return values that differ from run to run or from machine to machine, or that are worded in our own way.
const APART: [&str; 13] = [
    "_ansible_no_log",
    "start",
    "end",
    "delta",
    "elapsed",
    "msg",
    "backup",
    "backup_file",
    "md5sum",
    "src",
    "exception",
    "size",
    "search_regex",
];

/// The same within what `stat` tells.
const STAT_APART: [&str; 13] = [
    "atime",
    "mtime",
    "ctime",
    "inode",
    "dev",
    "size",
    "blocks",
    "block_size",
    "attr_flags",
    "attributes",
    "version",
    "charset",
    "mimetype",
];

fn shell(directory: &Path, line: &str) -> String {
    let output = Command::new("/bin/sh")
        .args(["-c", line])
        .current_dir(directory)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A text of the recording with the directory of this run.
fn placed(text: &str, directory: &Path) -> String {
    text.replace("/t/", &format!("{}/", directory.display()))
        .replace("\"/t\"", &format!("\"{}\"", directory.display()))
}

fn differences(
    expected: &Map<String, Value>,
    found: &Map<String, Value>,
    apart: &[&str],
) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in expected {
        let nothing = name == "diff" && (value == &json!([]) || value == &json!({}));
        if apart.contains(&name.as_str()) || nothing {
            continue;
        }
        if let (Value::Object(expected), Some(Value::Object(found)), "stat") =
            (value, found.get(name), name.as_str())
        {
            lines.extend(differences(expected, found, &STAT_APART));
        } else if found.get(name) != Some(value) {
            lines.push(format!(
                "{name}: {value} expected, {:?} found",
                found.get(name)
            ));
        }
    }
    lines
}

fn run(case: &Value, directory: &Path) -> Vec<String> {
    let case = placed(&case.to_string(), directory);
    let case: Value = serde_json::from_str(&case).unwrap();
    let text = |name: &str| case[name].as_str().unwrap_or("true").to_owned();
    shell(directory, &text("setup"));
    let mut args = case["args"].clone();
    let is_local = case["module"] == "copy" && args["remote_src"] != true;
    if let Some(src) = args["src"].as_str().filter(|_| is_local).map(str::to_owned) {
        // What the control machine makes of a file beside the playbook.
        let map = args.as_object_mut().unwrap();
        map.remove("src");
        let name = Path::new(&src)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        map.insert("basename".to_owned(), name.into());
        map.insert(
            "content".to_owned(),
            std::fs::read_to_string(src).unwrap().into(),
        );
    }
    let how = json!({"check": case["check"] == true, "diff": true});
    let mut worker = Worker::start();
    let module = case["module"].as_str().unwrap();
    let found = worker.run_as(module, &args, &how);
    let expected = case["answer"].as_object().unwrap();
    let failed = expected.get("failed") == Some(&json!(true));
    let mut lines = if failed {
        let only = |name: &str| {
            expected
                .get(name)
                .map(|value| (name.to_owned(), value.clone()))
        };
        let some = ["failed", "changed"].into_iter().filter_map(only).collect();
        differences(&some, found.as_object().unwrap(), &[])
    } else {
        differences(expected, found.as_object().unwrap(), &APART)
    };
    let left = shell(directory, &text("after"));
    if left != case["left"] {
        lines.push(format!(
            "{} expected to be left, {left:?} found",
            case["left"]
        ));
    }
    if let Some(again) = case["again"].as_bool() {
        let found = &worker.run_as(module, &args, &how)["changed"];
        if *found != again {
            lines.push(format!(
                "the second time: changed {again} expected, {found} found"
            ));
        }
    }
    lines
}

fn all(recording: &str) {
    if !is_root() {
        println!("SKIPPED: the recordings were made by root");
        return;
    }
    let cases: Value = serde_json::from_str(recording).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let directory = tempfile::tempdir().unwrap();
        // Where mode bits of directories are looked at, the temporary one must be like any other.
        shell(directory.path(), "chmod 755 .");
        let lines = run(case, directory.path());
        if !lines.is_empty() {
            wrong.push(format!("{}:\n  {}", case["name"], lines.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_written_linked_and_looked_at_as_recorded() {
    all(include_str!("../recorded/files.json"));
}

#[test]
fn lines_are_kept_as_recorded() {
    all(include_str!("../recorded/lines.json"));
}

#[test]
fn commands_are_run_as_recorded() {
    all(include_str!("../recorded/commands.json"));
}
