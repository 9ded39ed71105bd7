//! Ansible's filters, beside those that minijinja brings.

mod collections;
mod network;
mod text;

use minijinja::{Environment, Error, ErrorKind};
use regex::Regex;

pub(crate) fn add(environment: &mut Environment<'static>) {
    collections::add(environment);
    network::add(environment);
    text::add(environment);
}

/// A regular expression as Python writes it, where the two languages agree.
pub(crate) fn expression(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern)
        .map_err(|error| failed(format!("`{pattern}` is no regular expression: {error}")))
}

fn failed(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}
