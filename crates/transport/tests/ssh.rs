//! Connections to real sshd processes on loopback, with the real worker at the other end.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use edgewright_protocol::message::Task;
use edgewright_transport::{
    Answer, HostKeys, Identity, SshTarget, Target, TransportError, Via, WorkerImage, connect,
    connect_when_ready,
};
use serde_json::{Value, json};

/// An sshd of this test: keys of its own, a port of its own, ended with it.
struct Sshd {
    process: Child,
    directory: tempfile::TempDir,
    port: u16,
}

impl Sshd {
    fn start() -> Self {
        assert!(
            Path::new("/usr/sbin/sshd").exists(),
            "this test needs sshd; type: apt-get install --yes openssh-server"
        );
        std::fs::create_dir_all("/run/sshd").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["host", "login", "stranger"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(path(name))
                .status()
                .unwrap();
            assert!(made.success());
        }
        std::fs::copy(path("login.pub"), path("authorized")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nPidFile none\n\
             PasswordAuthentication no\nUsePAM no\nPermitRootLogin prohibit-password\n",
            path("host").display(),
            path("authorized").display()
        );
        std::fs::write(path("config"), config).unwrap();
        let process = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(path("config"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "sshd does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            process,
            directory,
            port,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn fingerprint(&self, name: &str) -> String {
        let shown = Command::new("ssh-keygen")
            .arg("-lf")
            .arg(self.path(&format!("{name}.pub")))
            .output()
            .unwrap();
        String::from_utf8(shown.stdout)
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned()
    }

    fn target(&self, key: &str, host_keys: HostKeys) -> SshTarget {
        SshTarget {
            port: self.port,
            identities: vec![Identity::File(self.path(key))],
            use_agent: false,
            ..SshTarget::new("127.0.0.1", "root", host_keys)
        }
    }

    fn pinned(&self) -> SshTarget {
        self.target(
            "login",
            HostKeys::Fingerprints(vec![self.fingerprint("host")]),
        )
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn workers() -> Vec<WorkerImage> {
    let bundled = edgewright_worker_bundle::workers().iter();
    bundled
        .map(|w| WorkerImage {
            machine: w.machine,
            digest: w.digest,
            gzip: w.gzip,
        })
        .collect()
}

fn host(ssh: SshTarget) -> Target {
    Target {
        name: "edge-0".to_owned(),
        via: Via::Ssh(ssh),
    }
}

fn task(module: &str, args: &Value) -> Task {
    serde_json::from_value(json!({"id": 0, "module": module, "args": args})).unwrap()
}

async fn refusal(ssh: SshTarget) -> TransportError {
    match connect(&host(ssh), &workers()).await {
        Ok(_) => panic!("the connection was expected to fail"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_pinned_host_runs_tasks_and_takes_files_once() {
    let sshd = Sshd::start();
    let session = connect(&host(sshd.pinned()), &workers()).await.unwrap();
    assert!(session.host_key().unwrap().starts_with("ssh-ed25519 AAAA"));
    let result = session.run(task("ping", &json!({}))).await.unwrap();
    assert_eq!(
        Value::Object(result),
        json!({"changed": false, "ping": "pong"})
    );
    let content = vec![b'x'; 700_000];
    let digest = session.put(&content).await.unwrap();
    assert_eq!(session.put(&content).await.unwrap(), digest);
    let dest = sshd.path("big");
    let args = json!({"digest": digest.0, "dest": dest, "mode": "0600"});
    let result = session.run(task("copy", &args)).await.unwrap();
    assert_eq!(result["changed"], true, "{result:?}");
    assert_eq!(std::fs::read(dest).unwrap(), content);
    session.close().await;
}

#[tokio::test]
async fn a_batch_travels_together_and_stops_at_its_first_failure() {
    let sshd = Sshd::start();
    let session = connect(&host(sshd.pinned()), &workers()).await.unwrap();
    let tasks = vec![
        task("ping", &json!({})),
        task("command", &json!({"cmd": "false"})),
        task("ping", &json!({})),
    ];
    let answers = session.run_all(tasks).await.unwrap();
    let Answer::Done(failed) = &answers[1] else {
        panic!("{answers:?}")
    };
    assert_eq!(
        (&failed["rc"], &failed["failed"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(answers[2], Answer::Skipped);
}

#[tokio::test]
async fn a_host_with_another_key_is_not_spoken_to() {
    let sshd = Sshd::start();
    let (wrong, right) = (sshd.fingerprint("stranger"), sshd.fingerprint("host"));
    let error = refusal(sshd.target("login", HostKeys::Fingerprints(vec![wrong.clone()]))).await;
    assert_eq!(
        error.to_string(),
        format!(
            "`edge-0` at 127.0.0.1:{} answered with another host key: {right} instead of {wrong}",
            sshd.port
        )
    );
    assert_eq!(
        error.help(),
        "somebody may stand between you and the host, or it was reinstalled; if you are sure of the new key, put its \
         fingerprint where the old one is (the host's tag `edgewright/hostkey=…`, its variable `edgewright_host_key`, \
         or known_hosts)"
    );
}

#[tokio::test]
async fn a_host_that_known_hosts_does_not_name_is_not_spoken_to() {
    let sshd = Sshd::start();
    let file = sshd.path("known_hosts");
    let error = refusal(sshd.target("login", HostKeys::KnownHosts(vec![file.clone()]))).await;
    let right = sshd.fingerprint("host");
    assert_eq!(
        error.to_string(),
        format!(
            "no host key is known for `edge-0` at 127.0.0.1:{}; it answered with {right}",
            sshd.port
        )
    );
    let key = std::fs::read_to_string(sshd.path("host.pub")).unwrap();
    std::fs::write(&file, format!("[127.0.0.1]:{} {key}", sshd.port)).unwrap();
    connect(
        &host(sshd.target("login", HostKeys::KnownHosts(vec![file]))),
        &workers(),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_login_that_is_refused_tells_what_was_tried() {
    let sshd = Sshd::start();
    let error = refusal(sshd.target(
        "stranger",
        HostKeys::Fingerprints(vec![sshd.fingerprint("host")]),
    ))
    .await;
    assert_eq!(
        error.to_string(),
        format!(
            "`edge-0` at 127.0.0.1:{} lets nobody log in as `root` with what was tried: key {} ({})",
            sshd.port,
            sshd.path("stranger").display(),
            sshd.fingerprint("stranger")
        )
    );
}

#[tokio::test]
async fn a_host_behind_another_is_reached_through_it() {
    let (gate, inner) = (Sshd::start(), Sshd::start());
    let target = SshTarget {
        jumps: vec![gate.pinned()],
        ..inner.pinned()
    };
    let session = connect(&host(target), &workers()).await.unwrap();
    assert_eq!(
        session.run(task("ping", &json!({}))).await.unwrap()["ping"],
        "pong"
    );
    // A jump host is checked as any other.
    let wrong = gate.target(
        "login",
        HostKeys::Fingerprints(vec![gate.fingerprint("stranger")]),
    );
    let error = refusal(SshTarget {
        jumps: vec![wrong],
        ..inner.pinned()
    })
    .await;
    assert!(
        matches!(error, TransportError::HostKeyMismatch { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_listening_is_told_from_a_host_that_is_silent() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let target = SshTarget {
        port,
        ..SshTarget::new("127.0.0.1", "root", HostKeys::Unchecked)
    };
    let error = refusal(target.clone()).await;
    assert_eq!(
        error.to_string(),
        format!(
            "cannot connect to `edge-0` at 127.0.0.1:{port}: Connection refused (os error 111)"
        )
    );
    assert_eq!(
        error.help(),
        "the host is up and nobody listens there: check the port, and that sshd runs"
    );
    // Accepts and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = refusal(SshTarget {
        port,
        connect_timeout: Duration::from_millis(300),
        ..target
    })
    .await;
    assert!(
        error
            .to_string()
            .starts_with("the SSH handshake to `edge-0` at 127.0.0.1:"),
        "{error}"
    );
}

#[tokio::test]
async fn garbage_instead_of_ssh_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The client may hang up before all of it is written.
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello\r\n").ok();
    });
    let target = SshTarget {
        port,
        ..SshTarget::new("127.0.0.1", "root", HostKeys::Unchecked)
    };
    let error = refusal(target).await;
    assert!(
        matches!(
            error,
            TransportError::Ssh { .. } | TransportError::TimedOut { .. }
        ),
        "{error}"
    );
    server.join().unwrap();
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_of_a_task_is_an_error_and_not_a_wait() {
    let sshd = Sshd::start();
    let session = connect(&host(sshd.pinned()), &workers()).await.unwrap();
    let running = session.run(task(
        "command",
        &json!({"argv": ["/bin/sh", "-c", "kill -9 $PPID"]}),
    ));
    let error = tokio::time::timeout(Duration::from_secs(20), running)
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the connection to `edge-0` was lost"),
        "{error}"
    );
    let again = session.run(task("ping", &json!({}))).await.unwrap_err();
    assert!(matches!(again, TransportError::Lost { .. }), "{again}");
}

#[tokio::test]
async fn a_starting_host_is_waited_for_and_the_wait_ends() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let target = host(SshTarget {
        port,
        ..SshTarget::new("127.0.0.1", "root", HostKeys::Unchecked)
    });
    let workers = workers();
    let mut attempts = 0;
    let waited = connect_when_ready(
        &target,
        &workers,
        Duration::from_secs(2),
        Duration::ZERO,
        |_| attempts += 1,
    );
    assert!(waited.await.is_err());
    assert!(attempts >= 3, "{attempts}");
}

#[tokio::test]
async fn this_machine_needs_no_ssh() {
    let target = Target {
        name: "localhost".to_owned(),
        via: Via::Local,
    };
    let session = connect(&target, &workers()).await.unwrap();
    let result = session
        .run(task("command", &json!({"cmd": "echo hello"})))
        .await
        .unwrap();
    assert_eq!(result["stdout"], "hello");
}
