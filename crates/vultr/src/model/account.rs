//! The account the key belongs to.

use super::lenient;
use serde::Deserialize;

/// The account.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Account {
    /// The name of the key's user.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Their address.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub email: String,
    /// What the key may do, such as `provisioning` and `firewall`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub acls: Vec<String>,
    /// USD; what is negative is credit.
    #[serde(default, deserialize_with = "lenient::number")]
    pub balance: f64,
    /// USD owed for this month so far.
    #[serde(default, deserialize_with = "lenient::number")]
    pub pending_charges: f64,
}
