//! Inventories, read and shown as `ansible-inventory` of ansible-core 2.19 showed the same files.
//!
//! `inventories/*/list.json` and `graph.txt` are its answers to `--list` and `--graph --vars`, `patterns.txt` those of
//! `ansible PATTERN --list-hosts`.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at what cannot go on"
)]

use std::path::{Path, PathBuf};

use edgewright_playbook::Inventory;
use edgewright_playbook::inventory::pattern::choose;
use edgewright_playbook::inventory::print::View;
use serde_json::Value;

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/inventories")
        .join(name)
}

fn inventory(name: &str, file: &str) -> Inventory {
    let path = directory(name).join(file);
    Inventory::load(&[path.display().to_string()]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn recorded(name: &str, file: &str) -> String {
    fs_err::read_to_string(directory(name).join(file)).unwrap()
}

#[test]
fn inventories_are_listed_as_ansible_lists_them() {
    for (name, file) in [("ini", "hosts.ini"), ("yaml", "hosts.yml")] {
        let inventory = inventory(name, file);
        let found = View::new(&inventory).unwrap().list();
        let expected: Value = serde_json::from_str(&recorded(name, "list.json")).unwrap();
        assert_eq!(
            found["_meta"]["hostvars"], expected["_meta"]["hostvars"],
            "{name}"
        );
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn inventories_are_drawn_as_ansible_draws_them() {
    for (name, file) in [("ini", "hosts.ini"), ("yaml", "hosts.yml")] {
        let inventory = inventory(name, file);
        let found = View::new(&inventory).unwrap().graph("all", true).unwrap();
        assert_eq!(
            found.trim_end(),
            recorded(name, "graph.txt").trim_end(),
            "{name}"
        );
    }
}

#[test]
fn patterns_choose_what_they_choose_with_ansible() {
    let inventory = inventory("ini", "hosts.ini");
    for line in recorded("ini", "patterns.txt").lines() {
        let (pattern, hosts) = line.split_once(" =>").unwrap();
        let found: Vec<String> = choose(&inventory, pattern)
            .unwrap()
            .hosts
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            hosts.split_whitespace().collect::<Vec<_>>(),
            "{pattern}"
        );
    }
}

#[test]
fn hosts_may_be_named_without_a_file() {
    let inventory = Inventory::load(&["a,b[1:2],".to_owned()]).unwrap();
    let names: Vec<String> = inventory
        .hosts()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names, ["a", "b1", "b2"]);
}
