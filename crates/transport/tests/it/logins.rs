//! Every way of logging in at a real server, and what is said when there is none.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use edgewright_transport::{Identity, Password, SshTarget, connect};
use serde_json::json;

use crate::common::{host, refusal, shown, task, workers};
use crate::sshd::{PASSWORD, Setup, Sshd, key, may_cover_files};

async fn works(target: SshTarget) {
    let session = connect(&host(target), &workers()).await.unwrap();
    let answer = session.run(task("ping", &json!({}))).await.unwrap();
    assert_eq!(answer["ping"], "pong");
    session.close().await;
}

fn authorize(sshd: &Sshd, name: &str) {
    let file = sshd.path("authorized");
    let known = fs_err::read_to_string(&file).unwrap();
    fs_err::write(file, format!("{known}{}\n", sshd.public(name))).unwrap();
}

#[tokio::test]
async fn every_type_of_key_logs_in() {
    let sshd = Sshd::start();
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let name = format!("id_{kind}");
        key(&sshd.path(&name), kind, "");
        authorize(&sshd, &name);
        works(sshd.target(&name, sshd.pin())).await;
        let text = fs_err::read_to_string(sshd.path(&name)).unwrap();
        works(SshTarget {
            identities: vec![Identity::Text(text)],
            ..sshd.pinned()
        })
        .await;
    }
}

#[tokio::test]
async fn an_rsa_key_in_the_old_form_logs_in() {
    let sshd = Sshd::start();
    key(&sshd.path("old"), "rsa", "");
    let converted = Command::new("ssh-keygen")
        .args(["-q", "-p", "-m", "PEM", "-N", "", "-f"])
        .arg(sshd.path("old"))
        .output()
        .unwrap();
    assert!(converted.status.success(), "{converted:?}");
    let text = fs_err::read_to_string(sshd.path("old")).unwrap();
    assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    authorize(&sshd, "old");
    works(sshd.target("old", sshd.pin())).await;
}

#[tokio::test]
async fn what_was_tried_is_told() {
    let sshd = Sshd::start();
    key(&sshd.path("locked"), "ed25519", "a passphrase");
    let missing = sshd.path("missing");
    let error = refusal(SshTarget {
        identities: vec![
            Identity::File(missing.clone()),
            Identity::File(sshd.path("locked")),
            Identity::File(sshd.path("stranger")),
        ],
        password: Some(Password::new("secret")),
        ..sshd.pinned()
    })
    .await;
    assert_eq!(
        shown(&error),
        format!(
            "`edge-0` at 127.0.0.1:{} lets nobody log in as `root` with what was tried: key {} (not usable: there is \
             no such file), key {} (not usable: it has a passphrase: add it to the agent with ssh-add), key {} ({}), \
             a password (not sent: the server takes none)\n\
             help: add one of these keys to `authorized_keys` of `root`, or name another with `identity_file` or \
             `ansible_ssh_private_key_file`",
            sshd.port,
            missing.display(),
            sshd.path("locked").display(),
            sshd.path("stranger").display(),
            sshd.fingerprint("stranger"),
        )
    );
}

#[tokio::test]
async fn nothing_to_log_in_with() {
    let sshd = Sshd::start();
    let error = refusal(SshTarget {
        identities: Vec::new(),
        ..sshd.pinned()
    })
    .await;
    assert_eq!(
        error.to_string(),
        format!(
            "`edge-0` at 127.0.0.1:{} lets nobody log in as `root` with what was tried: nothing, there is no key",
            sshd.port
        )
    );
}

#[tokio::test]
async fn a_server_that_hangs_up_after_a_few_keys() {
    let sshd = Sshd::with(&Setup {
        config: "MaxAuthTries 2\n".to_owned(),
        ..Setup::default()
    });
    let mut identities = Vec::new();
    for name in ["a", "b", "c"] {
        key(&sshd.path(name), "ed25519", "");
        identities.push(Identity::File(sshd.path(name)));
    }
    identities.push(Identity::File(sshd.path("login")));
    let error = refusal(SshTarget {
        identities,
        ..sshd.pinned()
    })
    .await;
    let tried = |name: &str| {
        format!(
            "key {} ({})",
            sshd.path(name).display(),
            sshd.fingerprint(name)
        )
    };
    assert_eq!(
        shown(&error),
        format!(
            "`edge-0` at 127.0.0.1:{} lets nobody log in as `root` with what was tried: {}, {}; then it hung up (Too \
             many authentication failures)\n\
             help: a host hangs up after a few keys that it does not know: name the right one first, with \
             `identity_file` or `ansible_ssh_private_key_file`",
            sshd.port,
            tried("a"),
            tried("b"),
        )
    );
}

