//! How a run reaches its hosts.
//!
//! `run` asks a [`Connector`] once a host. [`InventoryConnector`] reads Ansible's variables; `cluster` has one of its
//! own that waits for instances that are still starting.

use std::path::PathBuf;
use std::time::Duration;

use edgewright_transport::{
    HostKeys, Identity, Password, Session, SshTarget, Target, TransportError, Via, WorkerImage,
    connect,
};
use futures::future::BoxFuture;
use serde_json::{Map, Value};

/// Reaches hosts by their name and variables. A host may be one that is still starting: then it is waited for, and
/// with the strategy `free` no other host waits with it.
pub trait Connector: Send + Sync {
    /// Connects to a host. `vars` are its connection variables, evaluated: those of [`VARIABLES`] that it has.
    fn connect<'a>(
        &'a self,
        host: &'a str,
        vars: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Session, TransportError>>;

    /// Takes a session back at the end of a run. It is closed, unless somebody has more use for it.
    fn done(&self, session: Session) -> BoxFuture<'_, ()> {
        Box::pin(session.close())
    }
}

/// Variables that say how a host is reached.
pub const VARIABLES: &[&str] = &[
    "ansible_connection",
    "ansible_docker_user",
    "ansible_host",
    "ansible_host_key_checking",
    "ansible_password",
    "ansible_port",
    "ansible_private_key_file",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_ssh_host",
    "ansible_ssh_host_key_checking",
    "ansible_ssh_pass",
    "ansible_ssh_password",
    "ansible_ssh_port",
    "ansible_ssh_private_key_file",
    "ansible_ssh_proxy_jump",
    "ansible_ssh_timeout",
    "ansible_ssh_user",
    "ansible_timeout",
    "ansible_user",
    "edgewright_host_key",
];

/// Reaches hosts as Ansible's variables say, and by `edgewright_host_key` where a key is pinned.
#[derive(Clone, Debug)]
pub struct InventoryConnector {
    /// The worker for each architecture.
    pub workers: Vec<WorkerImage>,
    /// User to log in as when no variable says so.
    pub user: String,
    /// Private key files to try when no variable names one.
    pub identities: Vec<PathBuf>,
    /// Files with host keys.
    pub known_hosts: Vec<PathBuf>,
    /// Whether host keys are compared at all (`ANSIBLE_HOST_KEY_CHECKING`).
    pub check_host_keys: bool,
}

/// Variables of one host, read as texts.
struct Vars<'v>(&'v Map<String, Value>);

impl Vars<'_> {
    /// The first of these names that has a value.
    fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| match self.0.get(*name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        })
    }

    /// Whether one of these names says no.
    fn denies(&self, names: &[&str]) -> bool {
        names.iter().any(|name| match self.0.get(*name) {
            Some(Value::Bool(value)) => !value,
            Some(Value::String(text)) => {
                matches!(text.to_lowercase().as_str(), "false" | "no" | "off" | "0")
            }
            _ => false,
        })
    }
}

impl InventoryConnector {
    /// A connector that logs in as `user`, with workers and nothing else.
    pub fn new(user: impl Into<String>, workers: Vec<WorkerImage>) -> Self {
        Self {
            workers,
            user: user.into(),
            identities: Vec::new(),
            known_hosts: Vec::new(),
            check_host_keys: true,
        }
    }

    /// The way to a host that its variables describe.
    ///
    /// # Errors
    /// [`TransportError::Ssh`] when they name a way that there is none for.
    pub fn target(
        &self,
        host: &str,
        vars: &Map<String, Value>,
    ) -> Result<Target, Box<TransportError>> {
        let vars = Vars(vars);
        let address = vars
            .text(&["ansible_host", "ansible_ssh_host"])
            .unwrap_or_else(|| host.to_owned());
        let connection = vars.text(&["ansible_connection"]);
        let via = match connection.as_deref() {
            Some("local" | "ansible.builtin.local") => Via::Local,
            Some("docker" | "community.docker.docker") => Via::Docker {
                container: address,
                user: vars.text(&["ansible_user", "ansible_docker_user"]),
            },
            None | Some("ssh" | "smart" | "ansible.builtin.ssh" | "paramiko") => {
                Via::Ssh(self.ssh(host, address, &vars)?)
            }
            Some(other) => {
                return Err(Box::new(TransportError::Ssh {
                    host: host.to_owned(),
                    address,
                    reason: format!(
                        "there is no connection `{other}`; there are ssh, local and docker"
                    ),
                }));
            }
        };
        Ok(Target {
            name: host.to_owned(),
            via,
        })
    }

