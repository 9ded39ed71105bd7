//! `cargo xtask bench`: what was promised in numbers, measured on three converged hosts of a sandbox.
//!
//! `ssh host true` to all hosts at once stands beside the playbook's whole time: the least that anything over SSH can take.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::command::Run;
use crate::demo::{CLUSTER_FILE, Host, hosts};
use crate::failure::Failure;
use crate::sandbox::{Afterwards, Sandbox};
use crate::{build, need, place, say};

/// Longest time of `edgewright --version`.
const VERSION_GOAL: Duration = Duration::from_millis(20);
/// Largest peak memory of an apply on three hosts, in bytes.
const MEMORY_GOAL: u64 = 60_000_000;
/// Largest worker, in bytes.
const WORKER_GOAL: u64 = 1_500_000;
/// Largest worker under compression, in bytes.
const COMPRESSED_GOAL: u64 = 700_000;

/// How often each run is measured; the median counts.
const RUNS: usize = 10;

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// As typed.
#[derive(Debug, Args)]
pub struct Words {
    /// Directory of a sandbox, which stays; one that is not up is started [default: a new one, which goes down]
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Measures everything and holds it against the goals.
///
/// # Errors
/// [`Failure::Goals`] with those that were missed.
pub fn run(words: &Words) -> Result<(), Failure> {
    need::packages(&[need::BUILD, need::SANDBOX, need::BENCH])?;
    need::docker_engine()?;
    build::programs()?;
    let (dir, afterwards) = match &words.dir {
        Some(dir) => (dir.clone(), Afterwards::Stay),
        None => {
            let name = format!("edgewright-bench-{}", std::process::id());
            (std::env::temp_dir().join(name), Afterwards::Down)
        }
    };
    let sandbox = Sandbox::up(place::release("edgewright-sandbox"), &dir, afterwards)?;
    let mut report = Report::default();
    version(&mut report)?;
    workers(&mut report)?;
    cluster(&sandbox, &mut report)?;
    sandbox.close()?;
    if afterwards == Afterwards::Down {
        fs_err::remove_dir_all(&dir)?;
    }
    report.end()
}

/// What was measured, and what was missed.
#[derive(Debug, Default)]
struct Report {
    rows: Vec<Vec<String>>,
    missed: Vec<String>,
}

impl Report {
    /// A figure without a goal.
    fn figure(&mut self, what: &str, seen: String) {
        self.rows.push(vec![what.to_owned(), seen]);
    }

    /// A figure with a goal.
    fn goal(&mut self, what: &str, seen: String, goal: &str, met: bool) {
        let word = if met { "met" } else { "MISSED" };
        let goal = format!("goal {goal}: {word}");
        self.rows.push(vec![what.to_owned(), seen, goal]);
        if !met {
            self.missed.push(what.to_owned());
        }
    }

