//! What would be done, object by object, without doing it.
//!
//! [`plan`] also asks the hosts that are there (the playbook in check mode); [`plan_objects`] looks at the two APIs alone and
//! is what `apply` shows before it asks. Nothing here changes anything.

use std::sync::Arc;

use edgewright_yaml::{Diagnostic, Diagnostics};

use super::change::{Cents, Change, Plan, Side, Verb};
use super::configure::{self, Mode};
use super::connect::Connections;
use super::control::{Control, World, keep};
use super::event::{Event, Observer, Step};
use super::inventory::{self, Member};
use super::members;
use super::opennebula::{desired, due};
use super::spec::Spec;
use super::vars;
use super::vultr::catalogue::{Choice, Need, RESERVED_IPV4};
use super::vultr::diff;

/// Finds out what differs, on both sides and on the hosts.
///
/// # Errors
/// Every complaint about the file, the credentials, names in use, roles and templates.
pub async fn plan(control: &Control, observer: Arc<dyn Observer>) -> Result<Plan, Diagnostics> {
    let mut plan = plan_objects(control, Arc::clone(&observer)).await?;
    let world = control.seen().await?;
    let members = members::seen(control.spec(), &world);
    if !members.is_empty() {
        hosts(control, &world, &members, &observer, &mut plan).await?;
    }
    observer.event(&Event::Planned(plan.clone()));
    Ok(plan)
}