    fn ssh(
        &self,
        host: &str,
        address: String,
        vars: &Vars<'_>,
    ) -> Result<SshTarget, Box<TransportError>> {
        let unchecked = !self.check_host_keys
            || vars.denies(&["ansible_host_key_checking", "ansible_ssh_host_key_checking"]);
        let known = if unchecked {
            HostKeys::Unchecked
        } else {
            HostKeys::KnownHosts(self.known_hosts.clone())
        };
        let pinned = vars.text(&["edgewright_host_key"]);
        let host_keys =
            pinned.map_or_else(|| known.clone(), |key| HostKeys::Fingerprints(vec![key]));
        let user = vars
            .text(&["ansible_user", "ansible_ssh_user"])
            .unwrap_or_else(|| self.user.clone());
        let mut target = SshTarget::new(address, user, host_keys);
        let port = vars.text(&["ansible_port", "ansible_ssh_port"]);
        target.port = port
            .and_then(|port| port.parse().ok())
            .unwrap_or(target.port);
        let limit = vars.text(&["ansible_ssh_timeout", "ansible_timeout"]);
        if let Some(seconds) = limit.and_then(|seconds| seconds.parse().ok()) {
            target.connect_timeout = Duration::from_secs(seconds);
        }
        let key = vars.text(&["ansible_ssh_private_key_file", "ansible_private_key_file"]);
        target.identities = match key {
            Some(path) => vec![Identity::File(home(&path))],
            None => self
                .identities
                .iter()
                .cloned()
                .map(Identity::File)
                .collect(),
        };
        target.password = vars
            .text(&[
                "ansible_password",
                "ansible_ssh_password",
                "ansible_ssh_pass",
            ])
            .map(Password::new);
        let refused = |reason: String| {
            Box::new(TransportError::Ssh {
                host: host.to_owned(),
                address: target.address.clone(),
                reason,
            })
        };
        let mut jumps = vars.text(&["ansible_ssh_proxy_jump"]);
        for name in ["ansible_ssh_common_args", "ansible_ssh_extra_args"] {
            if let Some(args) = vars.text(&[name]) {
                let found = proxy_jump(&args).map_err(|word| {
                    refused(format!(
                        "`{name}` has `{word}`, and only ProxyJump is supported there"
                    ))
                })?;
                jumps = found.or(jumps);
            }
        }
        let mut way = Vec::new();
        for jump in jumps
            .iter()
            .flat_map(|jumps| jumps.split(','))
            .map(str::trim)
        {
            let (user, address, port) = jump_host(jump)
                .ok_or_else(|| refused(format!("`{jump}` is no host to jump over")))?;
            let user = user.unwrap_or_else(|| self.user.clone());
            let mut target = SshTarget::new(address, user, known.clone());
            target.port = port.unwrap_or(target.port);
            target.identities = self
                .identities
                .iter()
                .cloned()
                .map(Identity::File)
                .collect();
            way.push(target);
        }
        target.jumps = way;
        Ok(target)
    }
}

impl Connector for InventoryConnector {
    fn connect<'a>(
        &'a self,
        host: &'a str,
        vars: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Session, TransportError>> {
        Box::pin(async move {
            let target = self.target(host, vars).map_err(|error| *error)?;
            connect(&target, &self.workers).await
        })
    }
}

