//! Filters of addresses, from the collection `ansible.utils`.

use std::net::IpAddr;

use ipnet::IpNet;
use minijinja::value::Value as Jinja;
use minijinja::{Environment, Error};

use super::failed;

pub(crate) fn add(environment: &mut Environment<'static>) {
    for name in ["ipaddr", "ansible.utils.ipaddr"] {
        environment.add_filter(name, |value: &Jinja, query: Option<&str>| {
            ipaddr(&value.to_string(), query.unwrap_or(""))
        });
    }
}

/// What `query` asks of an address or prefix; `false` when it is none, as Ansible answers.
fn ipaddr(text: &str, query: &str) -> Result<Jinja, Error> {
    let (net, given) = match (text.parse::<IpNet>(), text.parse::<IpAddr>()) {
        (Ok(net), _) => (net, true),
        (_, Ok(address)) => (IpNet::from(address), false),
        _ => return Ok(Jinja::from(false)),
    };
    let network = net.network();
    Ok(Jinja::from(match query {
        "" => {
            if given {
                net.to_string()
            } else {
                net.addr().to_string()
            }
        }
        "address" | "ip" => net.addr().to_string(),
        "network" => network.to_string(),
        "netmask" => net.netmask().to_string(),
        "broadcast" => net.broadcast().to_string(),
        "prefix" => return Ok(Jinja::from(net.prefix_len())),
        "network/prefix" | "subnet" => net.trunc().to_string(),
        "host" | "host/prefix" | "address/prefix" => net.to_string(),
        "version" => return Ok(Jinja::from(if net.addr().is_ipv4() { 4 } else { 6 })),
        other => {
            return Err(failed(format!(
                "the query `{other}` of `ipaddr` is not supported"
            )));
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_taken_apart() {
        let ask = |query| ipaddr("198.18.5.7/20", query).unwrap().to_string();
        assert_eq!(ask("network/prefix"), "198.18.0.0/20");
        assert_eq!(ask("address"), "198.18.5.7");
        assert_eq!(ask("netmask"), "255.255.240.0");
        assert_eq!(ask("prefix"), "20");
        assert_eq!(ipaddr("nonsense", "").unwrap().to_string(), "False");
    }
}
