//! What a playbook's run came to, host by host, as text.
//!
//! Used by [`super::Report`]. Pure.

use edgewright_playbook::events::{Counts, Recap};

use super::ink::Ink;
use super::table::Table;
use super::words::{duration, line};
use crate::cluster::change::Summary;

/// The whole text. Where a terminal is too narrow for all columns, those that are 0 everywhere are left out, as far as
/// they say nothing of success.
pub fn render(ink: Ink, recap: &Recap, width: Option<usize>) -> String {
    let mut text = format!("\n{}\n", ink.bold("PLAY RECAP"));
    let all = table(ink, recap, |_| true);
    let fits = width.is_none_or(|width| {
        let longest = all.lines().map(console::measure_text_width).max();
        longest.unwrap_or(0) <= width
    });
    if fits {
        text.push_str(&all);
    } else {
        text.push_str(&table(ink, recap, |column| {
            column.always
                || recap
                    .hosts
                    .values()
                    .any(|counts| (column.count)(counts) > 0)
        }));
    }
    if let Some(reason) = &recap.stopped {
        line(&mut text, format_args!("stopped before its end: {reason}"));
    }
    line(&mut text, format_args!("took {}", duration(recap.elapsed)));
    text
}

struct Column {
    name: &'static str,
    count: fn(&Counts) -> u32,
    paint: fn(Ink, &str) -> String,
    always: bool,
}

const COLUMNS: [Column; 7] = [
    column("ok", |counts| counts.ok, Ink::green, true),
    column("changed", |counts| counts.changed, Ink::yellow, true),
    column("unreachable", |counts| counts.unreachable, Ink::red, false),
    column("failed", |counts| counts.failed, Ink::red, true),
    column("skipped", |counts| counts.skipped, Ink::dim, false),
    column("rescued", |counts| counts.rescued, Ink::yellow, false),
    column("ignored", |counts| counts.ignored, Ink::yellow, false),
];

const fn column(
    name: &'static str,
    count: fn(&Counts) -> u32,
    paint: fn(Ink, &str) -> String,
    always: bool,
) -> Column {
    Column {
        name,
        count,
        paint,
        always,
    }
}

fn table(ink: Ink, recap: &Recap, shown: impl Fn(&Column) -> bool) -> String {
    let mut table = Table::new(0);
    for (host, counts) in &recap.hosts {
        let host = if counts.failed + counts.unreachable > 0 {
            ink.red(host)
        } else {
            host.clone()
        };
        let cells = COLUMNS.iter().filter(|column| shown(column)).map(|column| {
            let number = (column.count)(counts);
            let text = format!("{}={number}", column.name);
            if number == 0 {
                text
            } else {
                (column.paint)(ink, &text)
            }
        });
        table.row([host].into_iter().chain(cells));
    }
    table.render(None)
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
            render(Ink::PLAIN, &recap, None),
            "
PLAY RECAP
web1      ok=12  changed=3  unreachable=0  failed=0  skipped=0  rescued=0  ignored=0
database  ok=0   changed=0  unreachable=0  failed=1  skipped=2  rescued=0  ignored=0
took 2.3 s
"
        );
        assert_eq!(
            render(Ink::PLAIN, &recap, Some(60)),
            "
PLAY RECAP
web1      ok=12  changed=3  failed=0  skipped=0
database  ok=0   changed=0  failed=1  skipped=2
took 2.3 s
"
        );
        let counts = summary(&recap);
        assert_eq!((counts.changed, counts.failed, counts.unchanged), (3, 1, 9));
    }
}
