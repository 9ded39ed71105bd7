//! The parameters of a call, read one after the other; what does not fit is a fault.
//!
//! Position 0 is the session; methods count from 1. Parameters beyond those a method reads are ignored.

use crate::failure::Failure;
use edgewright_opennebula::wire::{Fault, Value};

/// The parameters of one call.
#[derive(Clone, Copy)]
pub(crate) struct Params<'a>(pub(crate) &'a [Value]);

impl<'a> Params<'a> {
    fn at(&self, index: usize) -> Result<&'a Value, Failure> {
        self.0
            .get(index)
            .ok_or_else(|| Failure::fault(Fault::TYPE, "Not enough parameters"))
    }

    /// Whether the parameter was given.
    pub(crate) fn has(&self, index: usize) -> bool {
        index < self.0.len()
    }

    /// An `i4`; an `i8` is refused.
    pub(crate) fn number(&self, index: usize) -> Result<i32, Failure> {
        match self.at(index)? {
            Value::Int(number) => Ok(*number),
            _ => Err(wrong("integer")),
        }
    }

    /// An `i4` that may be missing.
    pub(crate) fn number_or(&self, index: usize, fallback: i32) -> Result<i32, Failure> {
        if self.has(index) {
            self.number(index)
        } else {
            Ok(fallback)
        }
    }

    /// A string.
    pub(crate) fn text(&self, index: usize) -> Result<&'a str, Failure> {
        match self.at(index)? {
            Value::Text(text) => Ok(text),
            _ => Err(wrong("a string")),
        }
    }

    /// A boolean.
    pub(crate) fn truth(&self, index: usize) -> Result<bool, Failure> {
        match self.at(index)? {
            Value::Bool(truth) => Ok(*truth),
            _ => Err(wrong("boolean")),
        }
    }

    /// A boolean that may be missing.
    pub(crate) fn truth_or(&self, index: usize, fallback: bool) -> Result<bool, Failure> {
        if self.has(index) {
            self.truth(index)
        } else {
            Ok(fallback)
        }
    }
}

fn wrong(wanted: &str) -> Failure {
    Failure::fault(
        Fault::TYPE,
        format!("Parameter that is supposed to be {wanted} is not"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(failure: Failure) -> String {
        match failure {
            Failure::Fault(fault) => format!("{} {}", fault.code, fault.text),
            Failure::Refused { text, .. } => text,
        }
    }

    #[test]
    fn a_missing_parameter_is_a_fault() {
        let values = [Value::from("s")];
        assert_eq!(
            text_of(Params(&values).number(1).unwrap_err()),
            "-501 Not enough parameters"
        );
    }

    #[test]
    fn a_64_bit_number_is_not_taken_for_an_integer() {
        let values = [Value::from("s"), Value::Long(1)];
        let error = Params(&values).number(1).unwrap_err();
        assert_eq!(
            text_of(error),
            "-501 Parameter that is supposed to be integer is not"
        );
    }

    #[test]
    fn a_number_is_not_taken_for_a_boolean() {
        let values = [Value::from("s"), Value::Int(0)];
        let error = Params(&values).truth(1).unwrap_err();
        assert_eq!(
            text_of(error),
            "-501 Parameter that is supposed to be boolean is not"
        );
    }
}
