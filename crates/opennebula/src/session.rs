//! Who calls: `user:password`, as it stands in the file that `ONE_AUTH` names.
//!
//! Made once by the caller of [`crate::Client`]; sent as the first parameter of every call and shown nowhere.

use std::fmt;
use std::path::Path;
use thiserror::Error;

/// Why there is no usable session.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The file cannot be read.
    #[error(
        "the OpenNebula credentials cannot be read; `ONE_AUTH` must be the path of a file with `user:password`"
    )]
    File(#[source] std::io::Error),
    /// The text given for a path is not one, but looks like what should be in the file; it is not shown.
    #[error(
        "`ONE_AUTH` must be the path of a file with `user:password`, and it seems to hold the credentials themselves"
    )]
    NotAPath,
    /// There is no colon, or nothing on one side of it.
    #[error("{place} does not hold `user:password`")]
    Form {
        /// Where it was looked for.
        place: String,
    },
}

/// A user's name and password (or login token).
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    user: String,
    password: String,
}

impl Session {
    /// Makes a session from its two parts.
    ///
    /// # Errors
    /// [`SessionError::Form`] if a part is empty or the user's name holds a colon.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Result<Self, SessionError> {
        let session = Self {
            user: user.into(),
            password: password.into(),
        };
        if session.user.is_empty() || session.user.contains(':') || session.password.is_empty() {
            return Err(SessionError::Form {
                place: "the given session".to_owned(),
            });
        }
        Ok(session)
    }

    /// Reads `user:password`; white space around it, such as a file's last line feed, does not count.
    ///
    /// # Errors
    /// [`SessionError::Form`] if it is not of that form; `place` says in the message where the text was found.
    pub fn parse(text: &str, place: &str) -> Result<Self, SessionError> {
        let form = || SessionError::Form {
            place: place.to_owned(),
        };
        let (user, password) = text.trim().split_once(':').ok_or_else(form)?;
        Self::new(user, password).map_err(|_| form())
    }

    /// Reads the file that `ONE_AUTH` names (by default `~/.one/one_auth`).
    ///
    /// # Errors
    /// [`SessionError::File`] if it cannot be read, [`SessionError::Form`] if it holds something else,
    /// [`SessionError::NotAPath`] if the credentials were given for the path.
    pub fn from_one_auth(path: impl AsRef<Path>) -> Result<Self, SessionError> {
        let path = path.as_ref();
        if path.to_string_lossy().contains(':') && !path.exists() {
            return Err(SessionError::NotAPath);
        }
        let text = fs_err::read_to_string(path).map_err(SessionError::File)?;
        Self::parse(&text, &format!("`{}`", path.display()))
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The first parameter of every call. The only way the password leaves this type.
    pub(crate) fn expose(&self) -> String {
        format!("{}:{}", self.user, self.password)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({}:***)", self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_may_hold_colons_and_the_last_line_feed_does_not_count() {
        let session = Session::parse("oneadmin:a:b\n", "here").unwrap();
        assert_eq!(session.expose(), "oneadmin:a:b");
    }

    #[test]
    fn the_password_is_not_shown() {
        assert_eq!(
            format!("{:?}", Session::parse("oneadmin:hunter2", "here").unwrap()),
            "Session(oneadmin:***)"
        );
    }

    #[test]
    fn texts_of_another_form_are_refused_with_their_place() {
        for text in ["", "oneadmin", ":x", "oneadmin:", "\n"] {
            let error = Session::parse(text, "`/home/a/.one/one_auth`").unwrap_err();
            assert_eq!(
                error.to_string(),
                "`/home/a/.one/one_auth` does not hold `user:password`"
            );
        }
    }

    #[test]
    fn a_missing_file_says_what_one_auth_is() {
        let error = Session::from_one_auth("/nonexistent/one_auth").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the OpenNebula credentials cannot be read; `ONE_AUTH` must be the path of a file with `user:password`"
        );
    }

    #[test]
    fn credentials_given_for_the_path_are_not_shown() {
        let error = Session::from_one_auth("oneadmin:hunter2").unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(matches!(error, SessionError::NotAPath));
    }

    #[test]
    fn a_file_is_read() {
        let path = std::env::temp_dir().join(format!("one_auth-{}", std::process::id()));
        fs_err::write(&path, "oneadmin:hunter2\n").unwrap();
        let session = Session::from_one_auth(&path);
        fs_err::remove_file(&path).unwrap();
        assert_eq!(session.unwrap().expose(), "oneadmin:hunter2");
    }
}
