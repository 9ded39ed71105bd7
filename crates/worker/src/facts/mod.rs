//! Facts of a host under the names that Ansible gives them, read in this process.

mod distribution;
mod hardware;
mod network;
mod system;

use serde_json::{Map, Value, json};

/// Gathers the groups of facts that are asked for; the minimum always.
pub(crate) fn gather(subsets: &[String]) -> Map<String, Value> {
    let mut facts = Map::new();
    system::minimum(&mut facts);
    if wants(subsets, "network") {
        network::gather(&mut facts);
    }
    if wants(subsets, "hardware") {
        hardware::gather(&mut facts);
    }
    if wants(subsets, "virtual") {
        hardware::virtualization(&mut facts);
    }
    let groups: Vec<&str> = if subsets.iter().all(String::is_empty) {
        vec!["all"]
    } else {
        subsets.iter().map(String::as_str).collect()
    };
    facts.insert("gather_subset".to_owned(), json!(groups));
    facts.insert("module_setup".to_owned(), true.into());
    facts
}

fn wants(subsets: &[String], name: &str) -> bool {
    let excluded = |word: &str| {
        subsets
            .iter()
            .any(|subset| subset.strip_prefix('!') == Some(word))
    };
    let named = |word: &str| subsets.iter().any(|subset| subset == word);
    let only_exclusions = subsets
        .iter()
        .all(|subset| subset.is_empty() || subset.starts_with('!'));
    !excluded(name) && (named(name) || ((named("all") || only_exclusions) && !excluded("all")))
}

/// A file's text without white space at its ends; empty when it cannot be read.
fn text(path: &str) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    // Counting from 0000-03-01 puts the leap day at the end of the year.
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_781), (2026, 11, 24));
    }

    #[test]
    fn subsets_are_chosen_and_left_out() {
        let subsets = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(wants(&subsets("all"), "network") && wants(&[], "hardware"));
        assert!(!wants(&subsets("!all"), "network") && wants(&subsets("!all,network"), "network"));
        assert!(
            !wants(&subsets("network"), "hardware") && !wants(&subsets("!hardware"), "hardware")
        );
        assert!(wants(&subsets("!hardware"), "network"));
    }

    #[test]
    fn this_machine_has_the_facts_that_playbooks_ask_for() {
        let facts = gather(&["all".to_owned()]);
        for name in [
            "distribution",
            "os_family",
            "architecture",
            "hostname",
            "interfaces",
            "all_ipv4_addresses",
            "lo",
            "memtotal_mb",
            "processor_vcpus",
            "date_time",
            "user_id",
            "virtualization_type",
        ] {
            assert!(facts.contains_key(name), "{name}");
        }
        assert_eq!(facts["lo"]["ipv4"]["address"], "127.0.0.1");
    }
}
