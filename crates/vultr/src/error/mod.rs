//! What can go wrong with a call, told apart so that a caller can act on it.
//!
//! Made by [`crate::client`]; `classify` reads the kind out of an answer, `help` says what can be done.

mod classify;
mod help;

pub(crate) use classify::{Answer, classify, excerpt};

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use thiserror::Error;

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 401: Vultr does not take the caller for anybody.
    Unauthorized(Denial),
    /// 403: the key may not do this.
    Forbidden,
    /// The object does not exist, as Vultr itself says.
    NotFound,
    /// A machine is being worked on; nothing was done.
    Locked,
    /// The state of things does not allow it: still attached, attached already, defined already.
    Conflict,
    /// A limit of the account is reached.
    Quota,
    /// 429: too many calls; nothing was done.
    RateLimited {
        /// How long Vultr asks to wait.
        retry_after: Option<Duration>,
    },
    /// Vultr does not take the request (400, 412, 422 and the like).
    Invalid,
    /// Vultr failed (5xx).
    Server,
    /// No connection could be made; nothing was sent.
    Connect,
    /// No answer in time.
    TimedOut {
        /// How long it was waited.
        limit: Duration,
    },
    /// The connection broke before the whole answer was there.
    BodyCut,
    /// Something else than Vultr's API answered, such as a proxy with a page.
    NotJson,
    /// The answer is JSON but not what this call answers.
    Form,
    /// An id that cannot stand in a path, such as an empty one; nothing was sent.
    BadId,
}

/// Why a caller is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No key was given; nothing was sent.
    NoKey,
    /// The key is not one, or has expired.
    Key,
    /// Calls from this address are not allowed.
    Address(Option<IpAddr>),
}

/// Why a call gave no result.
///
/// Holds what was asked, what was answered, and what it means; never the key.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct VultrError(Box<Details>);

#[derive(Debug)]
struct Details {
    asked: Asked,
    kind: Kind,
    status: Option<u16>,
    text: String,
    tries: u32,
    source: Option<reqwest::Error>,
}

/// What a call asks: the part of it that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) endpoint: String,
}

impl Asked {
    /// Whether the call is about one object that is there, rather than about a list or a new one.
    fn is_about_one(&self) -> bool {
        self.path.matches('/').count() > 1
    }
}

