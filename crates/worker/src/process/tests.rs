//! Tests of [`super::run`].

use super::*;
use crate::outcome::tests::within;
use serde_json::json;

fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]);
    command
}

fn in_time(limit: Duration, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    assert!(start.elapsed() < limit, "{:?}", start.elapsed());
}

#[test]
fn both_streams_and_the_status_come_back() {
    within(&json!({}), |context| {
        let finished = run(context, &mut shell("cat; echo e >&2; exit 3"), Some(b"abc")).unwrap();
        assert_eq!(
            (
                finished.rc,
                finished.stdout.as_str(),
                finished.stderr.as_str()
            ),
            (3, "abc", "e\n")
        );
        let killed = run(context, &mut shell("kill -9 $$"), None).unwrap();
        assert_eq!(killed.rc, -9);
    });
}

#[test]
fn much_input_and_much_output_do_not_wait_for_each_other() {
    within(&json!({}), |context| {
        let much = vec![b'x'; 3_000_000];
        let finished = run(
            context,
            &mut shell("cat; cat /dev/zero | head -c 300000 >&2"),
            Some(&much),
        );
        let finished = finished.unwrap();
        assert_eq!(
            (finished.stdout.len(), finished.stderr.len()),
            (3_000_000, 300_000)
        );
    });
}

#[test]
fn a_program_that_does_not_read_its_input_is_no_fault() {
    within(&json!({}), |context| {
        let much = vec![b'x'; 1_000_000];
        assert_eq!(
            run(context, &mut shell("exit 0"), Some(&much)).unwrap().rc,
            0
        );
    });
}

#[test]
fn what_is_left_running_is_not_waited_for() {
    in_time(Duration::from_secs(5), || {
        within(&json!({}), |context| {
            let finished = run(context, &mut shell("sleep 30 & echo started"), None).unwrap();
            assert_eq!(finished.stdout, "started\n");
        });
    });
}

#[test]
fn when_time_is_up_the_whole_group_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    // A child and a grandchild that do not care about being asked.
    let line = format!(
        "trap '' TERM; sleep 60 & echo $! > {0}; (trap '' TERM; echo $(exec sh -c 'echo $PPID') >> {0}; sleep 60); wait",
        file.display()
    );
    in_time(Duration::from_secs(10), || {
        within(&json!({"timeout": 1}), |context| {
            let failure = run(context, &mut shell(&line), None).unwrap_err();
            assert_eq!(
                failure.message,
                "`/bin/sh` was stopped: the task's time of 1 s was up"
            );
            assert_eq!(failure.values["timedout"], json!({"period": 1}));
        });
    });
    let pids = std::fs::read_to_string(file).unwrap();
    assert_eq!(pids.lines().count(), 2, "{pids}");
    let start = Instant::now();
    while pids.lines().any(runs) {
        // A process that was killed is there for a moment more.
        assert!(start.elapsed() < Duration::from_secs(2), "{pids} still run");
        std::thread::sleep(POLL);
    }
}

fn runs(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .is_ok_and(|status| !status.contains("State:\tZ"))
}

#[test]
fn endless_output_is_refused_and_takes_bounded_memory() {
    within(&json!({}), |context| {
        let failure = run(context, &mut shell("head -c 20000000 /dev/zero"), None).unwrap_err();
        assert_eq!(
            failure.message,
            "`/bin/sh` printed more than 8 MB: send its output to a file"
        );
    });
}

#[test]
fn a_program_that_is_not_there_is_named() {
    within(&json!({}), |context| {
        let failure = run(context, &mut Command::new("/does/not/exist"), None).unwrap_err();
        assert_eq!(
            failure.message,
            "cannot run `/does/not/exist`: No such file or directory (os error 2)"
        );
        assert_eq!(failure.values["rc"], 2);
    });
}
