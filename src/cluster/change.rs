//! What differs between a cluster as it should be and as it is, object by object.
//!
//! Made by `plan`, carried out by `reconcile`, shown by `report`. Pure data.

use serde::Serialize;

/// Who keeps an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The Vultr account.
    Vultr,
    /// The OpenNebula front-end.
    OpenNebula,
    /// A host of the cluster, by its name.
    Host(String),
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It is made.
    Create,
    /// It is there and becomes as it should be.
    Change,
    /// It goes.
    Remove,
}

impl Verb {
    /// The word for it in tables: `create`, `change`, `remove`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Remove => "remove",
        }
    }
}

/// An amount of money in hundredths of a US dollar, as Vultr's catalogue gives prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Cents(pub u64);

impl std::fmt::Display for Cents {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "${}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl std::iter::Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

/// One object and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What is done.
    pub verb: Verb,
    /// Who keeps the object.
    pub side: Side,
    /// What it is: `instance`, `vpc`, `firewall rule`, `host`, `datastore`, `task` …
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Differences, one a line, such as `CLUSTER_ID: 0 -> 100`; or what a new object will be.
    pub details: Vec<String>,
    /// What it costs a month, where it costs anything.
    pub monthly: Option<Cents>,
}

impl Change {
    /// A change without details and price.
    pub fn new(verb: Verb, side: Side, kind: &'static str, name: impl Into<String>) -> Self {
        Self {
            verb,
            side,
            kind,
            name: name.into(),
            details: Vec::new(),
            monthly: None,
        }
    }

    /// The same with one more detail.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.details.push(text.into());
        self
    }

    /// The same with its price.
    #[must_use]
    pub fn costs(mut self, monthly: Cents) -> Self {
        self.monthly = Some(monthly);
        self
    }
}

/// What would be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Name of the cluster.
    pub cluster: String,
    /// Everything that differs.
    pub changes: Vec<Change>,
    /// Number of objects and tasks that are as they should be.
    pub unchanged: u32,
    /// What the cluster costs a month today.
    pub monthly_now: Cents,
    /// What it will cost a month.
    pub monthly_then: Cents,
    /// What cannot be known yet, such as what has to be done on a host that is not there.
    pub notes: Vec<String>,
    /// Hosts that are there and could not be looked at.
    pub unknown: Vec<String>,
}

impl Plan {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether anything is made that costs money.
    pub fn spends(&self) -> bool {
        self.changes.iter().any(|change| {
            change.verb == Verb::Create && change.monthly.is_some_and(|price| price.0 > 0)
        })
    }

    /// Whether any object goes (a line on a host does not count).
    pub fn removes(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.verb == Verb::Remove && !matches!(change.side, Side::Host(_)))
    }
}

/// What a verb came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects that were made.
    pub created: u32,
    /// Objects and tasks that were changed.
    pub changed: u32,
    /// Objects that were removed.
    pub removed: u32,
    /// Objects, hosts and checks that failed.
    pub failed: u32,
    /// Objects and tasks that were as they should be.
    pub unchanged: u32,
}

impl Summary {
    /// Counts what was done.
    pub fn count(&mut self, verb: Verb) {
        match verb {
            Verb::Create => self.created += 1,
            Verb::Change => self.changed += 1,
            Verb::Remove => self.removed += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_spends_only_when_it_makes_what_costs() {
        let free = Change::new(Verb::Create, Side::Vultr, "vpc", "lab");
        let paid = Change::new(Verb::Create, Side::Vultr, "instance", "lab-0").costs(Cents(500));
        let mut plan = Plan {
            changes: vec![free],
            ..Plan::default()
        };
        assert!(!plan.spends());
        plan.changes.push(paid);
        assert!(plan.spends());
        assert!(!plan.removes());
    }

    #[test]
    fn prices_are_shown_in_dollars() {
        assert_eq!(
            [Cents(500), Cents(1205)]
                .into_iter()
                .sum::<Cents>()
                .to_string(),
            "$17.05"
        );
    }
}
