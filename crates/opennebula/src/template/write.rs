//! Writing a template in OpenNebula's two syntaxes, refusing what `oned` would lose.
//!
//! XML is the safe one: text form unescapes only `\"`, so backslashes before quotes do not survive it. But XML drops empty
//! values and turns carriage returns into line feeds, which text form keeps. [`Template::encode`] picks.

use super::{Content, Template, TemplateError, Vector};

impl Template {
    /// Writes the template in the syntax that carries all of it: XML when it can, else text; nothing for no attributes.
    ///
    /// # Errors
    /// [`TemplateError`] for what neither can carry.
    pub fn encode(&self) -> Result<String, TemplateError> {
        if self.is_empty() {
            return Ok(String::new());
        }
        let text_only = self.first_value(needs_text);
        let xml_only = self.first_value(needs_xml);
        match (text_only, xml_only) {
            (None, _) => self.to_xml("TEMPLATE"),
            (Some(_), None) => self.to_text(),
            (Some(text_only), Some(xml_only)) => Err(TemplateError::Incompatible {
                text_only,
                xml_only,
            }),
        }
    }

    /// Writes XML with every value in one CDATA section, below a root element of the given name.
    ///
    /// # Errors
    /// [`TemplateError`] for a key, value or vector that would be lost.
    pub fn to_xml(&self, root: &str) -> Result<String, TemplateError> {
        self.check()?;
        let mut out = format!("<{root}>");
        for (key, content) in self.iter() {
            match content {
                Content::Scalar(value) => element(&mut out, key, value),
                Content::Vector(vector) => {
                    append(&mut out, &["<", key, ">"]);
                    for (member, value) in vector.iter() {
                        element(&mut out, member, value);
                    }
                    append(&mut out, &["</", key, ">"]);
                }
            }
        }
        append(&mut out, &["</", root, ">"]);
        Ok(out)
    }

    /// Writes text: a line for each attribute, values in double quotes.
    ///
    /// # Errors
    /// [`TemplateError`] for a key, value or vector that would be lost; [`TemplateError::Incompatible`] (naming the key
    /// twice) for a backslash in a place where this syntax cannot keep it.
    pub fn to_text(&self) -> Result<String, TemplateError> {
        self.check()?;
        if let Some(key) = self.first_value(needs_xml) {
            return Err(TemplateError::Incompatible {
                text_only: key.clone(),
                xml_only: key,
            });
        }
        let lines = self.iter().map(|(key, content)| match content {
            Content::Scalar(value) => format!("{key} = {}", quoted(value)),
            Content::Vector(vector) => {
                let members: Vec<_> = vector
                    .iter()
                    .map(|(name, value)| format!("{name} = {}", quoted(value)))
                    .collect();
                format!("{key} = [ {} ]", members.join(", "))
            }
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    fn check(&self) -> Result<(), TemplateError> {
        for (key, content) in self.iter() {
            check_key(key)?;
            match content {
                Content::Scalar(value) => check_value(key, value)?,
                Content::Vector(vector) => check_vector(key, vector)?,
            }
        }
        Ok(())
    }

    fn first_value(&self, wanted: fn(&str) -> bool) -> Option<String> {
        let holds = |content: &Content| match content {
            Content::Scalar(value) => wanted(value),
            Content::Vector(vector) => vector.iter().any(|(_, value)| wanted(value)),
        };
        self.iter()
            .find(|(_, content)| holds(content))
            .map(|(key, _)| key.to_owned())
    }
}

fn check_vector(key: &str, vector: &Vector) -> Result<(), TemplateError> {
    if vector.is_empty() {
        return Err(TemplateError::EmptyVector {
            key: key.to_owned(),
        });
    }
    let mut seen = std::collections::HashSet::new();
    for (member, value) in vector.iter() {
        check_key(member)?;
        check_value(key, value)?;
        if !seen.insert(member) {
            return Err(TemplateError::DuplicateMember {
                key: key.to_owned(),
                member: member.to_owned(),
            });
        }
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), TemplateError> {
    let first = key
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(TemplateError::Key {
        key: key.to_owned(),
    })
}

fn check_value(key: &str, value: &str) -> Result<(), TemplateError> {
    if value.contains("]]>") {
        return Err(TemplateError::SectionEnd {
            key: key.to_owned(),
        });
    }
    match value.chars().find(|c| !is_xml_character(*c)) {
        Some(character) => Err(TemplateError::Character {
            key: key.to_owned(),
            code: u32::from(character),
        }),
        None => Ok(()),
    }
}

/// Char of XML 1.0, section 2.2 (surrogates cannot occur in a `char`).
fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// An empty element is dropped, and a carriage return becomes a line feed, when `oned` reads XML.
fn needs_text(value: &str) -> bool {
    value.is_empty() || value.contains('\r')
}

/// In text form a backslash before a quote, or before the closing one, swallows it.
fn needs_xml(value: &str) -> bool {
    value.contains("\\\"") || value.ends_with('\\')
}

fn element(out: &mut String, name: &str, value: &str) {
    append(out, &["<", name, "><![CDATA[", value, "]]></", name, ">"]);
}

fn append(out: &mut String, pieces: &[&str]) {
    for piece in pieces {
        out.push_str(piece);
    }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\\\""))
}