/// A path, its `~` replaced by the home of whoever runs this.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// The hosts to jump over that arguments of `ssh` name; the word that cannot be followed otherwise.
fn proxy_jump(args: &str) -> Result<Option<String>, String> {
    let mut found = None;
    let words: Vec<&str> = args
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'']))
        .collect();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (option, value) = match word.get(..2) {
            Some(flag @ ("-J" | "-o")) if word.len() > 2 => (flag, word.get(2..)),
            Some(flag @ ("-J" | "-o")) => (flag, words.next()),
            _ => return Err(word.to_owned()),
        };
        let value = value.unwrap_or_default();
        if option == "-J" {
            found = Some(value.to_owned());
            continue;
        }
        match value.split_once('=') {
            Some((name, jumps)) if name.eq_ignore_ascii_case("ProxyJump") => {
                found = Some(jumps.to_owned());
            }
            _ => return Err(format!("-o {value}")),
        }
    }
    Ok(found.filter(|jumps| jumps != "none"))
}

/// `user@host:port`, of which only the host is needed.
fn jump_host(text: &str) -> Option<(Option<String>, String, Option<u16>)> {
    let (user, rest) = match text.rsplit_once('@') {
        Some((user, rest)) => (Some(user.to_owned()), rest),
        None => (None, text),
    };
    let (address, port) = match rest.rsplit_once(':') {
        Some((address, port)) if !address.contains(':') || address.ends_with(']') => {
            (address, Some(port.parse().ok()?))
        }
        _ => (rest, None),
    };
    let address = address.trim_matches(['[', ']']);
    (!address.is_empty()).then(|| (user, address.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target(host: &str, vars: &Value) -> Result<String, String> {
        let connector = InventoryConnector {
            identities: vec!["/k".into()],
            known_hosts: vec!["/known".into()],
            ..InventoryConnector::new("me", Vec::new())
        };
        let target = connector.target(host, vars.as_object().unwrap());
        target
            .map_err(|error| error.to_string())
            .map(|target| match target.via {
                Via::Local => "local".to_owned(),
                Via::Docker { container, user } => format!("docker {container} {user:?}"),
                Via::Ssh(ssh) => {
                    let jumps: Vec<String> = ssh
                        .jumps
                        .iter()
                        .map(|jump| format!(" over {}@{}:{}", jump.user, jump.address, jump.port))
                        .collect();
                    format!(
                        "{}@{}:{} {:?} {:?}{}",
                        ssh.user,
                        ssh.address,
                        ssh.port,
                        ssh.identities,
                        ssh.host_keys,
                        jumps.concat()
                    )
                }
            })
    }

    #[test]
    fn variables_choose_the_way() {
        assert_eq!(
            target("localhost", &json!({"ansible_connection": "local"})).unwrap(),
            "local"
        );
        assert_eq!(
            target(
                "w1",
                &json!({"ansible_connection": "docker", "ansible_host": "c1"})
            )
            .unwrap(),
            "docker c1 None"
        );
        assert_eq!(
            target("w1", &json!({})).unwrap(),
            "me@w1:22 [File(/k)] KnownHosts([\"/known\"])"
        );
        assert_eq!(
            target(
                "w1",
                &json!({"ansible_host": "198.18.0.3", "ansible_port": 2222, "ansible_user": "root", "edgewright_host_key": "SHA256:x"})
            )
            .unwrap(),
            "root@198.18.0.3:2222 [File(/k)] Fingerprints([\"SHA256:x\"])"
        );
    }

    #[test]
    fn jump_hosts_come_from_arguments_of_ssh_and_other_arguments_are_refused() {
        for args in [
            "-o ProxyJump=admin@gate:2200,inner",
            "-J admin@gate:2200,inner",
            "-oProxyJump=admin@gate:2200,inner",
        ] {
            assert_eq!(
                target(
                    "w1",
                    &json!({"ansible_ssh_common_args": args, "ansible_host_key_checking": false})
                )
                .unwrap(),
                "me@w1:22 [File(/k)] Unchecked over admin@gate:2200 over me@inner:22"
            );
        }
        assert_eq!(
            target(
                "w1",
                &json!({"ansible_ssh_common_args": "-o ProxyCommand=nc"})
            )
            .unwrap_err(),
            "the SSH connection to `w1` at w1 failed: `ansible_ssh_common_args` has `-o ProxyCommand=nc`, and only ProxyJump is supported there"
        );
        assert_eq!(
            target("w1", &json!({"ansible_connection": "winrm"})).unwrap_err(),
            "the SSH connection to `w1` at w1 failed: there is no connection `winrm`; there are ssh, local and docker"
        );
    }
}
