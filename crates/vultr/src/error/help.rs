//! What the operator can do about a failed call. Called by [`VultrError::help`] only.

use super::{Denial, Kind, VultrError};

/// Where an account's keys and the addresses they may be used from are kept.
const KEYS_PAGE: &str = "https://my.vultr.com/settings/#settingsapi";

pub(super) fn help(error: &VultrError) -> String {
    match error.kind() {
        Kind::Unauthorized(Denial::NoKey) => {
            format!("set `VULTR_API_KEY`; keys are made at {KEYS_PAGE}")
        }
        Kind::Unauthorized(Denial::Key) => format!(
            "check `VULTR_API_KEY`: the key must be whole, switched on and not expired, see {KEYS_PAGE}"
        ),
        Kind::Unauthorized(Denial::Address(address)) => {
            let address = address.map_or_else(
                || "this machine's address".to_owned(),
                |address| format!("`{address}`"),
            );
            format!("add {address} to the access control list of the key's user at {KEYS_PAGE}")
        }
        Kind::Forbidden => format!(
            "let the account's owner give the key's user the right to do this: {}",
            "`subscriptions`, `provisioning` and `firewall` are needed"
        ),
        Kind::NotFound => "it may have been removed by somebody else: look at what is there".into(),
        Kind::Locked => "wait until Vultr is done with the machine, some minutes, and try again".into(),
        Kind::Conflict => conflict(error),
        Kind::Quota => {
            "remove what is not needed, or have Vultr's support raise the account's limit: https://my.vultr.com/support/"
                .into()
        }
        Kind::RateLimited { retry_after } => {
            let wait = retry_after.map_or_else(
                || "a minute".to_owned(),
                |wait| format!("{} s", wait.as_secs()),
            );
            format!("wait {wait}; Vultr counts all calls from this address, 30 a second are allowed")
        }
        Kind::Invalid => invalid(error),
        Kind::Server => look_first(error, "see https://status.vultr.com/ and try again later"),
        Kind::Connect => {
            "check the network, the proxy settings and `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2)".into()
        }
        Kind::TimedOut { .. } | Kind::BodyCut => {
            look_first(error, "check the network and try again")
        }
        Kind::NotJson => look_first(
            error,
            "check `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2) and what stands in between, such as a proxy",
        ),
        Kind::Form => look_first(
            error,
            "Vultr may have changed its API: look for a newer version of this program",
        ),
        Kind::BadId => "an id is a UUID such as `cb676a46-66fd-4dfb-b839-443f2e6c0b60`".into(),
    }
}

fn look_first(error: &VultrError, help: &str) -> String {
    if error.may_have_taken_effect() {
        format!("the call may have taken effect, so look at what is there first; {help}")
    } else {
        help.to_owned()
    }
}

fn conflict(error: &VultrError) -> String {
    if error.is_still_in_use() {
        "remove the machines first; for about a minute after that Vultr still counts them".into()
    } else if error.is_already_attached() {
        "detach the address first; for some minutes after that Vultr still counts it as attached"
            .into()
    } else if error.text().contains("Unable to detach") {
        "restart the machine through the API or the control panel, not from inside, and try again"
            .into()
    } else {
        "look at what is there: somebody else may be changing the same things".into()
    }
}

fn invalid(error: &VultrError) -> String {
    let ordering =
        error.method() == "POST" && matches!(error.path(), "/instances" | "/bare-metals");
    let text = error.text().to_lowercase();
    if text.contains("balance") || text.contains("billing") || text.contains("payment") {
        "see the account's billing page: https://my.vultr.com/billing/".into()
    } else if ordering {
        "the plan may be sold out in the region: ask for what is available there, and compare region, plan and image".into()
    } else {
        "correct what Vultr's text names".into()
    }
}
