//! Which path leads where, and what it can do.

use crate::desk::Handler;
use crate::resources::{
    account, bare_metals, catalogue, firewall_rules, firewalls, instances, machine_addresses,
    machine_vpcs, machines, power, reserved_ips, scripts, ssh_keys, vpcs,
};

/// A path.
pub struct Route {
    /// Whether it can be called without a key.
    pub public: bool,
    /// Its verbs, in the order of the alphabet.
    verbs: &'static [(&'static str, Handler)],
}

impl Route {
    /// What a verb does.
    pub fn verb(&self, method: &str) -> Option<Handler> {
        self.verbs
            .iter()
            .find(|(name, _)| *name == method)
            .map(|(_, handler)| *handler)
    }

    /// The verbs there are, for the refusal of others.
    pub fn verbs(&self) -> String {
        let names: Vec<&str> = self.verbs.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

const fn private(verbs: &'static [(&'static str, Handler)]) -> Route {
    Route {
        public: false,
        verbs,
    }
}

const fn public(verbs: &'static [(&'static str, Handler)]) -> Route {
    Route {
        public: true,
        verbs,
    }
}

/// Finds a path, given below `/v2` and cut at the slashes.
pub fn find(path: &[&str]) -> Option<Route> {
    match path {
        ["instances" | "bare-metals", rest @ ..] => machine(path, rest),
        [
            first @ ("regions" | "plans" | "plans-metal" | "os"),
            rest @ ..,
        ] => offered(first, rest),
        ["reserved-ips", rest @ ..] => reserved(rest),
        ["firewalls", rest @ ..] => firewall(rest),
        ["account"] => Some(private(&[("GET", account::get)])),
        ["billing", "pending-charges"] => Some(private(&[("GET", account::pending_charges)])),
        ["ssh-keys"] => Some(private(&[
            ("GET", ssh_keys::list),
            ("POST", ssh_keys::create),
        ])),
        ["ssh-keys", _] => Some(private(&[
            ("DELETE", ssh_keys::delete),
            ("GET", ssh_keys::get),
            ("PATCH", ssh_keys::update),
        ])),
        ["startup-scripts"] => Some(private(&[
            ("GET", scripts::list),
            ("POST", scripts::create),
        ])),
        ["startup-scripts", _] => Some(private(&[
            ("DELETE", scripts::delete),
            ("GET", scripts::get),
            ("PATCH", scripts::update),
        ])),
        ["vpcs"] => Some(private(&[("GET", vpcs::list), ("POST", vpcs::create)])),
        ["vpcs", _] => Some(private(&[
            ("DELETE", vpcs::delete),
            ("GET", vpcs::get),
            ("PUT", vpcs::update),
        ])),
        _ => None,
    }
}

fn offered(first: &str, rest: &[&str]) -> Option<Route> {
    match (first, rest) {
        ("regions", []) => Some(public(&[("GET", catalogue::regions)])),
        ("regions", [_, "availability"]) => Some(public(&[("GET", catalogue::availability)])),
        ("plans", []) => Some(public(&[("GET", catalogue::plans)])),
        ("plans-metal", []) => Some(public(&[("GET", catalogue::plans_metal)])),
        ("os", []) => Some(public(&[("GET", catalogue::systems)])),
        _ => None,
    }
}

fn reserved(rest: &[&str]) -> Option<Route> {
    match rest {
        [] => Some(private(&[
            ("GET", reserved_ips::list),
            ("POST", reserved_ips::create),
        ])),
        ["convert"] => Some(private(&[("POST", reserved_ips::convert)])),
        [_] => Some(private(&[
            ("DELETE", reserved_ips::delete),
            ("GET", reserved_ips::get),
            ("PATCH", reserved_ips::update),
        ])),
        [_, "attach"] => Some(private(&[("POST", reserved_ips::attach)])),
        [_, "detach"] => Some(private(&[("POST", reserved_ips::detach)])),
        _ => None,
    }
}

fn firewall(rest: &[&str]) -> Option<Route> {
    match rest {
        [] => Some(private(&[
            ("GET", firewalls::list),
            ("POST", firewalls::create),
        ])),
        [_] => Some(private(&[
            ("DELETE", firewalls::delete),
            ("GET", firewalls::get),
            ("PUT", firewalls::update),
        ])),
        [_, "rules"] => Some(private(&[
            ("GET", firewall_rules::list),
            ("POST", firewall_rules::create),
        ])),
        [_, "rules", _] => Some(private(&[
            ("DELETE", firewall_rules::delete),
            ("GET", firewall_rules::get),
        ])),
        _ => None,
    }
}

/// Paths of both kinds of machines, then those that only instances have.
fn machine(path: &[&str], rest: &[&str]) -> Option<Route> {
    match rest {
        ["start" | "halt" | "reboot"] => Some(private(&[("POST", power::many)])),
        [_] => Some(private(&[
            ("DELETE", machines::delete),
            ("GET", machines::get),
            ("PATCH", machines::update),
        ])),
        [_, "start" | "halt" | "reboot"] => Some(private(&[("POST", power::one)])),
        [_, "reinstall"] => Some(private(&[("POST", machines::reinstall)])),
        [_, "user-data"] => Some(private(&[("GET", machines::user_data)])),
        [_, "bandwidth"] => Some(private(&[("GET", machines::bandwidth)])),
        [_, "ipv6"] => Some(private(&[("GET", machine_addresses::list_v6)])),
        [_, "vpcs"] => Some(private(&[("GET", machine_vpcs::list)])),
        [_, "vpcs", "attach"] => Some(private(&[("POST", machine_vpcs::attach)])),
        [_, "vpcs", "detach"] => Some(private(&[("POST", machine_vpcs::detach)])),
        _ => match path {
            ["bare-metals"] => Some(private(&[
                ("GET", bare_metals::list),
                ("POST", machines::create),
            ])),
            ["bare-metals", _, "ipv4"] => Some(private(&[("GET", machine_addresses::list_v4)])),
            ["instances"] => Some(private(&[
                ("GET", instances::list),
                ("POST", machines::create),
            ])),
            ["instances", "jobs", _] => Some(private(&[("GET", machines::job)])),
            ["instances", _, "ipv4"] => Some(private(&[
                ("GET", machine_addresses::list_v4),
                ("POST", machine_addresses::add_v4),
            ])),
            ["instances", _, "ipv4", _] => {
                Some(private(&[("DELETE", machine_addresses::remove_v4)]))
            }
            ["instances", _, "neighbors"] => Some(private(&[("GET", machines::neighbors)])),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vpc_has_no_patch() {
        let route = find(&["vpcs", "x"]).unwrap();
        assert!(route.verb("PATCH").is_none());
        assert_eq!(route.verbs(), "DELETE, GET, PUT");
    }

    #[test]
    fn only_the_catalogue_is_public() {
        for path in [&["os"][..], &["regions", "ams", "availability"]] {
            assert!(find(path).unwrap().public);
        }
        for path in [&["instances"][..], &["account"], &["vpcs", "x"]] {
            assert!(!find(path).unwrap().public);
        }
    }

    #[test]
    fn what_vultr_has_retired_is_not_there() {
        assert!(find(&["vpc2"]).is_none());
        assert!(find(&["instances", "x", "vpc2"]).is_none());
        assert!(find(&["private-networks"]).is_none());
    }
}
