//! `edgewright cluster status`: what there is.

use std::path::PathBuf;
use std::sync::Arc;

use super::refused;
use crate::cli::Ended;
use crate::cli::exit::Exit;
use crate::cluster::{Control, status};
use crate::report::Report;

/// Shows it.
pub async fn run(file: PathBuf, report: Arc<Report>) -> Ended {
    let found = match Control::open(&file) {
        Ok(control) => status(&control).await,
        Err(problems) => Err(problems),
    };
    match found {
        Ok(found) => {
            report.status(&found);
            Ended::with(Exit::Done)
        }
        Err(problems) => refused(&report, Exit::BadInput, problems),
    }
}
