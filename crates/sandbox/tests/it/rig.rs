//! A sandbox in a temporary directory, and the tools to look at it: the real `ssh`, HTTP, `docker`.

use edgewright_opennebula::{Client, Endpoint, Session};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A sandbox that is up; goes down with the value.
pub struct Sandbox {
    directory: tempfile::TempDir,
    env: HashMap<String, String>,
}

impl Sandbox {
    /// Starts one.
    pub fn up() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("edgewright it's ")
            .tempdir()
            .unwrap();
        let begun = Instant::now();
        let up = run(directory.path(), &["up", "--scale", "0.01"]);
        assert!(
            up.status.success(),
            "{}{}",
            text(&up.stdout),
            text(&up.stderr)
        );
        println!("up after {:.1} s", begun.elapsed().as_secs_f64());
        // As a shell reads it.
        let shell = Command::new("sh")
            .args(["-c", ". \"$0\"; env -0"])
            .arg(directory.path().join("env"))
            .output()
            .unwrap();
        let env = text(&shell.stdout);
        let env = env.split('\0').filter_map(|line| line.split_once('='));
        Self {
            env: env
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            directory,
        }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A variable of `DIR/env`.
    pub fn env(&self, name: &str) -> &str {
        self.env
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in env"))
    }

    /// Runs a verb, which must succeed, and returns what it printed.
    pub fn verb(&self, words: &[&str]) -> String {
        let output = run(self.path(), words);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{words:?}: {out}{err}");
        assert_eq!(err, "", "{words:?}");
        out
    }

    /// The lines that a verb prints as JSON.
    pub fn lines(&self, words: &[&str]) -> Vec<Value> {
        let printed = self.verb(words);
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Calls Vultr's API; the status and the body.
    pub async fn vultr(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.env("VULTR_API_ENDPOINT"));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let method = method.parse().unwrap();
        let mut request = client
            .request(method, url)
            .bearer_auth(self.env("VULTR_API_KEY"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// OpenNebula, by way of `ONE_XMLRPC` and `ONE_AUTH`.
    pub fn opennebula(&self) -> Client {
        let endpoint = Endpoint::parse(self.env("ONE_XMLRPC")).unwrap();
        Client::new(
            endpoint,
            Session::from_one_auth(self.env("ONE_AUTH")).unwrap(),
        )
        .unwrap()
    }

    /// Orders an instance and waits until Vultr calls it `ok`.
    pub async fn instance(&self, name: &str, os_id: u32, vpc: &str, key: &HostKey) -> Instance {
        let login =
            fs_err::read_to_string(format!("{}.pub", self.env("EDGEWRIGHT_SSH_KEY"))).unwrap();
        let user_data = key.user_data(login.trim());
        let order = json!({
            "region": "ams", "plan": "vc2-1c-1gb", "os_id": os_id, "label": name, "hostname": name,
            "user_data": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, user_data),
            "attach_vpc": [vpc],
        });
        let begun = Instant::now();
        let (status, answer) = self.vultr("POST", "/instances", Some(order)).await;
        assert_eq!(status, 202, "{answer}");
        let id = answer["instance"]["id"].as_str().unwrap().to_owned();
        let path = format!("/instances/{id}");
        let instance = until("the instance is ok", async || {
            let (_, answer) = self.vultr("GET", &path, None).await;
            let instance = answer["instance"].clone();
            (instance["status"] == "active" && instance["server_status"] == "ok")
                .then_some(instance)
        })
        .await;
        Instance {
            id,
            public: instance["main_ip"].as_str().unwrap().to_owned(),
            private: instance["internal_ip"].as_str().unwrap().to_owned(),
            known_hosts: key.known_hosts(
                &self.path().join(format!("known-{name}")),
                &instance["main_ip"],
            ),
            login: self.env("EDGEWRIGHT_SSH_KEY").to_owned(),
            begun,
        }
    }

    /// Runs a command on the front-end as oneadmin, with everything from `DIR/env`.
    pub fn on_frontend(&self, command: &str) -> Output {
        ssh(
            self.env("EDGEWRIGHT_FRONTEND"),
            self.env("EDGEWRIGHT_FRONTEND_KEY"),
            self.env("EDGEWRIGHT_FRONTEND_KNOWN_HOSTS"),
            command,
        )
    }

    /// What Docker has with this sandbox's label: containers and networks.
    pub fn left(&self) -> String {
        let label = fs_err::canonicalize(self.path()).unwrap();
        let filter = format!("label=edgewright.sandbox={}", label.display());
        ["container", "network", "volume"]
            .map(|kind| {
                let all: &[&str] = if kind == "container" { &["--all"] } else { &[] };
                let list = Command::new("docker")
                    .args([kind, "ls", "--quiet", "--filter", &filter])
                    .args(all)
                    .output()
                    .unwrap();
                text(&list.stdout)
            })
            .concat()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs_err::read_to_string(self.path().join("sandbox.log")).unwrap_or_default();
            println!("the log of the sandbox:\n{log}");
        }
        run(self.path(), &["down"]);
    }
}

/// An instance that Vultr calls `ok`.
pub struct Instance {
    pub id: String,
    pub public: String,
    pub private: String,
    pub begun: Instant,
    known_hosts: PathBuf,
    login: String,
}

impl Instance {
    /// Runs a command as root. Nothing but the key that was given with the user-data is accepted from the host.
    pub fn try_ssh(&self, command: &str) -> Output {
        let target = format!("root@{}", self.public);
        ssh(
            &target,
            &self.login,
            &self.known_hosts.display().to_string(),
            command,
        )
    }

