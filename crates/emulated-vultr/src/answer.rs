//! What a call answers: JSON with a status, or a refusal in Vultr's form.
//!
//! Made by `resources`, `gate` and `routes`; written by `crate::server`.

use serde_json::{Value, json};

/// A success.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    /// Nothing for 204.
    pub body: Option<Value>,
}

impl Reply {
    /// 200.
    pub fn ok(body: Value) -> Self {
        Self::with(200, body)
    }

    /// Any other success that has a body.
    pub fn with(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
        }
    }

    /// 204.
    pub fn empty() -> Self {
        Self {
            status: 204,
            body: None,
        }
    }
}

/// A refusal: `{"error": text, "status": status}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub text: String,
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal with any status.
    pub fn new(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            retry_after: None,
        }
    }

    /// The request is wrong.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::new(400, text)
    }

    /// What is named does not exist.
    pub fn missing(text: impl Into<String>) -> Self {
        Self::new(404, text)
    }

    /// As it is written.
    pub fn body(&self) -> Value {
        json!({ "error": self.text, "status": self.status })
    }
}

pub type Outcome = Result<Reply, Refusal>;
