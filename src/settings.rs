//! Environment variables and directories: the one place that reads them.
//!
//! Every name below is documented in docs/guide/settings.md.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use edgewright_vault::{PasswordSource, VaultPasswords};

/// API key of the Vultr account.
pub const VULTR_API_KEY: &str = "VULTR_API_KEY";
/// URL of the Vultr API when it is not <https://api.vultr.com/v2>.
pub const VULTR_API_ENDPOINT: &str = "VULTR_API_ENDPOINT";
/// URL of OpenNebula's XML-RPC interface, as OpenNebula's own tools read it.
pub const ONE_XMLRPC: &str = "ONE_XMLRPC";
/// Path of the file that holds `user:password`, as OpenNebula's own tools read it.
pub const ONE_AUTH: &str = "ONE_AUTH";
/// Directory of the local database.
pub const STATE_DIR: &str = "EDGEWRIGHT_STATE_DIR";
/// The OpenNebula front-end as `[USER@]HOST[:PORT]`, or `local` when this machine is the front-end.
pub const FRONTEND: &str = "EDGEWRIGHT_FRONTEND";
/// Private key for logging in to the front-end.
pub const FRONTEND_KEY: &str = "EDGEWRIGHT_FRONTEND_KEY";
/// A file in the form of `known_hosts` that holds the front-end's host key.
pub const FRONTEND_KNOWN_HOSTS: &str = "EDGEWRIGHT_FRONTEND_KNOWN_HOSTS";
/// Private key for logging in to the hosts of a cluster.
pub const SSH_KEY: &str = "EDGEWRIGHT_SSH_KEY";
/// URL below which the package repositories of OpenNebula's versions lie, when it is not OpenNebula's own.
pub const OPENNEBULA_REPOSITORY: &str = "EDGEWRIGHT_OPENNEBULA_REPOSITORY";

/// Any value turns colours off, as <https://no-color.org> has it.
pub const NO_COLOR: &str = "NO_COLOR";
/// Kind of the terminal; `dumb` has neither colours nor moving lines.
pub const TERM: &str = "TERM";
/// Name of the user, to log in as where nothing else is said.
pub const USER: &str = "USER";
/// `False` takes any host key, as Ansible has it; hosts of a cluster are never affected.
pub const ANSIBLE_HOST_KEY_CHECKING: &str = "ANSIBLE_HOST_KEY_CHECKING";
/// A file that holds the vault password, or a script that prints it, as Ansible has it.
pub const ANSIBLE_VAULT_PASSWORD_FILE: &str = "ANSIBLE_VAULT_PASSWORD_FILE";
/// Vault passwords as `ID@FILE`, with commas between them, as Ansible has it.
pub const ANSIBLE_VAULT_IDENTITY_LIST: &str = "ANSIBLE_VAULT_IDENTITY_LIST";

/// The value of an environment variable; `None` when it is not set, empty or not UTF-8.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The user's home directory; the root directory when there is none.
pub fn home() -> PathBuf {
    variable("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// Replaces a leading `~/` by the home directory.
pub fn expand_home(path: &Path) -> PathBuf {
    path.strip_prefix("~")
        .map_or_else(|_| path.to_owned(), |rest| home().join(rest))
}

/// Where the local database lies: `EDGEWRIGHT_STATE_DIR`, else `$XDG_STATE_HOME/edgewright`, else
/// `~/.local/state/edgewright`.
pub fn state_dir() -> PathBuf {
    variable(STATE_DIR).map_or_else(
        || {
            let base = variable("XDG_STATE_HOME")
                .map_or_else(|| home().join(".local/state"), PathBuf::from);
            base.join("edgewright")
        },
        PathBuf::from,
    )
}

/// Where a login key of our own is kept when the operator has none: `$XDG_CONFIG_HOME/edgewright`, else
/// `~/.config/edgewright`. Not the state directory: that may be deleted at any time.
pub fn config_dir() -> PathBuf {
    let base = variable("XDG_CONFIG_HOME").map_or_else(|| home().join(".config"), PathBuf::from);
    base.join("edgewright")
}

/// The vault passwords that the environment names, read by the first call: scripts are run once, since some of them ask.
/// They stay until the program ends.
pub fn vault_passwords() -> &'static VaultPasswords {
    static PASSWORDS: OnceLock<VaultPasswords> = OnceLock::new();
    PASSWORDS.get_or_init(|| VaultPasswords::read(&vault_sources(variable)))
}

/// Where the vault passwords are: the list first, then the file, which is the order in which Ansible tries them.
fn vault_sources(read: impl Fn(&str) -> Option<String>) -> Vec<PasswordSource> {
    let list = read(ANSIBLE_VAULT_IDENTITY_LIST);
    let mut sources = PasswordSource::list(list.as_deref().unwrap_or_default());
    sources.extend(read(ANSIBLE_VAULT_PASSWORD_FILE).map(PasswordSource::file));
    for source in &mut sources {
        source.path = source.path.take().map(|path| expand_home(&path));
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vault_passwords_come_from_the_list_and_then_from_the_file() {
        let sources = vault_sources(|name| match name {
            ANSIBLE_VAULT_IDENTITY_LIST => Some("dev@~/dev, live@/etc/live.sh".to_owned()),
            ANSIBLE_VAULT_PASSWORD_FILE => Some("~/pass".to_owned()),
            _ => None,
        });
        let shown: Vec<_> = sources
            .iter()
            .map(|source| (source.id_or_default(), source.path.clone().unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                ("dev", home().join("dev")),
                ("live", "/etc/live.sh".into()),
                ("default", home().join("pass")),
            ]
        );
        assert_eq!(vault_sources(|_| None), []);
    }

    #[test]
    fn only_a_leading_tilde_is_expanded() {
        assert_eq!(expand_home(Path::new("/a/~/b")), Path::new("/a/~/b"));
        assert_eq!(expand_home(Path::new("~/b")), home().join("b"));
    }
}
