//! Filters and tests that a template names, before it is evaluated.
//!
//! Called by `engine::check`. The template engine itself finds out only when a filter is reached, which may be on the
//! last host of the last play.

use std::collections::BTreeSet;

use minijinja::ErrorKind;

use crate::environment::{Blocks, environment};

/// A filter or test that there is none of, in words; `None` when all are known. `text` is a template, or with
/// `bare` an expression.
pub(crate) fn unknown(text: &str, bare: bool) -> Option<String> {
    let mut used = Used::default();
    if bare {
        used.read(text);
    } else {
        for inside in insides(text) {
            used.read(inside);
        }
    }
    let is_unknown = |expression: String, kind: ErrorKind| {
        let compiled = environment(Blocks::default()).compile_expression(&expression);
        compiled
            .and_then(|compiled| compiled.eval(minijinja::context! {}))
            .is_err_and(|error| error.kind() == kind)
    };
    let filter = used
        .filters
        .into_iter()
        .find(|name| is_unknown(format!("none|{name}"), ErrorKind::UnknownFilter));
    if let Some(name) = filter {
        return Some(format!("there is no filter `{name}`"));
    }
    used.tests
        .into_iter()
        .find(|name| is_unknown(format!("none is {name}"), ErrorKind::UnknownTest))
        .map(|name| format!("there is no test `{name}`"))
}

/// What stands between `{{` and `}}`, and between `{%` and `%}`; nothing from a raw block on.
fn insides(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let opened = rest.get(start..).unwrap_or_default();
        let close = match opened.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                rest = opened.get(1..).unwrap_or_default();
                continue;
            }
        };
        let Some(length) = opened.find(close) else {
            break;
        };
        let inside = opened.get(2..length).unwrap_or_default();
        let word = inside.trim_start_matches(['-', '+']).trim_start();
        if close == "%}" && word.starts_with("raw") {
            break;
        }
        if close != "#}" {
            found.push(inside);
        }
        rest = opened.get(length + 2..).unwrap_or_default();
    }
    found
}

/// Names behind `|` and `is`.
#[derive(Default)]
struct Used {
    filters: BTreeSet<String>,
    tests: BTreeSet<String>,
}

impl Used {
    fn read(&mut self, expression: &str) {
        let mut rest = expression;
        let mut before = "";
        while let Some(c) = rest.chars().next() {
            if matches!(c, '\'' | '"') {
                rest = behind_quotes(rest, c);
                before = "";
                continue;
            }
            let word = name_at(rest);
            if word.is_empty() {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                if !c.is_whitespace() {
                    before = if c == '|' { "|" } else { "" };
                }
                continue;
            }
            rest = rest.get(word.len()..).unwrap_or_default();
            match (before, word) {
                ("|", name) => self.filters.extend([name.to_owned()]),
                ("is", "not") => continue,
                // A comparison with a literal: `is none` and the like are tests, too, and always known.
                ("is", name) if name.starts_with(|c: char| !c.is_ascii_digit()) => {
                    self.tests.insert(name.to_owned());
                }
                _ => {}
            }
            before = if word == "is" { "is" } else { "" };
        }
    }
}

/// What follows a text in quotes.
fn behind_quotes(text: &str, quote: char) -> &str {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == '\\' {
            characters.next();
        } else if c == quote {
            return text.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}

/// The name at the beginning of a text.
fn name_at(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_filters_and_tests_are_found_wherever_they_stand() {
        assert_eq!(
            unknown("a {{ x | upper | uper }}", false).as_deref(),
            Some("there is no filter `uper`")
        );
        assert_eq!(
            unknown("{% if x is not definde %}{% endif %}", false).as_deref(),
            Some("there is no test `definde`")
        );
        assert_eq!(
            unknown("x is defined and y|nosuch", true).as_deref(),
            Some("there is no filter `nosuch`")
        );
    }

    #[test]
    fn texts_raw_blocks_and_comments_are_not_looked_at() {
        assert_eq!(
            unknown("{{ 'a | nosuch' ~ \"is \\\" nosuch\" }}", false),
            None
        );
        assert_eq!(
            unknown(
                "{# x | nosuch #}{% raw %}{{ x | nosuch }}{% endraw %}",
                false
            ),
            None
        );
        assert_eq!(
            unknown("{{ x is none or x is in [1] }} | nosuch", false),
            None
        );
    }
}
