//! What `-e` gives: `name=value` pairs, a YAML or JSON mapping, or `@FILE`.

use std::path::Path;

use edgewright_playbook::from_node;
use edgewright_playbook::inventory::load_vars;
use edgewright_template::{Map, Value};
use edgewright_yaml::{Diagnostic, Diagnostics, SourceFile};

/// Variables of all `-e`, later ones over earlier ones.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read(given: &[String]) -> Result<Map, Diagnostics> {
    let mut problems = Diagnostics::default();
    let mut all = Map::new();
    for text in given {
        let text = text.trim();
        if let Some(path) = text.strip_prefix('@') {
            all.extend(load_vars(Path::new(path), &mut problems));
        } else if text.starts_with(['{', '[']) {
            all.extend(mapping(text, &mut problems));
        } else {
            all.extend(pairs(text, &mut problems));
        }
    }
    problems.into_result(all)
}

fn mapping(text: &str, problems: &mut Diagnostics) -> Map {
    let node = match edgewright_yaml::load(&SourceFile::new("<-e>", text)) {
        Ok(Some(node)) => node,
        Ok(None) => return Map::new(),
        Err(found) => {
            problems.extend(found);
            return Map::new();
        }
    };
    let Some(map) = node.as_map() else {
        problems.push(
            Diagnostic::error(
                "vars::type",
                format!("`-e` takes a mapping, not {}", node.kind()),
            )
            .at(&node.span, "expected `{name: value}`"),
        );
        return Map::new();
    };
    map.iter()
        .map(|(key, value)| (key.name.clone(), from_node(value)))
        .collect()
}

/// `name=value name2='two words'`: values are texts, and templates where they look like one.
fn pairs(text: &str, problems: &mut Diagnostics) -> Map {
    let mut all = Map::new();
    for word in words(text) {
        match word.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                all.insert(name.into(), Value::written(value, Some("<-e>".into())));
            }
            _ => problems.push(
                Diagnostic::error("vars::pair", format!("`-e` cannot read `{word}`"))
                    .help("write `-e name=value`, `-e '{name: value}'` or `-e @FILE`"),
            ),
        }
    }
    all
}

/// Splits at blanks that stand outside quotes and templates, and takes the quotes away.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let template = quote.is_none().then(|| template(rest)).flatten();
        let taken = template.map_or(c.len_utf8(), str::len);
        match (quote, c) {
            _ if template.is_some() => word.get_or_insert_default().push_str(&rest[..taken]),
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
        rest = &rest[taken..];
    }
    words.extend(word);
    words
}

/// The template that a text begins with, if it does: `{{ … }}` or `{% … %}`.
fn template(text: &str) -> Option<&str> {
    let end = match text.get(..2)? {
        "{{" => "}}",
        "{%" => "%}",
        _ => return None,
    };
    text.get(..text.find(end)? + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(given: &[&str]) -> String {
        let given: Vec<String> = given.iter().map(ToString::to_string).collect();
        Value::from(read(&given).unwrap()).to_json().to_string()
    }

    #[test]
    fn pairs_give_texts_and_mappings_give_what_they_say() {
        assert_eq!(
            json(&["a=1 b='two words'", "{c: 3}"]),
            r#"{"a":"1","b":"two words","c":3}"#
        );
    }

    #[test]
    fn templates_are_left_whole() {
        assert_eq!(
            json(&["a={{ b | default('x y') }}/c d=e"]),
            r#"{"a":"{{ b | default('x y') }}/c","d":"e"}"#
        );
    }

    #[test]
    fn later_ones_win() {
        assert_eq!(json(&["a=1", "a=2"]), r#"{"a":"2"}"#);
    }

    #[test]
    fn a_word_that_is_no_pair_is_refused() {
        assert_eq!(
            read(&["a".to_owned()]).unwrap_err().to_string(),
            "error[vars::pair]: `-e` cannot read `a`\n |\n = help: write `-e name=value`, `-e '{name: value}'` or `-e @FILE`\n"
        );
    }
}
