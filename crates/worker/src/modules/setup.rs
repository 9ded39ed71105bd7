//! `setup`: gathers facts.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::command::wildcard;
use crate::facts;
use crate::outcome::Outcome;

#[derive(Deserialize)]
pub(super) struct Args {
    #[serde(default)]
    gather_subset: Vec<String>,
    #[serde(default)]
    filter: Vec<String>,
    #[serde(default, rename = "gather_timeout")]
    _gather_timeout: u64,
}

pub(super) fn run(args: &Args) -> Outcome {
    let all: Map<String, Value> = facts::gather(&args.gather_subset)
        .into_iter()
        .map(|(name, value)| match name.as_str() {
            "gather_subset" | "module_setup" => (name, value),
            _ => (format!("ansible_{name}"), value),
        })
        .collect();
    let wanted = |name: &str| {
        args.filter.iter().all(String::is_empty)
            || args.filter.iter().any(|pattern| {
                wildcard(pattern, name) || wildcard(&format!("ansible_{pattern}"), name)
            })
    };
    let facts: Map<String, Value> = all.into_iter().filter(|(name, _)| wanted(name)).collect();
    Outcome::changed(false).with("ansible_facts", facts)
}