impl VultrError {
    pub(crate) fn new(asked: &Asked, kind: Kind) -> Self {
        Self(Box::new(Details {
            asked: asked.clone(),
            kind,
            status: None,
            text: String::new(),
            tries: 0,
            source: None,
        }))
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_text(mut self, text: impl Into<String>) -> Self {
        self.0.text = text.into();
        self
    }

    pub(crate) fn with_source(mut self, source: reqwest::Error) -> Self {
        self.0.source = Some(source.without_url());
        self
    }

    pub(crate) fn with_tries(mut self, tries: u32) -> Self {
        self.0.tries = tries;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The method asked, such as `POST`.
    pub fn method(&self) -> &str {
        &self.0.asked.method
    }

    /// The path asked, such as `/instances`.
    pub fn path(&self) -> &str {
        &self.0.asked.path
    }

    /// The address called.
    pub fn endpoint(&self) -> &str {
        &self.0.asked.endpoint
    }

    /// The answer's status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Vultr's text, verbatim; for answers that are not Vultr's, their beginning; empty when there is none.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How often it was sent.
    pub fn tries(&self) -> u32 {
        self.0.tries
    }

    /// Whether Vultr itself says that the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// Whether the machine is being worked on.
    pub fn is_locked(&self) -> bool {
        self.0.kind == Kind::Locked
    }

    /// Whether a reserved IP is attached already, to this machine or another.
    pub fn is_already_attached(&self) -> bool {
        self.0.kind == Kind::Conflict && classify::says_already_attached(&self.0.text)
    }

    /// Whether a VPC cannot go because machines are in it, or were until a minute ago.
    pub fn is_still_in_use(&self) -> bool {
        self.0.kind == Kind::Conflict && classify::says_still_in_use(&self.0.text)
    }

    /// Whether the same firewall rule is there already.
    pub fn is_already_defined(&self) -> bool {
        self.0.kind == Kind::Conflict && classify::says_already_defined(&self.0.text)
    }

    /// Whether a changing call may have taken effect although it failed: look before doing it again.
    pub fn may_have_taken_effect(&self) -> bool {
        self.method() != "GET"
            && match self.0.kind {
                Kind::Server | Kind::TimedOut { .. } | Kind::BodyCut | Kind::Form => true,
                Kind::NotJson => self.0.status.is_some_and(|status| status < 300),
                _ => false,
            }
    }

    /// Whether asking the same again later may help. For what [may have taken effect](Self::may_have_taken_effect), look first.
    pub fn is_transient(&self) -> bool {
        match self.0.kind {
            Kind::RateLimited { .. }
            | Kind::Locked
            | Kind::Connect
            | Kind::TimedOut { .. }
            | Kind::BodyCut => true,
            Kind::Server => matches!(self.0.status, Some(500 | 502 | 503 | 504)),
            _ => false,
        }
    }

    /// A name for the kind of error, to search for.
    pub fn code(&self) -> &'static str {
        match self.0.kind {
            Kind::Unauthorized(Denial::NoKey) => "vultr::no-key",
            Kind::Unauthorized(Denial::Key) => "vultr::unauthorized",
            Kind::Unauthorized(Denial::Address(_)) => "vultr::address-not-allowed",
            Kind::Forbidden => "vultr::forbidden",
            Kind::NotFound => "vultr::not-found",
            Kind::Locked => "vultr::locked",
            Kind::Conflict => "vultr::conflict",
            Kind::Quota => "vultr::quota",
            Kind::RateLimited { .. } => "vultr::rate-limited",
            Kind::Invalid => "vultr::invalid",
            Kind::Server => "vultr::server",
            Kind::Connect => "vultr::connect",
            Kind::TimedOut { .. } => "vultr::timed-out",
            Kind::BodyCut => "vultr::body-cut",
            Kind::NotJson => "vultr::not-json",
            Kind::Form => "vultr::form",
            Kind::BadId => "vultr::bad-id",
        }
    }

    /// What the operator can do about it.
    pub fn help(&self) -> String {
        help::help(self)
    }
}

impl std::error::Error for Details {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asked {
            method,
            path,
            endpoint,
        } = &self.asked;
        let call = format!("`{method} {path}`");
        match self.kind {
            Kind::Unauthorized(Denial::NoKey) => write!(f, "there is no Vultr API key for {call}")?,
            Kind::Unauthorized(Denial::Key) => {
                write!(f, "Vultr does not accept the API key for {call}")?;
            }
            Kind::Unauthorized(Denial::Address(_)) => {
                write!(
                    f,
                    "Vultr does not accept calls from this address for {call}"
                )?;
            }
            Kind::Forbidden => write!(f, "the Vultr API key may not do {call}")?,
            Kind::NotFound => write!(f, "Vultr does not know what {call} is about")?,
            Kind::Locked => write!(f, "Vultr is still working on the machine of {call}")?,
            Kind::Conflict | Kind::Invalid => write!(f, "Vultr refused {call}")?,
            Kind::Quota => write!(f, "a limit of the Vultr account refuses {call}")?,
            Kind::RateLimited { .. } => {
                write!(f, "Vultr has had too many calls and refused {call}")?;
            }
            Kind::Server => write!(f, "Vultr failed at {call}")?,
            Kind::Connect => write!(f, "no connection to Vultr at `{endpoint}` for {call}")?,
            Kind::TimedOut { limit } => {
                let seconds = limit.as_secs_f32();
                write!(
                    f,
                    "Vultr at `{endpoint}` did not answer {call} within {seconds} s"
                )?;
            }
            Kind::BodyCut => write!(
                f,
                "the connection to Vultr at `{endpoint}` broke during {call}"
            )?,
            Kind::NotJson => write!(f, "what answered {call} at `{endpoint}` is not Vultr's API")?,
            Kind::Form => write!(f, "Vultr's answer to {call} has another form than expected")?,
            Kind::BadId => write!(f, "the call {call} has an id that cannot be sent")?,
        }
        if let Some(status) = self.status {
            write!(f, " (status {status})")?;
        }
        match self.text.trim_end() {
            "" => Ok(()),
            text => write!(f, ": {text}"),
        }
    }
}
