//! Filters of texts, numbers and encodings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Value as Jinja, ValueKind};
use minijinja::{Environment, Error};
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha512};

use super::{expression, failed};
use crate::{convert, print};

pub(crate) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("bool", bool);
    environment.add_filter("string", |value: &Jinja| print::text(value));
    environment.add_filter("quote", |value: &Jinja| quote(&print::text(value)));
    environment.add_filter("b64encode", |text: &str| STANDARD.encode(text));
    environment.add_filter("b64decode", b64decode);
    environment.add_filter("to_json", |value: &Jinja| to_json(value, false));
    environment.add_filter("to_nice_json", |value: &Jinja, _options: Kwargs| {
        to_json(value, true)
    });
    environment.add_filter("from_json", |text: &str| {
        serde_json::from_str::<serde_json::Value>(text)
            .map(|value| convert::from_json(&value))
            .map_err(|error| failed(format!("this is not JSON: {error}")))
    });
    environment.add_filter("regex_replace", regex_replace);
    environment.add_filter("regex_search", regex_search);
    environment.add_filter("regex_findall", |text: &Jinja, pattern: &str| {
        let text = text.to_string();
        Ok::<_, Error>(
            expression(pattern)?
                .find_iter(&text)
                .map(|found| found.as_str().to_owned())
                .collect::<Vec<_>>(),
        )
    });
    environment.add_filter("regex_escape", |text: &str| regex::escape(text));
    environment.add_filter(
        "split",
        |text: &str, separator: Option<&str>| match separator {
            Some(separator) => text.split(separator).map(str::to_owned).collect::<Vec<_>>(),
            None => text.split_whitespace().map(str::to_owned).collect(),
        },
    );
    environment.add_filter("basename", |path: &str| {
        path.rsplit('/').next().unwrap_or_default().to_owned()
    });
    environment.add_filter("dirname", |path: &str| {
        path.rsplit_once('/')
            .map_or(
                "",
                |(directory, _)| if directory.is_empty() { "/" } else { directory },
            )
            .to_owned()
    });
    environment.add_filter("hash", |text: &str, algorithm: Option<&str>| {
        hash(text, algorithm.unwrap_or("sha1"))
    });
    environment.add_filter("checksum", |text: &str| hash(text, "sha1"));
    environment.add_filter("type_debug", |value: &Jinja| type_name(value));
    environment.add_filter(
        "ternary",
        |value: &Jinja, yes: Jinja, no: Jinja, null: Option<Jinja>| match null {
            Some(null) if value.is_none() => null,
            _ if value.is_true() => yes,
            _ => no,
        },
    );
    environment.add_filter("mandatory", |value: Jinja, message: Option<&str>| {
        if value.is_undefined() {
            Err(failed(
                message.unwrap_or("a mandatory variable is not defined"),
            ))
        } else {
            Ok(value)
        }
    });
}

/// As Ansible reads truth: words, numbers; everything else is false.
fn bool(value: &Jinja) -> bool {
    match value.kind() {
        ValueKind::Bool => value.is_true(),
        ValueKind::Number => value.as_i64() == Some(1),
        ValueKind::String => {
            matches!(
                value.to_string().to_lowercase().as_str(),
                "yes" | "on" | "1" | "true" | "y" | "t"
            )
        }
        _ => false,
    }
}

fn quote(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
}

fn b64decode(text: &str) -> Result<String, Error> {
    let bytes = STANDARD
        .decode(text.trim())
        .map_err(|error| failed(format!("this is not base64: {error}")))?;
    String::from_utf8(bytes).map_err(|_| failed("what the base64 holds is not UTF-8 text"))
}

/// JSON as Python's `json.dumps` writes it: a space behind `,` and `:`, sorted keys where it is to look nice.
fn to_json(value: &Jinja, nice: bool) -> Result<String, Error> {
    let json = convert::from_jinja(value)?.to_json();
    let mut out = String::new();
    write_json(&json, nice.then_some(0), &mut out);
    Ok(out)
}

