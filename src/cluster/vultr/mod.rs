//! The cluster's side at Vultr: what is there, what the catalogue offers, what differs, and doing something about it.
//!
//! Called by `plan`, `apply`, `status` and `destroy`; knows nothing of OpenNebula and of what runs on hosts.

pub mod act;
pub mod catalogue;
pub mod diff;
pub mod observe;

use edgewright_vultr::VultrError;
use edgewright_yaml::{Diagnostic, Diagnostics};

/// An error of the API as the operator gets to see it.
pub fn diagnostic(error: &VultrError) -> Diagnostics {
    Diagnostic::error(error.code(), error.to_string())
        .help(error.help())
        .into()
}
