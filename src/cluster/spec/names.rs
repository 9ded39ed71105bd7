//! Names that look alike and are not: of clusters and of hosts.

use std::fmt;

/// Name of a cluster: small letters, digits and dashes, 1 to 40 of them, a letter first.
///
/// Narrower than what OpenNebula and Vultr take, so that it can stand in host names and tags as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(String);

/// Name of a host: one label of a domain name (RFC 1123, section 2.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is there.
    #[error("a name cannot be empty")]
    Empty,
    /// Longer than the limit.
    #[error("a name has at most {0} characters")]
    TooLong(usize),
    /// Starts with something other than a letter.
    #[error("a name starts with a small letter")]
    Start,
    /// Holds a character that is not allowed.
    #[error("a name holds small letters, digits and dashes, not `{0}`")]
    Character(char),
    /// Ends in a dash.
    #[error("a name cannot end with a dash")]
    End,
    /// Means something else in inventories.
    #[error("a host cannot be named `{0}`: the word means something else in inventories")]
    Reserved(&'static str),
}

/// Groups of a cluster's inventory, and Ansible's own words.
const RESERVED: &[&str] = &["all", "frontend", "localhost", "nodes", "ungrouped"];

fn check(text: &str, longest: usize) -> Result<(), NameError> {
    let first = text.chars().next().ok_or(NameError::Empty)?;
    if let Some(wrong) = text
        .chars()
        .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
    {
        return Err(NameError::Character(wrong));
    }
    if !first.is_ascii_lowercase() {
        return Err(NameError::Start);
    }
    if text.len() > longest {
        return Err(NameError::TooLong(longest));
    }
    if text.ends_with('-') {
        return Err(NameError::End);
    }
    Ok(())
}

impl ClusterName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`NameError`] with the rule it breaks.
    pub fn new(text: &str) -> Result<Self, NameError> {
        check(text, 40).map(|()| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl HostName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`NameError`] with the rule it breaks.
    pub fn new(text: &str) -> Result<Self, NameError> {
        check(text, 63)?;
        match RESERVED.iter().find(|word| **word == text) {
            Some(word) => Err(NameError::Reserved(word)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_letters_digits_and_dashes() {
        assert!(HostName::new("edge-vhost0").is_ok());
        assert_eq!(HostName::new("edge_1"), Err(NameError::Character('_')));
        assert_eq!(HostName::new("Edge"), Err(NameError::Character('E')));
        assert_eq!(HostName::new("1edge"), Err(NameError::Start));
        assert_eq!(HostName::new("edge-"), Err(NameError::End));
        let reserved = NameError::Reserved("frontend");
        assert_eq!(HostName::new("frontend"), Err(reserved));
        assert_eq!(ClusterName::new(""), Err(NameError::Empty));
        assert_eq!(
            ClusterName::new(&"a".repeat(41)),
            Err(NameError::TooLong(40))
        );
    }
}
