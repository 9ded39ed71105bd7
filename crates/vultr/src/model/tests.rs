//! Tests of names, words and what must not be printed; answers as they come are read in the client's tests.

use super::*;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn names_are_plain_texts_and_numbers_plain_numbers() {
    let id: InstanceId = serde_json::from_value(json!("i-1")).unwrap();
    assert_eq!((id.to_string(), id.as_str()), ("i-1".to_owned(), "i-1"));
    assert_eq!(json!([id, OsId(2136)]), json!(["i-1", 2136]));
    let sorted: BTreeSet<Region> = ["fra", "ams"].map(Region::from).into();
    assert_eq!(sorted.first().map(Region::as_str), Some("ams"));
}

#[test]
fn names_take_part_in_aligned_columns() {
    assert_eq!(
        format!("{:<6}|{:>9}|", Region::from("ams"), PowerStatus::Running),
        "ams   |  running|"
    );
}

#[test]
fn words_are_read_whatever_their_case_and_written_as_vultr_does() {
    assert_eq!(Protocol::from("TCP"), Protocol::Tcp);
    assert_eq!(Protocol::from("tcp").as_str(), "tcp");
    assert_eq!(Protocol::from("sctp"), Protocol::Other("sctp".to_owned()));
    assert_eq!(
        ServerStatus::from("installingbooting"),
        ServerStatus::InstallingBooting
    );
}

#[test]
fn user_data_is_not_printed() {
    let new = NewInstance {
        user_data: Some("ssh_keys: hunter2".into()),
        ..NewInstance::default()
    };
    let shown = format!("{new:?} {new:#?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("UserData(17 bytes)"), "{shown}");
}

#[test]
fn a_vpc_without_a_prefix_leaves_the_choice_to_vultr() {
    let new = NewVpc {
        region: "ams".into(),
        ..NewVpc::default()
    };
    assert_eq!(
        serde_json::to_value(new).unwrap(),
        json!({ "region": "ams", "description": "" })
    );
}

#[test]
fn a_rule_for_everybody_on_ipv6_says_so() {
    let rule = NewRule::new(
        Protocol::Icmp,
        "",
        std::net::Ipv6Addr::UNSPECIFIED.into(),
        0,
    );
    assert_eq!(
        serde_json::to_value(rule).unwrap(),
        json!({ "ip_type": "v6", "protocol": "icmp", "subnet": "::", "subnet_size": 0 })
    );
}
