//! The command line: what may be typed, what it means, and which exit code it ends with.
//!
//! Called by `main`. Each verb has a file with two types, as typed (`…Words`) and as meant; what it does lives in
//! `cluster` and in the playbook engine, what it shows in `report`. A runtime is started only for verbs that wait for
//! something, so that `--version` and completions answer at once.

mod cluster;
mod completion;
mod confirm;
mod exit;
mod extra_vars;
mod global;
mod interrupt;
mod inventory;
mod playbook;
mod sources;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use exit::{Exit, TABLE};
use global::{Global, GlobalWords};

use crate::cluster::change::Summary;
use crate::report::{Output, Report};
use crate::settings;

/// Turns one YAML file into a running, registered OpenNebula edge cluster on Vultr, and keeps it that way.
#[derive(Debug, Parser)]
#[command(
    name = "edgewright",
    version,
    propagate_version = true,
    subcommand_required = true
)]
#[command(
    after_help = "Exit codes: 0 done, 1 something failed, 2 bad input, 3 not confirmed, 130 interrupted."
)]
struct Words {
    #[command(flatten)]
    global: GlobalWords,
    #[command(subcommand)]
    verb: VerbWords,
}

#[derive(Debug, Subcommand)]
enum VerbWords {
    /// Work on the cluster that a file describes
    #[command(subcommand)]
    Cluster(cluster::ClusterWords),
    /// Run Ansible playbooks
    Playbook(playbook::PlaybookWords),
    /// Show an inventory, as `ansible-inventory` does
    Inventory(inventory::InventoryWords),
    /// Print the completion script for a shell
    Completion(completion::CompletionWords),
}

/// How a verb ended.
struct Ended {
    exit: Exit,
    /// What it came to, for verbs that have counts.
    summary: Option<Summary>,
    /// Whether people are told the counts.
    aloud: bool,
}

impl Ended {
    /// An end without counts.
    fn with(exit: Exit) -> Self {
        Self {
            exit,
            summary: None,
            aloud: false,
        }
    }

    /// An end with counts that people are told, too.
    fn counted(exit: Exit, summary: Summary) -> Self {
        Self {
            exit,
            summary: Some(summary),
            aloud: true,
        }
    }

    /// An end with counts for programs; people were told in another way.
    fn quietly(exit: Exit, summary: Summary) -> Self {
        Self {
            aloud: false,
            ..Self::counted(exit, summary)
        }
    }
}

/// Does what was typed. The first word is the name of the program.
pub fn run(typed: impl IntoIterator<Item = OsString>) -> Exit {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let command = Words::command().color(global::clap_colours(&typed));
    let words = command
        .try_get_matches_from(&typed)
        .and_then(|matches| Words::from_arg_matches(&matches));
    match words {
        Ok(words) => verb(&Global::meant(&words.global), words.verb),
        Err(error) => usage(&typed, &error),
    }
}

fn verb(global: &Global, verb: VerbWords) -> Exit {
    match verb {
        VerbWords::Cluster(words) => cluster::run(global, words),
        VerbWords::Playbook(words) => playbook::run(global, &words),
        VerbWords::Inventory(words) => inventory::run(global, &words),
        VerbWords::Completion(words) => completion::run(global, &words),
    }
}

/// Help and version on standard output, what was mistyped on standard error.
fn usage(typed: &[OsString], error: &clap::Error) -> Exit {
    let text = error.render();
    let coloured = global::clap_colours(typed) == clap::ColorChoice::Always;
    let shown = if coloured {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    let Ok(report) = Report::start(Output::PLAIN, "usage", None) else {
        return Exit::BadInput;
    };
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked {
        report.text(shown);
    } else {
        report.err_text(shown);
    }
    let exit = if asked { Exit::Done } else { Exit::BadInput };
    exit::unless_lost(exit, &report)
}

/// Starts the report of a verb; with `logged`, everything is kept below the state directory.
fn report(global: &Global, verb: &'static str, logged: Logged) -> Option<Report> {
    let directory = settings::state_dir();
    let state_dir = match logged {
        Logged::Yes => Some(directory.as_path()),
        Logged::No => None,
    };
    Report::start(global.output, verb, state_dir).ok()
}

/// Whether a verb leaves a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Logged {
    Yes,
    No,
}

/// Tells how a verb ended, and waits until all is printed.
fn end(report: &Report, ended: Ended) -> Exit {
    if let Some(summary) = ended.summary {
        report.summary(summary, ended.exit.code(), ended.aloud);
    }
    exit::unless_lost(ended.exit, report)
}
