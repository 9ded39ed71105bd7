//! Playbooks whose outcome ansible-core 2.19 has been asked for: `cases/NAME/expected.json`, by `recorder/record.py`.
//!
//! Each case runs through the public API in a temporary copy of its directory, with `ansible_connection=local`.
//! Counts, exit code, how every task ended on every host and what `debug` showed must be the same. Cases with
//! `refused` are refused here before anything runs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests stop at what cannot go on, and show what happened when asked"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use edgewright_playbook::{
    Event, Inventory, InventoryConnector, LoadOptions, Observer, Playbook, PlaybookSource, Recap,
    RunOptions, Status,
};
use edgewright_template::{Map, Value};
use edgewright_transport::WorkerImage;
use serde_json::{Value as Json, json};

#[derive(Default)]
struct Seen {
    tasks: Mutex<BTreeMap<String, Vec<String>>>,
    debug: Mutex<BTreeMap<String, Vec<Json>>>,
}

const HIDDEN: &[&str] = &["changed", "failed", "skipped", "item", "ansible_loop_var"];

impl Seen {
    fn shown(&self, host: &str, action: &str, result: &serde_json::Map<String, Json>) {
        if action.rsplit('.').next() != Some("debug") || result.contains_key("censored") {
            return;
        }
        for (_, value) in result
            .iter()
            .filter(|(name, _)| !HIDDEN.contains(&name.as_str()))
        {
            self.debug
                .lock()
                .unwrap()
                .entry(host.to_owned())
                .or_default()
                .push(value.clone());
        }
    }
}

impl Observer for Seen {
    fn event(&self, event: &Event) {
        match event {
            Event::Item {
                host,
                task,
                status: Status::Ok | Status::Changed,
                result,
                ..
            } => {
                self.shown(host, &task.action, result);
            }
            Event::Result {
                host,
                task,
                status,
                result,
                ..
            } => {
                let status_word = serde_json::to_value(status).unwrap();
                self.tasks
                    .lock()
                    .unwrap()
                    .entry(host.clone())
                    .or_default()
                    .push(format!("{}: {}", task.name, status_word.as_str().unwrap()));
                if matches!(status, Status::Ok | Status::Changed) && !result.contains_key("results")
                {
                    self.shown(host, &task.action, result);
                }
                if std::env::var_os("CASE_VERBOSE").is_some() {
                    eprintln!(
                        "{host} {} {status:?} {}",
                        task.name,
                        Json::Object(result.clone())
                    );
                }
            }
            Event::Warning(text) if std::env::var_os("CASE_VERBOSE").is_some() => {
                eprintln!("{text}");
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Options {
    load: LoadOptions,
    run: RunOptions,
    refused: Option<String>,
}

fn options(case: &Path) -> Options {
    let mut options = Options::default();
    let Ok(text) = fs_err::read_to_string(case.join("options.json")) else {
        return options;
    };
    let json: Json = serde_json::from_str(&text).unwrap();
    options.refused = json["refused"].as_str().map(str::to_owned);
    let empty = Vec::new();
    let args: Vec<&str> = json["args"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|arg| arg.as_str().unwrap())
        .collect();
    let mut args = args.into_iter();
    let words = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let mut extra = Map::new();
    while let Some(arg) = args.next() {
        match arg {
            "--check" => options.run.check = true,
            "--diff" => options.run.diff = true,
            "--limit" => options.run.limit = args.next().map(str::to_owned),
            "--tags" => options.load.tags = args.next().map(words).unwrap(),
            "--skip-tags" => options.load.skip_tags = args.next().map(words).unwrap(),
            "-e" => {
                let (name, value) = args.next().unwrap().split_once('=').unwrap();
                extra.insert(name.into(), Value::written(value, None));
            }
            other => panic!("the test knows no option {other}"),
        }
    }
    options.load.extra_vars.clone_from(&extra);
    options.run.extra_vars = extra;
    options
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

fn workers() -> Vec<WorkerImage> {
    edgewright_worker_bundle::workers()
        .iter()
        .map(|worker| WorkerImage {
            machine: worker.machine,
            digest: worker.digest,
            gzip: worker.gzip,
        })
        .collect()
}

/// What happened, in the form of `expected.json`; the complaint when it was refused.
async fn outcome(case: &Path, options: &Options) -> Result<Json, String> {
    let directory = tempfile::tempdir().unwrap();
    let work = directory.path().canonicalize().unwrap().join("case");
    copy(case, &work);
    let mut inventory = Inventory::load(&[work.join("inventory.ini").display().to_string()])
        .map_err(|problems| problems.to_string())?;
    inventory.add_implicit_localhost("localhost");
    let source = PlaybookSource::File(work.join("playbook.yml"));
    let playbook = Playbook::load(&[source], &inventory, &options.load).map_err(|problems| {
        problems
            .to_string()
            .replace(&work.display().to_string(), "<dir>")
    })?;
    let seen = Arc::new(Seen::default());
    let connector = Arc::new(InventoryConnector::new("root", workers()));
    let recap: Recap = edgewright_playbook::run(
        &playbook,
        inventory,
        &options.run,
        connector,
        Arc::clone(&seen) as Arc<dyn Observer>,
    )
    .await;
    let hosts: BTreeMap<String, Json> = recap
        .hosts
        .iter()
        .map(|(host, counts)| (host.clone(), serde_json::to_value(counts).unwrap()))
        .collect();
    let text = json!({
        "hosts": hosts,
        "tasks": *seen.tasks.lock().unwrap(),
        "debug": *seen.debug.lock().unwrap(),
        "exit": recap.exit_code(),
    })
    .to_string();
    Ok(serde_json::from_str(&text.replace(&work.display().to_string(), "<dir>")).unwrap())
}

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> = fs_err::read_dir(directory)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    cases
}

/// Lines that differ, for the message.
fn differences(expected: &Json, found: &Json, path: &str, out: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(one), Json::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                differences(
                    &one.get(name).cloned().unwrap_or(Json::Null),
                    &other.get(name).cloned().unwrap_or(Json::Null),
                    &format!("{path}.{name}"),
                    out,
                );
            }
        }
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{path}[{at}]"), out);
            }
        }
        (one, other) if one == other => {}
        (one, other) => out.push(format!(
            "  {path}\n    ansible: {one}\n    here:    {other}"
        )),
    }
}

