//! The checks of `verify` as text.
//!
//! Used by [`super::Report`]. Pure.

use super::ink::Ink;
use super::table::Table;
use super::words::{count, line};
use crate::cluster::verify::Check;

/// The whole text.
pub fn render(ink: Ink, checks: &[Check], width: Option<usize>) -> String {
    let mut table = Table::new(0);
    table.row(["CHECK", "HOST", "PEER", "RESULT", "SEEN"].map(|title| ink.dim(title)));
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.passed).collect();
    for check in checks {
        let result = if check.passed {
            ink.green("passed")
        } else {
            ink.red("FAILED")
        };
        table.row([
            check.name,
            &check.host,
            check.peer.as_deref().unwrap_or_default(),
            &result,
            &check.seen,
        ]);
    }
    let mut text = table.render(width);
    text.push('\n');
    for check in &failed {
        if let Some(help) = &check.help {
            line(
                &mut text,
                format_args!("help: {} on {}: {help}", check.name, check.host),
            );
        }
    }
    let all = count(checks.len(), "check", "checks");
    match failed.len() {
        0 => line(&mut text, format_args!("all {all} passed")),
        failed => line(&mut text, format_args!("{failed} of {all} failed")),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: Option<&str>, passed: bool) -> Check {
        Check {
            name: "bgp",
            host: "edge-0".to_owned(),
            peer: peer.map(str::to_owned),
            passed,
            seen: if passed { "Established" } else { "Active" }.to_owned(),
            help: (!passed).then(|| "see whether port 179 is open between the two".to_owned()),
        }
    }

    #[test]
    fn checks_are_shown_in_a_table_and_help_below_it() {
        assert_eq!(
            render(
                Ink::PLAIN,
                &[check(Some("edge-1"), true), check(Some("edge-2"), false)],
                Some(80)
            ),
            "CHECK  HOST    PEER    RESULT  SEEN
bgp    edge-0  edge-1  passed  Established
bgp    edge-0  edge-2  FAILED  Active

help: bgp on edge-0: see whether port 179 is open between the two
1 of 2 checks failed
"
        );
    }

    #[test]
    fn a_column_without_peers_is_left_out_when_all_passed() {
        assert!(render(Ink::PLAIN, &[check(None, true)], None).ends_with("\nall 1 check passed\n"));
    }
}
