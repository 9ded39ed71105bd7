//! Exit codes: the one place that decides them. docs/reference/exit-codes.md explains each row.

use edgewright_playbook::Recap;

use crate::cluster::change::Summary;
use crate::report::Report;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done, or nothing to do.
    Done,
    /// Something failed; the rest was done.
    Failed,
    /// What was typed, a file or the surroundings are not as they must be; nothing was touched.
    BadInput,
    /// What costs or removes was not confirmed; nothing was touched.
    NotConfirmed,
    /// `playbook`: a file is not there, or no host is left to work on.
    PlaybookMissing,
    /// `playbook`: the run was ended before its time.
    PlaybookStopped,
    /// `playbook`: tasks failed on hosts.
    HostsFailed,
    /// `playbook`: hosts could not be reached.
    HostsUnreachable,
    /// `playbook`: playbooks, roles or inventory cannot be read or hold errors; nothing was touched.
    PlaybookErrors,
    /// Ended by Ctrl-C or a signal.
    Interrupted,
}

/// Every exit with the words that the reference has for it, in the order of the reference.
pub const TABLE: &[(Exit, &str)] = &[
    (Exit::Done, "all done, or nothing to do"),
    (Exit::Failed, "something failed; the rest was done"),
    (
        Exit::BadInput,
        "what was typed, a file or the surroundings are not as they must be; nothing was touched",
    ),
    (
        Exit::NotConfirmed,
        "what costs or removes was not confirmed; nothing was touched",
    ),
    (
        Exit::PlaybookMissing,
        "`playbook`: a file is not there, or no host is left to work on",
    ),
    (
        Exit::PlaybookStopped,
        "`playbook`: the run was ended before its time",
    ),
    (Exit::HostsFailed, "`playbook`: tasks failed on hosts"),
    (
        Exit::HostsUnreachable,
        "`playbook`: hosts could not be reached",
    ),
    (
        Exit::PlaybookErrors,
        "`playbook`: playbooks, roles or inventory hold errors; nothing was touched",
    ),
    (Exit::Interrupted, "ended by Ctrl-C or a signal"),
];

impl Exit {
    /// The number that the system gets.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed | Self::PlaybookMissing | Self::PlaybookStopped => 1,
            Self::BadInput | Self::HostsFailed => 2,
            Self::NotConfirmed => 3,
            Self::HostsUnreachable | Self::PlaybookErrors => 4,
            Self::Interrupted => 130,
        }
    }

    /// The exit of a verb that came to these counts.
    pub fn of_summary(summary: &Summary) -> Self {
        if summary.failed == 0 {
            Self::Done
        } else {
            Self::Failed
        }
    }

    /// The exit of a playbook's run, `ansible-playbook`'s.
    pub fn of_recap(recap: &Recap) -> Self {
        match recap.exit_code() {
            0 => Self::Done,
            1 => Self::PlaybookStopped,
            4 => Self::HostsUnreachable,
            _ => Self::HostsFailed,
        }
    }
}

/// The exit, unless standard output lacks something that was printed to it; then that is told.
pub(super) fn unless_lost(exit: Exit, report: &Report) -> Exit {
    match report.end() {
        Some(_) if exit == Exit::Done => Exit::Failed,
        _ => exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewright_playbook::Counts;

    #[test]
    fn the_reference_has_a_row_for_every_exit() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/exit-codes.md");
        let text = fs_err::read_to_string(path).unwrap();
        let rows: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("| ") && line.contains('`') || line.starts_with("| 0"))
            .collect();
        for (exit, words) in TABLE {
            let row = format!("| {} | {words} |", exit.code());
            assert!(
                text.lines().any(|line| line.starts_with(&row)),
                "no row `{row}` among {rows:#?}"
            );
        }
    }

    #[test]
    fn unreachable_hosts_weigh_more_than_failed_ones() {
        let counts = |failed, unreachable| Counts {
            failed,
            unreachable,
            ..Counts::default()
        };
        let recap = |hosts: Vec<Counts>, stopped: Option<&str>| Recap {
            hosts: (0..).map(|n: u8| n.to_string()).zip(hosts).collect(),
            stopped: stopped.map(str::to_owned),
            ..Recap::default()
        };
        let exits = [
            recap(vec![], None),
            recap(vec![counts(0, 0)], None),
            recap(vec![counts(1, 0)], None),
            recap(vec![counts(1, 0), counts(0, 1)], None),
            recap(vec![counts(0, 0)], Some("any_errors_fatal")),
        ]
        .map(|recap| Exit::of_recap(&recap));
        assert_eq!(
            exits,
            [
                Exit::Done,
                Exit::Done,
                Exit::HostsFailed,
                Exit::HostsUnreachable,
                Exit::PlaybookStopped
            ]
        );
    }
}
