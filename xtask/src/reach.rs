//! Whether every `.rs` file is reached from a crate root: what is not is never compiled, and nobody notices.
//!
//! Called by `ci`. Roots are what `cargo metadata` names; from there `mod` declarations are followed, `#[path]` and inline
//! modules included. Conditions (`cfg`) are not looked at: a file counts as reached on whichever system.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::Run;
use crate::failure::Failure;
use crate::place;

/// Looks for files that no crate reaches.
///
/// # Errors
/// [`Failure::House`] with all of them.
pub fn run() -> Result<(), Failure> {
    let mut reached = BTreeSet::new();
    for root in roots()? {
        follow(&root, true, &mut reached)?;
    }
    let mut lost = Vec::new();
    for file in sources(place::root())? {
        if !reached.contains(&file) {
            lost.push(place::shown(&file));
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure::House {
        what: "files that no crate reaches are",
        places: lost,
    })
}

/// The first file of every target of every crate.
fn roots() -> Result<Vec<PathBuf>, Failure> {
    let run = Run::cargo().args(["metadata", "--no-deps", "--format-version=1"]);
    let line = run.line();
    let metadata: Value =
        serde_json::from_str(&run.read()?).map_err(|error| Failure::Unreadable(line, error))?;
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    Ok(list(&metadata, "packages")
        .iter()
        .flat_map(|package| list(package, "targets"))
        .filter_map(|target| target["src_path"].as_str().map(PathBuf::from))
        .collect())
}

/// Where Rust files of ours lie.
const FOLDERS: [&str; 6] = ["src", "tests", "benches", "examples", "crates", "xtask"];

/// All Rust files of ours, in order.
fn sources(root: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    for entry in fs_err::read_dir(root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(path);
        }
    }
    for folder in FOLDERS.map(|name| root.join(name)) {
        if folder.is_dir() {
            collect(&folder, &mut found)?;
        }
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                collect(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(path);
        }
    }
    Ok(())
}

/// Follows the modules of a file. `owns_folder`: its modules lie beside it, as with `lib.rs`, `main.rs` and `mod.rs`.
fn follow(file: &Path, owns_folder: bool, reached: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    if !reached.insert(file.to_owned()) {
        return Ok(());
    }
    let text = fs_err::read_to_string(file)?;
    let beside = file.parent().unwrap_or(Path::new("")).to_owned();
    let below = if owns_folder {
        beside.clone()
    } else {
        beside.join(file.file_stem().unwrap_or_default())
    };
    for module in modules(&text) {
        let inline: PathBuf = module.within.iter().collect();
        let candidates = match &module.path {
            // Beside the file itself; inside of inline modules, below their folders.
            Some(path) if module.within.is_empty() => vec![(beside.join(path), true)],
            Some(path) => vec![(below.join(inline).join(path), true)],
            None => {
                let folder = below.join(inline);
                vec![
                    (folder.join(format!("{}.rs", module.name)), false),
                    (folder.join(&module.name).join("mod.rs"), true),
                ]
            }
        };
        // A file that is not there is the compiler's to complain about.
        if let Some((next, owns)) = candidates.into_iter().find(|(path, _)| path.is_file()) {
            follow(&next, owns, reached)?;
        }
    }
    for included in includes(&text) {
        let next = beside.join(included);
        if next.is_file() {
            follow(&next, true, reached)?;
        }
    }
    Ok(())
}

/// A module that lies in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Module {
    name: String,
    /// What `#[path = "…"]` says.
    path: Option<String>,
    /// Inline modules that it is declared in.
    within: Vec<String>,
}

/// A piece of source.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

/// The modules that a file declares and does not hold.
fn modules(text: &str) -> Vec<Module> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut path = None;
    let mut within: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        let next = |ahead: usize| tokens.get(at + ahead);
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth -= 1;
                within.retain(|(_, opened)| *opened <= depth);
            }
            // An attribute counts for the item that follows it, not for a later one.
            Token::Mark(';') => path = None,
            Token::Word(word) if word == "path" => {
                if let (Some(Token::Mark('=')), Some(Token::Text(text))) = (next(1), next(2)) {
                    path = Some(text.clone());
                }
            }
            Token::Word(word) if word == "mod" => match (next(1), next(2)) {
                (Some(Token::Word(name)), Some(Token::Mark(';'))) => found.push(Module {
                    name: name.clone(),
                    path: path.take(),
                    within: within.iter().map(|(name, _)| name.clone()).collect(),
                }),
                (Some(Token::Word(name)), Some(Token::Mark('{'))) => {
                    let folder = path.take().unwrap_or_else(|| name.clone());
                    within.push((folder, depth + 1));
                }
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// The files that a file takes in by `include!("…")`.
fn includes(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    tokens
        .windows(4)
        .filter_map(|window| match window {
            [
                Token::Word(word),
                Token::Mark('!'),
                Token::Mark('('),
                Token::Text(path),
            ] if word == "include" => Some(path.clone()),
            _ => None,
        })
        .collect()
}

/// Splits source into words, texts and marks; comments and blanks are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, block_comment(rest))
        } else if let Some((content, length)) = string(rest) {
            (Some(Token::Text(content)), length)
        } else if first == '\'' {
            (None, quote(rest))
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let (word, _) = rest.split_at(length);
            (Some(Token::Word(word.to_owned())), length)
        } else if first.is_whitespace() {
            (None, first.len_utf8())
        } else {
            (Some(Token::Mark(first)), first.len_utf8())
        };
        tokens.extend(token);
        rest = rest.split_at(length).1;
    }
    tokens
}

