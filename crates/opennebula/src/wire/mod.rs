//! The XML-RPC envelope: calls, answers and faults, both directions.
//!
//! Shared by [`crate::Client`] and by servers that speak the same protocol (the emulator). Knows nothing of OpenNebula
//! except the form in which its server writes an answer, which [`encode_answer`] reproduces byte for byte.

mod decode;
mod encode;

pub use decode::{decode_answer, decode_call};
pub use encode::{encode_answer, encode_call};

use crate::xml::XmlError;
use thiserror::Error;

/// A value of XML-RPC.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `i4` or `int`, 32 bits.
    Int(i32),
    /// `i8`, 64 bits (an extension that `oned` uses in failures).
    Long(i64),
    /// `boolean`.
    Bool(bool),
    /// `string`, or a value without a type.
    Text(String),
    /// `double`.
    Double(f64),
    /// `dateTime.iso8601`, kept as written.
    DateTime(String),
    /// `base64`, decoded.
    Bytes(Vec<u8>),
    /// `array`.
    Array(Vec<Value>),
    /// `struct`, members in order.
    Struct(Vec<(String, Value)>),
    /// `nil`.
    Nil,
}

impl Value {
    /// The number, if this is an integer of either width that fits 64 bits.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(i64::from(*number)),
            Self::Long(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The type's name as XML-RPC writes it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "i4",
            Self::Long(_) => "i8",
            Self::Bool(_) => "boolean",
            Self::Text(_) => "string",
            Self::Double(_) => "double",
            Self::DateTime(_) => "dateTime.iso8601",
            Self::Bytes(_) => "base64",
            Self::Array(_) => "array",
            Self::Struct(_) => "struct",
            Self::Nil => "nil",
        }
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A method call: its name and its parameters (for OpenNebula the session string comes first).
#[derive(Clone, PartialEq)]
pub struct Call {
    /// Full name, such as `one.cluster.info`.
    pub method: String,
    /// Parameters in order.
    pub params: Vec<Value>,
}

impl std::fmt::Debug for Call {
    /// Leaves the parameters out: the first one holds a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("params", &self.params.len())
            .finish()
    }
}

/// A fault: the call was not carried out because of its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// XML-RPC's code, see the constants.
    pub code: i32,
    /// The server's explanation.
    pub text: String,
}

impl Fault {
    /// A parameter is missing or of the wrong type.
    pub const TYPE: i32 = -501;
    /// The request could not be read as a call.
    pub const PARSE: i32 = -503;
    /// There is no such method.
    pub const NO_SUCH_METHOD: i32 = -506;
}

/// What a server answers: a value or a fault.
pub type Answer = Result<Value, Fault>;

/// Why bytes are not a call or an answer.
#[derive(Debug, Error)]
pub enum WireError {
    /// Not UTF-8.
    #[error("the message is not UTF-8 (byte {at})")]
    Encoding {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// Longer than [`MAX_BYTES`].
    #[error("the message has {found} bytes; at most {MAX_BYTES} are accepted")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// Not XML, or beyond the bounds.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// XML, but not of XML-RPC's structure.
    #[error("the message is not XML-RPC: {0}")]
    Structure(String),
    /// A number or the like that cannot be read.
    #[error("`{text}` is not a valid XML-RPC `{kind}`")]
    Value {
        /// The type it was said to be.
        kind: &'static str,
        /// The text, cut to its first characters.
        text: String,
    },
}

/// Longest message read; a document may hold some megabytes, a large pool more.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

#[cfg(test)]
mod tests;
