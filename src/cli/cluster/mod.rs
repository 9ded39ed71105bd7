//! `edgewright cluster`: the verbs that work on the cluster a file describes.
//!
//! Each verb is a file here. What they share: the file, the report, and how they are interrupted.

mod apply;
mod destroy;
mod plan;
mod status;
mod verify;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use edgewright_yaml::Diagnostics;

use super::confirm::Consent;
use super::exit::Exit;
use super::global::Global;
use super::{Ended, Logged, end, interrupt};
use crate::cluster::change::Summary;
use crate::report::Report;

/// As typed.
#[derive(Debug, Subcommand)]
pub enum ClusterWords {
    /// Show what `apply` would do, and do nothing
    Plan(FileWords),
    /// Create, change and repair whatever differs from the file
    Apply(YesWords),
    /// Show what there is
    Status(FileWords),
    /// Look whether the cluster works: routes, overlay, forwarding, firewall, OpenNebula
    Verify(FileWords),
    /// Remove the cluster from Vultr and from OpenNebula
    Destroy(YesWords),
}

/// A verb's file, as typed.
#[derive(Debug, Args)]
pub struct FileWords {
    /// The cluster file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// A file and consent, as typed.
#[derive(Debug, Args)]
pub struct YesWords {
    #[command(flatten)]
    file: FileWords,
    /// Do not ask before money is spent or something is removed
    #[arg(short, long)]
    yes: bool,
}

impl YesWords {
    fn consent(&self) -> Consent {
        if self.yes {
            Consent::Given
        } else {
            Consent::Asked
        }
    }
}

/// Does it.
pub fn run(global: &Global, words: ClusterWords) -> Exit {
    let kept = "interrupted; what was created stays and carries the cluster's tags; run the same command again to go on";
    let nothing = "interrupted; nothing was changed";
    match words {
        ClusterWords::Plan(words) => verb(global, "plan", nothing, |report| {
            plan::run(words.file, report)
        }),
        ClusterWords::Status(words) => verb(global, "status", nothing, |report| {
            status::run(words.file, report)
        }),
        ClusterWords::Verify(words) => verb(global, "verify", nothing, |report| {
            verify::run(words.file, report)
        }),
        ClusterWords::Apply(words) => {
            let consent = words.consent();
            verb(global, "apply", kept, |report| {
                apply::run(words.file.file, consent, report)
            })
        }
        ClusterWords::Destroy(words) => {
            let consent = words.consent();
            let kept = "interrupted; what is left carries the cluster's tags; run the same command again to go on";
            verb(global, "destroy", kept, |report| {
                destroy::run(words.file.file, consent, report)
            })
        }
    }
}

/// Starts report and runtime, does the work unless it is interrupted, and tells how it ended.
fn verb<F: Future<Output = Ended>>(
    global: &Global,
    name: &'static str,
    interrupted: &str,
    work: impl FnOnce(Arc<Report>) -> F,
) -> Exit {
    let Some(report) = super::report(global, name, Logged::Yes) else {
        return Exit::Failed;
    };
    let report = Arc::new(report);
    let runtime = match interrupt::runtime() {
        Ok(runtime) => runtime,
        Err(problem) => return end(&report, refused(&report, Exit::Failed, problem)),
    };
    let work = interrupt::unless_interrupted(work(Arc::clone(&report)));
    let ended = runtime.block_on(work).unwrap_or_else(|| {
        report.note("interrupted", interrupted);
        Ended::quietly(Exit::Interrupted, report.tally())
    });
    // Whoever still waits for an answer on the terminal waits in vain.
    runtime.shutdown_background();
    end(&report, ended)
}

/// Shows complaints because of which a verb ends.
fn refused(report: &Report, exit: Exit, problems: Diagnostics) -> Ended {
    report.diagnostics(problems);
    let mut counts = report.tally();
    counts.failed = counts.failed.max(1);
    Ended::quietly(exit, counts)
}

/// Ends a verb that did something.
fn done(report: &Report, summary: Summary) -> Ended {
    let exit = Exit::of_summary(&summary);
    if exit == Exit::Failed {
        report.note(
            "hint",
            "something failed; what was done stays; run the same command again to go on",
        );
    }
    Ended::counted(exit, summary)
}