fn write_json(value: &serde_json::Value, indent: Option<usize>, out: &mut String) {
    let inner = indent.map(|indent| indent + 4);
    let line = |out: &mut String, indent: Option<usize>| {
        if let Some(indent) = indent {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
        }
    };
    let comma = if indent.is_some() { "," } else { ", " };
    match value {
        serde_json::Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { comma } else { "" });
                line(out, inner);
                write_json(item, inner, out);
            }
            line(out, indent);
            out.push(']');
        }
        serde_json::Value::Object(map) if !map.is_empty() => {
            let mut pairs: Vec<_> = map.iter().collect();
            if indent.is_some() {
                pairs.sort_by(|left, right| left.0.cmp(right.0));
            }
            out.push('{');
            for (at, (key, item)) in pairs.into_iter().enumerate() {
                out.push_str(if at > 0 { comma } else { "" });
                line(out, inner);
                out.push_str(&serde_json::Value::from(key.as_str()).to_string());
                out.push_str(": ");
                write_json(item, inner, out);
            }
            line(out, indent);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine hands arguments over by value"
)]
fn regex_replace(
    text: &Jinja,
    pattern: &str,
    replacement: &str,
    options: Kwargs,
) -> Result<String, Error> {
    let mut flags = String::new();
    for (name, flag) in [("ignorecase", 'i'), ("multiline", 'm')] {
        if options.get::<Option<bool>>(name)? == Some(true) {
            flags.push(flag);
        }
    }
    options.assert_all_used()?;
    let pattern = if flags.is_empty() {
        pattern.to_owned()
    } else {
        format!("(?{flags}){pattern}")
    };
    let text = print::text(text);
    Ok(expression(&pattern)?
        .replace_all(&text, python_replacement(replacement))
        .into_owned())
}

/// `\1` and `\g<name>` of Python are `${1}` and `${name}` here.
fn python_replacement(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = behind;
        match c {
            '$' => out.push_str("$$"),
            '\\' => {
                if let Some((name, after)) = behind
                    .strip_prefix("g<")
                    .and_then(|inner| inner.split_once('>'))
                {
                    out.extend(["${", name, "}"]);
                    rest = after;
                } else if let Some(digit) = behind.chars().next().filter(char::is_ascii_digit) {
                    out.push_str("${");
                    out.push(digit);
                    out.push('}');
                    rest = behind.get(1..).unwrap_or_default();
                } else {
                    out.push('\\');
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// The whole match, or nothing; with `\\1` and the like, those groups.
fn regex_search(text: &Jinja, pattern: &str, group: Option<&str>) -> Result<Jinja, Error> {
    let text = print::text(text);
    let expression = expression(pattern)?;
    let Some(found) = expression.captures(&text) else {
        return Ok(Jinja::from(()));
    };
    match group {
        None => Ok(Jinja::from(found.get(0).map_or("", |all| all.as_str()))),
        Some(group) => {
            let number = group
                .trim_start_matches('\\')
                .parse::<usize>()
                .map_err(|_| failed(format!("`{group}` is no group")))?;
            Ok(Jinja::from(vec![
                found
                    .get(number)
                    .map_or("", |part| part.as_str())
                    .to_owned(),
            ]))
        }
    }
}

fn hash(text: &str, algorithm: &str) -> Result<String, Error> {
    let bytes = match algorithm {
        "sha1" => Sha1::digest(text).to_vec(),
        "sha256" => Sha256::digest(text).to_vec(),
        "sha512" => Sha512::digest(text).to_vec(),
        other => {
            return Err(failed(format!(
                "`{other}` is no supported hash; there are sha1, sha256 and sha512"
            )));
        }
    };
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    Ok(bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect())
}

fn type_name(value: &Jinja) -> &'static str {
    match value.kind() {
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Seq | ValueKind::Iterable => "list",
        ValueKind::Map => "dict",
        ValueKind::None => "NoneType",
        _ => "object",
    }
}
