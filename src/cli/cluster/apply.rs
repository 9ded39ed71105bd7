//! `edgewright cluster apply`: makes the cluster what its file says.

use std::path::PathBuf;
use std::sync::Arc;

use super::{done, refused};
use crate::cli::Ended;
use crate::cli::confirm::{Consent, confirmed};
use crate::cli::exit::Exit;
use crate::cluster::change::Summary;
use crate::cluster::{Control, apply, plan_objects};
use crate::report::Report;

/// Plans, asks where it costs or removes, and acts.
pub async fn run(file: PathBuf, consent: Consent, report: Arc<Report>) -> Ended {
    let control = match Control::open(&file) {
        Ok(control) => control,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    let plan = match plan_objects(&control, Arc::<Report>::clone(&report)).await {
        Ok(plan) => plan,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    // What differs on hosts is not in this plan: an empty one does not mean that there is nothing to do.
    if !plan.is_empty() {
        report.plan(&plan);
    }
    if !confirmed(&report, &plan, consent).await {
        return Ended::quietly(Exit::NotConfirmed, Summary::default());
    }
    match apply(&control, plan, Arc::<Report>::clone(&report)).await {
        Ok(summary) => done(&report, summary),
        Err(problems) => refused(&report, Exit::Failed, problems),
    }
}
