//! A host of a test: a container with systemd, and the worker that is shipped in it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::common::Worker;

/// A running container, removed with it.
pub struct Host {
    name: String,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Host {
    /// Starts one; says why when there can be none.
    pub fn start() -> Option<Self> {
        let Some(image) = image() else {
            println!(
                "SKIPPED: this test needs Docker and an image of the sandbox; build one with `edgewright-sandbox up`"
            );
            return None;
        };
        let name = format!(
            "edgewright-worker-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let mut run = docker(&[
            "run",
            "--detach",
            "--rm",
            "--network",
            "none",
            "--name",
            &name,
        ]);
        for option in ["seccomp", "apparmor", "systempaths"] {
            run.args(["--security-opt", &format!("{option}=unconfined")]);
        }
        run.args(["--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"]);
        run.args(["--tmpfs", "/run", "--tmpfs", "/run/lock"]);
        run.args(["--volume", "/sys/fs/cgroup:/sys/fs/cgroup:ro"]);
        let started = run.args([&image, "/sbin/init"]).output().unwrap();
        assert!(started.status.success(), "{started:?}");
        let this = Self { name };
        this.wait();
        this.bring_worker();
        Some(this)
    }

    fn wait(&self) {
        let start = Instant::now();
        loop {
            let state = self.try_shell("systemctl is-system-running");
            let said = String::from_utf8_lossy(&state.stdout).trim().to_owned();
            if said == "running" || said == "degraded" {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{state:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn bring_worker(&self) {
        let machine = std::env::consts::ARCH;
        let mut workers = edgewright_worker_bundle::workers().iter();
        let worker = workers.find(|worker| worker.machine == machine).unwrap();
        let mut binary = Vec::new();
        flate2::read::GzDecoder::new(worker.gzip)
            .read_to_end(&mut binary)
            .unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker");
        std::fs::write(&path, binary).unwrap();
        self.put(&path, "/usr/local/bin/edgewright-worker");
        self.shell("chmod 755 /usr/local/bin/edgewright-worker");
    }

    /// Copies a file into it.
    pub fn put(&self, from: &Path, to: &str) {
        let target = format!("{}:{to}", self.name);
        let copied = docker(&["cp"]).arg(from).arg(target).output().unwrap();
        assert!(copied.status.success(), "{copied:?}");
    }

    /// A worker in it.
    pub fn worker(&self) -> Worker {
        Worker::by(&mut docker(&[
            "exec",
            "--interactive",
            &self.name,
            "edgewright-worker",
        ]))
    }

    /// A worker in it that runs as another user.
    pub fn worker_of(&self, user: &str) -> Worker {
        let words = ["exec", "--interactive", "--user", user, &self.name];
        Worker::by(docker(&words).arg("edgewright-worker"))
    }

    /// Runs a line of shell in it, which must succeed, and returns what it printed.
    pub fn shell(&self, line: &str) -> String {
        let output = self.try_shell(line);
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, however it ends.
    pub fn try_shell(&self, line: &str) -> Output {
        docker(&["exec", &self.name, "/bin/sh", "-c", line])
            .output()
            .unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // A container that does not go is not this test's fault; its name tells where it came from.
        docker(&["rm", "--force", &self.name]).output().ok();
    }
}

fn docker(words: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.args(words);
    command
}

/// The newest image of a host with Debian 12.
fn image() -> Option<String> {
    let listed = docker(&[
        "images",
        "--format",
        "{{.Repository}}:{{.Tag}}",
        "edgewright-sandbox",
    ])
    .output()
    .ok()?;
    let listed = String::from_utf8(listed.stdout).ok()?;
    listed
        .lines()
        .find(|name| name.contains(":debian12-"))
        .map(str::to_owned)
}
