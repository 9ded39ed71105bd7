//! What can go wrong with a call, told apart so that a caller can act on it.

use crate::template::TemplateError;
use crate::wire::WireError;
use crate::xml::XmlError;
use std::time::Duration;
use thiserror::Error;

/// The kind of a refusal, from its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// 0x0100: user, password or token are not right (one text for all of these).
    Authentication,
    /// 0x0200: not permitted; **also what a locked object answers**.
    Authorization,
    /// 0x0400: an object does not exist; not always the one the call was about, see [`OneError::is_not_found`].
    NoExists,
    /// 0x0800: the object's state, or a rename, does not allow it.
    Action,
    /// 0x1000: a parameter's value is out of range.
    XmlRpcApi,
    /// 0x2000: anything else, **including most failures to create**, such as a name in use.
    Internal,
    /// 0x4000: some failures to create.
    Allocate,
    /// 0x8000: locked; no release seen sends it.
    Locked,
    /// 0x10000: this front-end is not the leader of its group.
    Replication,
    /// A code not known here.
    Other(i32),
}

impl Code {
    /// Reads the number of an answer.
    pub fn from_number(number: i32) -> Self {
        match number {
            0x0100 => Self::Authentication,
            0x0200 => Self::Authorization,
            0x0400 => Self::NoExists,
            0x0800 => Self::Action,
            0x1000 => Self::XmlRpcApi,
            0x2000 => Self::Internal,
            0x4000 => Self::Allocate,
            0x8000 => Self::Locked,
            0x10000 => Self::Replication,
            other => Self::Other(other),
        }
    }

    /// The number that goes over the wire.
    pub fn number(self) -> i32 {
        match self {
            Self::Authentication => 0x0100,
            Self::Authorization => 0x0200,
            Self::NoExists => 0x0400,
            Self::Action => 0x0800,
            Self::XmlRpcApi => 0x1000,
            Self::Internal => 0x2000,
            Self::Allocate => 0x4000,
            Self::Locked => 0x8000,
            Self::Replication => 0x10000,
            Self::Other(other) => other,
        }
    }
}

/// A refusal by OpenNebula: the call was understood and not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The method, such as `one.cluster.info`.
    pub method: String,
    /// The kind.
    pub code: Code,
    /// The server's text, verbatim.
    pub text: String,
    /// The object it is about, when the server says so.
    pub object: Option<i32>,
}

/// Why a call gave no result.
#[derive(Debug, Error)]
pub enum OneError {
    /// OpenNebula refused.
    #[error("OpenNebula refused `{}`: {}", .0.method, .0.text)]
    Refused(Box<Refusal>),
    /// The call's form was wrong for this server: an unknown method or parameters of another version.
    #[error("OpenNebula could not take the call `{method}`: {text} (fault {code})")]
    Fault {
        /// The method.
        method: String,
        /// XML-RPC's code.
        code: i32,
        /// The server's text, verbatim.
        text: String,
    },
    /// No connection could be made; nothing was sent.
    #[error("no connection to OpenNebula at `{endpoint}` for `{method}`")]
    Connect {
        /// The method.
        method: String,
        /// The address called.
        endpoint: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The connection broke, or the answer did not come through; the call may have taken effect.
    #[error("the connection to OpenNebula at `{endpoint}` broke during `{method}`")]
    Broken {
        /// The method.
        method: String,
        /// The address called.
        endpoint: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// No answer in time; the call may have taken effect, or still be running.
    #[error("OpenNebula at `{endpoint}` did not answer `{method}` within {} s", .limit.as_secs_f32())]
    TimedOut {
        /// The method.
        method: String,
        /// The address called.
        endpoint: String,
        /// How long it was waited.
        limit: Duration,
    },
    /// Something answered with another HTTP status than 200.
    #[error("`{endpoint}` answered `{method}` with HTTP status {status}")]
    Http {
        /// The method.
        method: String,
        /// The address called.
        endpoint: String,
        /// The status.
        status: u16,
    },
    /// The answer is not XML-RPC.
    #[error("the answer to `{method}` from `{endpoint}` cannot be read")]
    Wire {
        /// The method.
        method: String,
        /// The address called.
        endpoint: String,
        /// Why.
        #[source]
        source: WireError,
    },
    /// The answer is XML-RPC but not what this method answers.
    #[error("the answer to `{method}` has another form than expected: {found}")]
    Form {
        /// The method.
        method: String,
        /// What it was.
        found: String,
    },
    /// The object in the answer cannot be read.
    #[error("the object in the answer to `{method}` cannot be read")]
    Body {
        /// The method.
        method: String,
        /// Why.
        #[source]
        source: BodyError,
    },
    /// The template would not arrive whole; nothing was sent.
    #[error("the template for `{method}` cannot be sent")]
    Template {
        /// The method.
        method: String,
        /// Why.
        #[source]
        source: TemplateError,
    },
}

/// Why an object in an answer cannot be read.
#[derive(Debug, Error)]
pub enum BodyError {
    /// Not XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Something else than the object asked for.
    #[error("it is a `{found}`, not a `{wanted}`")]
    Kind {
        /// The element there.
        found: String,
        /// The element wanted.
        wanted: &'static str,
    },
    /// A field every release writes is missing.
    #[error("`{object}` has no `{field}`")]
    Missing {
        /// The object.
        object: String,
        /// The field.
        field: &'static str,
    },
    /// A number that is not one.
    #[error("`{field}` of `{object}` is `{text}`, not a number")]
    Number {
        /// The object.
        object: String,
        /// The field.
        field: &'static str,
        /// What is there, cut short.
        text: String,
    },
}

impl OneError {
    /// The refusal, if OpenNebula refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The kind of refusal, if OpenNebula refused.
    pub fn code(&self) -> Option<Code> {
        self.refusal().map(|refusal| refusal.code)
    }

    /// The id of the object that has the wanted name already.
    ///
    /// Creating says so with `NAME is already taken by CLUSTER 100.`, renaming with `… because it collides with cluster 0`.
    pub fn is_name_taken(&self) -> Option<i32> {
        let refusal = self.refusal()?;
        let creating = refusal.text.split_once("NAME is already taken by ");
        let renaming = refusal.text.split_once("because it collides with ");
        let (_, rest) = creating.or(renaming)?;
        rest.split_ascii_whitespace()
            .find_map(|word| word.trim_end_matches('.').parse().ok())
    }

    /// Whether the refusal says that the object with this id does not exist.
    ///
    /// The code alone is not enough: creating a host in a cluster that is gone is the same code about the cluster.
    pub fn is_not_found(&self, id: impl Into<i32>) -> bool {
        self.refusal().is_some_and(|refusal| {
            refusal.code == Code::NoExists && refusal.object == Some(id.into())
        })
    }

    /// Whether the object is locked by somebody.
    pub fn is_locked(&self) -> bool {
        self.refusal().is_some_and(|refusal| {
            refusal.code == Code::Locked
                || (refusal.code == Code::Authorization && refusal.text.contains(" is locked."))
        })
    }

    /// Whether the call may have taken effect although no answer came: look before doing it again.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::Wire { .. }
            | Self::Form { .. }
            | Self::Body { .. } => true,
            Self::Http { status, .. } => *status >= 500,
            Self::Refused(_)
            | Self::Fault { .. }
            | Self::Connect { .. }
            | Self::Template { .. } => false,
        }
    }

