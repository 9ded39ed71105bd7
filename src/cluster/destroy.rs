//! Removing a cluster from both sides without a trace.
//!
//! OpenNebula first, since it refuses while machines run or images are stored; then what costs money at Vultr. Found by the
//! marks, so it also removes what an interrupted run left.

use std::sync::Arc;

use edgewright_yaml::{Diagnostic, Diagnostics};
use futures::future::join_all;

use super::change::{Cents, Change, Plan, Side, Summary, Verb};
use super::connect::{Connections, Patience};
use super::control::{Control, World};
use super::event::{Event, Observer, Step};
use super::inventory::FRONTEND;
use super::lock::Lock;
use super::opennebula::{self, desired::Names};
use super::remote;
use super::vultr::act::Scope as Vultr;
use super::vultr::catalogue::RESERVED_IPV4;
use super::vultr::diff::{address_name, server_kind};
use super::work::{Work, unwritten};

/// Says what would be removed.
///
/// # Errors
/// What cannot be read, and what stands in the way: machines, images, networks made from the cluster's template.
pub async fn plan_destroy(control: &Control) -> Result<Plan, Diagnostics> {
    let world = control.observe().await?;
    let spec = control.spec();
    blocked(&world)?;
    let mut plan = Plan {
        cluster: spec.name.to_string(),
        ..Plan::default()
    };
    let (one, cloud) = (&world.opennebula, &world.vultr);
    let names = Names::of(spec);
    let mut remove = |side: Side, kind, name: &str, price: Option<Cents>| {
        let mut change = Change::new(Verb::Remove, side, kind, name);
        change.monthly = price;
        plan.changes.push(change);
    };
    for host in &one.hosts {
        remove(Side::OpenNebula, "host", &host.name, None);
    }
    one.private
        .iter()
        .for_each(|_| remove(Side::OpenNebula, "network template", &names.private, None));
    one.public
        .iter()
        .for_each(|_| remove(Side::OpenNebula, "virtual network", &names.public, None));
    for datastore in one.system.iter().chain(&one.image) {
        remove(Side::OpenNebula, "datastore", &datastore.name, None);
    }
    one.cluster
        .iter()
        .for_each(|_| remove(Side::OpenNebula, "cluster", &names.cluster, None));
    for server in cloud.all_servers() {
        remove(
            Side::Vultr,
            server_kind(server.kind),
            server.name(),
            world.catalogue.price(&server.plan),
        );
    }
    for ip in &cloud.reserved {
        remove(
            Side::Vultr,
            "reserved ip",
            &address_name(ip),
            Some(RESERVED_IPV4),
        );
    }
    let (vpcs, groups) = &cloud.doubles;
    for _ in 0..groups.len() + usize::from(cloud.firewall.is_some()) {
        remove(Side::Vultr, "firewall group", spec.name.as_str(), None);
    }
    for _ in 0..vpcs.len() + usize::from(cloud.vpc.is_some()) {
        remove(Side::Vultr, "vpc", spec.name.as_str(), None);
    }
    plan.monthly_now = plan
        .changes
        .iter()
        .filter_map(|change| change.monthly)
        .sum();
    Ok(plan)
}

/// A number of things.
fn counted(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let end = match (number, thing.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        _ => "s",
    };
    format!("{number} {thing}{end}")
}

/// What must be gone before.
fn blocked(world: &World) -> Result<(), Diagnostics> {
    let mut faults = Diagnostics::default();
    let one = &world.opennebula;
    let mut refuse = |message: String, help: &str| {
        faults.push(Diagnostic::error("cluster::in-use", message).help(help.to_owned()));
    };
    for host in one
        .hosts
        .iter()
        .filter(|host| host.share.running_vms > 0 || !host.vms.is_empty())
    {
        refuse(
            format!(
                "host {} runs {}",
                host.name,
                counted(host.vms.len(), "virtual machine")
            ),
            "terminate or migrate them; `onevm list` shows them",
        );
    }
    // A host that a cut-off run did not come to mark has the address of one of our servers.
    let servers: Vec<String> = world
        .vultr
        .all_servers()
        .filter_map(|server| server.public.map(|address| address.to_string()))
        .collect();
    let cluster = one.cluster.iter();
    let foreign = cluster.clone().flat_map(|cluster| &cluster.hosts);
    for id in foreign.filter(|id| {
        let unmarked = one
            .unmarked_hosts
            .iter()
            .filter(|host| servers.contains(&host.name));
        !one.hosts.iter().chain(unmarked).any(|host| host.id == **id)
    }) {
        refuse(
            format!("host {id} is in the cluster and was not made by edgewright"),
            "move it to another cluster with `onecluster addhost`",
        );
    }
    let ours = |id: i32| {
        let known = one.image.iter().chain(&one.system);
        id <= 2
            || known
                .into_iter()
                .any(|datastore| datastore.id.number() == id)
    };
    for id in cluster
        .flat_map(|cluster| &cluster.datastores)
        .filter(|id| !ours(id.number()))
    {
        refuse(
            format!("datastore {id} is in the cluster and was not made by edgewright"),
            "take it out with `onecluster deldatastore`",
        );
    }
    for datastore in one
        .image
        .iter()
        .filter(|datastore| !datastore.images.is_empty())
    {
        refuse(
            format!(
                "datastore {} holds {}",
                datastore.name,
                counted(datastore.images.len(), "image")
            ),
            "delete them or move them to another datastore; `oneimage list` shows them",
        );
    }
    for network in &one.other_networks {
        refuse(
            format!(
                "the network {} (id {}) is in the cluster",
                network.name, network.id
            ),
            "delete it, or take it out with `onecluster delvnet`",
        );
    }
    if let Some(network) = one
        .public
        .as_ref()
        .filter(|network| network.used_leases > 0)
    {
        refuse(
            format!(
                "network {} has leased {}",
                network.name,
                counted(network.used_leases, "address")
            ),
            "detach them from their machines; `onevnet show` lists the leases",
        );
    }
    faults.into_result(())
}

