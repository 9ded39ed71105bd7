//! `DIR/env`: what a shell has to know so that Edgewright and other tools use the sandbox.
//!
//! Written by `up` once both sides answer. The names are those of `src/settings.rs`.

use crate::home::{Home, Running, Settings, write_private};

/// Writes `DIR/env` and `DIR/one_auth`.
///
/// # Errors
/// The system's error.
pub fn write(home: &Home, settings: &Settings, running: &Running) -> std::io::Result<()> {
    let auth = format!("oneadmin:{}\n", settings.password);
    write_private(&home.file("one_auth"), auth.as_bytes())?;
    write_private(&home.env(), text(home, settings, running).as_bytes())
}

fn text(home: &Home, settings: &Settings, running: &Running) -> String {
    let path = |name: &str| home.file(name).display().to_string();
    let variables = [
        ("VULTR_API_KEY", settings.api_key.clone()),
        ("VULTR_API_ENDPOINT", running.vultr.clone()),
        ("ONE_XMLRPC", running.opennebula.clone()),
        ("ONE_AUTH", path("one_auth")),
        ("EDGEWRIGHT_STATE_DIR", path("state")),
        (
            "EDGEWRIGHT_FRONTEND",
            format!("oneadmin@{}", settings.frontend()),
        ),
        ("EDGEWRIGHT_FRONTEND_KEY", path("keys/frontend")),
        (
            "EDGEWRIGHT_FRONTEND_KNOWN_HOSTS",
            path("frontend_known_hosts"),
        ),
        ("EDGEWRIGHT_SSH_KEY", path("keys/operator")),
        (
            "EDGEWRIGHT_OPENNEBULA_REPOSITORY",
            running.repository.clone(),
        ),
    ];
    let lines = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}", quoted(value)));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// A word for a shell.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_shell_reads_what_was_meant() {
        assert_eq!(quoted("http://127.0.0.1:1/v2"), "http://127.0.0.1:1/v2");
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }

    #[test]
    fn the_environment_names_both_sides() {
        let home = Home::at(Path::new("/s")).unwrap();
        let running = Running {
            pid: 1,
            since: String::new(),
            control: "127.0.0.1:3".parse().unwrap(),
            token: String::new(),
            vultr: "http://127.0.0.1:1/v2".to_owned(),
            opennebula: "http://127.0.0.1:2/RPC2".to_owned(),
            repository: "http://198.18.7.1:4/repo".to_owned(),
        };
        assert_eq!(
            text(&home, &crate::daemon::tests::settings(), &running),
            "export VULTR_API_KEY=KEY\n\
            export VULTR_API_ENDPOINT=http://127.0.0.1:1/v2\n\
            export ONE_XMLRPC=http://127.0.0.1:2/RPC2\n\
            export ONE_AUTH=/s/one_auth\n\
            export EDGEWRIGHT_STATE_DIR=/s/state\n\
            export EDGEWRIGHT_FRONTEND=oneadmin@198.18.7.2\n\
            export EDGEWRIGHT_FRONTEND_KEY=/s/keys/frontend\n\
            export EDGEWRIGHT_FRONTEND_KNOWN_HOSTS=/s/frontend_known_hosts\n\
            export EDGEWRIGHT_SSH_KEY=/s/keys/operator\n\
            export EDGEWRIGHT_OPENNEBULA_REPOSITORY=http://198.18.7.1:4/repo\n"
        );
    }
}