    /// Whether asking the same again soon may help: the server was not there, or something in between failed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Broken { .. } => true,
            Self::Http { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// What the user can do about it, where there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => refusal_help(self, refusal),
            Self::Fault {
                code: crate::wire::Fault::NO_SUCH_METHOD,
                ..
            } => Some(
                "the server does not know this method: check that it is OpenNebula 6.10 or later",
            ),
            Self::Fault { .. } => Some("the server expects other parameters: check its version"),
            Self::Connect { .. } => Some(
                "check that oned is running and that `ONE_XMLRPC` (default http://localhost:2633/RPC2) is right",
            ),
            Self::Http { status: 404, .. } => Some("the path must be /RPC2: check `ONE_XMLRPC`"),
            Self::Http { .. } => {
                Some("a proxy may stand in between: check `ONE_XMLRPC` and the proxy's log")
            }
            Self::Wire { .. } | Self::Form { .. } => {
                Some("check that `ONE_XMLRPC` is the address of oned, path /RPC2")
            }
            Self::TimedOut { .. } | Self::Broken { .. } => Some(
                "the call may have taken effect: applying again looks before it creates anything",
            ),
            Self::Body { .. } | Self::Template { .. } => None,
        }
    }
}

fn refusal_help(error: &OneError, refusal: &Refusal) -> Option<&'static str> {
    match refusal.code {
        Code::Authentication => Some(
            "check the user and the password in the file that `ONE_AUTH` names (default ~/.one/one_auth)",
        ),
        _ if error.is_locked() => {
            Some("somebody locked the object: unlock it with the `unlock` command of its kind")
        }
        Code::Authorization => {
            Some("use a user of the group oneadmin, or have the right granted by an ACL rule")
        }
        Code::Replication => {
            Some("this front-end is not the leader: call the address of the leader")
        }
        _ if error.is_name_taken().is_some() => {
            Some("choose another name, or remove the object that has it")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: i32, text: &str, object: Option<i32>) -> OneError {
        let method = "one.host.allocate".to_owned();
        OneError::Refused(Box::new(Refusal {
            method,
            code: Code::from_number(code),
            text: text.to_owned(),
            object,
        }))
    }

    #[test]
    fn codes_keep_their_numbers() {
        for number in [
            0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x4000, 0x8000, 0x10000, 77,
        ] {
            assert_eq!(Code::from_number(number).number(), number);
        }
    }

    #[test]
    fn the_owner_of_a_taken_name_is_read_from_the_text() {
        let creating = refused(
            0x2000,
            "[one.cluster.allocate] NAME is already taken by CLUSTER 100.",
            None,
        );
        let renaming = refused(
            0x800,
            "cluster cannot be renamed to a because it collides with virtual network 7",
            None,
        );
        assert_eq!(
            (creating.is_name_taken(), renaming.is_name_taken()),
            (Some(100), Some(7))
        );
        assert_eq!(
            refused(0x2000, "Invalid NAME, it cannot be empty", None).is_name_taken(),
            None
        );
    }

    #[test]
    fn not_found_is_about_the_object_asked_for() {
        let error = refused(
            0x400,
            "[one.host.allocate] Error getting cluster [9999].",
            Some(9999),
        );
        assert!(error.is_not_found(9999));
        assert!(!error.is_not_found(3));
    }

    #[test]
    fn a_lock_is_told_from_a_missing_right() {
        assert!(
            refused(
                0x200,
                "[one.vn.delete] User [0] : NET is locked. [7].",
                None
            )
            .is_locked()
        );
        assert!(
            !refused(
                0x200,
                "User [2] : Not authorized to perform USE CLUSTER [0].",
                None
            )
            .is_locked()
        );
    }

    #[test]
    fn the_message_holds_the_servers_text() {
        let error = refused(
            0x2000,
            "[one.host.allocate] NAME is already taken by HOST 0.",
            None,
        );
        assert_eq!(
            error.to_string(),
            "OpenNebula refused `one.host.allocate`: [one.host.allocate] NAME is already taken by HOST 0."
        );
        assert_eq!(
            error.help(),
            Some("choose another name, or remove the object that has it")
        );
    }
}
