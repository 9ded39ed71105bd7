//! How a call ends: a result, a refusal with `oned`'s codes and wording, or a fault.
//!
//! Called by every method; `into_answer` puts the method's name before a refusal's text.

use crate::kind::Kind;
use edgewright_opennebula::Code;
use edgewright_opennebula::wire::{Answer, Fault, Value};

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Number(i32),
    Text(String),
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Fault(Fault),
    Refused {
        code: Code,
        text: String,
        object: i32,
    },
}

/// How a method ends.
pub(crate) type Outcome = Result<Reply, Failure>;

impl Failure {
    fn refused(code: Code, text: impl Into<String>) -> Self {
        Self::Refused {
            code,
            text: text.into(),
            object: -1,
        }
    }

    pub(crate) fn authentication() -> Self {
        Self::refused(
            Code::Authentication,
            "User couldn't be authenticated, aborting call.",
        )
    }

    pub(crate) fn authorization(uid: i32, text: &str) -> Self {
        Self::refused(Code::Authorization, format!("User [{uid}] : {text}."))
    }

    pub(crate) fn no_exists(kind: Kind, id: i32) -> Self {
        let text = match id {
            -1 => format!("Error getting {} Pool.", kind.spoken()),
            id => format!("Error getting {} [{id}].", kind.spoken()),
        };
        Self::Refused {
            code: Code::NoExists,
            text,
            object: id,
        }
    }

    pub(crate) fn action(text: impl Into<String>) -> Self {
        Self::refused(Code::Action, text)
    }

    pub(crate) fn api(text: &str) -> Self {
        Self::refused(Code::XmlRpcApi, text)
    }

    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self::refused(Code::Internal, text)
    }

    pub(crate) fn allocate(kind: Kind, text: &str) -> Self {
        Self::refused(
            Code::Allocate,
            format!("Error allocating a new {}. {text}", kind.spoken()),
        )
    }

    pub(crate) fn taken(kind: Kind, id: i32) -> Self {
        Self::internal(taken(kind, id))
    }

    pub(crate) fn fault(code: i32, text: impl Into<String>) -> Self {
        Self::Fault(Fault {
            code,
            text: text.into(),
        })
    }
}

/// The text about a name in use.
pub(crate) fn taken(kind: Kind, id: i32) -> String {
    format!("NAME is already taken by {} {id}.", kind.owner_of_name())
}

/// Puts an outcome into the form that goes over the wire.
pub(crate) fn into_answer(method: &str, outcome: Outcome) -> Answer {
    match outcome {
        Ok(reply) => {
            let value = match reply {
                Reply::Number(number) => Value::Int(number),
                Reply::Text(text) => Value::Text(text),
            };
            Ok(Value::Array(vec![Value::Bool(true), value, Value::Int(0)]))
        }
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused { code, text, object }) => Ok(Value::Array(vec![
            Value::Bool(false),
            Value::Text(format!("[{method}] {text}")),
            Value::Int(code.number()),
            Value::Int(object),
            Value::Long(-1),
        ])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_five_parts_and_the_last_is_of_64_bits() {
        let answer = into_answer("one.host.info", Err(Failure::no_exists(Kind::Host, 9)));
        let expected = vec![
            Value::Bool(false),
            Value::from("[one.host.info] Error getting host [9]."),
            Value::Int(0x400),
            Value::Int(9),
            Value::Long(-1),
        ];
        assert_eq!(answer, Ok(Value::Array(expected)));
    }

    #[test]
    fn a_success_has_three_parts() {
        let answer = into_answer("one.x", Ok(Reply::Number(7)));
        assert_eq!(
            answer,
            Ok(Value::Array(vec![
                Value::Bool(true),
                Value::Int(7),
                Value::Int(0)
            ]))
        );
    }
}
