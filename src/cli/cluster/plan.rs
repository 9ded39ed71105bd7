//! `edgewright cluster plan`: what `apply` would do.

use std::path::PathBuf;
use std::sync::Arc;

use super::refused;
use crate::cli::Ended;
use crate::cli::exit::Exit;
use crate::cluster::change::{Plan, Summary};
use crate::cluster::{Control, plan};
use crate::report::Report;

/// Shows the plan.
pub async fn run(file: PathBuf, report: Arc<Report>) -> Ended {
    let control = match Control::open(&file) {
        Ok(control) => control,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    match plan(&control, Arc::<Report>::clone(&report)).await {
        Ok(plan) => {
            report.plan(&plan);
            let mut counts = counts(&plan);
            counts.failed += u32::try_from(plan.unknown.len()).unwrap_or(u32::MAX);
            Ended::quietly(Exit::of_summary(&counts), counts)
        }
        Err(problems) => refused(&report, Exit::BadInput, problems),
    }
}

/// What would be done, in numbers.
fn counts(plan: &Plan) -> Summary {
    let mut counts = Summary {
        unchanged: plan.unchanged,
        ..Summary::default()
    };
    for change in &plan.changes {
        counts.count(change.verb);
    }
    counts
}