#[tokio::test]
async fn a_password_logs_in_and_a_wrong_one_does_not() {
    if !may_cover_files() {
        return;
    }
    let sshd = Sshd::with(&Setup {
        config: "PasswordAuthentication yes\n".to_owned(),
        own_accounts: true,
        ..Setup::default()
    });
    let with = |password: &str| SshTarget {
        identities: Vec::new(),
        password: Some(Password::new(password)),
        ..sshd.pinned()
    };
    works(with(PASSWORD)).await;
    let error = refusal(with("wrong")).await;
    assert_eq!(
        error.to_string(),
        format!(
            "`edge-0` at 127.0.0.1:{} lets nobody log in as `root` with what was tried: a password",
            sshd.port
        )
    );
}

#[tokio::test]
async fn a_password_answers_a_question() {
    if !may_cover_files() {
        return;
    }
    let sshd = Sshd::with(&Setup {
        config: "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\n"
            .to_owned(),
        own_accounts: true,
        ..Setup::default()
    });
    let with = |password: &str| SshTarget {
        identities: vec![Identity::File(sshd.path("stranger"))],
        password: Some(Password::new(password)),
        ..sshd.pinned()
    };
    works(with(PASSWORD)).await;
    let error = refusal(with("wrong")).await;
    assert!(error.to_string().ends_with(", a password"), "{error}");
}

/// An agent of a test.
struct Agent {
    process: Child,
    socket: std::path::PathBuf,
}

impl Agent {
    fn start(directory: &Path) -> Self {
        let socket = directory.join("agent");
        let process = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while !socket.exists() {
            assert!(started.elapsed() < Duration::from_secs(10), "no agent");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { process, socket }
    }

    fn add(&self, key: &Path) {
        let added = Command::new("ssh-add")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket)
            .output()
            .unwrap();
        assert!(added.status.success(), "{added:?}");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The agent's socket comes by the environment, which a process has once: these tests run in processes of their own.
fn with_agent(test: &str, socket: &Path, directory: &Path, port: u16) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("SSH_AUTH_SOCK", socket)
        .env("EDGEWRIGHT_TEST_DIRECTORY", directory)
        .env("EDGEWRIGHT_TEST_PORT", port.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn keys_of_the_agent_log_in_and_the_one_that_a_locked_file_names_comes_first() {
    // After two keys this server hangs up: the agent's fourth is taken only if it comes first.
    let sshd = Sshd::with(&Setup {
        config: "MaxAuthTries 2\n".to_owned(),
        ..Setup::default()
    });
    let agent = Agent::start(sshd.path("").as_path());
    for name in ["a", "b", "rsa-of-agent"] {
        let kind = if name == "rsa-of-agent" {
            "rsa"
        } else {
            "ed25519"
        };
        key(&sshd.path(name), kind, "");
        agent.add(&sshd.path(name));
    }
    authorize(&sshd, "rsa-of-agent");
    // The agent holds it in clear, the file is locked afterwards.
    let locked = Command::new("ssh-keygen")
        .args(["-q", "-p", "-N", "a passphrase", "-f"])
        .arg(sshd.path("rsa-of-agent"))
        .output()
        .unwrap();
    assert!(locked.status.success(), "{locked:?}");
    with_agent(
        "logins::inside_with_agent",
        &agent.socket,
        &sshd.path(""),
        sshd.port,
    );
}

#[tokio::test]
#[ignore = "run by the test above, in a process with an agent"]
async fn inside_with_agent() {
    let directory = std::env::var("EDGEWRIGHT_TEST_DIRECTORY").unwrap();
    let directory = Path::new(&directory);
    let pin = crate::sshd::fingerprint(&directory.join("host.pub"));
    let target = SshTarget {
        port: std::env::var("EDGEWRIGHT_TEST_PORT")
            .unwrap()
            .parse()
            .unwrap(),
        identities: vec![Identity::File(directory.join("rsa-of-agent"))],
        use_agent: true,
        ..SshTarget::new(
            "127.0.0.1",
            "root",
            edgewright_transport::HostKeys::Fingerprints(vec![pin]),
        )
    };
    works(target).await;
}
