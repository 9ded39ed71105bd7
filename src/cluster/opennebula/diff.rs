//! How an object of OpenNebula differs from what it should say.
//!
//! Called by `plan` (to name the differences) and `act` (to send them). Pure. A merge replaces whole vectors, so the members
//! that others added to one of ours are sent along.

use edgewright_opennebula::{Content, Template, Vector};

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// One line each, such as ``REPLICA_HOST: `198.18.0.10` -> `198.18.0.11` ``.
    pub details: Vec<String>,
    /// What to merge into the object.
    pub update: Template,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.details.is_empty()
    }
}

/// Compares attributes: what is not wanted is left alone. `ignored` are keys that take part in creation only.
pub fn compare(wanted: &Template, actual: &Template, ignored: &[&str]) -> Difference {
    let mut difference = Difference::default();
    for (key, content) in wanted.iter().filter(|(key, _)| !ignored.contains(key)) {
        match content {
            Content::Scalar(value) => {
                let found = actual.scalar(key);
                if found != Some(value) {
                    difference.details.push(line(key, found, value));
                    difference.update.push(key, value.as_str());
                }
            }
            Content::Vector(members) => vector(key, members, actual.vector(key), &mut difference),
        }
    }
    difference
}

fn vector(key: &str, wanted: &Vector, actual: Option<&Vector>, difference: &mut Difference) {
    let mut merged: Vec<(String, String)> = actual
        .into_iter()
        .flat_map(Vector::iter)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut differs = false;
    for (name, value) in wanted.iter() {
        match merged.iter_mut().find(|(known, _)| known == name) {
            Some((_, found)) if found == value => {}
            Some((_, found)) => {
                difference
                    .details
                    .push(line(&format!("{key}/{name}"), Some(found), value));
                value.clone_into(found);
                differs = true;
            }
            None => {
                difference
                    .details
                    .push(line(&format!("{key}/{name}"), None, value));
                merged.push((name.to_owned(), value.to_owned()));
                differs = true;
            }
        }
    }
    if differs {
        difference.update.push_vector(key, merged);
    }
}

/// One difference in words.
pub fn line(key: &str, found: Option<&str>, wanted: &str) -> String {
    match found {
        Some(found) => format!("{key}: `{found}` -> `{wanted}`"),
        None => format!("{key}: missing -> `{wanted}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_added_is_kept() {
        let wanted = Template::new()
            .with("A", "1")
            .with_vector("PROVISION", [("EDGEWRIGHT", "lab"), ("REGION", "ams")]);
        let actual = Template::new()
            .with("A", "1")
            .with("THEIRS", "x")
            .with_vector(
                "PROVISION",
                [("ID", "7"), ("EDGEWRIGHT", "lab"), ("REGION", "fra")],
            );
        let difference = compare(&wanted, &actual, &[]);
        assert_eq!(difference.details, ["PROVISION/REGION: `fra` -> `ams`"]);
        let sent = Template::new().with_vector(
            "PROVISION",
            [("ID", "7"), ("EDGEWRIGHT", "lab"), ("REGION", "ams")],
        );
        assert_eq!(difference.update, sent);
    }

    #[test]
    fn what_is_as_it_should_be_needs_no_update() {
        let wanted = Template::new().with("NAME", "lab").with("A", "1");
        let difference = compare(&wanted, &Template::new().with("A", "1"), &["NAME"]);
        assert!(difference.is_empty());
        assert!(difference.update.is_empty());
    }

    #[test]
    fn what_is_missing_is_named() {
        let difference = compare(&Template::new().with("A", "1"), &Template::new(), &[]);
        assert_eq!(difference.details, ["A: missing -> `1`"]);
    }
}