    /// The same, which must succeed.
    pub fn ssh(&self, command: &str) -> String {
        let output = self.try_ssh(command);
        assert!(
            output.status.success(),
            "{command}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Waits for the first login.
    pub async fn answers(&self) {
        until("the login succeeds", async || {
            self.try_ssh("true").status.success().then_some(())
        })
        .await;
        println!(
            "{} logs in {:.1} s after the order",
            self.public,
            self.begun.elapsed().as_secs_f64()
        );
    }
}

/// A host key that we make.
pub struct HostKey {
    private: String,
    pub public: String,
}

impl HostKey {
    pub fn new(directory: &Path) -> Self {
        let path = directory.join("host-key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        let read = |path: &Path| fs_err::read_to_string(path).unwrap().trim_end().to_owned() + "\n";
        let key = Self {
            private: read(&path),
            public: read(&path.with_extension("pub")).trim().to_owned(),
        };
        fs_err::remove_file(&path).unwrap();
        fs_err::remove_file(path.with_extension("pub")).unwrap();
        key
    }

    fn user_data(&self, login: &str) -> String {
        let private = self.private.replace('\n', "\n    ");
        let public = &self.public;
        format!(
            "#cloud-config\npackage_update: false\ndisable_root: false\nssh_deletekeys: true\nssh_keys:\n  \
             ed25519_private: |\n    {private}\n  ed25519_public: {public}\nssh_authorized_keys:\n  - {login}\n"
        )
    }

    fn known_hosts(&self, path: &Path, address: &Value) -> PathBuf {
        let line = format!("{} {}\n", address.as_str().unwrap(), self.public);
        fs_err::write(path, line).unwrap();
        path.to_owned()
    }
}

/// The real `ssh`, which trusts one file only. A path with blanks must be quoted for it.
fn ssh(target: &str, key: &str, known_hosts: &str, command: &str) -> Output {
    Command::new("ssh")
        .args(["-F", "none", "-i", key])
        .args([
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "BatchMode=yes",
            "-o",
            "IdentitiesOnly=yes",
        ])
        .args([
            "-o",
            "GlobalKnownHostsFile=/dev/null",
            "-o",
            "ConnectTimeout=5",
            "-o",
            "LogLevel=ERROR",
        ])
        .args(["-o", &format!("UserKnownHostsFile=\"{known_hosts}\"")])
        .args([target, command])
        .output()
        .unwrap()
}

/// Runs the program.
pub fn run(directory: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgewright-sandbox"))
        .args(words)
        .arg("--dir")
        .arg(directory)
        .output()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits until something is so.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after 60 s it is not so that {what}");
}
