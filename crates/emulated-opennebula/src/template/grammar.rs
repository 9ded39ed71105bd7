//! Reads tokens into attributes; errors have the wording of `oned`'s parser.
//!
//! The line in such a message is arbitrary in the real server (its counter is not initialized); here it is always 1.

use super::lexer::{Lexer, Token};
use super::{Attributes, Value};
use std::collections::BTreeMap;

/// Reads the text syntax; the error is the whole of the server's text.
pub(super) fn parse(text: &str) -> Result<Attributes, String> {
    let mut lexer = Lexer::new(text);
    let mut attributes = Attributes::default();
    loop {
        match lexer.next() {
            Token::End => return Ok(attributes),
            Token::Variable(key) => {
                let value = value(&mut lexer)?;
                attributes.add(&key, value);
            }
            other => return Err(unexpected(&lexer, &other, "$end")),
        }
    }
}

fn value(lexer: &mut Lexer<'_>) -> Result<Value, String> {
    match lexer.next() {
        Token::EqualEmpty => return Ok(Value::Single(String::new())),
        Token::Equal => {}
        other => return Err(unexpected(lexer, &other, "EQUAL or EQUAL_EMPTY")),
    }
    match lexer.next() {
        Token::Text(text) => Ok(Value::Single(text)),
        Token::OpenBracket => vector(lexer).map(Value::Vector),
        Token::SectionEnd => Err("Parse error.".to_owned()),
        other => Err(unexpected(lexer, &other, "OBRACKET or CCDATA or STRING")),
    }
}

fn vector(lexer: &mut Lexer<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut members = BTreeMap::new();
    let mut name = match lexer.next() {
        Token::CloseBracket => return Ok(members),
        Token::Variable(name) => name,
        other => return Err(unexpected(lexer, &other, "CBRACKET or VARIABLE")),
    };
    loop {
        match lexer.next() {
            Token::Equal => {}
            other => return Err(unexpected(lexer, &other, "EQUAL")),
        }
        match lexer.next() {
            Token::Text(text) => members.entry(name.to_ascii_uppercase()).or_insert(text),
            other => return Err(unexpected(lexer, &other, "STRING")),
        };
        match lexer.next() {
            Token::CloseBracket => return Ok(members),
            Token::Comma => {}
            other => return Err(unexpected(lexer, &other, "COMMA or CBRACKET")),
        }
        name = match lexer.next() {
            Token::Variable(name) => name,
            other => return Err(unexpected(lexer, &other, "VARIABLE")),
        };
    }
}

fn unexpected(lexer: &Lexer<'_>, found: &Token, wanted: &str) -> String {
    format!(
        "Parse error: syntax error, unexpected {}, expecting {wanted} at line 1, columns {}:{}",
        found.name(),
        lexer.first_column,
        lexer.last_column
    )
}
