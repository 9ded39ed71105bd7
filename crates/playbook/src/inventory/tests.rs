//! Tests of inventories that are built, not read. What files say is tested against Ansible's answers in `tests/`.

use super::*;

#[test]
fn a_group_cannot_be_in_itself() {
    let mut inventory = Inventory::new();
    inventory.add_child("a", "b").unwrap();
    inventory.add_child("b", "c").unwrap();
    assert_eq!(
        inventory.add_child("c", "a").unwrap_err().to_string(),
        "group `a` cannot be in group `c`, which is in `a` already"
    );
}

#[test]
fn hosts_without_a_group_are_ungrouped_and_all_are_in_all() {
    let mut inventory = Inventory::new();
    inventory.add_host("alone", "ungrouped");
    inventory.add_host("n1", "nodes");
    inventory.add_host("n1", "ungrouped");
    inventory.reconcile();
    let names = |group: &str| -> Vec<String> {
        inventory
            .hosts_of(group)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(names("ungrouped"), ["alone"]);
    assert_eq!(names("nodes"), ["n1"]);
    assert_eq!(names("all").len(), 2);
}

#[test]
fn an_implicit_host_is_reached_by_name_only() {
    let mut inventory = Inventory::new();
    inventory.add_host("n1", "nodes");
    inventory.add_implicit_localhost("localhost");
    inventory.reconcile();
    let chosen = |pattern: &str| pattern::choose(&inventory, pattern).unwrap().hosts.len();
    assert_eq!((chosen("all"), chosen("localhost")), (1, 1));
}
