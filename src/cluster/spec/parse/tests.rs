//! Tests of the cluster file's reader: what is meant, and every message whole.
use super::super::HostName;
use super::*;
use edgewright_yaml::{SourceFile, load};

fn parse(text: &str) -> Result<Spec, Diagnostics> {
    Spec::from_node(&load(&SourceFile::new("edge.yml", text))?.unwrap())
}

fn fails(rest: &str) -> String {
    let text = format!(
        "plugin: edgewright.cluster\nname: lab\nprovider: {{vultr: {{region: ams}}}}\n{rest}"
    );
    parse(&text).unwrap_err().to_string()
}

#[test]
fn four_lines_are_enough() {
    let spec = parse(
        "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams}}\nhosts: 3\n",
    )
    .unwrap();
    assert_eq!(spec.name.as_str(), "lab");
    assert_eq!(
        spec.hosts
            .names
            .iter()
            .map(HostName::as_str)
            .collect::<Vec<_>>(),
        ["edge-vhost0", "edge-vhost1", "edge-vhost2"]
    );
    assert_eq!(
        (spec.hosts.plan.value.as_str(), spec.hosts.os.value.as_str()),
        ("vc2-1c-1gb", "Debian 12")
    );
    assert_eq!(
        (spec.kind, spec.hypervisor, spec.public_ips),
        (Kind::Virtual, Hypervisor::Lxc, 1)
    );
    assert_eq!(
        (spec.network.asn, spec.network.reflectors, spec.network.vpc),
        (65000, 2, None)
    );
    assert_eq!(spec.dns, [IpAddr::from([1, 1, 1, 1])]);
}

#[test]
fn metal_defaults_to_kvm_and_fewer_than_three_hosts_to_one_reflector() {
    let text = "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams}}\nkind: metal\nhosts: [a, b]\n";
    let spec = parse(text).unwrap();
    assert_eq!(
        (spec.hypervisor, spec.network.reflectors),
        (Hypervisor::Kvm, 1)
    );
    assert_eq!(spec.hosts.plan.value, "vbm-4c-32gb");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_name() {
    assert_eq!(
        fails("hots: 3\n"),
        "error[spec::unknown-key]: unknown key `hots`
 --> edge.yml:4:1
  |
4 | hots: 3
  | ^^^^ did you mean `hosts`?
"
    );
}

#[test]
fn a_wrong_type_is_refused() {
    assert_eq!(
        fails("network: yes\n"),
        "error[spec::type]: `network` must be a mapping, not a boolean
 --> edge.yml:4:10
  |
4 | network: yes
  |          ^^^ expected a mapping
"
    );
}

#[test]
fn an_api_key_in_clear_is_refused() {
    let text =
        "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams, api_key: ABC}}\n";
    assert_eq!(
        parse(text).unwrap_err().to_string(),
        "error[spec::secret-in-clear]: a secret is given by reference, never written in clear
 --> edge.yml:3:42
  |
3 | provider: {vultr: {region: ams, api_key: ABC}}
  |                                          ^^^ expected a reference
  |
  = help: write `{env: NAME}`, `{file: PATH}`, `{command: [PROGRAM, ARGUMENT]}` or a `!vault` value
"
    );
}

#[test]
fn all_complaints_come_together() {
    let text = parse("plugin: other\nname: Lab\nhosts: 0\nkind: virtuel\n")
        .unwrap_err()
        .to_string();
    let codes: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("error["))
        .collect();
    assert_eq!(
        codes,
        [
            "error[spec::plugin]: this file is for the plug-in `other`, not for `edgewright.cluster`",
            "error[spec::name]: a name holds small letters, digits and dashes, not `L`",
            "error[spec::missing-key]: the cluster has no provider",
            "error[spec::choice]: `kind` must be one of `virtual` and `metal`",
            "error[spec::number]: `hosts` must be a whole number from 1 to 200",
        ]
    );
}

#[test]
fn several_hosts_need_an_index_in_their_name() {
    assert_eq!(
        fails("hosts: {count: 2, name: edge}\n"),
        "error[spec::name]: 2 hosts cannot share one name: the pattern needs `{index}`
 --> edge.yml:4:25
  |
4 | hosts: {count: 2, name: edge}
  |                         ^^^^ this pattern
  |
  = help: for example `name: edge-{index}`
"
    );
}

#[test]
fn a_prefix_that_vultr_does_not_take_is_refused() {
    assert!(
        fails("network: {vpc: 10.0.0.0/22}\n")
            .starts_with("error[spec::prefix]: `vpc` must be an IPv4 network")
    );
    assert!(fails("network: {vpc: 10.0.0.1/24}\n").starts_with("error[spec::prefix]"));
}

#[test]
fn the_front_end_is_where_the_endpoint_is() {
    assert_eq!(
        default_frontend("http://localhost:2633/RPC2"),
        Frontend::Local
    );
    let Frontend::Ssh {
        host, port, user, ..
    } = default_frontend("https://one.example.org:2634/RPC2")
    else {
        panic!("expected SSH");
    };
    assert_eq!(
        (host.as_str(), port, user.as_str()),
        ("one.example.org", 22, "oneadmin")
    );
    let Some(Frontend::Ssh {
        host, port, user, ..
    }) = frontend_text("root@198.18.0.2:2222")
    else {
        panic!("expected SSH");
    };
    assert_eq!(
        (host.as_str(), port, user.as_str()),
        ("198.18.0.2", 2222, "root")
    );
    assert_eq!(frontend_text("a b"), None);
}

#[test]
fn an_encrypted_variable_is_refused() {
    assert_eq!(
        fails("vars: {a: [!vault x]}\n"),
        "error[spec::vault]: variables for the roles cannot be vault values yet
 --> edge.yml:4:12
  |
4 | vars: {a: [!vault x]}
  |            ^^^^^^^^ encrypted value
  |
  = help: vault values are read under `provider` and `opennebula`
"
    );
}

#[test]
fn the_shipped_cluster_files_are_accepted() {
    for name in ["demo", "ams"] {
        let path = format!("{}/inventory/{name}.edge.yml", env!("CARGO_MANIFEST_DIR"));
        Spec::load(Path::new(&path)).unwrap();
    }
}

#[test]
fn a_provider_that_is_not_named_is_refused() {
    for provider in ["{}", "{vultr: }"] {
        let text = format!("plugin: edgewright.cluster\nname: lab\nprovider: {provider}\n");
        assert_eq!(
            parse(&text).unwrap_err().to_string(),
            format!(
                "error[spec::missing-key]: the provider is not named
 --> edge.yml:3:11
  |
3 | provider: {provider}
  |           {} the key `vultr` is missing
  |
  = help: write `provider: {{vultr: {{region: ams}}}}`
",
                "^".repeat(provider.len())
            )
        );
    }
}

#[test]
fn hosts_are_named_or_counted() {
    assert_eq!(
        fails("hosts: {count: 2, names: [a]}\n"),
        "error[spec::names-and-count]: hosts are named or counted
 --> edge.yml:4:26
  |
4 | hosts: {count: 2, names: [a]}
  |                          ^^^ beside `count` or `name`
  |
  = help: keep `names` alone, or `count` and `name`
"
    );
}

#[test]
fn an_empty_list_of_prefixes_would_lock_everybody_out() {
    assert!(fails("ssh: {allow_from: []}\n").starts_with("error[spec::nobody]"));
}

#[test]
fn a_range_of_vnis_holds_two_numbers() {
    assert!(fails("network: {vni: [100, foo, 199]}\n").starts_with("error[spec::vni]"));
}
