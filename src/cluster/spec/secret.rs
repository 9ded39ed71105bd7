//! Secrets: given by reference or encrypted, shown never.
//!
//! Called by `parse`, which takes references as they stand, and by `cluster::control`, which fetches what they refer to.
//! A vault value is checked as far as that goes without its password when the file is read; the passwords
//! (`settings::vault_passwords`) are looked for when the first one is fetched.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use edgewright_vault::{
    Damage, OpenError, PasswordError, Plaintext, VaultError, VaultPasswords, VaultText,
};
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Node, Span};
use zeroize::Zeroizing;

use crate::settings;

/// The forms of a reference.
const FORMS: &str =
    "write `{env: NAME}`, `{file: PATH}`, `{command: [PROGRAM, ARGUMENT]}` or a `!vault` value";

/// A value that is masked however it is shown, and zeroed when dropped. [`Secret::expose`] is the only way out.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value that must not be shown.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(masked)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("********")
    }
}

/// Where a secret comes from, as the cluster file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRef {
    source: Source,
    at: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
    Vault(VaultText),
}

impl SecretRef {
    /// The content of an environment variable.
    pub fn env(name: &str) -> Self {
        Self {
            source: Source::Env(name.to_owned()),
            at: None,
        }
    }

    /// The content of a file, without the line break at its end.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            source: Source::File(path.into()),
            at: None,
        }
    }

    /// Reads a reference: `{env: NAME}`, `{file: PATH}`, `{command: [PROGRAM, ARGUMENT…]}`, or a value encrypted by
    /// `ansible-vault`, which has the tag `!vault`.
    ///
    /// # Errors
    /// A diagnostic when it is a value in clear, none of these forms, or no proper vault text.
    pub fn parse(node: &Node) -> Result<Self, Diagnostics> {
        let source = if node.tag.as_deref() == Some("vault") {
            vault(node)?
        } else {
            reference(node)?
        };
        Ok(Self {
            source,
            at: Some(node.span.clone()),
        })
    }

    /// Where the value would come from, in words.
    pub fn origin(&self) -> String {
        match &self.source {
            Source::Env(name) => format!("environment variable `{name}`"),
            Source::File(path) => format!("file `{}`", path.display()),
            Source::Command(words) => {
                format!("command `{}`", words.first().map_or("", String::as_str))
            }
            Source::Vault(_) => "vault value in the cluster file".to_owned(),
        }
    }

    /// Whether what should be a path is `user:password`, as far as one can tell: it must not be shown then.
    pub fn seems_to_hold_the_secret(&self) -> bool {
        match &self.source {
            Source::File(path) => {
                path.to_string_lossy().contains(':') && !settings::expand_home(path).exists()
            }
            _ => false,
        }
    }

    /// Fetches the value.
    ///
    /// # Errors
    /// A diagnostic that says what is missing and how to give it.
    pub fn fetch(&self, what: &'static str) -> Result<Secret, Diagnostics> {
        self.fetch_with(what, settings::vault_passwords)
    }

    /// Fetches the value; the passwords are asked for when it is encrypted only.
    fn fetch_with<'a>(
        &self,
        what: &str,
        passwords: impl FnOnce() -> &'a VaultPasswords,
    ) -> Result<Secret, Diagnostics> {
        let value = match &self.source {
            Source::Env(name) => settings::variable(name).ok_or_else(|| "it is not set".to_owned()),
            Source::File(path) => read(&settings::expand_home(path)),
            Source::Command(words) => run(words),
            Source::Vault(text) => {
                let passwords = passwords();
                let plain = passwords
                    .open(text)
                    .map_err(|error| self.sealed(what, &error, passwords))?;
                utf8(&plain)
            }
        };
        let value = value.and_then(|mut value| {
            value.truncate(value.trim_end_matches(['\n', '\r']).len());
            if value.is_empty() {
                Err("it is empty".to_owned())
            } else {
                Ok(value)
            }
        });
        value
            .map(Secret::new)
            .map_err(|reason| self.missing(what, &reason).into())
    }

    /// The complaint without help.
    fn complaint(&self, what: &str, reason: &str) -> Diagnostic {
        let message = format!("cannot read the {what} from {}: {reason}", self.origin());
        let diagnostic = Diagnostic::error("spec::credentials", message);
        let label = match &self.source {
            Source::Vault(_) => "encrypted here",
            _ => "referred to here",
        };
        match &self.at {
            Some(at) => diagnostic.at(at, label),
            None => diagnostic,
        }
    }

    fn missing(&self, what: &str, reason: &str) -> Diagnostic {
        let help = match &self.source {
            Source::Env(name) => format!("type `export {name}=…` before the command"),
            Source::File(_) => "create the file, readable by you alone (mode 0600)".to_owned(),
            Source::Command(_) => "run the command by hand to see why it fails".to_owned(),
            Source::Vault(_) => AGAIN.to_owned(),
        };
        self.complaint(what, reason).help(help)
    }

    /// Why a vault value cannot be opened, and what to set.
    fn sealed(&self, what: &str, error: &OpenError, passwords: &VaultPasswords) -> Diagnostic {
        let diagnostic = self.complaint(what, &error.to_string());
        let help = match error {
            OpenError::NoPassword { id } => format!(
                "set `{}` to a file that holds the password or a script that prints it, or `{}` to `{}@FILE`",
                settings::ANSIBLE_VAULT_PASSWORD_FILE,
                settings::ANSIBLE_VAULT_IDENTITY_LIST,
                id.as_deref().unwrap_or(edgewright_vault::DEFAULT_ID)
            ),
            OpenError::NoneRead { .. } | OpenError::NoneFits { .. } => format!(
                "see what `{}` and `{}` name",
                settings::ANSIBLE_VAULT_PASSWORD_FILE,
                settings::ANSIBLE_VAULT_IDENTITY_LIST
            ),
            OpenError::Text(_) => AGAIN.to_owned(),
        };
        let unread = passwords.unread();
        let diagnostic = unread
            .iter()
            .filter_map(PasswordError::help)
            .fold(diagnostic.help(help), Diagnostic::help);
        unread.iter().fold(diagnostic, |diagnostic, error| {
            diagnostic.note(error.to_string())
        })
    }
}

