//! How a run reaches its hosts.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use edgewright_transport::{
    HostKeys, Identity, Password, Session, SshTarget, Target, TransportError, Via, WorkerImage,
    connect,
};
use serde_json::{Map, Value};

/// A future that a trait object can return.
pub type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<Session, TransportError>> + Send + 'a>>;

/// Reaches hosts by their name and variables. A host may be one that is still starting: then it is waited for.
pub trait Hosts: Send + Sync {
    /// Connects to a host. `vars` are its variables, evaluated, as far as they begin with `ansible_` or
    /// `edgewright_`.
    fn connect<'a>(&'a self, host: &'a str, vars: &'a Map<String, Value>) -> Connecting<'a>;
}

/// Reaches hosts as Ansible's variables say: `ansible_connection`, `ansible_host`, `ansible_port`,
/// `ansible_user`, `ansible_password`, `ansible_ssh_private_key_file`, and `edgewright_host_key` for a pinned key.
#[derive(Clone, Debug)]
pub struct Connections {
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

impl Connections {
    /// The way to a host that its variables describe.
    pub fn target(&self, host: &str, vars: &Map<String, Value>) -> Target {
        let text = |name: &str| {
            vars.get(name).and_then(|value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let address = text("ansible_host").unwrap_or_else(|| host.to_owned());
        let via = match text("ansible_connection").as_deref() {
            Some("local" | "ansible.builtin.local") => Via::Local,
            Some("docker" | "community.docker.docker") => Via::Docker {
                container: address,
                user: text("ansible_user"),
            },
            None if host == "localhost" || host == "127.0.0.1" => Via::Local,
            _ => Via::Ssh(self.ssh(address, vars, &text)),
        };
        Target {
            name: host.to_owned(),
            via,
        }
    }

    fn ssh(
        &self,
        address: String,
        vars: &Map<String, Value>,
        text: &impl Fn(&str) -> Option<String>,
    ) -> SshTarget {
        let unchecked = !self.check_host_keys
            || vars.get("ansible_host_key_checking") == Some(&Value::Bool(false));
        let host_keys = match text("edgewright_host_key") {
            Some(fingerprint) => HostKeys::Fingerprints(vec![fingerprint]),
            None if unchecked => HostKeys::Unchecked,
            None => HostKeys::KnownHosts(self.known_hosts.clone()),
        };
        let user = text("ansible_user")
            .or_else(|| text("ansible_ssh_user"))
            .unwrap_or_else(|| self.user.clone());
        let mut target = SshTarget::new(address, user, host_keys);
        let port = text("ansible_port")
            .or_else(|| text("ansible_ssh_port"))
            .and_then(|port| port.parse().ok());
        target.port = port.unwrap_or(target.port);
        let key = text("ansible_ssh_private_key_file").or_else(|| text("ansible_private_key_file"));
        target.identities = match key {
            Some(path) => vec![Identity::File(path.into())],
            None => self
                .identities
                .iter()
                .cloned()
                .map(Identity::File)
                .collect(),
        };
        target.password = text("ansible_password")
            .or_else(|| text("ansible_ssh_pass"))
            .map(Password::new);
        target
    }
}

impl Hosts for Connections {
    fn connect<'a>(&'a self, host: &'a str, vars: &'a Map<String, Value>) -> Connecting<'a> {
        let target = self.target(host, vars);
        Box::pin(async move { connect(&target, &self.workers).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target(host: &str, vars: &Value) -> String {
        let connections = Connections {
            workers: Vec::new(),
            user: "me".to_owned(),
            identities: vec!["/k".into()],
            known_hosts: vec!["/known".into()],
            check_host_keys: true,
        };
        match connections.target(host, vars.as_object().unwrap()).via {
            Via::Local => "local".to_owned(),
            Via::Docker { container, user } => format!("docker {container} {user:?}"),
            Via::Ssh(ssh) => format!(
                "{}@{}:{} {:?} {:?}",
                ssh.user, ssh.address, ssh.port, ssh.identities, ssh.host_keys
            ),
        }
    }

    #[test]
    fn variables_choose_the_way() {
        assert_eq!(target("localhost", &json!({})), "local");
        assert_eq!(
            target(
                "w1",
                &json!({"ansible_connection": "docker", "ansible_host": "c1"})
            ),
            "docker c1 None"
        );
        assert_eq!(
            target("w1", &json!({})),
            "me@w1:22 [File(/k)] KnownHosts([\"/known\"])"
        );
        assert_eq!(
            target(
                "w1",
                &json!({"ansible_host": "198.18.0.3", "ansible_port": 2222, "ansible_user": "root", "edgewright_host_key": "SHA256:x"})
            ),
            "root@198.18.0.3:2222 [File(/k)] Fingerprints([\"SHA256:x\"])"
        );
    }
}
