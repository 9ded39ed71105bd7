//! Reading `hosts` of a cluster file: counted or named.

use edgewright_yaml::{Data, Diagnostic, Node};

use super::super::fields::{Fields, scalar_text};
use super::super::{Given, HostName, Hosts, Kind};

/// Most hosts of one cluster; a mistyped count must not empty an account.
const MOST_HOSTS: u32 = 200;

/// Reads `hosts`: a number, a list of names, or a mapping.
pub(super) fn hosts(fields: &mut Fields<'_>, kind: Kind) -> Hosts {
    // OneProvision's names and plans; its operating system (Ubuntu 20.04) is out of support.
    let (pattern, plan) = match kind {
        Kind::Virtual => ("edge-vhost{index}", "vc2-1c-1gb"),
        Kind::Metal => ("edge-host{index}", "vbm-4c-32gb"),
    };
    let default = |value: &str| Given {
        value: value.to_owned(),
        at: None,
    };
    let pattern = default(pattern);
    let mut hosts = Hosts {
        names: Vec::new(),
        plan: default(plan),
        os: default("Debian 12"),
    };
    match fields.node("hosts") {
        Some(Node {
            data: Data::Map(map),
            ..
        }) => {
            let mut inner = Fields::new(
                map,
                &["count", "names", "plan", "os", "name"],
                fields.faults(),
            );
            let mut given = |name| {
                inner.text(name).map(|(value, at)| Given {
                    value,
                    at: Some(at.span.clone()),
                })
            };
            hosts.plan = given("plan").unwrap_or(hosts.plan);
            hosts.os = given("os").unwrap_or(hosts.os);
            let named = given("name");
            if let (Some(node), true) = (
                inner.node("names").cloned(),
                named.is_some() || inner.node("count").is_some(),
            ) {
                inner.fault(
                    Diagnostic::error("spec::names-and-count", "hosts are named or counted")
                        .at(&node.span, "beside `count` or `name`")
                        .help("keep `names` alone, or `count` and `name`"),
                );
            }
            let pattern = named.unwrap_or(pattern);
            hosts.names = match inner.node("names") {
                Some(node) => listed(&mut inner, node),
                None => {
                    let count = inner.number("count", 1, MOST_HOSTS).unwrap_or(1);
                    counted(&mut inner, count, &pattern)
                }
            };
        }
        Some(
            node @ Node {
                data: Data::List(_),
                ..
            },
        ) => hosts.names = listed(fields, node),
        _ => {
            let count = fields.number("hosts", 1, MOST_HOSTS).unwrap_or(1);
            hosts.names = counted(fields, count, &pattern);
        }
    }
    hosts
}

/// Names made from a pattern; `{index}` counts from 0, as OneProvision's did.
fn counted(fields: &mut Fields<'_>, count: u32, pattern: &Given<String>) -> Vec<HostName> {
    let fault = |message: String| {
        let fault =
            Diagnostic::error("spec::name", message).help("for example `name: edge-{index}`");
        match &pattern.at {
            Some(at) => fault.at(at, "this pattern"),
            None => fault,
        }
    };
    if count > 1 && !pattern.value.contains("{index}") {
        fields.fault(fault(format!(
            "{count} hosts cannot share one name: the pattern needs `{{index}}`"
        )));
        return Vec::new();
    }
    let names = (0..count)
        .map(|index| HostName::new(&pattern.value.replace("{index}", &index.to_string())));
    match names.collect() {
        Ok(names) => names,
        Err(error) => {
            fields.fault(fault(error.to_string()));
            Vec::new()
        }
    }
}

fn listed(fields: &mut Fields<'_>, node: &Node) -> Vec<HostName> {
    let mut names: Vec<HostName> = Vec::new();
    let items = node.as_list().unwrap_or_default();
    if items.is_empty() {
        fields.wrong_type("hosts", "a list of names", node);
    }
    for item in items {
        let Some(text) = scalar_text(item) else {
            fields.wrong_type("hosts", "a list of names", item);
            continue;
        };
        match HostName::new(&text) {
            Ok(name) if names.contains(&name) => fields.fault(
                Diagnostic::error("spec::name", format!("two hosts are named `{name}`"))
                    .at(&item.span, "again"),
            ),
            Ok(name) => names.push(name),
            Err(error) => fields.fault(
                Diagnostic::error("spec::name", error.to_string()).at(&item.span, "this name"),
            ),
        }
    }
    names
}
