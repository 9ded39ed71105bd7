//! Why a verb did not do what it was asked, and the exit code that goes with it.

use std::io;

use thiserror::Error;

/// A verb failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// Something is missing, and installing it is not ours to do.
    #[error("{what}")]
    Missing {
        /// What is missing.
        what: String,
        /// The line to type.
        line: String,
    },
    /// A program ended badly.
    #[error("`{line}` ended with {status}")]
    Command {
        /// What was typed.
        line: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// A program could not be started.
    #[error("`{line}` cannot be started: {source}")]
    Start {
        /// What was typed.
        line: String,
        /// The system's reason.
        source: io::Error,
    },
    /// Files.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A program printed something else than was agreed.
    #[error("{0} printed something that cannot be read: {1}")]
    Unreadable(String, serde_json::Error),
    /// The demo's story is not what happened.
    #[error("the story does not hold: {0}")]
    Story(String),
    /// Tests failed.
    #[error("{passed} passed, {failed} failed")]
    Tests {
        /// How many passed.
        passed: u64,
        /// How many failed.
        failed: u64,
    },
    /// Goals were missed.
    #[error("goals were missed: {}", .0.join(", "))]
    Goals(Vec<String>),
    /// What the house does not want.
    #[error("{} here:\n  {}", what, places.join("\n  "))]
    House {
        /// The rule.
        what: &'static str,
        /// Where it is broken.
        places: Vec<String>,
    },
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Missing { .. } => 2,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_ends_with_two() {
        let missing = Failure::Missing {
            what: "no docker".to_owned(),
            line: "apt-get install docker.io".to_owned(),
        };
        assert_eq!(missing.code(), 2);
        assert_eq!(Failure::Story("it rains".to_owned()).code(), 1);
    }

    #[test]
    fn broken_rules_are_listed_with_their_places() {
        let failure = Failure::House {
            what: "marks are",
            places: vec!["a.rs:1".to_owned(), "b.rs:2".to_owned()],
        };
        assert_eq!(failure.to_string(), "marks are here:\n  a.rs:1\n  b.rs:2");
    }
}