async fn judge(case: &Path) -> Result<(), String> {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let options = options(case);
    let expected: Json = serde_json::from_str(
        &fs_err::read_to_string(case.join("expected.json"))
            .map_err(|error| format!("{name}: {error}"))?,
    )
    .unwrap();
    match (outcome(case, &options).await, &options.refused) {
        (Err(complaint), Some(start)) if complaint.starts_with(start.as_str()) => Ok(()),
        (Err(complaint), Some(start)) => Err(format!(
            "{name}: expected `{start}…`, and the complaint is\n{complaint}"
        )),
        (Err(complaint), None) => Err(format!(
            "{name}: refused, and Ansible takes it:\n{complaint}"
        )),
        (Ok(_), Some(_)) => Err(format!("{name}: taken, and it should be refused")),
        (Ok(found), None) => {
            let mut lines = Vec::new();
            differences(&expected, &found, "", &mut lines);
            if lines.is_empty() {
                Ok(())
            } else {
                Err(format!("{name}:\n{}", lines.join("\n")))
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_ends_as_it_does_with_ansible() {
    let only = std::env::var("CASE").ok();
    let mut failures = Vec::new();
    let mut judged = 0;
    for case in cases() {
        if only.as_ref().is_some_and(|only| !case.ends_with(only)) {
            continue;
        }
        judged += 1;
        failures.extend(judge(&case).await.err());
    }
    assert!(
        only.is_some() || judged >= 30,
        "only {judged} cases were found"
    );
    assert!(
        failures.is_empty(),
        "{} of {judged} cases differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
