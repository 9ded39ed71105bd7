//! The resources of the API, one file a kind. Each verb is a `Handler`; `crate::routes` says which path leads where.

pub mod account;
pub mod bare_metals;
pub mod catalogue;
pub mod firewall_rules;
pub mod firewalls;
pub mod instances;
pub mod machine_addresses;
pub mod machine_vpcs;
pub mod machines;
pub mod power;
pub mod reserved_ips;
pub mod scripts;
pub mod ssh_keys;
pub mod vpcs;

/// A text cut to a number of characters, as Vultr does without a word.
fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}
