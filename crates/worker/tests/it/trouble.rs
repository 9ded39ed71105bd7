//! Hosts that are not as they should be: each fault is told in one clear message, and nothing is left half done.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Worker, is_root, runs, soon};

/// A worker for which something is mounted first, in a namespace of its own: `$1` in the script is the directory.
fn worker_with(script: &str, directory: &Path) -> Option<Worker> {
    if !is_root() {
        println!("SKIPPED: only root may mount");
        return None;
    }
    let line = format!("{script}; exec \"$2\"");
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "/bin/sh", "-ec", &line, "sh"])
        .arg(directory)
        .arg(env!("CARGO_BIN_EXE_edgewright-worker"));
    let allowed = Command::new("unshare").args(["--mount", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        println!("SKIPPED: this machine does not let us mount in a namespace");
        return None;
    }
    Some(Worker::by(&mut command))
}

fn message(result: &Value) -> &str {
    assert_eq!(result["failed"], true, "{result}");
    result["msg"].as_str().unwrap()
}

#[test]
fn a_full_disk_is_named_and_the_old_file_stays() {
    let directory = tempfile::tempdir().unwrap();
    let Some(mut worker) = worker_with("mount -t tmpfs -o size=64k tmpfs \"$1\"", directory.path())
    else {
        return;
    };
    let dest = directory.path().join("file");
    let small = worker.run("copy", &json!({"content": "small", "dest": dest}));
    assert_eq!(small["changed"], true, "{small}");
    let large = worker.run(
        "copy",
        &json!({"content": "x".repeat(200_000), "dest": dest}),
    );
    assert_eq!(
        message(&large),
        format!(
            "cannot write a file in `{}`: No space left on device (os error 28); the file system is full: free some \
             space and run again",
            directory.path().display()
        )
    );
    let listed = worker.run("command", &json!({"argv": ["ls", "-A", directory.path()]}));
    assert_eq!(listed["stdout"], "file");
    let read = worker.run("command", &json!({"argv": ["cat", dest]}));
    assert_eq!(read["stdout"], "small");
}

#[test]
fn a_read_only_file_system_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let Some(mut worker) = worker_with("mount -t tmpfs -o ro tmpfs \"$1\"", directory.path())
    else {
        return;
    };
    let path = directory.path().join("x");
    let shown = directory.path().display();
    let copied = worker.run("copy", &json!({"content": "x", "dest": path}));
    assert_eq!(
        message(&copied),
        format!(
            "cannot write a file in `{shown}`: Read-only file system (os error 30); the file system is mounted \
             read-only"
        )
    );
    let made = worker.run("file", &json!({"path": path, "state": "directory"}));
    assert_eq!(
        message(&made),
        format!(
            "cannot create the directory `{shown}/x`: Read-only file system (os error 30); the file system is mounted \
             read-only"
        )
    );
}

#[test]
fn a_file_that_its_validation_refuses_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let dest = directory.path().join("sudoers");
    std::fs::write(&dest, "good\n").unwrap();
    let mut worker = Worker::start();
    for (validate, said) in [
        (
            "/bin/sh -c 'echo line 1 is wrong >&2; exit 1' %s",
            "the new file was refused by `/bin/sh -c 'echo line 1 is wrong >&2; exit 1' %s`: line 1 is wrong",
        ),
        (
            "/does/not/exist %s",
            "the new file was refused by `/does/not/exist %s`: /bin/sh: 1: /does/not/exist: not found",
        ),
        (
            "true",
            "`validate` must contain `%s`, the path of the new file: `true`",
        ),
    ] {
        let args = json!({"content": "bad\n", "dest": dest, "validate": validate});
        assert_eq!(message(&worker.run("copy", &args)), said);
        assert_eq!(std::fs::read_to_string(&dest).unwrap(), "good\n");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[test]
fn users_and_groups_that_are_not_there_are_named_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let dest = directory.path().join("file");
    let mut worker = Worker::start();
    for (args, said) in [
        (
            json!({"owner": "nosuch"}),
            "there is no user `nosuch` on this host",
        ),
        (
            json!({"group": "nosuch"}),
            "there is no group `nosuch` on this host",
        ),
        (
            json!({"mode": "rw"}),
            "`rw` is no file mode; write it as `\"0644\"` or `u=rw,g=r,o=r`",
        ),
    ] {
        let mut all = json!({"content": "x", "dest": dest});
        all.as_object_mut()
            .unwrap()
            .extend(args.as_object().unwrap().clone());
        assert_eq!(message(&worker.run("copy", &all)), said);
        assert!(!dest.exists());
    }
    let key = json!({"user": "nosuch", "key": "ssh-ed25519 AAAA x"});
    assert_eq!(
        message(&worker.run("authorized_key", &key)),
        "there is no user `nosuch` on this host"
    );
    let other = json!({"become_user": {"method": "sudo", "user": "nosuch"}});
    assert_eq!(
        message(&worker.run_as("ping", &json!({}), &other)),
        "cannot become `nosuch`: there is no such user"
    );
}

#[test]
fn a_command_whose_time_is_up_ends_with_everything_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    let mut worker = Worker::start();
    let line = format!("sleep 60 & echo $! > {}; wait", file.display());
    let result = worker.run_as("shell", &json!({"cmd": line}), &json!({"timeout": 1}));
    assert_eq!(
        message(&result),
        "`/bin/sh` was stopped: the task's time of 1 s was up"
    );
    assert_eq!(result["timedout"], json!({"period": 1}));
    let pid = std::fs::read_to_string(file).unwrap();
    soon("it ends", || !runs(&pid));
    assert_eq!(worker.run("ping", &json!({}))["ping"], "pong");
}

/// A copy of dpkg's directory in place of the machine's, so that nothing of it is locked or changed.
const OWN_DPKG: &str =
    "mkdir \"$1/dpkg\"; cp -r /var/lib/dpkg/. \"$1/dpkg\"; mount --bind \"$1/dpkg\" /var/lib/dpkg";

#[test]
fn a_package_that_nobody_has_is_named() {
    if !Path::new("/usr/bin/apt-get").exists() {
        println!("SKIPPED: this machine has no apt");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(mut worker) = worker_with(OWN_DPKG, directory.path()) else {
        return;
    };
    let result = worker.run("apt", &json!({"name": "edgewright-no-such-package"}));
    assert_eq!(
        message(&result),
        "No package matching 'edgewright-no-such-package' is available: no configured repository has it; check its \
         name, and the repositories: E: Unable to locate package edgewright-no-such-package"
    );
    assert_eq!(result["rc"], 100);
}

#[test]
fn who_holds_the_lock_of_apt_is_told_after_it_was_waited_for() {
    if !Path::new("/usr/bin/apt-get").exists() {
        println!("SKIPPED: this machine has no apt");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(mut worker) = worker_with(OWN_DPKG, directory.path()) else {
        return;
    };
    let lock = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.path().join("dpkg/lock-frontend"))
        .unwrap();
    rustix::fs::fcntl_lock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    let start = std::time::Instant::now();
    let result = worker.run(
        "apt",
        &json!({"name": "edgewright-no-such-package", "lock_timeout": 2}),
    );
    let name = std::fs::read_to_string("/proc/self/comm").unwrap();
    let start_of_message = format!(
        "`apt-get install` failed: process {} ({}) holds apt's lock for more than 2 s; wait for it to end, or raise \
         `lock_timeout`: E: ",
        std::process::id(),
        name.trim()
    );
    let said = message(&result);
    assert!(said.starts_with(&start_of_message), "{said}");
    assert!(start.elapsed() >= std::time::Duration::from_secs(2));
}
