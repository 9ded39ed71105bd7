//! What OpenNebula holds of a cluster, and what stands in its way.
//!
//! Called by `plan`, `apply`, `status` and `destroy`. Reads only: five lists and the version, whatever the number of hosts.

use std::net::Ipv4Addr;

use edgewright_opennebula::{
    Client, Cluster, Datastore, Filter, Host, OneError, Template, VirtualNetwork, VnTemplate,
};

use super::desired::Names;
use crate::cluster::marks::PROVISION_MEMBER;
use crate::cluster::spec::{ClusterName, Spec};

/// Everything of a cluster in OpenNebula.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Version of OpenNebula.
    pub version: String,
    /// The cluster.
    pub cluster: Option<Cluster>,
    /// Hosts that carry the cluster's mark.
    pub hosts: Vec<Host>,
    /// Datastores that exist at all, by their numbers.
    pub datastore_ids: Vec<i32>,
    /// The image datastore.
    pub image: Option<Datastore>,
    /// The system datastore.
    pub system: Option<Datastore>,
    /// The public network.
    pub public: Option<VirtualNetwork>,
    /// The template of private networks.
    pub private: Option<VnTemplate>,
    /// Networks in the cluster that are not ours: made from the template, or by hand.
    pub other_networks: Vec<VirtualNetwork>,
    /// Hosts that carry no cluster's mark: somebody else's, or ours from a run that was cut off before the mark was set.
    pub unmarked_hosts: Vec<Host>,
    /// Objects that have a name which the cluster needs and are somebody else's.
    pub clashes: Vec<Clash>,
}

/// A name that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// What has it: `cluster`, `datastore`.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// Number of the object that has it.
    pub id: i32,
    /// The cluster of ours that it belongs to, when it is one.
    pub owner: Option<String>,
}

/// The cluster whose mark an object carries.
pub fn owner(template: &Template) -> Option<&str> {
    template
        .vectors("PROVISION")
        .find_map(|vector| vector.get(PROVISION_MEMBER))
}

/// Whether a cluster holds nothing and says nothing: what a run leaves that is cut off between making it and marking it.
fn is_fresh(cluster: &Cluster) -> bool {
    cluster.hosts.is_empty()
        && cluster.vnets.is_empty()
        && cluster.datastores.is_empty()
        && cluster
            .template
            .iter()
            .all(|(key, _)| key.starts_with("RESERVED_"))
}

fn is_ours(template: &Template, name: &ClusterName) -> bool {
    owner(template) == Some(name.as_str())
}

/// Looks.
///
/// # Errors
/// [`OneError`] of the first list that cannot be read.
pub async fn observe(client: &Client, spec: &Spec) -> Result<Observed, OneError> {
    let system = client.system();
    let (clusters, hosts, datastores) = (client.clusters(), client.hosts(), client.datastores());
    let (vnets, templates) = (client.vnets(), client.vntemplates());
    // All are waited for, so that what is told does not depend on which of them fails first.
    let (version, clusters, hosts, datastores, networks, templates) = futures::join!(
        system.version(),
        clusters.list(),
        hosts.list(),
        datastores.list(),
        vnets.list(Filter::All),
        templates.list(Filter::All),
    );
    let (version, clusters, hosts) = (version?, clusters?, hosts?);
    let (datastores, networks, templates) = (datastores?, networks?, templates?);
    let names = Names::of(spec);
    let mut observed = Observed {
        version,
        datastore_ids: datastores
            .iter()
            .map(|datastore| datastore.id.number())
            .collect(),
        ..Observed::default()
    };
    for cluster in clusters {
        if is_ours(&cluster.template, &spec.name) {
            observed.cluster = Some(cluster);
        } else if cluster.name == names.cluster {
            if is_fresh(&cluster) {
                observed.cluster = Some(cluster);
            } else {
                observed.clash(
                    "cluster",
                    &cluster.name,
                    cluster.id.number(),
                    &cluster.template,
                );
            }
        }
    }
    for host in hosts {
        if is_ours(&host.template, &spec.name) {
            observed.hosts.push(host);
        } else if owner(&host.template).is_none() {
            observed.unmarked_hosts.push(host);
        }
    }
    for datastore in datastores {
        let ours = is_ours(&datastore.template, &spec.name);
        if ours && datastore.name == names.image {
            observed.image = Some(datastore);
        } else if ours && datastore.name == names.system {
            observed.system = Some(datastore);
        } else if !ours && (datastore.name == names.image || datastore.name == names.system) {
            observed.clash(
                "datastore",
                &datastore.name,
                datastore.id.number(),
                &datastore.template,
            );
        }
    }
    for network in networks {
        let ours = is_ours(&network.template, &spec.name);
        // Names of networks are unique among their owner's only.
        if !ours && network.name == names.public && network.owner.user.1 == client.user() {
            observed.clash(
                "virtual network",
                &network.name,
                network.id.number(),
                &network.template,
            );
        }
        if ours && network.name == names.public {
            observed.public = Some(network);
        } else if observed
            .cluster
            .as_ref()
            .is_some_and(|cluster| cluster.vnets.contains(&network.id))
        {
            observed.other_networks.push(network);
        }
    }
    let candidates = templates
        .into_iter()
        .filter(|template| template.name == names.private);
    for template in candidates {
        if is_ours(&template.template, &spec.name) {
            observed.private = Some(template);
        } else if template.owner.user.1 == client.user() {
            observed.clash(
                "network template",
                &template.name,
                template.id.number(),
                &template.template,
            );
        }
    }
    Ok(observed)
}

impl Observed {
    fn clash(&mut self, kind: &'static str, name: &str, id: i32, template: &Template) {
        self.clashes.push(Clash {
            kind,
            name: name.to_owned(),
            id,
            owner: owner(template).map(str::to_owned),
        });
    }

    /// The registered host of a name in the cluster file, or at an address that only this host has.
    pub fn host(&self, name: &str, address: Option<Ipv4Addr>) -> Option<&Host> {
        let marked = self
            .hosts
            .iter()
            .find(|host| provision_member(host, "HOSTNAME") == Some(name));
        marked.or_else(|| {
            let address = address?.to_string();
            self.unmarked_hosts.iter().find(|host| host.name == address)
        })
    }

    /// Version as major.minor, which is how package repositories are named.
    pub fn minor_version(&self) -> String {
        self.version
            .splitn(3, '.')
            .take(2)
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// A member of a host's `PROVISION` vector.
pub fn provision_member<'h>(host: &'h Host, member: &str) -> Option<&'h str> {
    host.template
        .vectors("PROVISION")
        .find_map(|vector| vector.get(member))
}