/// Length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Content and length of a string of any kind, if the text begins with one.
fn string(text: &str) -> Option<(String, usize)> {
    let bare = text
        .strip_prefix("br")
        .or_else(|| text.strip_prefix("cr"))
        .or_else(|| text.strip_prefix('r'));
    if let Some(raw) = bare {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if let Some(content) = raw.split_at(hashes).1.strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let length = content.find(&end)?;
            let before = text.len() - content.len();
            return Some((
                content.split_at(length).0.to_owned(),
                before + length + end.len(),
            ));
        }
    }
    let content = text
        .strip_prefix("b\"")
        .or_else(|| text.strip_prefix("c\""))
        .or_else(|| text.strip_prefix('"'))?;
    let before = text.len() - content.len();
    let mut escaped = false;
    for (at, c) in content.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((content.split_at(at).0.to_owned(), before + at + 1)),
            _ => {}
        }
    }
    None
}

/// Length of a character literal, or of the quote of a lifetime.
fn quote(text: &str) -> usize {
    let inner = text.split_at(1).1;
    let mut chars = inner.char_indices();
    match chars.next() {
        Some((_, '\\')) => {
            // After the escaped character comes the end, unless it is longer, as in '\u{1b}'.
            let from = chars.next().map_or(0, |(at, c)| at + c.len_utf8());
            let end = inner.get(from..).and_then(|rest| rest.find('\''));
            end.map_or(1, |end| 1 + from + end + 1)
        }
        Some((_, c)) if inner.split_at(c.len_utf8()).1.starts_with('\'') => 1 + c.len_utf8() + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        modules(text)
            .into_iter()
            .map(|module| module.name)
            .collect()
    }

    #[test]
    fn declarations_are_found_and_inline_modules_are_not() {
        let text = "pub(crate) mod a;\n#[cfg(test)]\nmod b;\nmod c { fn f() {} }\nmod d;\n";
        assert_eq!(names(text), ["a", "b", "d"]);
    }

    #[test]
    fn comments_and_texts_declare_nothing() {
        let text = r##"
            // mod a;
            /* mod b; /* mod c; */ mod d; */
            const X: &str = "mod e; \" mod f;";
            const Y: &str = r#"mod g; " mod h;"#;
            const Z: [char; 3] = ['"', '\'', '\u{1b}'];
            fn f<'a>(_: &'a str) {}
            mod z;
        "##;
        assert_eq!(names(text), ["z"]);
    }

    #[test]
    fn a_path_counts_for_the_next_item_only() {
        let text =
            "#[path = \"other.rs\"]\nmod a;\nmod b;\nuse std::path;\nlet path = \"x\";\nmod c;\n";
        let found = modules(text);
        assert_eq!(found[0].path.as_deref(), Some("other.rs"));
        assert_eq!(found[1].path, None);
        assert_eq!(found[2].path, None);
    }

    #[test]
    fn modules_know_what_they_are_inside_of() {
        let found = modules("mod a { mod b { mod c; } mod d; }\nmod e;\n");
        let within: Vec<_> = found.iter().map(|module| module.within.join("/")).collect();
        assert_eq!(within, ["a/b", "a", ""]);
    }

    #[test]
    fn files_are_followed_as_the_compiler_does() {
        let home = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        put(
            "src/lib.rs",
            "mod a;\nmod b;\nmod inline { mod deep; }\ninclude!(\"table.rs\");\n",
        );
        put("src/a.rs", "mod inner;\n#[path = \"odd.rs\"]\nmod even;\n");
        put("src/a/inner.rs", "");
        put("src/odd.rs", "");
        put("src/b/mod.rs", "#[cfg(test)]\nmod tests;\n");
        put("src/b/tests.rs", "");
        put("src/inline/deep.rs", "");
        put("src/table.rs", "");
        put("src/lost.rs", "mod b;");
        let mut reached = BTreeSet::new();
        follow(&home.path().join("src/lib.rs"), true, &mut reached).unwrap();
        let mut lost = sources(home.path()).unwrap();
        lost.retain(|file| !reached.contains(file));
        assert_eq!(Vec::from_iter(lost), [home.path().join("src/lost.rs")]);
    }
}
