//! Arguments written in one line: `command: ls -l chdir=/tmp`, `apt: name=frr state=present`.

use serde_json::{Map, Value};

use crate::spec::ModuleSpec;

/// Why a line of arguments cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FreeFormError {
    /// A quote is not closed.
    #[error("a quote is not closed")]
    Quote,
    /// A word without `=` where the module takes none.
    #[error("module `{module}` takes `name=value` pairs, and `{word}` is none")]
    Word {
        /// The module.
        module: &'static str,
        /// The word.
        word: String,
    },
}

/// Splits a line into arguments. What is no `name=value` of a known option is the free-form text, if the
/// module has one.
///
/// # Errors
/// [`FreeFormError`] when a quote is open or a word has no place.
pub fn parse(spec: &ModuleSpec, line: &str) -> Result<Map<String, Value>, FreeFormError> {
    let mut args = Map::new();
    let mut rest = String::new();
    for Word { space, word } in words(line)? {
        let pair = word.split_once('=').filter(|(name, _)| {
            let known = spec.option(name).is_some();
            known || (spec.free_form.is_none() && is_name(name))
        });
        match pair {
            Some((name, value)) => {
                args.insert(name.to_owned(), Value::String(unquoted(value)));
            }
            // White space between words is part of a script: it stays as it is written.
            None if spec.free_form.is_some() => {
                if !rest.is_empty() {
                    rest.push_str(&space);
                }
                rest.push_str(&word);
            }
            None => {
                return Err(FreeFormError::Word {
                    module: spec.name,
                    word,
                });
            }
        }
    }
    if let Some(option) = spec.free_form.filter(|_| !rest.is_empty()) {
        args.insert(option.to_owned(), Value::String(rest));
    }
    Ok(args)
}

/// A word and the white space before it.
struct Word {
    space: String,
    word: String,
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Words with their quotes kept; templates are one word whatever they hold.
fn words(line: &str) -> Result<Vec<Word>, FreeFormError> {
    let mut words = Vec::new();
    let (mut space, mut word) = (String::new(), String::new());
    let mut quote: Option<char> = None;
    let mut braces = 0_usize;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (_, '\\') => {
                word.push(c);
                word.extend(characters.next());
                continue;
            }
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') if braces == 0 => quote = Some(c),
            (None, '{') if matches!(characters.peek(), Some('{' | '%')) => braces += 1,
            (None, '}') if word.ends_with(['}', '%']) && braces > 0 => braces -= 1,
            (None, _) if c.is_whitespace() && braces == 0 => {
                if !word.is_empty() {
                    words.push(Word {
                        space: std::mem::take(&mut space),
                        word: std::mem::take(&mut word),
                    });
                }
                space.push(c);
                continue;
            }
            (Some(_) | None, _) => {}
        }
        word.push(c);
    }
    if quote.is_some() {
        return Err(FreeFormError::Quote);
    }
    if !word.is_empty() {
        words.push(Word { space, word });
    }
    Ok(words)
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return inner.to_owned();
        }
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::find;
    use serde_json::json;

    fn read(module: &str, line: &str) -> Value {
        Value::Object(parse(find(module).unwrap(), line).unwrap())
    }

    #[test]
    fn a_command_keeps_its_own_words_and_quotes() {
        assert_eq!(
            read("command", "echo 'a  b' x=1 chdir=/tmp"),
            json!({"chdir": "/tmp", "cmd": "echo 'a  b' x=1"})
        );
    }

    #[test]
    fn a_script_keeps_its_lines() {
        assert_eq!(
            read("shell", "for i in 1 2; do\n  echo  $i\ndone\n"),
            json!({"cmd": "for i in 1 2; do\n  echo  $i\ndone"})
        );
    }

    #[test]
    fn pairs_may_hold_quotes_and_templates() {
        assert_eq!(
            read("apt", "name=\"a b\" state={{ x | default('y z') }}"),
            json!({"name": "a b", "state": "{{ x | default('y z') }}"})
        );
    }

    #[test]
    fn a_stray_word_and_an_open_quote_are_refused() {
        let error = parse(find("apt").unwrap(), "frr state=present").unwrap_err();
        assert_eq!(
            error.to_string(),
            "module `apt` takes `name=value` pairs, and `frr` is none"
        );
        assert_eq!(
            parse(find("command").unwrap(), "echo 'a").unwrap_err(),
            FreeFormError::Quote
        );
    }
}
