//! What files in the form of OpenSSH's `known_hosts` say about one host.
//!
//! Names in clear, hashed, with `*`, `?`, `!` and ports; lines marked `@revoked`. Lines marked `@cert-authority` are
//! passed over, since no host certificates are asked for, and so are lines that cannot be read: they know no key.

use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use russh::keys::PublicKey;
use russh::keys::ssh_key::known_hosts::{Entry, HostPatterns, Marker};
use sha1::Sha1;

/// The port that names stand for when they name none.
const SSH_PORT: u16 = 22;

/// A key, and the line it stands in.
pub(super) struct Line {
    pub key: PublicKey,
    /// File and line.
    pub place: String,
}

/// What the files say.
#[derive(Default)]
pub(super) struct Known {
    /// Keys that the host may have.
    pub keys: Vec<Line>,
    /// Keys that nobody may have any more.
    pub revoked: Vec<Line>,
}

/// Reads the files; one that is missing knows no keys.
pub(super) fn search(files: &[PathBuf], address: &str, port: u16) -> Known {
    let mut exact = Known::default();
    let mut without_port = Vec::new();
    for file in files {
        let Ok(text) = fs_err::read_to_string(file) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let Some(entry) = entry(line) else { continue };
            let line = || Line {
                key: entry.public_key().clone(),
                place: place(file, number + 1),
            };
            let is = |name: &str| names(entry.host_patterns(), name);
            let (named, bare) = (is(&host(address, port)), is(address));
            match entry.marker() {
                Some(Marker::Revoked) if named || bare => exact.revoked.push(line()),
                None if named => exact.keys.push(line()),
                None if bare => without_port.push(line()),
                Some(_) | None => {}
            }
        }
    }
    // As OpenSSH does it: a line without the port counts when none names it.
    if exact.keys.is_empty() {
        exact.keys = without_port;
    }
    exact
}

/// The name of a host as `known_hosts` writes it.
pub(super) fn host(address: &str, port: u16) -> String {
    let address = address.to_lowercase();
    if port == SSH_PORT {
        address
    } else {
        format!("[{address}]:{port}")
    }
}

fn place(file: &Path, line: usize) -> String {
    format!("{}:{line}", file.display())
}

fn entry(line: &str) -> Option<Entry> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_comment = words.first().is_none_or(|word| word.starts_with('#'));
    // A comment behind the key may hold anything.
    let count = if words.first().is_some_and(|word| word.starts_with('@')) {
        4
    } else {
        3
    };
    let kept = words.get(..count).filter(|_| !is_comment)?;
    kept.join(" ").parse().ok()
}

fn names(patterns: &HostPatterns, name: &str) -> bool {
    match patterns {
        HostPatterns::HashedName { salt, hash } => Hmac::<Sha1>::new_from_slice(salt)
            .is_ok_and(|mac| mac.chain_update(name).verify_slice(hash).is_ok()),
        HostPatterns::Patterns(patterns) => {
            let excluded = patterns
                .iter()
                .filter_map(|pattern| pattern.strip_prefix('!'))
                .any(|pattern| matches(pattern, name));
            !excluded && patterns.iter().any(|pattern| matches(pattern, name))
        }
    }
}

/// `*` stands for any text, `?` for one character; letters count whatever their case.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = strip(&name, first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let found = rest
            .char_indices()
            .map(|(at, _)| at)
            .chain([rest.len()])
            .find_map(|at| rest.get(at..).and_then(|tail| strip(tail, part)));
        match found {
            Some(tail) => rest = tail,
            None => return false,
        }
    }
    let at = rest
        .chars()
        .count()
        .checked_sub(last.chars().count())
        .and_then(|skip| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().nth(skip)
        });
    at.and_then(|at| rest.get(at..))
        .and_then(|tail| strip(tail, last))
        .is_some_and(str::is_empty)
}

fn strip<'n>(name: &'n str, pattern: &str) -> Option<&'n str> {
    let mut characters = name.chars();
    for wanted in pattern.chars() {
        let found = characters.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP1Y/ltXKCsFZQN8NqlQgwgckTIk5eL3IUQyeRsP/9tQ";
    const TWO: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOLtdr+ZtZj55qyp4fD0DdeUjFT9GnMTHCXrN6XhZiru";

    fn known(text: &str, address: &str, port: u16) -> (Vec<String>, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("k");
        fs_err::write(&file, text).unwrap();
        let known = search(std::slice::from_ref(&file), address, port);
        let shown = |lines: &[Line]| {
            lines
                .iter()
                .map(|line| line.place.replace(file.to_str().unwrap(), "k"))
                .collect()
        };
        (shown(&known.keys), shown(&known.revoked))
    }

    fn found(text: &str, address: &str, port: u16) -> Vec<String> {
        known(text, address, port).0
    }

    #[test]
    fn names_match_with_ports_lists_stars_and_whatever_their_case() {
        let text = format!(
            "# {ONE}\nedge-1,198.18.0.1 {ONE} comment # more\n[edge-1]:2222\t{TWO}\n*.lab,!bad.lab {ONE}\n"
        );
        assert_eq!(found(&text, "EDGE-1", 22), ["k:2"]);
        assert_eq!(found(&text, "edge-1", 2222), ["k:3"]);
        assert_eq!(found(&text, "edge-1", 2223), ["k:2"]);
        assert_eq!(found(&text, "a.lab", 22), ["k:4"]);
        assert!(found(&text, "bad.lab", 22).is_empty());
        assert!(found(&text, "edge-11", 22).is_empty());
    }

    #[test]
    fn hashed_names_match() {
        // Made with `ssh-keygen -H` of a line for `edge-1`.
        let text = format!("|1|5LtQfOYnhBHjH0Jku1NZoogS4Z4=|bSFeOi3lpuHZJRU4JEXfqYaxaL4= {TWO}\n");
        assert_eq!(found(&text, "edge-1", 22), ["k:1"]);
        assert!(found(&text, "edge-2", 22).is_empty());
    }

    #[test]
    fn revoked_keys_are_apart_and_authorities_and_nonsense_are_passed_over() {
        let text = format!(
            "@revoked * {ONE}\n@cert-authority * {TWO}\nedge-1 nonsense\nedge-1\n\nedge-1 {TWO}\n"
        );
        assert_eq!(
            known(&text, "edge-1", 22),
            (vec!["k:6".to_owned()], vec!["k:1".to_owned()])
        );
    }

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, matched) in [
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcd", false),
            ("a*a", "a", false),
            ("[198.18.0.*]:22?", "[198.18.0.7]:222", true),
        ] {
            assert_eq!(matches(pattern, name), matched, "{pattern} {name}");
        }
    }

    #[test]
    fn a_file_that_is_missing_knows_nothing() {
        let known = search(&["/does/not/exist".into()], "edge-1", 22);
        assert!(known.keys.is_empty() && known.revoked.is_empty());
    }
}
