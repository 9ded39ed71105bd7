//! Secrets: given by reference, shown never.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;

use edgewright_yaml::{Data, Diagnostic, Diagnostics, Node, Span};

/// A value that is masked however it is shown. [`Secret::expose`] is the only way out.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value that must not be shown.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
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

    /// Reads a reference: `{env: NAME}`, `{file: PATH}` or `{command: [PROGRAM, ARGUMENT…]}`.
    ///
    /// # Errors
    /// A diagnostic when it is a value in clear, or none of the three forms.
    pub fn parse(node: &Node) -> Result<Self, Diagnostics> {
        let help = "write `{env: NAME}`, `{file: PATH}` or `{command: [PROGRAM, ARGUMENT]}`";
        if node.tag.as_deref() == Some("vault") {
            return Err(Diagnostic::error(
                "spec::vault",
                "vault values cannot be read in cluster files yet",
            )
            .at(&node.span, "encrypted value")
            .help(help)
            .into());
        }
        let wrong = || {
            Diagnostics::from(
                Diagnostic::error(
                    "spec::secret-in-clear",
                    "a secret is given by reference, never written in clear",
                )
                .at(&node.span, "expected a reference")
                .help(help),
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
        let source = match &*key.name {
            "env" => Source::Env(text(value)?),
            "file" => Source::File(text(value)?.into()),
            "command" => match &value.data {
                Data::List(words) if !words.is_empty() => {
                    Source::Command(words.iter().map(text).collect::<Result<_, _>>()?)
                }
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
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
        }
    }

    /// Fetches the value.
    ///
    /// # Errors
    /// A diagnostic that says what is missing and how to give it.
    pub fn fetch(&self, what: &'static str) -> Result<Secret, Diagnostics> {
        let value = match &self.source {
            Source::Env(name) => {
                crate::settings::variable(name).ok_or_else(|| "it is not set".to_owned())
            }
            Source::File(path) => fs_err::read_to_string(crate::settings::expand_home(path))
                .map_err(|error| error.to_string()),
            Source::Command(words) => run(words),
        };
        let value = value.and_then(|value| {
            let value = value.trim_end_matches(['\n', '\r']).to_owned();
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

    fn missing(&self, what: &str, reason: &str) -> Diagnostic {
        let message = format!("cannot read the {what} from {}: {reason}", self.origin());
        let diagnostic = Diagnostic::error("spec::credentials", message);
        let diagnostic = match &self.at {
            Some(at) => diagnostic.at(at, "referred to here"),
            None => diagnostic,
        };
        match &self.source {
            Source::Env(name) => {
                diagnostic.help(format!("type `export {name}=…` before the command"))
            }
            Source::File(_) => {
                diagnostic.help("create the file, readable by you alone (mode 0600)")
            }
            Source::Command(_) => diagnostic.help("run the command by hand to see why it fails"),
        }
    }
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
mod tests {
    use super::*;
    use edgewright_yaml::{SourceFile, load};

    fn parse(text: &str) -> Result<SecretRef, Diagnostics> {
        SecretRef::parse(&load(&SourceFile::new("e.yml", text)).unwrap().unwrap())
    }

    #[test]
    fn a_secret_in_clear_is_refused() {
        assert_eq!(
            parse("hunter2\n").unwrap_err().to_string(),
            "error[spec::secret-in-clear]: a secret is given by reference, never written in clear
 --> e.yml:1:1
  |
1 | hunter2
  | ^^^^^^^ expected a reference
  |
  = help: write `{env: NAME}`, `{file: PATH}` or `{command: [PROGRAM, ARGUMENT]}`
"
        );
    }

    #[test]
    fn a_command_gives_what_it_prints_without_the_line_break() {
        let secret = parse("{command: [printf, 'a b\\n']}")
            .unwrap()
            .fetch("API key")
            .unwrap();
        assert_eq!(secret.expose(), "a b");
    }

    #[test]
    fn a_failing_command_and_a_missing_file_say_so() {
        let text = parse("{command: ['false']}")
            .unwrap()
            .fetch("API key")
            .unwrap_err()
            .to_string();
        assert!(
            text.contains(
                "cannot read the API key from command `false`: it ended with exit status: 1"
            ),
            "{text}"
        );
        let text = parse("{file: /nonexistent/key}")
            .unwrap()
            .fetch("API key")
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("create the file, readable by you alone"),
            "{text}"
        );
    }

    #[test]
    fn a_secret_is_masked_however_it_is_shown() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "******** Secret(masked)");
    }
}
