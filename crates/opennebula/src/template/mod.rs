//! OpenNebula's attribute templates: the free part of every object.
//!
//! A template is an ordered list of attributes; a value is either one text or a list of named texts (a *vector*). The same
//! key may occur several times. Writing it ([`Template::encode`]) refuses what `oned` would lose without a word: see
//! [`TemplateError`]. Called by the typed calls of [`crate::Client`], by [`crate::model`] and by callers who build objects.

mod write;

use crate::xml::{Element, XmlError};
use thiserror::Error;

/// Why a template cannot be sent as it is. `oned` would lose or mangle it, in most cases while answering "success".
#[derive(Debug, Error)]
pub enum TemplateError {
    /// A key with characters that one of the two syntaxes does not have.
    #[error(
        "`{key}` cannot be the name of a template attribute: use letters, digits and `_`, a letter first"
    )]
    Key {
        /// The key.
        key: String,
    },
    /// A value with `]]>`, which ends OpenNebula's own quoting.
    #[error(
        "the value of `{key}` contains `]]>`, which OpenNebula cannot keep; in JSON write `>` as `\\u003e`"
    )]
    SectionEnd {
        /// The key.
        key: String,
    },
    /// A value with NUL or another character that XML has not got.
    #[error(
        "the value of `{key}` contains the character U+{code:04X}, which OpenNebula cannot keep"
    )]
    Character {
        /// The key.
        key: String,
        /// The character.
        code: u32,
    },
    /// A vector without members, which no syntax can write.
    #[error("the vector `{key}` has no members; leave it out")]
    EmptyVector {
        /// The key.
        key: String,
    },
    /// The same name twice within a vector: OpenNebula keeps one of them.
    #[error("`{member}` occurs twice in the vector `{key}`; OpenNebula keeps only one")]
    DuplicateMember {
        /// The vector.
        key: String,
        /// The member.
        member: String,
    },
    /// A value that only the text syntax can carry beside one that only XML can.
    #[error(
        "`{text_only}` (empty, or with a carriage return) and `{xml_only}` (a backslash before a quote or at the end) \
         cannot be sent in one template; send them in two updates"
    )]
    Incompatible {
        /// A key that needs the text syntax.
        text_only: String,
        /// A key that needs XML.
        xml_only: String,
    },
    /// XML with a vector inside a vector.
    #[error(
        "`{key}` is nested more than one level deep; OpenNebula would drop the whole attribute"
    )]
    Nested {
        /// The attribute.
        key: String,
    },
    /// Not XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// One text.
    Scalar(String),
    /// Named texts, one level deep.
    Vector(Vector),
}

/// The members of a vector attribute, in order; names are upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector {
    members: Vec<(String, String)>,
}

impl Vector {
    /// The value of a member; the name's case does not matter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for Vector {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Self {
            members: members
                .into_iter()
                .map(|(key, value)| (upper(key.as_ref()), value.into()))
                .collect(),
        }
    }
}

/// An ordered list of attributes; keys are upper case, duplicates are kept.
///
/// ```
/// use edgewright_opennebula::Template;
///
/// let template = Template::new().with("note", "three hosts").with_vector("provision", [("id", "7")]);
/// assert_eq!(template.scalar("NOTE"), Some("three hosts"));
/// assert_eq!(
///     template.to_xml("TEMPLATE")?,
///     "<TEMPLATE><NOTE><![CDATA[three hosts]]></NOTE><PROVISION><ID><![CDATA[7]]></ID></PROVISION></TEMPLATE>",
/// );
/// # Ok::<(), edgewright_opennebula::TemplateError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    items: Vec<(String, Content)>,
}

impl Template {
    /// An empty template.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a scalar at the end and hands the template back.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.push(key, value);
        self
    }

    /// Adds a vector at the end and hands the template back.
    #[must_use]
    pub fn with_vector<K: AsRef<str>, V: Into<String>>(
        mut self,
        key: &str,
        members: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.push_vector(key, members);
        self
    }

    /// Adds a scalar at the end.
    pub fn push(&mut self, key: &str, value: impl Into<String>) {
        self.items.push((upper(key), Content::Scalar(value.into())));
    }

    /// Adds a vector at the end.
    pub fn push_vector<K: AsRef<str>, V: Into<String>>(
        &mut self,
        key: &str,
        members: impl IntoIterator<Item = (K, V)>,
    ) {
        self.items
            .push((upper(key), Content::Vector(members.into_iter().collect())));
    }

    /// Adds an attribute of either kind at the end.
    pub fn push_content(&mut self, key: &str, content: Content) {
        self.items.push((upper(key), content));
    }

    /// Puts a scalar in the place of every attribute of that name.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.remove(key);
        self.push(key, value);
    }

    /// Takes every attribute of that name out; tells how many there were.
    pub fn remove(&mut self, key: &str) -> usize {
        let before = self.items.len();
        self.items
            .retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        before - self.items.len()
    }

    /// The first scalar of that name.
    pub fn scalar(&self, key: &str) -> Option<&str> {
        self.scalars(key).next()
    }

    /// Every scalar of that name.
    pub fn scalars<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.contents(key).filter_map(|content| match content {
            Content::Scalar(value) => Some(value.as_str()),
            Content::Vector(_) => None,
        })
    }

    /// The first vector of that name.
    pub fn vector(&self, key: &str) -> Option<&Vector> {
        self.vectors(key).next()
    }

    /// Every vector of that name.
    pub fn vectors<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Vector> + use<'a> {
        self.contents(key).filter_map(|content| match content {
            Content::Vector(vector) => Some(vector),
            Content::Scalar(_) => None,
        })
    }

    /// The values of that name, of either kind.
    pub fn contents<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Content> + use<'a> {
        let key = upper(key);
        self.items
            .iter()
            .filter(move |(name, _)| *name == key)
            .map(|(_, content)| content)
    }

    /// All attributes in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Content)> {
        self.items
            .iter()
            .map(|(key, content)| (key.as_str(), content))
    }

    /// Number of attributes.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Reads the attributes that an answer of the server holds in an element; deeper levels are left out.
    pub fn from_element(element: &Element) -> Self {
        let mut template = Self::new();
        for child in element.children() {
            if child.children().is_empty() {
                template.push(child.name(), child.text());
            } else {
                template.push_vector(
                    child.name(),
                    child
                        .children()
                        .iter()
                        .map(|member| (member.name(), member.text())),
                );
            }
        }
        template
    }

    /// Reads a template in XML form that somebody wants to send.
    ///
    /// # Errors
    /// [`TemplateError::Xml`] if it is not XML, [`TemplateError::Nested`] if it is deeper than OpenNebula keeps.
    pub fn parse_xml(document: &str) -> Result<Self, TemplateError> {
        let root = Element::parse(document)?;
        for child in root.children() {
            if child
                .children()
                .iter()
                .any(|member| !member.children().is_empty())
            {
                return Err(TemplateError::Nested {
                    key: child.name().to_owned(),
                });
            }
        }
        Ok(Self::from_element(&root))
    }
}

fn upper(key: &str) -> String {
    key.to_ascii_uppercase()
}

#[cfg(test)]
mod tests;
