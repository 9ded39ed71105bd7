//! The cluster's side at Vultr: what is there, what the catalogue offers, what differs, and doing something about it.
//!
//! Called by `plan`, `apply`, `status` and `destroy`; knows nothing of OpenNebula and of what runs on hosts.

pub mod act;
pub mod catalogue;
pub mod diff;
pub mod observe;
#[cfg(test)]
mod tests;

use edgewright_vultr::{Kind, VultrError};
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::work::cause;

/// An error of the API as the operator gets to see it.
pub fn diagnostic(error: &VultrError) -> Diagnostics {
    let message = match error.kind() {
        Kind::Connect | Kind::BodyCut => format!("{error}{}", cause(error)),
        _ => error.to_string(),
    };
    // A list is always there: what has none is not this API.
    let no_list = error.is_not_found() && error.path().matches('/').count() == 1;
    let help = if no_list {
        format!(
            "check `VULTR_API_ENDPOINT`: at `{}` there is no such list (default https://api.vultr.com/v2)",
            error.endpoint()
        )
    } else {
        error.help()
    };
    Diagnostic::error(error.code(), message).help(help).into()
}
