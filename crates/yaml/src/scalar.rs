//! Plain scalars by the rules of YAML 1.1, as Ansible's loader resolves them.
//!
//! The rules are those of <https://yaml.org/type/> in the reading that Ansible has: octal with a leading zero,
//! underscores in numbers, base 60, and `yes`/`no`/`on`/`off` as booleans. Dates stay text.

use crate::node::Data;

/// Resolves a plain scalar.
pub fn resolve(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Data::Bool(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Data::Bool(false);
        }
        _ => {}
    }
    let starts_like_a_number =
        text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if starts_like_a_number {
        if let Some(int) = integer(text) {
            return Data::Int(int);
        }
        if let Some(float) = float(text) {
            return Data::Float(float);
        }
    }
    Data::Str(text.into())
}

fn split_sign(text: &str) -> (i64, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    }
}

fn digits(text: &str, radix: u32) -> Option<i64> {
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    if bare.is_empty() || !bare.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    i64::from_str_radix(&bare, radix).ok()
}

fn integer(text: &str) -> Option<i64> {
    let (sign, rest) = split_sign(text);
    let magnitude = if let Some(binary) = rest.strip_prefix("0b") {
        digits(binary, 2)?
    } else if let Some(hexadecimal) = rest.strip_prefix("0x") {
        digits(hexadecimal, 16)?
    } else if rest.contains(':') {
        return sexagesimal(rest).and_then(|value| value.checked_mul(sign));
    } else if rest == "0" {
        0
    } else if let Some(octal) = rest.strip_prefix('0') {
        digits(octal, 8)?
    } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
        digits(rest, 10)?
    } else {
        return None;
    };
    magnitude.checked_mul(sign)
}

/// `12:30:45` is 45 045: base 60, each part after the first below 60.
fn sexagesimal(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    if !first.starts_with(|c: char| ('1'..='9').contains(&c)) {
        return None;
    }
    let mut value = digits(first, 10)?;
    for part in parts {
        if part.is_empty() || part.len() > 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part: i64 = part.parse().ok().filter(|part| *part < 60)?;
        value = value.checked_mul(60)?.checked_add(part)?;
    }
    Some(value)
}

fn float(text: &str) -> Option<f64> {
    let (sign, rest) = split_sign(text);
    let sign = if sign < 0 { -1.0 } else { 1.0 };
    match rest {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if rest == text => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        // YAML 1.1 wants a sign: `1e3` is text, `1.0e+3` a number.
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-'])?;
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (mantissa, Some(exponent))
        }
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let has_digit = mantissa.bytes().any(|b| b.is_ascii_digit());
    if !has_digit || !plain(whole) || !plain(fraction) || whole.starts_with('_') {
        return None;
    }
    let bare: String = mantissa.chars().filter(|c| *c != '_').collect();
    let bare = if bare.starts_with('.') {
        format!("0{bare}")
    } else {
        bare
    };
    let bare = if bare.ends_with('.') {
        format!("{bare}0")
    } else {
        bare
    };
    let value: f64 = format!(
        "{bare}{}",
        exponent.map_or(String::new(), |e| format!("e{e}"))
    )
    .parse()
    .ok()?;
    Some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_yaml_1_1() {
        for (text, value) in [
            ("0", 0),
            ("0644", 0o644),
            ("1_000", 1000),
            ("0x1F", 31),
            ("0b101", 5),
            ("-17", -17),
            ("12:30:45", 45045),
            ("+8", 8),
        ] {
            assert_eq!(resolve(text), Data::Int(value), "{text}");
        }
    }

    #[test]
    fn floats_want_a_point_and_a_signed_exponent() {
        assert_eq!(resolve("1.5"), Data::Float(1.5));
        assert_eq!(resolve(".5"), Data::Float(0.5));
        assert_eq!(resolve("1.0e+3"), Data::Float(1000.0));
        assert_eq!(resolve("-.inf"), Data::Float(f64::NEG_INFINITY));
        assert_eq!(resolve("1e3"), Data::Str("1e3".into()));
    }

    #[test]
    fn what_only_looks_like_a_number_stays_text() {
        for text in [
            "0o644",
            "089",
            "1.2.3.4",
            "12:99",
            "-",
            ".",
            "+",
            "fe80::1",
            "2026-11-24",
            "1:2:",
            "9".repeat(30).as_str(),
        ] {
            assert_eq!(resolve(text), Data::Str(text.into()), "{text}");
        }
    }

    #[test]
    fn booleans_and_null_have_all_their_spellings() {
        assert_eq!(resolve("yes"), Data::Bool(true));
        assert_eq!(resolve("Off"), Data::Bool(false));
        assert_eq!(resolve("~"), Data::Null);
        assert_eq!(resolve("y"), Data::Str("y".into()));
        assert_eq!(resolve("yEs"), Data::Str("yEs".into()));
    }
}
