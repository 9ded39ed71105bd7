//! `edgewright cluster destroy`: removes the cluster from both sides.

use std::path::PathBuf;
use std::sync::Arc;

use super::{done, refused};
use crate::cli::Ended;
use crate::cli::confirm::{Consent, confirmed};
use crate::cli::exit::Exit;
use crate::cluster::change::Summary;
use crate::cluster::{Control, destroy, plan_destroy};
use crate::report::Report;

/// Shows what goes, asks, and removes it.
pub async fn run(file: PathBuf, consent: Consent, report: Arc<Report>) -> Ended {
    let control = match Control::open(&file) {
        Ok(control) => control,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    let plan = match plan_destroy(&control).await {
        Ok(plan) => plan,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    report.plan(&plan);
    if plan.is_empty() {
        return Ended::quietly(Exit::Done, Summary::default());
    }
    if !confirmed(&report, &plan, consent).await {
        return Ended::quietly(Exit::NotConfirmed, Summary::default());
    }
    match destroy(&control, plan, Arc::<Report>::clone(&report)).await {
        Ok(summary) => done(&report, summary),
        Err(problems) => refused(&report, Exit::Failed, problems),
    }
}
