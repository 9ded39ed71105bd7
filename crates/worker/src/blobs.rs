//! Files that the control machine has sent, by digest.

use std::collections::HashMap;
use std::fmt::Write as _;

use edgewright_protocol::message::Digest;
use sha2::{Digest as _, Sha256};

/// Largest file that is taken, in bytes; it is held in memory.
const MAX_BLOB: u64 = 512 * 1024 * 1024;

/// The files of one run.
#[derive(Default)]
pub(crate) struct Blobs {
    held: HashMap<Digest, Vec<u8>>,
    arriving: Option<(Digest, usize, Vec<u8>)>,
}

impl Blobs {
    /// Whether a file is here.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.held.contains_key(digest)
    }

    /// The content of a file.
    pub(crate) fn get(&self, digest: &str) -> Option<&[u8]> {
        self.held.get(&Digest(digest.to_owned())).map(Vec::as_slice)
    }

    /// Prepares for a file.
    pub(crate) fn announce(&mut self, digest: Digest, size: u64) -> Result<(), String> {
        let size = usize::try_from(size).ok().filter(|_| size <= MAX_BLOB);
        match size {
            Some(0) => {
                self.held.insert(digest, Vec::new());
                Ok(())
            }
            Some(size) => {
                self.arriving = Some((digest, size, Vec::new()));
                Ok(())
            }
            None => Err(format!("a file of more than {MAX_BLOB} bytes is not taken")),
        }
    }

    /// Takes the next bytes of the announced file; answers once it is whole.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Option<Result<Digest, String>> {
        let Some((digest, size, mut content)) = self.arriving.take() else {
            return Some(Err("bytes of a file came that was not announced".to_owned()));
        };
        content.extend_from_slice(bytes);
        if content.len() < size {
            self.arriving = Some((digest, size, content));
            return None;
        }
        let found = hex(&Sha256::digest(&content));
        if content.len() > size || found != digest.0 {
            return Some(Err(format!(
                "the file announced as {} arrived as {found}",
                digest.0
            )));
        }
        self.held.insert(digest.clone(), content);
        Some(Ok(digest))
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            write!(text, "{byte:02x}").map_or_else(|_| String::new(), |()| text)
        })
}
