//! A plan as text: grouped by who keeps what, with signs, details and prices.
//!
//! Used by [`super::Report`]. Pure.

use super::ink::Ink;
use super::lines::sign;
use super::words::{count, line};
use crate::cluster::change::{Cents, Change, Plan, Side, Verb};

/// The whole text.
pub fn render(ink: Ink, plan: &Plan) -> String {
    let mut text = String::new();
    if !plan.is_empty() {
        line(
            &mut text,
            format_args!("\nPlan for cluster {}\n", ink.bold(&plan.cluster)),
        );
    }
    for (side, changes) in groups(plan) {
        text.push_str(&ink.bold(&heading(&side)));
        text.push('\n');
        let longest = |length: fn(&Change) -> usize| {
            changes
                .iter()
                .map(|change| length(change))
                .max()
                .unwrap_or(0)
        };
        let widths = (
            longest(|change| change.kind.len()),
            longest(|change| change.name.len()),
        );
        for change in changes {
            text.push_str(&object(ink, change, widths));
        }
        text.push('\n');
    }
    text.push_str(&totals(plan));
    text.push('\n');
    let (now, then) = (plan.monthly_now, plan.monthly_then);
    if now == then {
        line(&mut text, format_args!("costs {now} a month, as before"));
    } else {
        line(
            &mut text,
            format_args!(
                "costs {now} a month now, {then} then ({})",
                difference(now, then)
            ),
        );
    }
    for note in &plan.notes {
        line(&mut text, format_args!("note: {note}"));
    }
    text
}

/// Changes by side, in the order sides first appear.
fn groups(plan: &Plan) -> Vec<(Side, Vec<&Change>)> {
    let mut groups: Vec<(Side, Vec<&Change>)> = Vec::new();
    for change in &plan.changes {
        match groups.iter_mut().find(|(side, _)| *side == change.side) {
            Some((_, changes)) => changes.push(change),
            None => groups.push((change.side.clone(), vec![change])),
        }
    }
    groups
}

fn heading(side: &Side) -> String {
    match side {
        Side::Vultr => "Vultr".to_owned(),
        Side::OpenNebula => "OpenNebula".to_owned(),
        Side::Host(name) => format!("On host {name}"),
    }
}

fn object(ink: Ink, change: &Change, (kinds, names): (usize, usize)) -> String {
    let price = change
        .monthly
        .map_or(String::new(), |price| match change.verb {
            Verb::Create => format!("+{price} a month"),
            Verb::Remove => format!("-{price} a month"),
            Verb::Change => format!("{price} a month"),
        });
    let object = format!("{:<kinds$}  {:<names$}  {price}", change.kind, change.name);
    let mut text = format!("  {} {}\n", sign(ink, change.verb), object.trim_end());
    for detail in &change.details {
        for part in detail.lines() {
            line(&mut text, format_args!("      {}", ink.dim(part)));
        }
    }
    text
}

/// One line: how many come, change, go, and stay.
pub fn totals(plan: &Plan) -> String {
    let unchanged = plan.unchanged;
    if plan.is_empty() && !plan.unknown.is_empty() {
        let hosts = plan.unknown.join(", ");
        return format!("nothing to do elsewhere; what has to be done on {hosts} is not known");
    }
    if plan.is_empty() && unchanged == 0 {
        return "nothing to do".to_owned();
    }
    if plan.is_empty() {
        return format!("nothing to do: {unchanged} objects and tasks are as they should be");
    }
    let number = |verb| {
        plan.changes
            .iter()
            .filter(|change| change.verb == verb)
            .count()
    };
    format!(
        "{} to create, {} to change, {} to remove, {unchanged} unchanged",
        number(Verb::Create),
        number(Verb::Change),
        number(Verb::Remove)
    )
}

/// What is asked before it is carried out.
pub fn question(plan: &Plan) -> String {
    let paid = plan
        .changes
        .iter()
        .filter(|change| {
            change.verb == Verb::Create && change.monthly.is_some_and(|price| price.0 > 0)
        })
        .count();
    let gone = plan
        .changes
        .iter()
        .filter(|change| change.verb == Verb::Remove && !matches!(change.side, Side::Host(_)))
        .count();
    let mut parts = Vec::new();
    if paid > 0 {
        let (now, then) = (plan.monthly_now, plan.monthly_then);
        parts.push(format!(
            "spends money on {} ({} a month)",
            count(paid, "new object", "new objects"),
            difference(now, then)
        ));
    }
    if gone > 0 {
        parts.push(format!(
            "removes {} for good",
            count(gone, "object", "objects")
        ));
    }
    format!("This {}. Proceed? [y/N] ", parts.join(" and "))
}

fn difference(now: Cents, then: Cents) -> String {
    if then >= now {
        format!("+{}", Cents(then.0 - now.0))
    } else {
        format!("-{}", Cents(now.0 - then.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let frr = Change::new(
            Verb::Change,
            Side::Host("edge-1".to_owned()),
            "task",
            "frr : Write the configuration",
        )
        .detail("--- before\n+++ after");
        Plan {
            cluster: "lab".to_owned(),
            changes: vec![
                Change::new(Verb::Create, Side::Vultr, "vpc", "lab").detail("198.18.0.0/20"),
                frr,
                Change::new(Verb::Create, Side::Vultr, "instance", "edge-0").costs(Cents(500)),
                Change::new(Verb::Remove, Side::OpenNebula, "host", "edge-9"),
            ],
            unchanged: 12,
            monthly_now: Cents(1000),
            monthly_then: Cents(1500),
            notes: vec!["what edge-0 needs is known once it is there".to_owned()],
            unknown: Vec::new(),
        }
    }

    #[test]
    fn a_plan_is_grouped_by_who_keeps_what() {
        assert_eq!(
            render(Ink::PLAIN, &plan()),
            "
Plan for cluster lab

Vultr
  + vpc       lab
      198.18.0.0/20
  + instance  edge-0  +$5.00 a month

On host edge-1
  ~ task  frr : Write the configuration
      --- before
      +++ after

OpenNebula
  - host  edge-9

2 to create, 1 to change, 1 to remove, 12 unchanged
costs $10.00 a month now, $15.00 then (+$5.00)
note: what edge-0 needs is known once it is there
"
        );
    }

    #[test]
    fn a_plan_without_changes_says_that_there_is_nothing_to_do() {
        let plan = Plan {
            unchanged: 40,
            monthly_now: Cents(1500),
            monthly_then: Cents(1500),
            ..Plan::default()
        };
        assert_eq!(
            render(Ink::PLAIN, &plan),
            "nothing to do: 40 objects and tasks are as they should be\ncosts $15.00 a month, as before\n"
        );
    }

    #[test]
    fn the_question_names_what_costs_and_what_goes() {
        assert_eq!(
            question(&plan()),
            "This spends money on 1 new object (+$5.00 a month) and removes 1 object for good. Proceed? [y/N] "
        );
    }
}
