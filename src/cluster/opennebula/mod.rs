//! The cluster's side in OpenNebula: what is there, what should be there, what differs, and doing something about it.
//!
//! Called by `plan`, `apply`, `status` and `destroy`. Of Vultr it knows reserved addresses and ids of instances, nothing more.

pub mod act;
pub mod desired;
mod diff;
pub mod due;
pub mod observe;

use edgewright_opennebula::{Host, OneError};
use edgewright_yaml::{Diagnostic, Diagnostics};

/// An error of OpenNebula as the operator gets to see it.
pub fn diagnostic(error: &OneError) -> Diagnostics {
    let diagnostic = Diagnostic::error("opennebula::call", error.to_string());
    match error.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
    .into()
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
