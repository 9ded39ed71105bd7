//! Which variables a text is sure to need, whatever their values are.
//!
//! Called by `undefined`. What stands behind `and`, `or`, `if`, in a block, or is asked with `default` or `defined`,
//! may never be looked at: it is left out.

use std::collections::BTreeSet;

use edgewright_template::{condition_references, references};

/// Words that make it unsure whether a variable must be there.
const UNSURE: &[&str] = &[
    "default", "defined", "| d(", "|d(", " if ", "omit", "lookup", "query",
];

/// Variables that a condition, or the inside of `{{ }}`, is sure to need.
pub(super) fn of_expression(expression: &str) -> BTreeSet<String> {
    if UNSURE.iter().any(|word| expression.contains(word)) {
        return BTreeSet::new();
    }
    let flat: String = expression
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let end = [" and ", " or "]
        .iter()
        .filter_map(|word| flat.find(word))
        .min();
    // What is cut in the middle of a bracket cannot be read, and then nothing is sure.
    condition_references(flat.get(..end.unwrap_or(flat.len())).unwrap_or_default())
}

/// Variables that a template is sure to need.
pub(super) fn of_template(text: &str) -> BTreeSet<String> {
    let all = references(text);
    let mut found = BTreeSet::new();
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(start) = ["{{", "{%", "{#"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
    {
        let opened = rest.get(start..).unwrap_or_default();
        let (close, kind) = match opened.get(..2) {
            Some("{{") => ("}}", '{'),
            Some("{%") => ("%}", '%'),
            _ => ("#}", '#'),
        };
        let Some(length) = opened.find(close) else {
            break;
        };
        let inside = opened
            .get(2..length)
            .unwrap_or_default()
            .trim_matches(['-', '+'])
            .trim();
        match kind {
            '{' if depth == 0 => found.extend(of_expression(inside)),
            '%' => match inside.split_whitespace().next() {
                Some("raw") => return found,
                Some("if" | "for" | "macro" | "call" | "filter" | "block") => depth += 1,
                Some(word) if word.starts_with("end") => depth = depth.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
        rest = opened.get(length + 2..).unwrap_or_default();
    }
    found.intersection(&all).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: BTreeSet<String>) -> Vec<String> {
        found.into_iter().collect()
    }

    #[test]
    fn what_may_never_be_looked_at_is_left_out() {
        assert_eq!(names(of_expression("a == 1 and b == 2")), ["a"]);
        assert_eq!(names(of_expression("a.b | upper ~ c")), ["a", "c"]);
        assert!(of_expression("a is defined and a.b").is_empty());
        assert!(of_expression("a | default(b)").is_empty());
        assert!(of_expression("x if y else z").is_empty());
        assert!(of_expression("(a or b) == c").is_empty());
    }

    #[test]
    fn blocks_and_their_variables_are_left_out() {
        let text = "{{ a }} {% for x in b %}{{ x }} {{ c }}{% endfor %}{% set d = 1 %}{{ d }} {{ e }}{# {{ f }} #}";
        assert_eq!(names(of_template(text)), ["a", "e"]);
    }
}
