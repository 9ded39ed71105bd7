//! Stands in for what `cluster` is going to provide.

use std::path::Path;
use std::sync::Arc;

use edgewright_yaml::{Diagnostic, Diagnostics};

use crate::cluster::change::{Plan, Summary};
use crate::cluster::event::Observer;
use crate::cluster::spec::Spec;
use crate::cluster::status::Status;
use crate::cluster::verify::Check;

/// The cluster file.
pub struct Control;

impl Control {
    /// Reads the file.
    pub async fn open(file: &Path) -> Result<Self, Diagnostics> {
        std::future::ready(Spec::load(file).map(|_| Self)).await
    }
}

fn not_yet() -> Diagnostics {
    Diagnostic::error("cluster::not-built", "this build cannot do that").into()
}

pub async fn plan(_: &Control, _: Arc<dyn Observer>) -> Result<Plan, Diagnostics> {
    std::future::ready(Err(not_yet())).await
}

pub async fn apply(_: &Control, _: Plan, _: Arc<dyn Observer>) -> Result<Summary, Diagnostics> {
    std::future::ready(Err(not_yet())).await
}

pub async fn status(_: &Control) -> Result<Status, Diagnostics> {
    std::future::ready(Err(not_yet())).await
}

pub async fn verify(_: &Control, _: Arc<dyn Observer>) -> Result<Vec<Check>, Diagnostics> {
    std::future::ready(Err(not_yet())).await
}

pub async fn plan_destroy(_: &Control) -> Result<Plan, Diagnostics> {
    std::future::ready(Err(not_yet())).await
}

pub async fn destroy(_: &Control, _: Plan, _: Arc<dyn Observer>) -> Result<Summary, Diagnostics> {
    std::future::ready(Err(not_yet())).await
}
