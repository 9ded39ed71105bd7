//! The cipher `AES256` of vault texts: keys from a password, closing and opening.
//!
//! Called by `text`. PBKDF2-HMAC-SHA256 makes 80 bytes of password and salt: a key for AES-256, a key for HMAC-SHA256, and
//! the first counter block. The padded data are encrypted with AES-256 in counter mode; the check sum is over the result.

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Damage, VaultError};
use crate::hidden::{Password, Plaintext};

/// Rounds of PBKDF2, fixed by the format.
const ROUNDS: u32 = 10_000;
/// Bytes of a key of AES-256, and of the key of the check sum.
const KEY: usize = 32;
/// Bytes of an AES block: of the first counter, and what data are padded to.
const BLOCK: usize = 16;
/// Bytes of the check sum.
pub(crate) const SUM: usize = 32;

/// What a password and a salt make.
pub(crate) struct Keys(Zeroizing<[u8; 2 * KEY + BLOCK]>);

impl Keys {
    /// Derives the keys; takes some 10 ms on purpose.
    pub(crate) fn derive(password: &Password, salt: &[u8]) -> Self {
        let mut bytes = Zeroizing::new([0; 2 * KEY + BLOCK]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.bytes(), salt, ROUNDS, &mut *bytes);
        Self(bytes)
    }

    fn stream(&self) -> Ctr128BE<Aes256> {
        let (key, rest) = self.0.split_at(KEY);
        let (_, counter) = rest.split_at(KEY);
        Ctr128BE::<Aes256>::new_from_slices(key, counter)
            .expect("a key of 32 bytes and a counter of 16 are what AES-256 takes")
    }

    fn check(&self, data: &[u8]) -> Hmac<Sha256> {
        let key = self.0.get(KEY..2 * KEY).unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(data);
        mac
    }

    /// Encrypts; returns the data and their check sum.
    pub(crate) fn close(&self, plain: &[u8]) -> (Vec<u8>, [u8; SUM]) {
        let padding = BLOCK - plain.len() % BLOCK;
        let mut data = Vec::with_capacity(plain.len() + padding);
        data.extend_from_slice(plain);
        let fill = u8::try_from(padding).expect("padding is a block at most");
        data.resize(plain.len() + padding, fill);
        self.stream().apply_keystream(&mut data);
        let sum = self.check(&data).finalize().into_bytes().into();
        (data, sum)
    }

    /// Decrypts, if the check sum says that these are the keys.
    pub(crate) fn open(&self, data: &[u8], sum: &[u8; SUM]) -> Result<Plaintext, VaultError> {
        self.check(data)
            .verify_slice(sum)
            .map_err(|_| VaultError::WrongPassword)?;
        let mut plain = Zeroizing::new(data.to_vec());
        self.stream().apply_keystream(&mut plain);
        let kept = unpadded(&plain).ok_or(Damage::Padding)?;
        plain.truncate(kept);
        Ok(Plaintext::new(plain))
    }
}

/// Length without the padding (PKCS#7, RFC 5652, section 6.3): n bytes of value n, from 1 to a whole block.
fn unpadded(plain: &[u8]) -> Option<usize> {
    if !plain.len().is_multiple_of(BLOCK) {
        return None;
    }
    let fill = *plain.last()?;
    let padding = usize::from(fill);
    let kept = plain.len().checked_sub(padding)?;
    let proper = (1..=BLOCK).contains(&padding)
        && plain
            .get(kept..)
            .is_some_and(|tail| tail.iter().all(|byte| *byte == fill));
    proper.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::derive(&Password::new("pass").unwrap(), b"salt")
    }

    /// Closes bytes that are not padded, as nobody should.
    fn close_raw(keys: &Keys, plain: &[u8]) -> (Vec<u8>, [u8; SUM]) {
        let mut data = plain.to_vec();
        keys.stream().apply_keystream(&mut data);
        let sum = keys.check(&data).finalize().into_bytes().into();
        (data, sum)
    }

    #[test]
    fn every_length_comes_back_and_grows_to_the_next_whole_block() {
        let keys = keys();
        for length in 0..=50 {
            let plain: Vec<u8> = (0..length).collect();
            let (data, sum) = keys.close(&plain);
            assert_eq!(data.len(), (plain.len() / BLOCK + 1) * BLOCK);
            assert_eq!(keys.open(&data, &sum).unwrap().bytes(), plain);
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let keys = keys();
        let (data, sum) = keys.close(b"hunter2");
        for bit in 0..data.len() * 8 {
            let mut changed = data.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keys.open(&changed, &sum), Err(VaultError::WrongPassword));
        }
        for bit in 0..SUM * 8 {
            let mut changed = sum;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keys.open(&data, &changed), Err(VaultError::WrongPassword));
        }
    }

    #[test]
    fn wrong_padding_under_the_right_password_is_damage() {
        let keys = keys();
        let mut uneven = [3; BLOCK];
        uneven[BLOCK - 2] = 2;
        for plain in [&[][..], b"short", &[0; BLOCK], &[17; 2 * BLOCK], &uneven] {
            let (data, sum) = close_raw(&keys, plain);
            assert_eq!(
                keys.open(&data, &sum),
                Err(VaultError::Damaged(Damage::Padding)),
                "{plain:?}"
            );
        }
    }
}
