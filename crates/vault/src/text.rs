//! A vault text: its first line, and the hexadecimal digits below it.
//!
//! The digits spell three lines, which are hexadecimal digits again: salt, check sum and data. `ansible-vault` reads the
//! vault id wherever there is a fourth part in the first line and takes it for a hint only: it is not protected by the
//! check sum. So do we.

use std::fmt;

use base16ct::mixed;

use crate::cipher::{Keys, SUM};
use crate::error::{Damage, SealError, VaultError, shown};
use crate::hidden::{Password, Plaintext};
use crate::source::DEFAULT_ID;

const MARK: &[u8] = b"$ANSIBLE_VAULT;";
const CIPHER: &str = "AES256";
/// Digits a line of the text.
const WIDTH: usize = 80;
/// Bytes of a new salt.
const SALT: usize = 32;

/// A secret under a password, taken apart. Opening it needs the password.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultText {
    id: Option<String>,
    salt: Vec<u8>,
    sum: [u8; SUM],
    data: Vec<u8>,
}

/// Whether something begins as vault texts do; nothing more is looked at.
pub fn is_vault(text: impl AsRef<[u8]>) -> bool {
    text.as_ref().starts_with(MARK)
}

impl VaultText {
    /// Takes a vault text apart. Needs no password, and finds all that can be found without one.
    ///
    /// # Errors
    /// [`VaultError`], never [`VaultError::WrongPassword`].
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, VaultError> {
        let text = text.as_ref();
        if !is_vault(text) {
            return Err(VaultError::NotVault);
        }
        let end = text.iter().position(|byte| is_break(*byte));
        let (first, rest) = text.split_at(end.unwrap_or(text.len()));
        let id = header(first)?;
        let outer = unhex_lines(rest)?;
        let mut parts = outer.splitn(3, |byte| *byte == b'\n');
        let (Some(salt), Some(sum), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Damage::Parts.into());
        };
        Ok(Self {
            id,
            salt: unhex(salt)?,
            sum: unhex(sum)?.try_into().map_err(|_| Damage::Parts)?,
            data: unhex(data)?,
        })
    }

    /// Encrypts something under a password, with a new salt. Without an id, or with [`DEFAULT_ID`], the text has format 1.1,
    /// else 1.2.
    ///
    /// # Errors
    /// [`SealError`]: it is a vault text already, the id cannot be one, or there are no random numbers.
    pub fn seal(
        plain: impl AsRef<[u8]>,
        password: &Password,
        id: Option<&str>,
    ) -> Result<Self, SealError> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(SealError::Random)?;
        Self::seal_with(plain.as_ref(), password, id, &salt)
    }

    fn seal_with(
        plain: &[u8],
        password: &Password,
        id: Option<&str>,
        salt: &[u8],
    ) -> Result<Self, SealError> {
        if is_vault(plain) {
            return Err(SealError::AlreadySealed);
        }
        if let Some(id) = id.filter(|id| !is_id(id)) {
            return Err(SealError::Id { id: shown(id) });
        }
        let (data, sum) = Keys::derive(password, salt).close(plain);
        Ok(Self {
            id: id.filter(|id| *id != DEFAULT_ID).map(str::to_owned),
            salt: salt.to_vec(),
            sum,
            data,
        })
    }

    /// Decrypts it.
    ///
    /// # Errors
    /// [`VaultError::WrongPassword`], or [`Damage::Padding`] when the password fits and the text is wrong all the same.
    pub fn open(&self, password: &Password) -> Result<Plaintext, VaultError> {
        Keys::derive(password, &self.salt).open(&self.data, &self.sum)
    }

    /// The vault id in its first line: a hint at the password, protected by nothing.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// The text as it is kept in files, with a line break at its end.
impl fmt::Display for VaultText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            None => writeln!(out, "$ANSIBLE_VAULT;1.1;{CIPHER}")?,
            Some(id) => writeln!(out, "$ANSIBLE_VAULT;1.2;{CIPHER};{id}")?,
        }
        let inner = [&self.salt, &self.sum[..], &self.data]
            .map(base16ct::lower::encode_string)
            .join("\n");
        let digits = base16ct::lower::encode_string(inner.as_bytes());
        let mut rest = digits.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(WIDTH));
            writeln!(out, "{line}")?;
            rest = more;
        }
        Ok(())
    }
}

impl fmt::Debug for VaultText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("VaultText")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Whether a first line with this id can be taken apart again; `ansible-vault` takes ASCII only.
fn is_id(id: &str) -> bool {
    let is_allowed = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b';' | b'@');
    !id.is_empty() && id.trim() == id && id.bytes().all(is_allowed)
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Checks the first line and returns the vault id.
fn header(line: &[u8]) -> Result<Option<String>, VaultError> {
    let line = std::str::from_utf8(line)
        .ok()
        .filter(|line| line.is_ascii())
        .ok_or(Damage::Header)?
        .trim();
    let mut parts = line.split(';').map(str::trim).skip(1);
    let (Some(version), Some(cipher)) = (parts.next(), parts.next()) else {
        return Err(Damage::Header.into());
    };
    if !matches!(version, "1.1" | "1.2") {
        return Err(VaultError::UnknownVersion {
            found: shown(version),
        });
    }
    let id = parts.next();
    // `!vault >` in place of `!vault |` makes one line of all.
    let last = id.unwrap_or(cipher);
    let folded = last.rsplit_once(' ').is_some_and(|(_, digits)| {
        digits.len() >= 2 && digits.bytes().all(|b| b.is_ascii_hexdigit())
    });
    if folded {
        return Err(Damage::Folded.into());
    }
    if cipher != CIPHER {
        return Err(VaultError::UnknownCipher {
            found: shown(cipher),
        });
    }
    Ok(id.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// Reads the digits of all lines as one; `rest` begins with the break behind the first line.
fn unhex_lines(rest: &[u8]) -> Result<Vec<u8>, Damage> {
    for (index, line) in rest.split(|byte| *byte == b'\n').enumerate() {
        if !line
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || is_break(*byte))
        {
            return Err(Damage::Digits { line: index + 1 });
        }
    }
    let digits: Vec<u8> = rest
        .iter()
        .copied()
        .filter(|byte| !is_break(*byte))
        .collect();
    if digits.is_empty() {
        return Err(Damage::Empty);
    }
    mixed::decode_vec(&digits).map_err(|_| Damage::Odd)
}

/// Reads the digits of an inner part.
fn unhex(digits: &[u8]) -> Result<Vec<u8>, Damage> {
    mixed::decode_vec(digits).map_err(|_| Damage::Parts)
}

#[cfg(test)]
mod tests;
