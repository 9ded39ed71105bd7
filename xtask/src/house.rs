//! What the house wants of its tree, beside what the compiler can be told: called by `ci`.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::{place, say};

/// Where unfinished work is looked for.
const FOLDERS: [&str; 6] = ["src", "crates", "xtask", "tests", "roles", "playbooks"];

/// Longest file, in lines, that needs no reason at its head.
const LONGEST: usize = 600;

/// Checks everything that is checked here.
///
/// # Errors
/// [`Failure::House`] with the places.
pub fn run() -> Result<(), Failure> {
    let mut files = Vec::new();
    for folder in FOLDERS.map(|name| place::root().join(name)) {
        if folder.is_dir() {
            collect(&folder, &mut files)?;
        }
    }
    let mut unfinished = Vec::new();
    let mut long = Vec::new();
    for path in files {
        // What is not text has no marks in it.
        let Ok(text) = fs_err::read_to_string(&path) else {
            continue;
        };
        let name = place::shown(&path);
        unfinished.extend(marks(&text).map(|line| format!("{name}:{line}")));
        if is_too_long(&path, &text) {
            long.push(format!("{name}: {} lines", text.lines().count()));
        }
    }
    complain("marks of unfinished work are", unfinished)?;
    complain(
        "files of over 600 lines without a reason at their head are",
        long,
    )?;
    complain(
        "dependencies that docs/dependencies.md does not name are",
        dependencies()?,
    )?;
    complain("roles that docs/guide/roles.md does not name are", roles()?)
}

fn complain(what: &'static str, places: Vec<String>) -> Result<(), Failure> {
    if places.is_empty() {
        Ok(())
    } else {
        Err(Failure::House { what, places })
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// Lines with a word that says that something is unfinished.
fn marks(text: &str) -> impl Iterator<Item = usize> {
    // Split, so that this file does not find itself.
    const WORDS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.lines().enumerate().filter_map(move |(at, line)| {
        let found = line
            .split(|c| !is_word(c))
            .any(|word| WORDS.contains(&word));
        found.then_some(at + 1)
    })
}

/// Whether a Rust file is too long and does not say why at its head.
fn is_too_long(path: &Path, text: &str) -> bool {
    let head = text.lines().take_while(|line| line.starts_with("//"));
    path.extension().is_some_and(|extension| extension == "rs")
        && text.lines().count() > LONGEST
        && !head.into_iter().any(|line| line.contains("long because"))
}

/// Dependencies that nobody gave a reason for.
fn dependencies() -> Result<Vec<String>, Failure> {
    let page = fs_err::read_to_string(place::root().join("docs/dependencies.md"))?;
    let manifest = fs_err::read_to_string(place::root().join("Cargo.toml"))?;
    let names = foreign(&manifest);
    Ok(names
        .filter(|name| !page.contains(&format!("`{name}`")))
        .map(str::to_owned)
        .collect())
}

/// The dependencies of a workspace that lie elsewhere.
fn foreign(manifest: &str) -> impl Iterator<Item = &str> {
    let section = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    section
        .filter(|line| !line.contains("path ="))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
        .filter(|name| !name.starts_with('#'))
}

/// Roles that the guide does not name.
fn roles() -> Result<Vec<String>, Failure> {
    let page = place::root().join("docs/guide/roles.md");
    if !page.exists() {
        say::warning("docs/guide/roles.md is not there yet, so nobody checks which roles it names");
        return Ok(Vec::new());
    }
    let page = fs_err::read_to_string(page)?;
    let mut missing = Vec::new();
    for entry in fs_err::read_dir(place::root().join("roles"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !page.contains(&format!("`{name}`")) {
            missing.push(name);
        }
    }
    missing.sort();
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_marks() {
        let text = format!("a\n// {WORD}: later\n{WORD}S\ntodo\n");
        assert_eq!(marks(&text).collect::<Vec<_>>(), [2]);
    }

    const WORD: &str = concat!("TO", "DO");

    #[test]
    fn only_dependencies_from_elsewhere_need_a_reason() {
        let manifest = "[workspace.dependencies]\n# Ours = here.\nour = { path = \"x\" }\naxum = \"1\"\n\
            [package]\nname = \"x\"\n";
        assert_eq!(foreign(manifest).collect::<Vec<_>>(), ["axum"]);
    }

    #[test]
    fn a_long_file_says_why() {
        let path = Path::new("a.rs");
        let long = "x\n".repeat(601);
        assert!(is_too_long(path, &long));
        assert!(!is_too_long(Path::new("a.md"), &long));
        assert!(!is_too_long(
            path,
            &format!("//! A table, long because it is one.\n{long}")
        ));
        assert!(!is_too_long(path, &"x\n".repeat(600)));
    }
}
