//! The cluster's side in OpenNebula: what is there, what should be there, what differs, and doing something about it.
//!
//! Called by `plan`, `apply`, `status` and `destroy`. Of Vultr it knows reserved addresses and ids of instances, nothing more.

pub mod act;
pub mod desired;
mod diff;
pub mod due;
pub mod observe;
#[cfg(test)]
mod tests;

use edgewright_opennebula::{Code, Host, OneError};
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::work::cause;

/// An error of OpenNebula as the operator gets to see it.
pub fn diagnostic(error: &OneError) -> Diagnostics {
    let diagnostic = Diagnostic::error(code(error), format!("{error}{}", cause(error)));
    match help(error) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
    .into()
}

/// A name for the kind of error, to search for.
fn code(error: &OneError) -> &'static str {
    match error {
        OneError::Refused(refusal) => match refusal.code {
            Code::Authentication => "opennebula::unauthorized",
            Code::Authorization => "opennebula::forbidden",
            _ => "opennebula::refused",
        },
        OneError::Fault { .. } => "opennebula::fault",
        OneError::Connect { .. } => "opennebula::connect",
        OneError::Broken { .. } => "opennebula::broken",
        OneError::TimedOut { .. } => "opennebula::timed-out",
        OneError::Http { .. } => "opennebula::http",
        OneError::Wire { .. } | OneError::Form { .. } | OneError::Body { .. } => "opennebula::form",
        OneError::Template { .. } => "opennebula::template",
    }
}

/// What to do about it; a call that only reads has changed nothing, whatever became of it.
fn help(error: &OneError) -> Option<&'static str> {
    match error {
        OneError::Broken { method, .. } | OneError::TimedOut { method, .. } if reads(method) => {
            Some(
                "look whether oned runs and what its log says (/var/log/one/oned.log), and try again",
            )
        }
        _ => error.help(),
    }
}

fn reads(method: &str) -> bool {
    [".info", ".version", ".config"]
        .iter()
        .any(|end| method.ends_with(end))
}

/// What OpenNebula says of a host that it cannot monitor.
pub fn host_diagnostic(host: &Host, name: &str) -> Diagnostics {
    let reason = host.error().unwrap_or("no reason given");
    Diagnostic::error(
        "opennebula::host-error",
        format!("OpenNebula cannot monitor {name} ({}): {reason}", host.name),
    )
    .help(format!(
        "on the front-end, as oneadmin, try `ssh {} true`; then apply again",
        host.name
    ))
    .into()
}
