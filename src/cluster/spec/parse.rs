//! From the cluster file to a [`Spec`], with all complaints of the file in one report.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use edgewright_yaml::{Data, Diagnostic, Diagnostics, Map, Node, load_file};
use ipnet::{IpNet, Ipv4Net};

use super::fields::{Fields, integer};
use super::{
    ClusterName, Frontend, Given, Hypervisor, Kind, Network, OpenNebula, SecretRef, Spec, Ssh,
    VultrProvider,
};
use crate::settings;

mod hosts;

use hosts::hosts;

/// What an inventory file of ours says under `plugin`.
pub const PLUGIN: &str = "edgewright.cluster";

/// Most public addresses of one cluster.
const MOST_PUBLIC_IPS: u32 = 100;

const KEYS: &[&str] = &[
    "plugin",
    "name",
    "provider",
    "opennebula",
    "kind",
    "hypervisor",
    "hosts",
    "public_ips",
    "dns",
    "network",
    "ssh",
    "vars",
];

impl Spec {
    /// Reads and checks a cluster file.
    ///
    /// # Errors
    /// Every complaint about the file, each with its place.
    pub fn load(path: &Path) -> Result<Self, Diagnostics> {
        let node = load_file(path)?.ok_or_else(|| {
            Diagnostic::error("spec::empty", format!("`{}` is empty", path.display()))
                .help("the smallest cluster file has four lines: `plugin`, `name`, `provider` and `hosts`")
        })?;
        Self::from_node(&node)
    }

    /// Checks what was read.
    ///
    /// # Errors
    /// Every complaint about the file, each with its place.
    pub fn from_node(node: &Node) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::default();
        let Some(map) = node.as_map() else {
            return Err(Diagnostic::error(
                "spec::type",
                format!("a cluster file is a mapping, not {}", node.kind()),
            )
            .at(&node.span, "expected `key: value` lines")
            .into());
        };
        let spec = read(node, map, &mut faults);
        match spec {
            Some(spec) => faults.into_result(spec),
            None => Err(faults),
        }
    }
}

fn read(node: &Node, map: &Map, faults: &mut Diagnostics) -> Option<Spec> {
    let mut fields = Fields::new(map, KEYS, faults);
    plugin(&mut fields, node);
    let name = name(&mut fields, node);
    let provider = provider(&mut fields, node);
    let opennebula = opennebula(&mut fields);
    let kind = fields
        .choice(
            "kind",
            &[("virtual", Kind::Virtual), ("metal", Kind::Metal)],
        )
        .unwrap_or(Kind::Virtual);
    let hypervisor = fields
        .choice(
            "hypervisor",
            &[
                ("lxc", Hypervisor::Lxc),
                ("qemu", Hypervisor::Qemu),
                ("kvm", Hypervisor::Kvm),
            ],
        )
        .unwrap_or(if kind == Kind::Metal {
            Hypervisor::Kvm
        } else {
            Hypervisor::Lxc
        });
    let hosts = hosts(&mut fields, kind);
    let public_ips = fields.number("public_ips", 0, MOST_PUBLIC_IPS).unwrap_or(1);
    let dns = addresses(&mut fields, "dns").unwrap_or_else(|| vec![IpAddr::from([1, 1, 1, 1])]);
    let network = network(&mut fields, hosts.names.len());
    let ssh = ssh(&mut fields);
    let vars = fields.map("vars").cloned().unwrap_or_default();
    vars.iter()
        .for_each(|(_, node)| no_vault(&mut fields, node));
    let (name, name_at) = name?;
    Some(Spec {
        name,
        name_at,
        provider: provider?,
        opennebula,
        kind,
        hypervisor,
        hosts,
        public_ips,
        dns,
        network,
        ssh,
        vars,
    })
}

/// Roles would get the encrypted text as it is.
fn no_vault(fields: &mut Fields<'_>, node: &Node) {
    if node.tag.as_deref() == Some("vault") {
        let fault = "variables for the roles cannot be vault values yet";
        fields.fault(
            Diagnostic::error("spec::vault", fault)
                .at(&node.span, "encrypted value")
                .help("vault values are read under `provider` and `opennebula`"),
        );
    }
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| no_vault(fields, item)),
        Data::Map(map) => map.iter().for_each(|(_, value)| no_vault(fields, value)),
        _ => {}
    }
}

