//! Values in INI inventories: Python literals where they are one, else text.
//!
//! Called by the INI reader.

use edgewright_template::Value;

/// What a value means: `1`, `1.5`, `True`, `None`, `'text'`, `[1, 2]`, `{'a': 1}`; everything else is text.
pub fn read(text: &str) -> Value {
    let mut reader = Reader {
        rest: text.trim(),
        depth: 0,
    };
    match reader.value() {
        Some(value) if reader.rest.trim().is_empty() => value,
        _ => Value::written(text, None),
    }
}

/// Deepest nesting that is read as a literal.
const MAX_DEPTH: usize = 32;

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '\'' | '"' => self.text().map(|text| Value::written(text, None)),
            '[' => self.sequence(']'),
            '(' => self.sequence(')'),
            '{' => self.mapping(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_')))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            "None" => Some(Value::Null),
            _ => number(word),
        }
    }

    fn text(&mut self) -> Option<String> {
        let mut characters = self.rest.char_indices();
        let (_, quote) = characters.next()?;
        let mut text = String::new();
        while let Some((at, c)) = characters.next() {
            if c == quote {
                self.rest = self.rest.get(at + 1..)?;
                return Some(text);
            }
            if c == '\\' {
                let (_, escaped) = characters.next()?;
                match escaped {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    '\\' | '\'' | '"' => text.push(escaped),
                    other => text.extend(['\\', other]),
                }
            } else {
                text.push(c);
            }
        }
        None
    }

    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        self.rest = self.rest.get(1..)?;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    /// Whether the closing bracket was next, and was taken.
    fn closed(&mut self, close: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(close) {
            Some(rest) => {
                self.rest = rest;
                self.depth -= 1;
                true
            }
            None => false,
        }
    }

    fn comma(&mut self) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(',')?;
        Some(())
    }

    fn sequence(&mut self, close: char) -> Option<Value> {
        self.enter()?;
        let mut items = Vec::new();
        while !self.closed(close) {
            if !items.is_empty() {
                self.comma()?;
                if self.closed(close) {
                    break;
                }
            }
            items.push(self.value()?);
        }
        Some(items.into())
    }

    fn mapping(&mut self) -> Option<Value> {
        self.enter()?;
        let mut map = edgewright_template::Map::new();
        while !self.closed('}') {
            if !map.is_empty() {
                self.comma()?;
                if self.closed('}') {
                    break;
                }
            }
            let key = self.value()?;
            let key = key
                .as_str()
                .map_or_else(|| key.to_json().to_string(), str::to_owned);
            self.rest = self.rest.trim_start().strip_prefix(':')?;
            let value = self.value()?;
            map.insert(key.into(), value);
        }
        Some(map.into())
    }
}

fn number(word: &str) -> Option<Value> {
    let digits = word.trim_start_matches(['-', '+']);
    if digits.len() + 1 < word.len()
        || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
    {
        return None;
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let plain = word.replace('_', "");
    plain
        .parse()
        .map(Value::Int)
        .or_else(|_| plain.parse().map(Value::Float))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn python_literals_have_types_and_everything_else_is_text() {
        for (text, value) in [
            ("1", json!(1)),
            ("-1.5", json!(-1.5)),
            ("True", json!(true)),
            ("true", json!("true")),
            ("0644", json!("0644")),
            ("['a', 1, {'k': None}]", json!(["a", 1, {"k": null}])),
            ("[a]", json!("[a]")),
            ("'x y'", json!("x y")),
            ("10.0.0.1", json!("10.0.0.1")),
        ] {
            assert_eq!(read(text).to_json(), value, "{text}");
        }
    }
}