/// Removes everything that carries the cluster's mark.
///
/// # Errors
/// What stands in the way. What fails later is told and counted.
pub async fn destroy(
    control: &Control,
    plan: Plan,
    observer: Arc<dyn Observer>,
) -> Result<Summary, Diagnostics> {
    drop(plan);
    let _lock = Lock::take(&control.spec().name, "destroy")?;
    let world = control.seen().await?;
    blocked(&world)?;
    let spec = control.spec();
    let run = control
        .journal()
        .begin(spec.name.as_str(), "destroy")
        .map_err(|error| unwritten(&error))?;
    let work = Work::new(run, Arc::clone(&observer));
    let names = world
        .vultr
        .servers
        .iter()
        .map(|server| server.name().to_owned())
        .collect();
    observer.event(&Event::Hosts(names));
    work.step(None, Step::Removing);
    let vultr = Vultr {
        client: control.vultr(),
        spec,
        work: &work,
    };
    let removed = async {
        from_opennebula(control, &world, &work).await?;
        forget(control, &world, &observer).await;
        let servers = world.vultr.all_servers();
        let gone = join_all(servers.map(async |server| {
            work.step(Some(server.name()), Step::Removing);
            let result = vultr.remove_server(server, server.name()).await;
            let step = if result.is_ok() {
                Step::Done
            } else {
                Step::Failed("it does not go".to_owned())
            };
            work.step(Some(server.name()), step);
            result
        }))
        .await;
        gone.into_iter().collect::<Result<Vec<()>, _>>()?;
        for ip in &world.vultr.reserved {
            vultr.release(ip).await?;
        }
        vultr.remove_foundation(&world.vultr).await
    };
    if let Err(diagnostics) = removed.await {
        work.failed(&diagnostics);
    }
    work.end()
}

async fn from_opennebula(control: &Control, world: &World, work: &Work) -> Result<(), Diagnostics> {
    let scope = opennebula::act::Scope {
        client: control.opennebula(),
        spec: control.spec(),
        work,
    };
    for host in &world.opennebula.hosts {
        scope.remove_host(host.id, &host.name).await?;
    }
    // A host that a cut-off run registered and did not mark: its name is the address of one of our servers.
    let addresses: Vec<String> = world
        .vultr
        .servers
        .iter()
        .filter_map(|server| server.public)
        .map(|a| a.to_string())
        .collect();
    for host in world
        .opennebula
        .unmarked_hosts
        .iter()
        .filter(|host| addresses.contains(&host.name))
    {
        scope.remove_host(host.id, &host.name).await?;
    }
    scope.remove_all(&world.opennebula).await
}

/// Takes the hosts' keys out of the front-end's `known_hosts`. A front-end that cannot be reached is no obstacle: the keys
/// are of hosts that are gone, and a new host with the same address replaces its line.
async fn forget(control: &Control, world: &World, observer: &Arc<dyn Observer>) {
    let addresses: Vec<String> = world
        .vultr
        .servers
        .iter()
        .filter_map(|server| server.public)
        .map(|address| address.to_string())
        .collect();
    if addresses.is_empty() {
        return;
    }
    let connections = Connections::new(control, &[], |_| Patience::Running, Arc::clone(observer));
    let expressions: Vec<String> = addresses
        .iter()
        .map(|address| format!("-e '/^{} /d'", address.replace('.', "\\.")))
        .collect();
    let script = format!(
        "test ! -f /var/lib/one/.ssh/known_hosts || sed -i {} /var/lib/one/.ssh/known_hosts",
        expressions.join(" ")
    );
    let forgotten = async {
        let session = connections.open(FRONTEND).await?;
        remote::shell(&session, &script, 20).await
    };
    if let Err(diagnostics) = forgotten.await {
        let reason = diagnostics
            .0
            .first()
            .map(|found| found.message().to_owned());
        let message = format!(
            "the front-end keeps the host keys of the hosts that are gone: {}",
            reason.unwrap_or_default()
        );
        let warning = Diagnostic::warning("opennebula::known-hosts", message).help(format!(
            "on the front-end, as oneadmin, type `for a in {}; do ssh-keygen -R $a; done`",
            addresses.join(" ")
        ));
        observer.event(&Event::Warning(warning));
    }
}