fn plugin(fields: &mut Fields<'_>, node: &Node) {
    match fields.text("plugin") {
        Some((text, _)) if text == PLUGIN => {}
        Some((text, at)) => fields.fault(
            Diagnostic::error(
                "spec::plugin",
                format!("this file is for the plug-in `{text}`, not for `{PLUGIN}`"),
            )
            .at(&at.span, format!("expected `{PLUGIN}`")),
        ),
        None if fields.node("plugin").is_none() => fields.fault(
            Diagnostic::error(
                "spec::plugin",
                "a cluster file says `plugin: edgewright.cluster`",
            )
            .at(&node.span, "the key `plugin` is missing")
            .help("add the line `plugin: edgewright.cluster` at its head"),
        ),
        None => {}
    }
}

fn name(fields: &mut Fields<'_>, node: &Node) -> Option<(ClusterName, edgewright_yaml::Span)> {
    if fields.node("name").is_none() {
        fields.fault(
            Diagnostic::error("spec::missing-key", "the cluster has no name")
                .at(&node.span, "the key `name` is missing")
                .help("add `name: NAME`; it becomes the name of the cluster in OpenNebula"),
        );
    }
    let (text, at) = fields.text("name")?;
    match ClusterName::new(&text) {
        Ok(name) => Some((name, at.span.clone())),
        Err(error) => {
            fields.fault(
                Diagnostic::error("spec::name", error.to_string()).at(&at.span, "this name"),
            );
            None
        }
    }
}

fn provider(fields: &mut Fields<'_>, node: &Node) -> Option<VultrProvider> {
    let help = "write `provider: {vultr: {region: ams}}`";
    let Some(map) = fields.map("provider") else {
        if fields.node("provider").is_none() {
            fields.fault(
                Diagnostic::error("spec::missing-key", "the cluster has no provider")
                    .at(&node.span, "the key `provider` is missing")
                    .help(help),
            );
        }
        return None;
    };
    let mut outer = Fields::new(map, &["vultr"], fields.faults());
    let Some(map) = outer.map("vultr") else {
        if outer.node("vultr").is_none() {
            let place = fields
                .node("provider")
                .map_or(&node.span, |provider| &provider.span)
                .clone();
            fields.fault(
                Diagnostic::error("spec::missing-key", "the provider is not named")
                    .at(&place, "the key `vultr` is missing")
                    .help(help),
            );
        }
        return None;
    };
    let mut inner = Fields::new(map, &["region", "api_key", "endpoint"], outer.faults());
    let api_key =
        secret(&mut inner, "api_key").unwrap_or_else(|| SecretRef::env(settings::VULTR_API_KEY));
    let endpoint = inner
        .text("endpoint")
        .map(|(text, _)| text)
        .or_else(|| settings::variable(settings::VULTR_API_ENDPOINT));
    let Some((region, at)) = inner.text("region") else {
        let place = fields
            .node("provider")
            .map_or(&node.span, |provider| &provider.span)
            .clone();
        fields.fault(
            Diagnostic::error("spec::missing-key", "the provider has no region")
                .at(&place, "the key `region` is missing")
                .help(help),
        );
        return None;
    };
    Some(VultrProvider {
        region: Given {
            value: region,
            at: Some(at.span.clone()),
        },
        api_key,
        endpoint,
    })
}

fn secret(fields: &mut Fields<'_>, name: &'static str) -> Option<SecretRef> {
    match SecretRef::parse(fields.node(name)?) {
        Ok(reference) => Some(reference),
        Err(found) => {
            fields.faults().0.extend(found.0);
            None
        }
    }
}

fn opennebula(fields: &mut Fields<'_>) -> OpenNebula {
    let empty = Map::default();
    let map = fields.map("opennebula").unwrap_or(&empty);
    let mut inner = Fields::new(map, &["endpoint", "auth", "frontend"], fields.faults());
    let endpoint = inner
        .text("endpoint")
        .map(|(text, _)| text)
        .or_else(|| settings::variable(settings::ONE_XMLRPC))
        .unwrap_or_else(|| "http://localhost:2633/RPC2".to_owned());
    let auth = secret(&mut inner, "auth").unwrap_or_else(default_auth);
    let frontend = frontend(&mut inner, &endpoint);
    OpenNebula {
        endpoint,
        auth,
        frontend,
    }
}