/// What helps against a vault value that is wrong in itself.
const AGAIN: &str = "encrypt the value again: `ansible-vault encrypt_string`";

/// Reads `{env: NAME}`, `{file: PATH}` or `{command: […]}`.
fn reference(node: &Node) -> Result<Source, Diagnostics> {
    let wrong = || {
        Diagnostics::from(
            Diagnostic::error(
                "spec::secret-in-clear",
                "a secret is given by reference, never written in clear",
            )
            .at(&node.span, "expected a reference")
            .help(FORMS),
        )
    };
    let map = node.as_map().ok_or_else(wrong)?;
    let [(key, value)] = map.0.as_slice() else {
        return Err(wrong());
    };
    let text = |value: &Node| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .ok_or_else(wrong)
    };
    match &*key.name {
        "env" => text(value).map(Source::Env),
        "file" => text(value).map(|path| Source::File(path.into())),
        "command" => match &value.data {
            Data::List(words) if !words.is_empty() => words
                .iter()
                .map(text)
                .collect::<Result<_, _>>()
                .map(Source::Command),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// Reads what stands behind `!vault`.
fn vault(node: &Node) -> Result<Source, Diagnostics> {
    let parsed = node
        .as_str()
        .map_or(Err(VaultError::NotVault), VaultText::parse);
    parsed.map(Source::Vault).map_err(|error| {
        let help = match error {
            VaultError::NotVault => "make it with `ansible-vault encrypt_string`",
            VaultError::Damaged(Damage::Folded) => {
                "write `!vault |`, and each line of the text in a line of its own"
            }
            _ => AGAIN,
        };
        Diagnostic::error("spec::vault", error.to_string())
            .at(&node.span, "this value")
            .help(help)
            .into()
    })
}

fn utf8(plain: &Plaintext) -> Result<String, String> {
    plain
        .text()
        .map(str::to_owned)
        .ok_or_else(|| "it holds what is not UTF-8".to_owned())
}

/// Reads a file; why it cannot be read does not name it again.
fn read(path: &Path) -> Result<String, String> {
    fs_err::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        ErrorKind::InvalidData => "it holds what is not UTF-8".to_owned(),
        _ => error.to_string(),
    })
}

/// Runs a command the operator named (a password manager, say) and takes what it prints.
fn run(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "it printed what is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests;
