//! A small tree of XML elements, read under strict bounds.
//!
//! Used by [`crate::wire`] for the envelope of a call, by [`crate::model`] for the bodies inside it, and by whoever has to
//! read an attribute template in its XML form. It refuses document type declarations (so no entity can be defined),
//! undefined entities, and documents that are nested or filled beyond [`Limits`].

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use thiserror::Error;

/// Bounds on a document; what exceeds them is refused while it is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of elements, the root counting as one.
    pub depth: usize,
    /// Number of elements in the whole document.
    pub elements: usize,
}

impl Limits {
    /// For bodies and templates: OpenNebula's own are at most nine deep.
    pub const BODY: Self = Self {
        depth: 64,
        elements: 4_000_000,
    };
}

/// Why a text is not an acceptable XML document.
#[derive(Debug, Error)]
pub enum XmlError {
    /// The document is cut off, or not well-formed.
    #[error("the XML is malformed at byte {at}: {reason}")]
    Malformed {
        /// Offset in bytes.
        at: u64,
        /// What the reader objected to.
        reason: String,
    },
    /// The document has no root element, or more than one.
    #[error("the XML has {found}, where one root element is needed")]
    Root {
        /// What was there instead.
        found: &'static str,
    },
    /// A document type declaration, which could define entities.
    #[error("the XML contains a document type declaration, which is not accepted")]
    DocumentType,
    /// An entity other than XML's own five.
    #[error("the XML uses the undefined entity `&{name};`")]
    UnknownEntity {
        /// Its name.
        name: String,
    },
    /// More levels than [`Limits::depth`].
    #[error("the XML is nested more than {limit} levels deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More elements than [`Limits::elements`].
    #[error("the XML has more than {limit} elements")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// One element: a name, its own text, and its children in order. Attributes are not kept; OpenNebula uses none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    name: String,
    text: String,
    runs: usize,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document within [`Limits::BODY`].
    ///
    /// # Errors
    /// [`XmlError`] for anything that is not one well-formed element within the bounds.
    pub fn parse(document: &str) -> Result<Self, XmlError> {
        Self::parse_within(document, Limits::BODY)
    }

    /// Reads a document within bounds of the caller's choice.
    ///
    /// # Errors
    /// [`XmlError`] for anything that is not one well-formed element within the bounds.
    pub fn parse_within(document: &str, limits: Limits) -> Result<Self, XmlError> {
        let mut builder = Builder {
            limits,
            count: 0,
            open: Vec::new(),
            root: None,
        };
        let mut reader = Reader::from_str(document);
        loop {
            let at = reader.buffer_position();
            let event = reader.read_event().map_err(|error| XmlError::Malformed {
                at,
                reason: error.to_string(),
            })?;
            if matches!(event, Event::Eof) {
                return builder.finish(at);
            }
            builder.take(event, at)?;
        }
    }

    /// The element's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All character data directly inside the element, CDATA sections included, put together.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many runs of character data there were: a CDATA section or a stretch of plain text is one.
    ///
    /// `oned` keeps an attribute's value only when there is exactly one.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The children in document order.
    pub fn children(&self) -> &[Element] {
        &self.children
    }

    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of that name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(Element::text)
    }
}

/// Collects events into a tree; `open` is the path from the root to the element being filled.
struct Builder {
    limits: Limits,
    count: usize,
    open: Vec<(Element, Run)>,
    root: Option<Element>,
}

