//! `edgewright cluster apply`: makes the cluster what its file says.

use std::path::PathBuf;
use std::sync::Arc;

use super::stubs::{Control, apply, plan};
use super::{done, refused};
use crate::cli::Ended;
use crate::cli::confirm::{Consent, confirmed};
use crate::cli::exit::Exit;
use crate::cluster::change::Summary;
use crate::report::Report;

/// Plans, asks where it costs or removes, and acts.
pub async fn run(file: PathBuf, consent: Consent, report: Arc<Report>) -> Ended {
    let control = match Control::open(&file).await {
        Ok(control) => control,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    let plan = match plan(&control, Arc::<Report>::clone(&report)).await {
        Ok(plan) => plan,
        Err(problems) => return refused(&report, Exit::BadInput, problems),
    };
    report.plan(&plan);
    if !confirmed(&report, &plan, consent).await {
        return Ended::quietly(Exit::NotConfirmed, Summary::default());
    }
    match apply(&control, plan, Arc::<Report>::clone(&report)).await {
        Ok(summary) => done(&report, summary),
        Err(problems) => refused(&report, Exit::Failed, problems),
    }
}