/// The file that `ONE_AUTH` names, else `~/.one/one_auth`, as OpenNebula's own tools have it.
fn default_auth() -> SecretRef {
    SecretRef::file(
        settings::variable(settings::ONE_AUTH).unwrap_or_else(|| "~/.one/one_auth".to_owned()),
    )
}

fn frontend(fields: &mut Fields<'_>, endpoint: &str) -> Frontend {
    let given = match fields.node("frontend").map(|node| &node.data) {
        Some(Data::Map(map)) => Some(frontend_map(fields, map)),
        Some(_) => fields
            .text("frontend")
            .map(|(text, at)| (frontend_text(&text), Some(at.span.clone()))),
        None => settings::variable(settings::FRONTEND).map(|text| (frontend_text(&text), None)),
    };
    match given {
        Some((Some(frontend), _)) => frontend,
        Some((None, at)) => {
            let fault = Diagnostic::error("spec::frontend", "the front-end is not a host")
                .help("write `frontend: USER@HOST:PORT`, or `frontend: local` when this machine is the front-end");
            fields.fault(match at {
                Some(at) => fault.at(&at, "expected `[USER@]HOST[:PORT]`"),
                None => fault.note(format!("it was given by `{}`", settings::FRONTEND)),
            });
            Frontend::Local
        }
        None => default_frontend(endpoint),
    }
}

/// The machine that serves XML-RPC, since OpenNebula's daemon runs on the front-end.
fn default_frontend(endpoint: &str) -> Frontend {
    let host = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or(host);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    match host {
        "localhost" | "127.0.0.1" | "[::1]" | "" => Frontend::Local,
        host => frontend_text(host).unwrap_or(Frontend::Local),
    }
}

fn frontend_text(text: &str) -> Option<Frontend> {
    if text == "local" {
        return Some(Frontend::Local);
    }
    let (user, rest) = text.split_once('@').unwrap_or(("oneadmin", text));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().ok()?),
        _ => (rest, 22),
    };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '/');
    (plain(user) && plain(host)).then(|| Frontend::Ssh {
        host: host.to_owned(),
        port,
        user: user.to_owned(),
        identity_file: settings::variable(settings::FRONTEND_KEY).map(PathBuf::from),
        known_hosts: settings::variable(settings::FRONTEND_KNOWN_HOSTS).map(PathBuf::from),
    })
}

fn frontend_map(
    fields: &mut Fields<'_>,
    map: &Map,
) -> (Option<Frontend>, Option<edgewright_yaml::Span>) {
    let at = fields.node("frontend").map(|node| node.span.clone());
    let mut inner = Fields::new(
        map,
        &["host", "port", "user", "identity_file", "known_hosts"],
        fields.faults(),
    );
    let port = inner
        .number("port", 1, 65535)
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or(22);
    let mut path = |name| {
        inner
            .text(name)
            .map(|(text, _)| settings::expand_home(Path::new(&text)))
    };
    let (identity_file, known_hosts) = (path("identity_file"), path("known_hosts"));
    let user = inner
        .text("user")
        .map_or_else(|| "oneadmin".to_owned(), |(text, _)| text);
    let host = inner.text("host").map(|(text, _)| text);
    (
        host.map(|host| Frontend::Ssh {
            host,
            port,
            user,
            identity_file,
            known_hosts,
        }),
        at,
    )
}