/// What the last piece inside an element was, to tell where one run of text ends and the next begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    None,
    Plain,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: u64) -> Result<(), XmlError> {
        match event {
            Event::Start(start) => self.open(&start),
            Event::Empty(start) => {
                self.open(&start)?;
                self.close()
            }
            Event::End(_) => self.close(),
            Event::Text(text) => self.plain(&text.xml10_content(), at),
            Event::CData(data) => self.section(&data.xml10_content(), at),
            Event::GeneralRef(reference) => {
                let resolved = resolve(&reference, at)?;
                self.plain(&resolved, at)
            }
            Event::DocType(_) => Err(XmlError::DocumentType),
            Event::Comment(_) | Event::PI(_) => {
                if let Some((_, run)) = self.open.last_mut() {
                    *run = Run::None;
                }
                Ok(())
            }
            Event::Decl(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlError::Root {
                found: "several root elements",
            });
        }
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooDeep {
                limit: self.limits.depth,
            });
        }
        self.count += 1;
        if self.count > self.limits.elements {
            return Err(XmlError::TooMany {
                limit: self.limits.elements,
            });
        }
        let name = start.name().as_ref().to_owned();
        self.open.push((
            Element {
                name,
                ..Element::default()
            },
            Run::None,
        ));
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let Some((element, _)) = self.open.pop() else {
            return Err(XmlError::Root {
                found: "an end tag before any element",
            });
        };
        match self.open.last_mut() {
            Some((parent, run)) => {
                parent.children.push(element);
                *run = Run::None;
            }
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn plain(&mut self, text: &str, at: u64) -> Result<(), XmlError> {
        let Some((element, run)) = self.open.last_mut() else {
            return outside(text, at);
        };
        if *run != Run::Plain {
            element.runs += 1;
        }
        *run = Run::Plain;
        element.text.push_str(text);
        Ok(())
    }

    fn section(&mut self, text: &str, at: u64) -> Result<(), XmlError> {
        let Some((element, run)) = self.open.last_mut() else {
            return Err(XmlError::Malformed {
                at,
                reason: "a CDATA section outside any element".to_owned(),
            });
        };
        element.runs += 1;
        *run = Run::None;
        element.text.push_str(text);
        Ok(())
    }

    fn finish(self, at: u64) -> Result<Element, XmlError> {
        if let Some((element, _)) = self.open.last() {
            return Err(XmlError::Malformed {
                at,
                reason: format!("element `{}` is not closed", element.name),
            });
        }
        self.root.ok_or(XmlError::Root {
            found: "no element",
        })
    }
}

fn outside(text: &str, at: u64) -> Result<(), XmlError> {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Ok(());
    }
    Err(XmlError::Malformed {
        at,
        reason: "text outside any element".to_owned(),
    })
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>, at: u64) -> Result<String, XmlError> {
    let character = reference
        .resolve_char_ref()
        .map_err(|error| XmlError::Malformed {
            at,
            reason: error.to_string(),
        })?;
    if let Some(character) = character {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| XmlError::UnknownEntity {
            name: name.into_owned(),
        })
}

/// Writes character data so that it survives one reading: markup and carriage returns become references.
pub fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#x0d;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_sections_and_entities_are_put_together() {
        let element = Element::parse("<a>x &lt;&#65; <![CDATA[<y>]]> z</a>").unwrap();
        assert_eq!((element.text(), element.runs()), ("x <A <y> z", 3));
    }

    #[test]
    fn an_entity_between_text_does_not_start_a_new_run() {
        assert_eq!(Element::parse("<a>x &lt; y &amp; z</a>").unwrap().runs(), 1);
    }

    #[test]
    fn document_types_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        assert!(matches!(Element::parse(bomb), Err(XmlError::DocumentType)));
    }

    #[test]
    fn undefined_entities_are_refused() {
        let error = Element::parse("<a>&lol;</a>").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the XML uses the undefined entity `&lol;`"
        );
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused() {
        let deep = "<a>".repeat(100_000);
        let error = Element::parse(&deep).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the XML is nested more than 64 levels deep"
        );
    }

    #[test]
    fn more_elements_than_the_limit_are_refused() {
        let limits = Limits {
            depth: 4,
            elements: 10,
        };
        let wide = format!("<a>{}</a>", "<b/>".repeat(10));
        let error = Element::parse_within(&wide, limits).unwrap_err();
        assert_eq!(error.to_string(), "the XML has more than 10 elements");
    }

    #[test]
    fn every_truncation_is_refused() {
        let whole = "<a><b>t&amp;u</b><![CDATA[x]]></a>";
        for cut in 0..whole.len() {
            assert!(
                Element::parse(&whole[..cut]).is_err(),
                "accepted: {}",
                &whole[..cut]
            );
        }
    }

    #[test]
    fn a_second_root_and_stray_text_are_refused() {
        for document in ["<a/><b/>", "<a/>x", "x<a/>", "", "</a>", "<a></b>"] {
            assert!(Element::parse(document).is_err(), "accepted: {document}");
        }
    }

    #[test]
    fn huge_and_forbidden_character_references_are_refused() {
        for reference in [
            "&#99999999999999999999;",
            "&#x110000;",
            "&#0;",
            "&#xD800;",
            "&#-1;",
            "&#;",
        ] {
            assert!(
                Element::parse(&format!("<a>{reference}</a>")).is_err(),
                "accepted: {reference}"
            );
        }
    }
}
