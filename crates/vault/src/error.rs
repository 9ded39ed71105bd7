//! What can be wrong with a vault text, with a password's file, and with the two together.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a text cannot be read as a vault text, or not with this password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It is something else.
    #[error("this is not a vault text: it does not begin with `$ANSIBLE_VAULT;`")]
    NotVault,
    /// A format that is not known.
    #[error("vault format `{found}` is not known: 1.1 and 1.2 are")]
    UnknownVersion {
        /// What stands in its first line, shortened.
        found: String,
    },
    /// A cipher that is not known.
    #[error("vault cipher `{found}` is not known: AES256 is")]
    UnknownCipher {
        /// What stands in its first line, shortened.
        found: String,
    },
    /// It begins as a vault text and does not go on as one.
    #[error("the vault text is damaged: {0}")]
    Damaged(#[from] Damage),
    /// The check sum made with this password is another one.
    #[error("the password does not open it, or it was changed after it was encrypted")]
    WrongPassword,
}

/// What is wrong inside a vault text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The first line has too few parts.
    #[error("its first line is not `$ANSIBLE_VAULT;VERSION;AES256` with an `;ID` at most")]
    Header,
    /// The first line goes on with what belongs to the next one.
    #[error("its lines have run together")]
    Folded,
    /// There is a first line only.
    #[error("nothing follows its first line")]
    Empty,
    /// Something else than a hexadecimal digit.
    #[error("line {line} holds something else than hexadecimal digits")]
    Digits {
        /// Line of the text, counted from 1.
        line: usize,
    },
    /// Half a byte at the end.
    #[error("a digit is missing, perhaps its end was cut off")]
    Odd,
    /// The three parts inside cannot be told apart.
    #[error("salt, check sum and data cannot be told apart, perhaps its end was cut off")]
    Parts,
    /// The password fits, and what comes out does not end as it should.
    #[error("the password fits, but what it opens does not end in proper padding")]
    Padding,
}

/// Why a text cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Encrypting twice is never meant.
    #[error("it is encrypted already")]
    AlreadySealed,
    /// The first line could not be taken apart again.
    #[error(
        "`{id}` cannot be a vault id: it must not be empty, begin or end with a space, or hold `;`, `@`, control characters or what is not ASCII"
    )]
    Id {
        /// The id, with control characters escaped.
        id: String,
    },
    /// The operating system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Why a password could not be had from a file or script.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file cannot be read.
    #[error("cannot read the vault password file `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file holds nothing.
    #[error("the vault password file `{}` is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is a vault text itself, and no earlier password opens it.
    #[error("the vault password file `{}` is encrypted itself: {error}", path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why it cannot be opened.
        error: Box<OpenError>,
    },
    /// The file is executable and cannot be run.
    #[error("cannot run the vault password script `{}`: {reason}", path.display())]
    NotRun {
        /// The script.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The script failed.
    #[error("the vault password script `{}` ended with {status}{}", path.display(), said(stderr))]
    Failed {
        /// The script.
        path: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error, where that was caught.
        stderr: String,
    },
    /// The script knows no password for this vault id (exit code 2 of scripts whose names end in `-client`).
    #[error("the vault password script `{}` has no password for the vault id `{id}`{}", path.display(), said(stderr))]
    UnknownId {
        /// The script.
        path: PathBuf,
        /// The vault id it was asked for.
        id: String,
        /// What it wrote to standard error.
        stderr: String,
    },
    /// The script printed nothing.
    #[error("the vault password script `{}` printed nothing", path.display())]
    Silent {
        /// The script.
        path: PathBuf,
    },
    /// The source says that the operator is to be asked.
    #[error("a vault password cannot be asked for: `prompt` is not supported")]
    Prompt,
}

impl PasswordError {
    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NotRun { .. } => Some(
                "if it holds the password itself, take its execute permission away: `chmod a-x`",
            ),
            Self::Prompt => Some("name a file that holds the password, or a script that prints it"),
            _ => None,
        }
    }
}

/// Why none of the passwords at hand opens a vault text.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none.
    #[error("it is encrypted{}, and no vault password is given", under(id.as_deref()))]
    NoPassword {
        /// The vault id in the text.
        id: Option<String>,
    },
    /// Some were named, none could be read; [`crate::VaultPasswords::unread`] has the reasons.
    #[error("it is encrypted{}, and no vault password could be read", under(id.as_deref()))]
    NoneRead {
        /// The vault id in the text.
        id: Option<String>,
    },
    /// None of them fits.
    #[error("it is encrypted{}, and {} it, or it was changed after it was encrypted", under(id.as_deref()), none_opens(tried))]
    NoneFits {
        /// The vault id in the text.
        id: Option<String>,
        /// The vault ids of the passwords that were tried, in that order.
        tried: Vec<String>,
    },
    /// The password is not to blame.
    #[error(transparent)]
    Text(#[from] VaultError),
}

fn under(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| {
        format!(" under the vault id `{}`", shown(id))
    })
}

fn none_opens(tried: &[String]) -> String {
    match tried {
        [one] => format!("the vault password of `{}` does not open", shown(one)),
        more => {
            let names: Vec<String> = more.iter().map(|id| format!("`{}`", shown(id))).collect();
            format!("no vault password of {} opens", names.join(", "))
        }
    }
}

fn said(stderr: &str) -> String {
    match shown(stderr.trim()) {
        empty if empty.is_empty() => String::new(),
        text => format!(" and wrote: {text}"),
    }
}

/// Foreign text in a message: control characters escaped, 200 characters at most.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let mut shown = String::new();
    for (count, char) in text.chars().enumerate() {
        if count == MOST {
            shown.push('…');
            break;
        }
        if char.is_control() {
            // Writing to a string cannot fail.
            write!(shown, "{}", char.escape_default()).expect("a string takes any text");
        } else {
            shown.push(char);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped_and_shortened() {
        assert_eq!(shown("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 201);
    }

    #[test]
    fn one_password_and_several_are_worded_apart() {
        let fault = |tried: &[&str]| {
            OpenError::NoneFits {
                id: Some("dev".to_owned()),
                tried: tried.iter().map(|id| (*id).to_owned()).collect(),
            }
            .to_string()
        };
        assert_eq!(
            fault(&["default"]),
            "it is encrypted under the vault id `dev`, and the vault password of `default` does not open it, or it \
             was changed after it was encrypted"
        );
        assert_eq!(
            fault(&["dev", "default"]),
            "it is encrypted under the vault id `dev`, and no vault password of `dev`, `default` opens it, or it was \
             changed after it was encrypted"
        );
    }
}
