//! Applications that are cut off, by Ctrl-C and by the worst there is, wherever they are; the last one ends as if nothing
//! had happened.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};

/// How an application is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Ctrl-C: it ends by itself, and says what stands.
    Interrupt,
    /// SIGKILL: it has no time for anything.
    Kill,
}

/// One cut: at a line of standard output that holds one of these, and some milliseconds after it.
type Cut = (&'static [&'static str], u64, End);

/// Where it is cut, in the order in which a cluster comes about. Hosts that are quick may be past booting already.
const CUTS: [Cut; 9] = [
    // Instances are being ordered: whether the orders arrived is not known.
    (&["ordering the instance"], 0, End::Kill),
    (
        &["booting (", "waiting for SSH", "configuring"],
        0,
        End::Interrupt,
    ),
    (&["waiting for SSH", "configuring"], 200, End::Kill),
    // Packages are being installed, first those of the node, then those of FRR.
    (
        &["opennebula_repository : Repository"],
        2500,
        End::Interrupt,
    ),
    (&["firewall : Rules"], 2500, End::Kill),
    // Configuration is written, and nothing has been restarted or loaded yet.
    (&["frr : Configuration of FRR"], 0, End::Kill),
    (
        &["Hosts know each other", "cluster      registering"],
        0,
        End::Interrupt,
    ),
    (&["cluster      registering"], 0, End::Kill),
    (&["cluster      verifying"], 0, End::Interrupt),
];

/// Makes the cluster through applications that are cut off everywhere, and expects what an undisturbed one leaves.
pub fn everywhere(sandbox: &Sandbox, file: &str) {
    for cut in &CUTS {
        cut_off(sandbox, file, cut);
    }
    let ran = sandbox
        .edgewright(&["cluster", "apply", "--yes", "-o", "json", file])
        .exits(0);
    assert_eq!(ran.count("failed"), 0);
    as_undisturbed(sandbox, file);
}

/// Ends an application there.
fn cut_off(sandbox: &Sandbox, file: &str, (lines, pause, end): &Cut) {
    let mut child = sandbox
        .command(&["cluster", "apply", "--yes", file])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = String::new();
    let mut ended = None;
    for said in BufReader::new(child.stdout.take().unwrap()).lines() {
        let said = said.unwrap();
        if ended.is_none() && lines.iter().any(|line| said.contains(line)) {
            std::thread::sleep(Duration::from_millis(*pause));
            let signal = if *end == End::Kill { "KILL" } else { "INT" };
            let kill = format!("kill -{signal} {}", child.id());
            Command::new("sh").args(["-c", &kill]).status().unwrap();
            ended = Some(Instant::now());
        }
        stdout.push_str(&said);
        stdout.push('\n');
    }
    let ran = Ran::of(&child.wait_with_output().unwrap());
    let Some(ended) = ended else {
        panic!("no {lines:?}:\n{stdout}\n{}", ran.stderr)
    };
    assert!(
        ended.elapsed() < Duration::from_secs(3),
        "{lines:?} {end:?}"
    );
    let (code, stderr) = match end {
        End::Interrupt => (
            130,
            "interrupted; what was created stays and carries the cluster's tags; run the same command again to go on\n",
        ),
        End::Kill => (-1, ""),
    };
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (code, stderr),
        "{lines:?}:\n{stdout}"
    );
}

/// Nothing is there twice, nothing is left to do, and nothing is asked for that could change anything.
fn as_undisturbed(sandbox: &Sandbox, file: &str) {
    let hosts: Vec<String> = sandbox.hosts().into_iter().map(|host| host.name).collect();
    assert_eq!(hosts, ["edge-vhost0", "edge-vhost1"]);
    let before = sandbox.calls().len();
    let ran = sandbox
        .edgewright(&["cluster", "apply", "-o", "json", file])
        .exits(0);
    for count in ["created", "changed", "removed", "failed"] {
        assert_eq!(ran.count(count), 0, "{count}: {}", ran.stdout);
    }
    let calls = sandbox.calls();
    let mutating: Vec<&Value> = calls[before..]
        .iter()
        .filter(|call| call["mutating"] == true)
        .collect();
    assert_eq!(mutating, Vec::<&Value>::new());
    let made = calls
        .iter()
        .filter(|call| call["method"] == "POST" && call["path"] == "/v2/instances")
        .count();
    assert_eq!(made, 2, "instances were ordered once each");
}
