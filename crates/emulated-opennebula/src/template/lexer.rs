//! Splits the text syntax into tokens the way `oned`'s scanner does, its leniency included.
//!
//! Two modes: names and punctuation, and (after `=`) one value. The longest match wins; bytes that match nothing are stepped
//! over. Called by `grammar` only.

/// A token; the texts of names and values are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Variable(String),
    Equal,
    EqualEmpty,
    Comma,
    OpenBracket,
    CloseBracket,
    /// A value with the end mark of a CDATA section.
    SectionEnd,
    Text(String),
    End,
}

impl Token {
    /// The name in messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Variable(_) => "VARIABLE",
            Self::Equal => "EQUAL",
            Self::EqualEmpty => "EQUAL_EMPTY",
            Self::Comma => "COMMA",
            Self::OpenBracket => "OBRACKET",
            Self::CloseBracket => "CBRACKET",
            Self::SectionEnd => "CCDATA",
            Self::Text(_) => "STRING",
            Self::End => "$end",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Name,
    Value,
}

/// Walks over the text; columns count bytes from 1 and do not start over at a line's end.
pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    mode: Mode,
    /// Whether `]]>` occurs at all, so that most texts are not searched again for every value.
    has_section_end: bool,
    pub(super) first_column: usize,
    pub(super) last_column: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
            mode: Mode::Name,
            has_section_end: text.contains("]]>"),
            first_column: 1,
            last_column: 1,
        }
    }

    pub(super) fn next(&mut self) -> Token {
        while !self.rest.is_empty() {
            let (length, token) = match self.mode {
                Mode::Name => self.name_mode(),
                Mode::Value => self.value_mode(),
            };
            self.rest = &self.rest[length..];
            self.first_column = self.last_column;
            self.last_column += length;
            if let Some(token) = token {
                self.mode = if token == Token::Equal {
                    Mode::Value
                } else {
                    Mode::Name
                };
                return token;
            }
        }
        Token::End
    }

    fn name_mode(&self) -> (usize, Option<Token>) {
        let blanks = run(self.rest, is_blank);
        let white = run(self.rest, is_white);
        let word = run(self.rest, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_'
        });
        if word > 0 {
            return (word, Some(Token::Variable(text(&self.rest[..word]))));
        }
        match (self.rest.get(blanks), self.rest.get(white)) {
            (Some(b'#'), _) if self.rest.contains(&b'\n') => {
                (run(self.rest, |byte| byte != b'\n') + 1, None)
            }
            (Some(b'='), _) => {
                let length = blanks + 1 + run(&self.rest[blanks + 1..], is_blank);
                match self.rest.get(length) {
                    Some(b'\n') => (length + 1, Some(Token::EqualEmpty)),
                    _ => (length, Some(Token::Equal)),
                }
            }
            (_, Some(mark @ (b',' | b']'))) => {
                let length = white + 1 + run(&self.rest[white + 1..], is_white);
                (
                    length,
                    Some(if *mark == b',' {
                        Token::Comma
                    } else {
                        Token::CloseBracket
                    }),
                )
            }
            _ => (white.max(1), None),
        }
    }

    fn value_mode(&self) -> (usize, Option<Token>) {
        let blanks = run(self.rest, is_blank);
        if self.rest.get(blanks) == Some(&b'[') {
            return (
                blanks + 1 + run(&self.rest[blanks + 1..], is_white),
                Some(Token::OpenBracket),
            );
        }
        let section = if self.has_section_end {
            self.section()
        } else {
            0
        };
        let quoted = quoted(self.rest).unwrap_or(0);
        let plain = run(self.rest, |byte| {
            !is_white(byte) && !matches!(byte, b'=' | b'#' | b',' | b'[' | b']')
        });
        if section > 0 && section >= quoted {
            (section, Some(Token::SectionEnd))
        } else if quoted > 0 && quoted >= plain {
            (
                quoted,
                Some(Token::Text(unescape(&text(&self.rest[1..quoted - 1])))),
            )
        } else if plain > 0 {
            (
                plain,
                Some(Token::Text(unescape(&text(&self.rest[..plain])))),
            )
        } else {
            (1, None)
        }
    }

    /// Length of the rest of the line if `]]>` is in it, else 0.
    fn section(&self) -> usize {
        let line = run(self.rest, |byte| byte != b'\n');
        if self.rest[..line].windows(3).any(|three| three == b"]]>") {
            line
        } else {
            0
        }
    }
}

/// Length of a quoted value, quotes included: to the last quote that can be reached over quotes behind backslashes.
fn quoted(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut end = None;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        if *byte == b'"' {
            end = Some(at + 1);
            if at == 1 || bytes[at - 1] != b'\\' {
                break;
            }
        }
    }
    end
}

fn unescape(value: &str) -> String {
    value.replace("\\\"", "\"")
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_white(byte: u8) -> bool {
    is_blank(byte) || byte == b'\n'
}

fn run(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| wanted(**byte)).count()
}

/// All cuts are at ASCII bytes, so this loses nothing.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
