//! The vault passwords at hand, and opening a text with the one that fits.
//!
//! As Ansible has it: passwords are kept in the order they are named; the ones of the text's own vault id are tried first,
//! then all others; a source that gives none is passed over and only matters when no other password fits.

use zeroize::Zeroizing;

use crate::error::{OpenError, PasswordError, VaultError};
use crate::hidden::{Password, Plaintext};
use crate::source::{Found, PasswordSource, is_break, trimmed};
use crate::text::{VaultText, is_vault};

/// Passwords with their vault ids, and the reasons why some sources gave none.
#[derive(Debug, Default)]
pub struct VaultPasswords {
    known: Vec<(String, Password)>,
    unread: Vec<PasswordError>,
}

impl VaultPasswords {
    /// Reads all files and runs all scripts, in their order. A file may be a vault text itself, under the password of one
    /// before it. What fails is kept in [`VaultPasswords::unread`].
    pub fn read(sources: &[PasswordSource]) -> Self {
        let mut passwords = Self::default();
        for source in sources {
            match passwords.read_one(source) {
                Ok(password) => passwords.add(source.id_or_default(), password),
                Err(error) => passwords.unread.push(error),
            }
        }
        passwords
    }

    /// Adds a password behind the others.
    pub fn add(&mut self, id: &str, password: Password) {
        self.known.push((id.to_owned(), password));
    }

    /// Why sources gave no password, in their order.
    pub fn unread(&self) -> &[PasswordError] {
        &self.unread
    }

    /// Whether there is no password.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Opens a text with the first password that fits.
    ///
    /// # Errors
    /// [`OpenError`]: there is no password, none fits, or one fits and the text is damaged.
    pub fn open(&self, text: &VaultText) -> Result<Plaintext, OpenError> {
        let id = text.id().map(str::to_owned);
        if self.known.is_empty() {
            return Err(if self.unread.is_empty() {
                OpenError::NoPassword { id }
            } else {
                OpenError::NoneRead { id }
            });
        }
        let (own, others): (Vec<_>, Vec<_>) = self
            .known
            .iter()
            .partition(|(known, _)| known == text.id().unwrap_or(crate::DEFAULT_ID));
        let mut tried = Vec::new();
        for (known, password) in own.into_iter().chain(others) {
            match text.open(password) {
                Ok(plain) => return Ok(plain),
                Err(VaultError::WrongPassword) => tried.push(known.clone()),
                Err(other) => return Err(other.into()),
            }
        }
        Err(OpenError::NoneFits { id, tried })
    }

    fn read_one(&self, source: &PasswordSource) -> Result<Password, PasswordError> {
        let path = source.path.clone().unwrap_or_default();
        match source.read()? {
            Found::Script(printed) => password(&printed).ok_or(PasswordError::Silent { path }),
            Found::File(content) if is_vault(&*content) => {
                let opened = VaultText::parse(&*content)
                    .map_err(OpenError::from)
                    .and_then(|text| self.open(&text))
                    .map_err(|error| PasswordError::Sealed {
                        path: path.clone(),
                        error: Box::new(error),
                    })?;
                password(&trimmed(opened.bytes(), is_break)).ok_or(PasswordError::Empty { path })
            }
            Found::File(content) => password(&content).ok_or(PasswordError::Empty { path }),
        }
    }
}

fn password(bytes: &Zeroizing<Vec<u8>>) -> Option<Password> {
    Password::new(bytes.as_slice())
}

#[cfg(test)]
mod tests;
