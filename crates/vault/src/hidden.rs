//! What must not be shown and does not stay in memory: passwords, and what a vault text holds.

use std::fmt;

use zeroize::Zeroizing;

/// A vault password: any bytes. Masked however it is shown, zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes a password as it is; `None` when it is empty, since anyone could open what it closes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes.into());
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a vault text holds. Masked however it is shown, zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text; `None` when the bytes are not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(masked)")
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Plaintext(masked)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_shows_what_it_holds() {
        let password = Password::new("hunter2").unwrap();
        let plain = Plaintext::new(Zeroizing::new(b"hunter2".to_vec()));
        assert_eq!(
            format!("{password:?} {plain:?}"),
            "Password(masked) Plaintext(masked)"
        );
    }

    #[test]
    fn an_empty_password_is_none() {
        assert_eq!(Password::new(""), None);
    }
}