/// Finds out what differs on both sides; no host is asked.
///
/// # Errors
/// As [`plan`].
pub async fn plan_objects(
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<Plan, Diagnostics> {
    let spec = control.spec();
    observer.event(&Event::Hosts(
        spec.hosts.names.iter().map(ToString::to_string).collect(),
    ));
    observer.event(&Event::Step {
        host: None,
        step: Step::Observing,
    });
    let (world, keys) = futures::join!(control.observe(), control.oneadmin_keys(&observer));
    let mut faults = Diagnostics::default();
    let (world, keys) = (keep(world, &mut faults), keep(keys, &mut faults));
    let (Some(world), Some(_)) = (world, keys) else {
        return Err(faults);
    };
    let choice = check(spec, &world)?;
    let mut plan = Plan {
        cluster: spec.name.to_string(),
        ..Plan::default()
    };
    vultr(spec, &world, &choice, &mut plan);
    opennebula(spec, &world, &mut plan);
    let missing = diff::missing_hosts(spec, &world.vultr);
    for pending in control
        .journal()
        .pending(spec.name.as_str())
        .unwrap_or_default()
    {
        plan.notes.push(format!(
            "an earlier run was cut off while it worked on the {} {} ({})",
            pending.kind, pending.name, pending.at
        ));
    }
    for network in &world.opennebula.other_networks {
        if let Some(vni) = network
            .vlan_id
            .filter(|vni| !spec.network.vni.contains(vni))
        {
            plan.notes.push(format!(
                "the network {} has the VNI {vni}, which is not in `network.vni`",
                network.name
            ));
        }
    }
    if !missing.is_empty() {
        plan.notes.push(format!(
            "what has to be done on {} is not known before it is there",
            names(&missing)
        ));
    }
    Ok(plan)
}

fn names(names: &[&super::spec::HostName]) -> String {
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Everything that can be refused before anything is touched.
///
/// # Errors
/// All complaints together.
pub(super) fn check(spec: &Spec, world: &World) -> Result<Choice, Diagnostics> {
    let mut faults = Diagnostics::default();
    let need = if diff::missing_hosts(spec, &world.vultr).is_empty() {
        Need::Nothing
    } else {
        Need::New
    };
    let choice = match world.catalogue.choose(spec, need) {
        Ok(choice) => Some(choice),
        Err(found) => {
            faults.0.extend(found.0);
            None
        }
    };
    for clash in &world.opennebula.clashes {
        let owner = match &clash.owner {
            Some(owner) => format!("it belongs to the cluster `{owner}` of edgewright"),
            None => "it was not made by edgewright".to_owned(),
        };
        let message = format!(
            "OpenNebula has a {} named `{}` already (id {}); {owner}",
            clash.kind, clash.name, clash.id
        );
        faults.push(
            Diagnostic::error("opennebula::name-in-use", message)
                .at(&spec.name_at, "names of objects are made of this one")
                .help("choose another name, or rename the object that has it"),
        );
    }
    faults.0.extend(unchangeable(spec, world));
    // Roles, templates and variables are checked against all hosts as they will be.
    let members = planned_members(spec, world);
    let inventory = inventory::build(spec, &members, &configure::guessed_surroundings(world));
    let checked = vars::check(spec, &inventory).and_then(|()| configure::load(&inventory));
    if let Err(found) = checked {
        faults.0.extend(found.0);
    }
    match choice {
        Some(choice) if !faults.has_errors() => Ok(choice),
        _ => Err(faults),
    }
}

/// What the file says otherwise than the cluster that is there, and cannot be changed.
fn unchangeable(spec: &Spec, world: &World) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let help = "destroy the cluster first, or put back what the file said";
    if let Some(server) = world.vultr.other_kind.first() {
        let message = format!(
            "the cluster has {} servers of the other kind, the first is `{}`",
            world.vultr.other_kind.len(),
            server.label
        );
        faults.push(
            Diagnostic::error("spec::kind-changed", message)
                .at(&spec.name_at, "`kind` of this cluster cannot be changed")
                .help(help),
        );
    }
    let region = &spec.provider.region;
    if let Some(server) = world
        .vultr
        .servers
        .iter()
        .find(|server| server.region != region.value)
    {
        let message = format!("the cluster is in region `{}`", server.region);
        let fault = Diagnostic::error("spec::region-changed", message).help(help);
        faults.push(match &region.at {
            Some(at) => fault.at(at, "another region"),
            None => fault,
        });
    }
    let driver = spec.hypervisor.driver();
    let hosts = world.opennebula.hosts.iter();
    if let Some(host) = hosts.into_iter().find(|host| host.vm_mad != driver) {
        let message = format!(
            "host {} is registered with the driver `{}`, the file says `{driver}`",
            host.name, host.vm_mad
        );
        faults.push(
            Diagnostic::error("spec::hypervisor-changed", message)
                .at(
                    &spec.name_at,
                    "`hypervisor` of this cluster cannot be changed",
                )
                .help(help),
        );
    }
    faults
}

/// Members with the addresses they have, or invented ones: good for checks, never for doing anything.
fn planned_members(spec: &Spec, world: &World) -> Vec<Member> {
    let real = members::seen(spec, world);
    let invented = (1..).zip(&spec.hosts.names).map(|(number, name)| {
        let address = std::net::Ipv4Addr::from(0xC612_0000_u32 + number);
        Member {
            name: name.clone(),
            public: address,
            fabric: address,
            fingerprint: None,
        }
    });
    invented
        .map(|member| {
            real.iter()
                .find(|known| known.name == member.name)
                .cloned()
                .unwrap_or(member)
        })
        .collect()
}

fn vultr(spec: &Spec, world: &World, choice: &Choice, plan: &mut Plan) {
    let difference = diff::compare(spec, &world.vultr, choice, &world.catalogue);
    let servers = world.vultr.all_servers();
    let instances: Cents = servers
        .filter_map(|server| world.catalogue.price(&server.plan))
        .sum();
    let reserved = u64::try_from(world.vultr.reserved.len()).unwrap_or(u64::MAX);
    plan.monthly_now = Cents(instances.0 + reserved * RESERVED_IPV4.0);
    let cost = |verb| -> Cents {
        let changes = difference
            .changes
            .iter()
            .filter(|change| change.verb == verb);
        changes.filter_map(|change| change.monthly).sum()
    };
    plan.monthly_then =
        Cents((plan.monthly_now.0 + cost(Verb::Create).0).saturating_sub(cost(Verb::Remove).0));
    plan.changes.extend(difference.changes);
    plan.unchanged += difference.unchanged;
    plan.notes.extend(difference.notes);
}

fn opennebula(spec: &Spec, world: &World, plan: &mut Plan) {
    let observed = &world.opennebula;
    let names = desired::Names::of(spec);
    let members = members::seen(spec, world);
    let cluster = observed.cluster.as_ref().map(|cluster| cluster.id);
    push(
        plan,
        due::cluster(spec, observed).change("cluster", &names.cluster),
    );
    if observed.cluster.is_some() {
        for id in due::shared_datastores(observed) {
            let change = Change::new(
                Verb::Change,
                Side::OpenNebula,
                "cluster",
                names.cluster.as_str(),
            );
            plan.changes
                .push(change.detail(format!("datastore {id}: missing")));
        }
    }
    let image = due::datastore(
        &desired::image_datastore(spec),
        observed.image.as_ref(),
        cluster,
    );
    push(plan, image.change("datastore", &names.image));
    let system = desired::system_datastore(spec, desired::replica(spec, &members));
    push(
        plan,
        due::datastore(&system, observed.system.as_ref(), cluster)
            .change("datastore", &names.system),
    );
    for name in &spec.hosts.names {
        let member = members.iter().find(|member| member.name == *name);
        let change = match (member, world.vultr.server(name)) {
            (Some(member), Some(server)) => {
                let due = due::host(spec, member, server.id.as_str(), observed);
                due.change("host", &format!("{} ({name})", member.public))
            }
            // It is registered and has no address: there is nothing to compare.
            _ if observed.host(name.as_str(), None).is_some() => None,
            _ => due::Due::Create.change("host", name.as_str()),
        };
        push(plan, change);
    }
    if spec.public_ips > 0 || observed.public.is_some() {
        let (due, _) = due::public_network(
            spec,
            observed,
            &diff::staying(spec, &world.vultr, &world.vultr.reserved),
        );
        let coming = diff::missing_addresses(spec, &world.vultr);
        let mut change = due.change("virtual network", &names.public);
        if coming > 0 && observed.public.is_some() {
            let base = Change::new(
                Verb::Change,
                Side::OpenNebula,
                "virtual network",
                names.public.as_str(),
            );
            let detail = format!("{coming} address ranges for the addresses that will be reserved");
            change = Some(change.unwrap_or(base).detail(detail));
        }
        push(plan, change);
    }
    if observed.private.is_none() {
        push(
            plan,
            due::Due::Create.change("network template", &names.private),
        );
    } else {
        plan.unchanged += 1;
    }
    for host in &observed.hosts {
        let name =
            super::opennebula::observe::provision_member(host, "HOSTNAME").unwrap_or_default();
        if !spec
            .hosts
            .names
            .iter()
            .any(|wanted| wanted.as_str() == name)
        {
            let change = Change::new(
                Verb::Remove,
                Side::OpenNebula,
                "host",
                format!("{} ({name})", host.name),
            );
            plan.changes.push(change);
        }
    }
}

fn push(plan: &mut Plan, change: Option<Change>) {
    match change {
        Some(change) => plan.changes.push(change),
        None => plan.unchanged += 1,
    }
}

/// What the playbook would do on the hosts that are there.
async fn hosts(
    control: &Control,
    world: &World,
    members: &[Member],
    observer: &Arc<dyn Observer>,
    plan: &mut Plan,
) -> Result<(), Diagnostics> {
    let patience = |_: &Member| super::connect::Patience::Running;
    let connections = Arc::new(Connections::new(
        control,
        members,
        patience,
        Arc::clone(observer),
    ));
    let surroundings = configure::surroundings(control, world, observer).await?;
    let outcome = configure::run(
        control.spec(),
        members,
        &surroundings,
        Arc::clone(&connections),
        Mode::Predict,
        Arc::clone(observer),
    )
    .await?;
    plan.unchanged += outcome.unchanged;
    plan.unknown.extend(outcome.failures.keys().cloned());
    for (host, reason) in &outcome.failures {
        plan.notes.push(format!(
            "{host} could not be looked at to the end: {reason}"
        ));
    }
    if world.opennebula.private.is_some()
        && let Some(cluster) = &world.opennebula.cluster
        && let Some(nic) = outcome.nic(members)?
    {
        let due = due::private_template(control.spec(), &world.opennebula, cluster.id, &nic);
        plan.changes.extend(due.change(
            "network template",
            &desired::Names::of(control.spec()).private,
        ));
    }
    plan.changes.extend(outcome.changes);
    Ok(())
}

/// The inventory of a cluster, for other playbooks: its hosts with the addresses that they have now.
///
/// # Errors
/// What cannot be read of the two sides.
pub async fn inventory(control: &Control) -> Result<edgewright_playbook::Inventory, Diagnostics> {
    let world = control.observe().await?;
    let members = members::seen(control.spec(), &world);
    Ok(inventory::build(
        control.spec(),
        &members,
        &configure::guessed_surroundings(&world),
    ))
}
