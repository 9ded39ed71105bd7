//! What a playbook's run came to, host by host, as text.
//!
//! Used by [`super::Report`]. Pure.

use edgewright_playbook::events::{Counts, Recap};

use super::ink::Ink;
use super::table::Table;
use super::words::{duration, line};
use crate::cluster::change::Summary;

/// The whole text.
pub fn render(ink: Ink, recap: &Recap) -> String {
    let mut text = format!("\n{}\n", ink.bold("PLAY RECAP"));
    let mut table = Table::new(0);
    for (host, counts) in &recap.hosts {
        table.row(row(ink, host, counts));
    }
    text.push_str(&table.render(None));
    if let Some(reason) = &recap.stopped {
        line(&mut text, format_args!("stopped before its end: {reason}"));
    }
    line(&mut text, format_args!("took {}", duration(recap.elapsed)));
    text
}

fn row(ink: Ink, host: &str, counts: &Counts) -> Vec<String> {
    let coloured = |name: &str, number: u32, paint: fn(Ink, &str) -> String| {
        let text = format!("{name}={number}");
        if number == 0 { text } else { paint(ink, &text) }
    };
    vec![
        if counts.failed + counts.unreachable > 0 {
            ink.red(host)
        } else {
            host.to_owned()
        },
        coloured("ok", counts.ok, Ink::green),
        coloured("changed", counts.changed, Ink::yellow),
        coloured("unreachable", counts.unreachable, Ink::red),
        coloured("failed", counts.failed, Ink::red),
        coloured("skipped", counts.skipped, Ink::dim),
        coloured("rescued", counts.rescued, Ink::yellow),
        coloured("ignored", counts.ignored, Ink::yellow),
    ]
}

/// The same in the numbers that every verb ends with.
pub fn summary(recap: &Recap) -> Summary {
    let mut summary = Summary::default();
    for counts in recap.hosts.values() {
        summary.changed += counts.changed;
        summary.failed += counts.failed + counts.unreachable;
        summary.unchanged += counts.ok.saturating_sub(counts.changed);
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_recap_has_ansibles_columns() {
        let web = Counts {
            ok: 12,
            changed: 3,
            ..Counts::default()
        };
        let db = Counts {
            failed: 1,
            skipped: 2,
            ..Counts::default()
        };
        let recap = Recap {
            hosts: [("web1".to_owned(), web), ("database".to_owned(), db)]
                .into_iter()
                .collect(),
            stopped: None,
            elapsed: Duration::from_millis(2340),
        };
        assert_eq!(
            render(Ink::PLAIN, &recap),
            "
PLAY RECAP
web1      ok=12  changed=3  unreachable=0  failed=0  skipped=0  rescued=0  ignored=0
database  ok=0   changed=0  unreachable=0  failed=1  skipped=2  rescued=0  ignored=0
took 2.3 s
"
        );
        let counts = summary(&recap);
        assert_eq!((counts.changed, counts.failed, counts.unchanged), (3, 1, 9));
    }
}