    fn end(self) -> Result<(), Failure> {
        say::heading("Measured");
        say::table(&self.rows);
        if self.missed.is_empty() {
            Ok(())
        } else {
            Err(Failure::Goals(self.missed))
        }
    }
}

fn version(report: &mut Report) -> Result<(), Failure> {
    let time = median(3 * RUNS, || {
        let program = place::release("edgewright");
        Run::new(program).args(["--version"]).read().map(|_| ())
    })?;
    let goal = milliseconds(VERSION_GOAL);
    report.goal(
        "edgewright --version",
        milliseconds(time),
        &format!("under {goal}"),
        time < VERSION_GOAL,
    );
    Ok(())
}

fn workers(report: &mut Report) -> Result<(), Failure> {
    for worker in build::workers()? {
        let name = format!("worker for {}", worker.machine);
        report.goal(
            &name,
            build::size(worker.bytes),
            &format!("under {}", build::size(WORKER_GOAL)),
            worker.bytes < WORKER_GOAL,
        );
        report.goal(
            &format!("{name}, compressed"),
            build::size(worker.compressed),
            &format!("under {}", build::size(COMPRESSED_GOAL)),
            worker.compressed < COMPRESSED_GOAL,
        );
    }
    Ok(())
}

fn cluster(sandbox: &Sandbox, report: &mut Report) -> Result<(), Failure> {
    let cluster = |verb: &str| {
        Run::new(place::release("edgewright"))
            .envs(sandbox.environment())
            .args(["cluster", verb, CLUSTER_FILE, "--yes"])
            .shown_as(&format!("edgewright cluster {verb} {CLUSTER_FILE} --yes"))
    };
    let mut memory = 0;
    for when in ["first", "again"] {
        let begun = Instant::now();
        let (status, peak) = peak_memory(cluster("apply"))?;
        let time = say::time(begun.elapsed());
        judge(&cluster("apply"), status)?;
        report.figure(&format!("cluster apply, three hosts, {when}"), time);
        memory = memory.max(peak);
    }
    report.goal(
        "peak memory of cluster apply",
        build::size(memory),
        &format!("under {}", build::size(MEMORY_GOAL)),
        memory < MEMORY_GOAL,
    );
    let hosts = hosts(sandbox)?;
    if hosts.len() != 3 {
        return Err(Failure::Story(format!(
            "there are 3 hosts, not {}",
            hosts.len()
        )));
    }
    say::note(&format!(
        "{RUNS} times each: ssh HOST true to all at once, and edgewright playbook -i {CLUSTER_FILE} playbooks/edge.yml"
    ));
    let ssh = median(RUNS, || ssh_true(sandbox, &hosts))?;
    let played = median(RUNS, || {
        Run::new(place::release("edgewright"))
            .envs(sandbox.environment())
            .args(["playbook", "-i", CLUSTER_FILE, "playbooks/edge.yml"])
            .read()
            .map(|_| ())
    })?;
    report.figure("ssh host true, three hosts at once", milliseconds(ssh));
    let ratio = played.as_secs_f64() / ssh.as_secs_f64();
    report.figure(
        "edgewright playbook, three converged hosts",
        format!("{}, {ratio:.2} times that", milliseconds(played)),
    );
    Ok(())
}

/// Logs in to all hosts at once with OpenSSH, and waits for the last.
fn ssh_true(sandbox: &Sandbox, hosts: &[Host]) -> Result<(), Failure> {
    let key = sandbox.variable("EDGEWRIGHT_SSH_KEY").unwrap_or_default();
    let run = |host: &Host| {
        Run::new("ssh")
            // Neither the user's settings nor anything that is kept: the plain cost of a login.
            .args([
                "-F",
                "none",
                "-i",
                &key,
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
            ])
            .args([
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
            ])
            .args([
                "-o",
                "LogLevel=ERROR",
                &format!("root@{}", host.address),
                "true",
            ])
    };
    let mut started: Vec<(&Host, Child)> = Vec::new();
    for host in hosts {
        let child = run(host).into_command().stdin(Stdio::null()).spawn()?;
        started.push((host, child));
    }
    for (host, mut child) in started {
        let status = child.wait()?;
        judge(&run(host), status)?;
    }
    Ok(())
}

fn judge(run: &Run, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let line = run.line();
    Err(Failure::Command { line, status })
}

/// Shows a line, runs it, and looks at its memory all the while; the most that it had in bytes.
fn peak_memory(run: Run) -> Result<(ExitStatus, u64), Failure> {
    say::typed(&run.line());
    let mut child = run.into_command().stdin(Stdio::null()).spawn()?;
    let file = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    loop {
        peak = peak.max(high_water_mark(&file));
        if let Some(status) = child.try_wait()? {
            return Ok((status, peak));
        }
        thread::sleep(LOOK);
    }
}

/// The most memory that a process has had so far, in bytes; the kernel keeps it.
fn high_water_mark(file: &Path) -> u64 {
    // A process that has just ended has no such line.
    let status = fs_err::read_to_string(file).unwrap_or_default();
    high_water_line(&status).unwrap_or(0)
}

fn high_water_line(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// The median of the times of some runs.
fn median(runs: usize, mut run: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for _ in 0..runs {
        let begun = Instant::now();
        run()?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times.get(runs / 2).copied().unwrap_or_default())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_goal_is_named() {
        let mut report = Report::default();
        report.goal("size", "3 KB".to_owned(), "under 2 KB", false);
        report.goal("time", "1 ms".to_owned(), "under 2 ms", true);
        assert_eq!(
            report.end().unwrap_err().to_string(),
            "goals were missed: size"
        );
    }

    #[test]
    fn the_kernel_says_how_much_memory_there_was() {
        let status = "Name:\tsh\nVmPeak:\t  9000 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 1000 kB\n";
        assert_eq!(high_water_line(status), Some(1_263_616));
        assert_eq!(high_water_line("Name:\tsh\nState:\tZ (zombie)\n"), None);
        let (status, peak) = peak_memory(Run::shell("sleep 0.05")).unwrap();
        assert!(status.success());
        assert!(peak > 100_000, "{peak}");
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let mut times = [30, 1, 10].into_iter();
        let time = median(3, || {
            thread::sleep(Duration::from_millis(times.next().unwrap()));
            Ok(())
        })
        .unwrap();
        assert!(
            time >= Duration::from_millis(10) && time < Duration::from_millis(30),
            "{time:?}"
        );
    }
}
