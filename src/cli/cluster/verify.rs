//! `edgewright cluster verify`: whether the cluster works.

use std::path::PathBuf;
use std::sync::Arc;

use super::refused;
use crate::cli::Ended;
use crate::cli::exit::Exit;
use crate::cluster::change::Summary;
use crate::cluster::{Control, verify};
use crate::report::Report;

/// Shows every check and what came of it.
pub async fn run(file: PathBuf, report: Arc<Report>) -> Ended {
    let found = match Control::open(&file) {
        Ok(control) => verify(&control, Arc::<Report>::clone(&report)).await,
        Err(problems) => Err(problems),
    };
    match found {
        Ok(checks) => {
            report.checks(&checks);
            let mut counts = Summary::default();
            for check in &checks {
                if check.passed {
                    counts.unchanged += 1;
                } else {
                    counts.failed += 1;
                }
            }
            Ended::quietly(Exit::of_summary(&counts), counts)
        }
        Err(problems) => refused(&report, Exit::BadInput, problems),
    }
}
