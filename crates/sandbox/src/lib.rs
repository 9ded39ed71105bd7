//! A Vultr account and an OpenNebula front-end on this machine, with real hosts in containers.
//!
//! The program `edgewright-sandbox` is [`main`]; nothing else calls this library but its tests. The way of `up`:
//! `verbs::up` → `image` (made once) → `network` → `repository` (packages and keys) → `frontend` → the daemon, which is this
//! program again (`daemon`). There the emulated APIs ask `machines` for hosts and `frontend` for what OpenNebula does on its
//! front-end; both use `container`, and everything that touches Docker goes through `docker`.
//!
//! Nothing but Docker remembers what exists: whatever belongs to a sandbox carries a label with its directory, so that `down`
//! finds it also after the daemon was killed.

mod calls;
mod container;
mod control;
mod daemon;
mod docker;
mod env;
mod fault;
mod frontend;
mod home;
mod image;
mod machines;
mod network;
mod repository;
mod say;
mod seed;
mod verbs;

pub use verbs::main;

/// The time, RFC 3339, to the millisecond.
fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// The first bytes of a digest, in hexadecimal digits.
fn hex(digest: &[u8], bytes: usize) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in digest.iter().take(bytes) {
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

/// A word of upper-case letters and digits that nobody can guess.
fn random_word(length: usize) -> String {
    // 32 characters, so that each is as likely as any other.
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    bytes.iter().map(letter).collect()
}