fn network(fields: &mut Fields<'_>, hosts: usize) -> Network {
    // A second reflector costs nothing once there are three hosts, and the fabric survives the first one.
    let mut network = Network {
        vpc: None,
        asn: 65000,
        reflectors: if hosts >= 3 { 2 } else { 1 },
        vni: 2..=16_777_215,
    };
    let Some(map) = fields.map("network") else {
        return network;
    };
    let mut inner = Fields::new(map, &["vpc", "as", "reflectors", "vni"], fields.faults());
    if let Some((text, node)) = inner.text("vpc") {
        match text.parse::<Ipv4Net>() {
            Ok(prefix)
                if matches!(prefix.prefix_len(), 16 | 20 | 24) && prefix.trunc() == prefix =>
            {
                network.vpc = Some(prefix);
            }
            _ => inner.fault(
                Diagnostic::error(
                    "spec::prefix",
                    "`vpc` must be an IPv4 network of length 16, 20 or 24",
                )
                .at(&node.span, "this is not")
                .help("for example `vpc: 10.64.0.0/20`; Vultr takes no other lengths"),
            ),
        }
    }
    network.asn = inner.number("as", 1, u32::MAX).unwrap_or(network.asn);
    let most = u32::try_from(hosts.max(1)).unwrap_or(u32::MAX);
    if let Some(count) = inner.number("reflectors", 1, most) {
        network.reflectors = usize::try_from(count).unwrap_or(1);
    }
    if let Some(node) = inner.node("vni") {
        let bounds: Vec<u32> = node
            .as_list()
            .unwrap_or_default()
            .iter()
            .map(|item| {
                let number = integer(item).and_then(|value| u32::try_from(value).ok());
                // No VNI is 0: what is no number makes the pair wrong.
                number.unwrap_or(0)
            })
            .collect();
        match bounds.as_slice() {
            [first, last] if 1 <= *first && first < last && *last <= 16_777_215 => {
                network.vni = *first..=*last;
            }
            _ => inner.fault(
                Diagnostic::error(
                    "spec::vni",
                    "`vni` must be two numbers from 1 to 16777215, the smaller one first",
                )
                .at(&node.span, "this is not")
                .help("for example `vni: [100, 199]`"),
            ),
        }
    }
    network
}

fn ssh(fields: &mut Fields<'_>) -> Ssh {
    let everywhere = || {
        ["0.0.0.0/0", "::/0"]
            .iter()
            .filter_map(|prefix| prefix.parse().ok())
            .collect()
    };
    let mut ssh = Ssh {
        identity_file: settings::variable(settings::SSH_KEY).map(PathBuf::from),
        authorized_keys: Vec::new(),
        allow_from: everywhere(),
    };
    let Some(map) = fields.map("ssh") else {
        return ssh;
    };
    let mut inner = Fields::new(
        map,
        &["identity_file", "authorized_keys", "allow_from"],
        fields.faults(),
    );
    if let Some((path, _)) = inner.text("identity_file") {
        ssh.identity_file = Some(settings::expand_home(Path::new(&path)));
    }
    for (text, node) in inner.texts("authorized_keys").unwrap_or_default() {
        match russh::keys::PublicKey::from_openssh(&text) {
            Ok(_) => ssh.authorized_keys.push(text),
            Err(error) => inner.fault(
                Diagnostic::error(
                    "spec::public-key",
                    format!("this is not an SSH public key: {error}"),
                )
                .at(&node.span, "expected a line like `ssh-ed25519 AAAA… NAME`"),
            ),
        }
    }
    if let Some(texts) = inner.texts("allow_from") {
        if let (true, Some(node)) = (texts.is_empty(), inner.node("allow_from").cloned()) {
            inner.fault(
                Diagnostic::error("spec::nobody", "`allow_from` admits nobody")
                    .at(&node.span, "an empty list")
                    .help("name the prefixes that SSH is admitted from; leave the key out for everywhere"),
            );
        }
        ssh.allow_from.clear();
        for (text, node) in texts {
            let prefix = text
                .parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            match prefix {
                Ok(prefix) => ssh.allow_from.push(prefix),
                Err(_) => inner.fault(
                    Diagnostic::error("spec::prefix", "`allow_from` lists networks").at(
                        &node.span,
                        "expected an address or a prefix such as `198.18.0.0/24`",
                    ),
                ),
            }
        }
    }
    ssh
}

fn addresses(fields: &mut Fields<'_>, name: &'static str) -> Option<Vec<IpAddr>> {
    let mut addresses = Vec::new();
    for (text, node) in fields.texts(name)? {
        for word in text.split_whitespace() {
            match word.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => fields.fault(
                    Diagnostic::error("spec::address", format!("`{word}` is not an address"))
                        .at(&node.span, "expected an IPv4 or IPv6 address"),
                ),
            }
        }
    }
    Some(addresses)
}

#[cfg(test)]
mod tests;
