//! Ansible's tests: what stands behind `is`.

use std::cmp::Ordering;

use minijinja::value::Value as Jinja;
use minijinja::{Environment, Error, ErrorKind};

use crate::filters::expression;

pub(crate) fn add(environment: &mut Environment<'static>) {
    for (names, test) in [
        (
            ["failed", "failure"],
            (|v: &Jinja| truth(v, "failed")) as fn(&Jinja) -> bool,
        ),
        (["succeeded", "success"], |v| !truth(v, "failed")),
        (["changed", "change"], |v| truth(v, "changed")),
        (["skipped", "skip"], |v| truth(v, "skipped")),
        (["unreachable", "is_unreachable"], |v| {
            truth(v, "unreachable")
        }),
        (["truthy", "truthy_"], |v| v.is_true()),
        (["falsy", "falsy_"], |v| !v.is_true()),
    ] {
        for name in names {
            environment.add_test(name, move |value: &Jinja| test(value));
        }
    }
    environment.add_test("match", |text: &str, pattern: &str| {
        Ok::<_, Error>(
            expression(pattern)?
                .find(text)
                .is_some_and(|found| found.start() == 0),
        )
    });
    environment.add_test("search", |text: &str, pattern: &str| {
        Ok::<_, Error>(expression(pattern)?.is_match(text))
    });
    environment.add_test("regex", |text: &str, pattern: &str| {
        Ok::<_, Error>(expression(pattern)?.is_match(text))
    });
    environment.add_test("contains", |list: &Jinja, item: &Jinja| {
        Ok::<_, Error>(list.try_iter()?.any(|found| found == *item))
    });
    environment.add_test("subset", |list: &Jinja, of: &Jinja| subset(list, of));
    environment.add_test("superset", |list: &Jinja, of: &Jinja| subset(of, list));
    environment.add_test("version", version);
    environment.add_test("version_compare", version);
}

fn truth(value: &Jinja, name: &str) -> bool {
    value.get_attr(name).is_ok_and(|found| found.is_true())
}

fn subset(list: &Jinja, of: &Jinja) -> Result<bool, Error> {
    let all: Vec<Jinja> = of.try_iter()?.collect();
    Ok(list.try_iter()?.all(|item| all.contains(&item)))
}

fn version(value: &Jinja, other: &Jinja, operator: Option<&str>) -> Result<bool, Error> {
    let order = compare(&value.to_string(), &other.to_string());
    Ok(match operator.unwrap_or("eq") {
        "==" | "=" | "eq" => order == Ordering::Equal,
        "!=" | "<>" | "ne" => order != Ordering::Equal,
        ">" | "gt" => order == Ordering::Greater,
        ">=" | "ge" => order != Ordering::Less,
        "<" | "lt" => order == Ordering::Less,
        "<=" | "le" => order != Ordering::Greater,
        other => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("`{other}` is no comparison of versions"),
            ));
        }
    })
}

/// Compares versions part by part: runs of digits as numbers, runs of letters as text.
fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (parts(left), parts(right));
    left.cmp(&right)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    Number(u64),
}

fn parts(version: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = version.trim();
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let same = |c: char| c.is_ascii_digit() == digits && c.is_ascii_alphanumeric();
        if !first.is_ascii_alphanumeric() {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        parts.push(
            word.parse()
                .map_or_else(|_| Part::Text(word.to_owned()), Part::Number),
        );
        rest = rest.get(end..).unwrap_or_default();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(compare("8.10", "8.9"), Ordering::Greater);
        assert_eq!(compare("12", "12.0"), Ordering::Less);
        assert_eq!(compare("1.0", "1.0"), Ordering::Equal);
    }
}
