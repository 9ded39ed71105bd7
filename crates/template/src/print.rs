//! Values as text, as Python prints them: that is what templates written for Ansible expect.

use std::fmt::Write as _;

use minijinja::value::{Value as Jinja, ValueKind};

/// As `str()` prints it.
pub(crate) fn text(value: &Jinja) -> String {
    match value.kind() {
        ValueKind::Bool => if value.is_true() { "True" } else { "False" }.to_owned(),
        ValueKind::None => "None".to_owned(),
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => repr(value),
        _ => value.to_string(),
    }
}

/// As `repr()` prints it.
fn repr(value: &Jinja) -> String {
    let mut out = String::new();
    match value.kind() {
        ValueKind::String => return quoted(&value.to_string()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<String> = value
                .try_iter()
                .map(|items| items.map(|item| repr(&item)).collect())
                .unwrap_or_default();
            // Writing to a string cannot fail.
            write!(out, "[{}]", items.join(", ")).unwrap_or_default();
        }
        ValueKind::Map => {
            let keys = value
                .try_iter()
                .map(Iterator::collect::<Vec<_>>)
                .unwrap_or_default();
            let pairs: Vec<String> = keys
                .iter()
                .map(|key| {
                    format!(
                        "{}: {}",
                        repr(key),
                        repr(&value.get_item(key).unwrap_or_default())
                    )
                })
                .collect();
            write!(out, "{{{}}}", pairs.join(", ")).unwrap_or_default();
        }
        _ => return text(value),
    }
    out
}

/// Python prefers single quotes, and takes double ones where the text holds single ones only.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if u32::from(c) < 0x20 || c == '\u{7f}' => {
                write!(out, "\\x{:02x}", u32::from(c)).unwrap_or_default();
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn values_are_printed_as_python_prints_them() {
        let value = context! { a => true, b => (), c => vec!["it's", "say \"hi\"", "x"], d => 1.0 };
        assert_eq!(
            text(&value),
            r#"{'a': True, 'b': None, 'c': ["it's", 'say "hi"', 'x'], 'd': 1.0}"#
        );
        assert_eq!(text(&Jinja::from("plain")), "plain");
    }
}
