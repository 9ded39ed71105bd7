//! The API key: who calls, for Vultr.
//!
//! Made once by the caller of [`crate::Client`]; sent as the bearer token of every call and shown nowhere.

use std::fmt;

/// A key of the Vultr API. Masked however it is printed, and not serialisable.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key; white space around it, such as a file's last line feed, does not count.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().trim().to_owned())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key itself. The only way it leaves this type.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_masked_however_it_is_printed() {
        let key = ApiKey::new("K3Y");
        assert_eq!(
            format!("{key} {key:?} {key:#?}"),
            "*** ApiKey(***) ApiKey(***)"
        );
    }

    #[test]
    fn white_space_around_a_key_does_not_count() {
        assert_eq!(ApiKey::new(" K3Y\n").expose(), "K3Y");
        assert!(ApiKey::new("\n").is_empty());
    }
}
