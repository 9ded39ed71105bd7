//! Asks before money is spent or something is removed.

use std::io::BufRead as _;
use std::sync::Arc;

use edgewright_yaml::Diagnostic;

use crate::cluster::change::Plan;
use crate::report::{Report, question};

/// Whether somebody was or has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// `--yes`: everything is agreed to.
    Given,
    /// It has to be asked for.
    Asked,
}

/// Whether a plan may be carried out. The plan is on the screen already.
pub async fn confirmed(report: &Arc<Report>, plan: &Plan, consent: Consent) -> bool {
    if consent == Consent::Given || !(plan.spends() || plan.removes()) {
        return true;
    }
    if !report.output().interactive {
        report.diagnostics(refusal(plan));
        return false;
    }
    report.settle();
    report.err_text(question(plan));
    report.settle();
    // A blocking read must not hold up the signals; the thread is given up when one comes.
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
    let agreed = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    if !agreed {
        report.note("not_confirmed", "nothing was done");
    }
    agreed
}

fn refusal(plan: &Plan) -> Diagnostic {
    let what = match (plan.spends(), plan.removes()) {
        (true, true) => "spends money and removes objects",
        (true, false) => "spends money",
        _ => "removes objects",
    };
    Diagnostic::error(
        "cli::not-confirmed",
        format!("this {what}, and there is no terminal to ask on"),
    )
    .help("read what would be done above, then add `--yes`")
    .note("nothing was created, changed or removed")
}
