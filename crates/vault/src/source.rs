//! Where one vault password comes from: a file or a script, and the vault id it belongs to.
//!
//! Made by the settings, used by [`crate::VaultPasswords`]. A file that is executable is run and gives what it prints; when
//! its name ends in `-client` (before an extension) it is told the vault id: `SCRIPT --vault-id ID`, and its exit code 2 says
//! that it knows no password for it. A plain script keeps our standard input and standard error, so that it can ask.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use crate::error::PasswordError;

/// The vault id of a password that was given without one.
pub const DEFAULT_ID: &str = "default";

/// Exit code of a client script that knows no password for the vault id.
const UNKNOWN_ID: i32 = 2;

/// One place that holds a vault password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordSource {
    /// The vault id, where one is given.
    pub id: Option<String>,
    /// The file or script; `None` when the operator is to be asked (`prompt`), which is not supported.
    pub path: Option<PathBuf>,
}

impl PasswordSource {
    /// A file or script for the vault id [`DEFAULT_ID`], as `ANSIBLE_VAULT_PASSWORD_FILE` names it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            id: Some(DEFAULT_ID.to_owned()),
            path: Some(path.into()),
        }
    }

    /// Reads `ID@PATH` or `PATH`; everything up to the first `@` is the id.
    pub fn parse(text: &str) -> Self {
        let (id, path) = match text.split_once('@') {
            Some((id, path)) => (Some(id).filter(|id| !id.is_empty()), path),
            None => (None, text),
        };
        let asks = matches!(path, "prompt" | "prompt_ask_vault_pass");
        Self {
            id: id.map(str::to_owned),
            path: (!asks).then(|| path.into()),
        }
    }

    /// Reads a list with commas, as `ANSIBLE_VAULT_IDENTITY_LIST` holds it. Quotes around an element are dropped.
    pub fn list(text: &str) -> Vec<Self> {
        text.split(',')
            .map(|element| unquoted(element.trim()))
            .filter(|element| !element.is_empty())
            .map(Self::parse)
            .collect()
    }

    /// The vault id it counts under.
    pub fn id_or_default(&self) -> &str {
        self.id.as_deref().unwrap_or(DEFAULT_ID)
    }

    /// Reads the file or runs the script. White space around what a file holds, and line breaks around what a script
    /// prints, do not count.
    pub(crate) fn read(&self) -> Result<Found, PasswordError> {
        let given = self.path.as_deref().ok_or(PasswordError::Prompt)?;
        let unreadable = |error: std::io::Error| PasswordError::Unreadable {
            path: given.to_owned(),
            reason: error.to_string(),
        };
        // An absolute path: a command without a slash would be looked for in PATH.
        let path = std::path::absolute(given).map_err(unreadable)?;
        let metadata = path.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(PasswordError::Unreadable {
                path: given.to_owned(),
                reason: "it is a directory".to_owned(),
            });
        }
        if metadata.permissions().mode() & 0o111 == 0 {
            let bytes =
                Zeroizing::new(fs_err::read(&path).map_err(|error| unreadable(bare(error)))?);
            return Ok(Found::File(trimmed(&bytes, is_space)));
        }
        let printed = self.run(given, &path)?;
        Ok(Found::Script(trimmed(&printed, is_break)))
    }

    fn run(&self, given: &Path, path: &Path) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
        let mut command = Command::new(path);
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
        let is_client = is_client(path);
        if is_client {
            command.stderr(Stdio::piped());
            if let Some(id) = &self.id {
                command.args(["--vault-id", id]);
            }
        }
        let output = command.output().map_err(|error| PasswordError::NotRun {
            path: given.to_owned(),
            reason: error.to_string(),
        })?;
        let printed = Zeroizing::new(output.stdout);
        if output.status.success() {
            return Ok(printed);
        }
        let path = given.to_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(match &self.id {
            Some(id) if is_client && output.status.code() == Some(UNKNOWN_ID) => {
                PasswordError::UnknownId {
                    path,
                    id: id.clone(),
                    stderr,
                }
            }
            _ => PasswordError::Failed {
                path,
                status: output.status,
                stderr,
            },
        })
    }
}

/// What a source gave.
pub(crate) enum Found {
    /// What stands in a file: a password, or a vault text that holds it.
    File(Zeroizing<Vec<u8>>),
    /// What a script printed.
    Script(Zeroizing<Vec<u8>>),
}

/// Whether a script is to be told the vault id.
fn is_client(path: &Path) -> bool {
    path.file_stem()
        .map(OsStr::as_encoded_bytes)
        .is_some_and(|stem| stem.ends_with(b"-client"))
}

/// The error without the path, which the message names already.
fn bare(error: std::io::Error) -> std::io::Error {
    error
        .raw_os_error()
        .map_or(error, std::io::Error::from_raw_os_error)
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

/// White space as Python's `bytes.strip` has it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

pub(crate) fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// A copy without what is to be dropped at both ends.
pub(crate) fn trimmed(bytes: &[u8], dropped: fn(u8) -> bool) -> Zeroizing<Vec<u8>> {
    let mut rest = bytes;
    while let [first, more @ ..] = rest
        && dropped(*first)
    {
        rest = more;
    }
    while let [more @ .., last] = rest
        && dropped(*last)
    {
        rest = more;
    }
    Zeroizing::new(rest.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: Option<&str>, path: Option<&str>) -> PasswordSource {
        PasswordSource {
            id: id.map(str::to_owned),
            path: path.map(Into::into),
        }
    }

    #[test]
    fn a_list_has_ids_or_none_and_loses_quotes_and_empty_elements() {
        assert_eq!(
            PasswordSource::list(" dev@~/dev , '/etc/pass' ,, a@b@c,@/x,\"q@r\","),
            [
                source(Some("dev"), Some("~/dev")),
                source(None, Some("/etc/pass")),
                source(Some("a"), Some("b@c")),
                source(None, Some("/x")),
                source(Some("q"), Some("r")),
            ]
        );
    }

    #[test]
    fn prompt_is_no_file_in_a_list_and_one_as_the_password_file() {
        assert_eq!(
            PasswordSource::parse("dev@prompt"),
            source(Some("dev"), None)
        );
        assert_eq!(PasswordSource::parse("prompt"), source(None, None));
        assert_eq!(
            PasswordSource::file("prompt"),
            source(Some("default"), Some("prompt"))
        );
    }

    #[test]
    fn a_client_is_known_by_its_name_before_the_extension() {
        for name in ["/a/keyring-client", "/a/keyring-client.py"] {
            assert!(is_client(Path::new(name)), "{name}");
        }
        for name in ["/a/client", "/a-client/x", "/a/x-client.d.sh"] {
            assert!(!is_client(Path::new(name)), "{name}");
        }
    }
}
