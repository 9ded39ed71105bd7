//! Making, repairing and removing the cluster's things at Vultr.
//!
//! Called by `apply` and `destroy`. A POST is sent once: when its answer is lost, what it may have made is looked for by its
//! mark, and only what is not found is an error.

use std::time::Duration;

use edgewright_vultr::{
    Client, FirewallGroupId, GroupChange, InstanceChange, IpType, NewBareMetal, NewInstance,
    NewReservedIp, NewRule, NewVpc, ReservedIp, Vpc, VultrError,
};
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::catalogue::{Choice, RESERVED_IPV4};
use super::diagnostic;
use super::diff::{self, Repair};
use super::observe::{self, Observed, Server};
use crate::cluster::change::{Change, Side, Verb};
use crate::cluster::keys::HostKey;
use crate::cluster::spec::{HostName, Kind, Spec};
use crate::cluster::work::{Work, both, noted, poll};
use crate::cluster::{limits, marks, user_data};

/// How long a thing may take to show up in a list after it was made (about 1 s seen).
const SHOWS_UP: Duration = Duration::from_secs(6);

/// What is said when a call's effect was looked for in vain.
const LOOKED: &str = "it was looked for until {} s after: it is not there; applying again looks once more before it makes one";

/// The account, the file and the run.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The API.
    pub client: &'a Client,
    /// The cluster file.
    pub spec: &'a Spec,
    /// The run.
    pub work: &'a Work,
}

/// What instances are put into.
#[derive(Clone, Debug)]
pub struct Foundation {
    /// The VPC.
    pub vpc: Vpc,
    /// The firewall group; bare metal has none.
    pub group: Option<FirewallGroupId>,
}

/// Takes an answer, or looks for what a lost answer was about.
async fn settled<T>(
    result: Result<T, VultrError>,
    find: impl AsyncFn() -> Result<Option<T>, VultrError>,
) -> Result<T, Diagnostics> {
    let error = match result {
        Ok(value) => return Ok(value),
        Err(error) if !error.may_have_taken_effect() => return Err(diagnostic(&error)),
        Err(error) => error,
    };
    let found = poll(SHOWS_UP, async || {
        find().await.map_err(|error| diagnostic(&error))
    })
    .await?;
    found.ok_or_else(|| {
        noted(
            diagnostic(&error),
            &LOOKED.replace("{}", &SHOWS_UP.as_secs().to_string()),
        )
    })
}

impl Scope<'_> {
    /// Makes VPC, firewall group and rules where they are missing.
    ///
    /// # Errors
    /// What the API says; without these no instance is ordered.
    pub async fn foundation(self, observed: &Observed) -> Result<Foundation, Diagnostics> {
        let vpc = async {
            match &observed.vpc {
                Some(vpc) => Ok(vpc.clone()),
                None => self.make_vpc().await,
            }
        };
        let group = async {
            match (self.spec.kind, &observed.firewall) {
                (Kind::Metal, _) => Ok(None),
                (Kind::Virtual, Some(firewall)) => Ok(Some(firewall.group.id.clone())),
                (Kind::Virtual, None) => self.make_group().await.map(Some),
            }
        };
        // Neither is given up when the other fails: what was made is told.
        let (vpc, group) = futures::join!(vpc, group);
        let (vpc, group) = both(vpc, group)?;
        if let Some(group) = &group {
            for rule in diff::missing_rules(self.spec, observed) {
                self.add_rule(group, &rule).await?;
            }
            for rule in diff::surplus_rules(self.spec, observed) {
                let change = Change::new(
                    Verb::Remove,
                    Side::Vultr,
                    "firewall rule",
                    diff::known_rule_name(rule),
                );
                let groups = self.client.firewall_groups();
                let removed = async { absent_is_fine(groups.remove_rule(group, rule.id).await) };
                self.work
                    .carry_out(change, &Work::operation()?, removed)
                    .await?;
            }
        }
        Ok(Foundation { vpc, group })
    }

    /// Admits SSH from servers that have their addresses now, where it is not admitted from everywhere anyway.
    ///
    /// # Errors
    /// What the API says.
    pub async fn admit(
        self,
        group: &FirewallGroupId,
        servers: &[Server],
    ) -> Result<(), Diagnostics> {
        let wanted = diff::member_rules(self.spec, servers);
        if wanted.is_empty() {
            return Ok(());
        }
        let rules = self.client.firewall_groups().rules(group).await;
        let rules = rules.map_err(|error| diagnostic(&error))?;
        for rule in wanted {
            if !rules.iter().any(|known| known.is_same(&rule)) {
                self.add_rule(group, &rule).await?;
            }
        }
        Ok(())
    }

    async fn add_rule(self, group: &FirewallGroupId, rule: &NewRule) -> Result<(), Diagnostics> {
        let change = Change::new(
            Verb::Create,
            Side::Vultr,
            "firewall rule",
            diff::rule_name(rule),
        );
        let groups = self.client.firewall_groups();
        let made = async {
            let made = groups.add_rule(group, rule).await;
            settled(made, async || {
                let rules = groups.rules(group).await?;
                Ok(rules.into_iter().find(|known| known.is_same(rule)))
            })
            .await
        };
        self.work
            .carry_out(change, &Work::operation()?, made)
            .await
            .map(|_| ())
    }

    async fn make_vpc(self) -> Result<Vpc, Diagnostics> {
        let new = NewVpc {
            region: self.spec.provider.region.value.as_str().into(),
            description: marks::cluster(&self.spec.name),
            subnet: self
                .spec
                .network
                .vpc
                .map(|prefix| (prefix.network().to_string(), prefix.prefix_len())),
        };
        let change = Change::new(Verb::Create, Side::Vultr, "vpc", self.spec.name.as_str());
        let vpcs = self.client.vpcs();
        let made = async {
            settled(vpcs.create(&new).await, async || {
                Ok(vpcs
                    .list()
                    .await?
                    .into_iter()
                    .find(|vpc| vpc.description == new.description))
            })
            .await
        };
        self.work.carry_out(change, &Work::operation()?, made).await
    }

    async fn make_group(self) -> Result<FirewallGroupId, Diagnostics> {
        let mark = marks::cluster(&self.spec.name);
        let change = Change::new(
            Verb::Create,
            Side::Vultr,
            "firewall group",
            self.spec.name.as_str(),
        );
        let groups = self.client.firewall_groups();
        let made = async {
            settled(groups.create(&mark).await, async || {
                Ok(groups
                    .list()
                    .await?
                    .into_iter()
                    .find(|group| group.description == mark))
            })
            .await
        };
        Ok(self
            .work
            .carry_out(change, &Work::operation()?, made)
            .await?
            .id)
    }

    /// Reserves the addresses that are missing, and returns all there are then, in order.
    ///
    /// # Errors
    /// What the API says about the first that fails.
    pub async fn reserve(self, observed: &Observed) -> Result<Vec<ReservedIp>, Diagnostics> {
        let mark = marks::cluster(&self.spec.name);
        let mut all = observed.reserved.clone();
        for number in 0..diff::missing_addresses(self.spec, observed) {
            let new = NewReservedIp {
                region: self.spec.provider.region.value.as_str().into(),
                ip_type: IpType::V4,
                label: mark.clone(),
            };
            let operation = Work::operation()?;
            let change = Change::new(
                Verb::Create,
                Side::Vultr,
                "reserved ip",
                format!("{}-{number}", self.spec.name),
            );
            let reserved = self.client.reserved_ips();
            let made = async {
                settled(reserved.create(&new).await, async || {
                    let listed = reserved.list().await?.into_iter();
                    let ours = listed.filter(|ip| ip.label == mark);
                    Ok(ours
                        .into_iter()
                        .find(|ip| !all.iter().any(|known| known.id == ip.id)))
                })
                .await
            };
            let ip = self
                .work
                .carry_out(change.costs(RESERVED_IPV4), &operation, made)
                .await?;
            all.push(ip);
        }
        all.sort_by_key(|ip| ip.subnet);
        Ok(all)
    }

    /// Orders the server of a host.
    ///
    /// # Errors
    /// What the API says. When the answer is lost and the server is not found by its tag, it may still show up: the next
    /// run finds it.
    pub async fn order(
        self,
        host: &HostName,
        choice: &Choice,
        foundation: &Foundation,
        authorized: &[String],
    ) -> Result<Server, Diagnostics> {
        let key = HostKey::generate()?;
        let operation = Work::operation()?;
        let tags = marks::tags(&self.spec.name, host, &operation, &key.fingerprint);
        let data = user_data::render(&key, authorized);
        let change = Change::new(
            Verb::Create,
            Side::Vultr,
            diff::server_kind(self.spec.kind),
            host.as_str(),
        )
        .costs(choice.monthly);
        let find = async || {
            let (servers, _) = observe::servers(self.client, self.spec).await?;
            Ok(servers
                .into_iter()
                .find(|server| server.host.as_ref() == Some(host)))
        };
        let ordered = async {
            let made = match self.spec.kind {
                Kind::Virtual => {
                    let mut new =
                        NewInstance::new(choice.region.clone(), choice.plan.clone(), choice.os);
                    host.as_str().clone_into(&mut new.label);
                    host.as_str().clone_into(&mut new.hostname);
                    (new.tags, new.user_data) = (tags, Some(data.into()));
                    new.attach_vpc = vec![foundation.vpc.id.clone()];
                    new.firewall_group_id.clone_from(&foundation.group);
                    let made = self.client.instances().create(&new).await;
                    made.map(|instance| observe::virtual_server(&instance))
                }
                Kind::Metal => {
                    let mut new =
                        NewBareMetal::new(choice.region.clone(), choice.plan.clone(), choice.os);
                    host.as_str().clone_into(&mut new.label);
                    host.as_str().clone_into(&mut new.hostname);
                    (new.tags, new.user_data) = (tags, Some(data.into()));
                    new.attach_vpc = vec![foundation.vpc.id.clone()];
                    let made = self.client.bare_metals().create(&new).await;
                    made.map(|server| observe::metal_server(&server))
                }
            };
            settled(made, find).await
        };
        self.work.carry_out(change, &operation, ordered).await
    }

    /// Puts right what can be at a server that is there.
    ///
    /// # Errors
    /// What the API says.
    pub async fn repair(
        self,
        observed: &Observed,
        server: &Server,
        foundation: &Foundation,
    ) -> Result<(), Diagnostics> {
        let repairs = diff::repairs(self.spec, observed, server);
        if repairs.is_empty() {
            self.work.unchanged(1);
            return Ok(());
        }
        let name = server.name();
        let mut change = Change::new(
            Verb::Change,
            Side::Vultr,
            diff::server_kind(self.spec.kind),
            name,
        );
        change.details = repairs
            .iter()
            .map(|repair| repair.words().to_owned())
            .collect();
        let repaired = async {
            for repair in repairs {
                match (repair, self.spec.kind) {
                    (Repair::Start, Kind::Virtual) => {
                        self.client.instances().start(&server.id).await
                    }
                    (Repair::Start, Kind::Metal) => {
                        self.client.bare_metals().start(&server.id).await
                    }
                    (Repair::Firewall, _) => {
                        let group = foundation
                            .group
                            .clone()
                            .map_or(GroupChange::Detach, GroupChange::Set);
                        let change = InstanceChange {
                            firewall_group_id: Some(group),
                            ..InstanceChange::default()
                        };
                        self.client
                            .instances()
                            .update(&server.id, &change)
                            .await
                            .map(|_| ())
                    }
                }
                .map_err(|error| diagnostic(&error))?;
            }
            Ok(())
        };
        self.work
            .carry_out(change, &Work::operation()?, repaired)
            .await
    }

    /// Removes a server and waits until it is gone.
    ///
    /// # Errors
    /// What the API says, or that it is still there after [`limits::INSTANCE_REMOVED`].
    pub async fn remove_server(self, server: &Server, name: &str) -> Result<(), Diagnostics> {
        let change = Change::new(
            Verb::Remove,
            Side::Vultr,
            diff::server_kind(server.kind),
            name,
        );
        let gone = async {
            let removed = match server.kind {
                Kind::Virtual => self.client.instances().delete(&server.id).await,
                Kind::Metal => self.client.bare_metals().delete(&server.id).await,
            };
            absent_is_fine(removed)?;
            let look = async || {
                let found = match server.kind {
                    Kind::Virtual => self.client.instances().get(&server.id).await.map(|_| ()),
                    Kind::Metal => self.client.bare_metals().get(&server.id).await.map(|_| ()),
                };
                match found {
                    Ok(()) => Ok(None),
                    Err(error) if error.is_not_found() => Ok(Some(())),
                    Err(error) => Err(diagnostic(&error)),
                }
            };
            poll(limits::INSTANCE_REMOVED, look).await?.ok_or_else(|| {
                Diagnostic::error(
                    "vultr::still-there",
                    format!(
                        "instance {} ({name}) is still there after its removal",
                        server.id
                    ),
                )
                .help("run the command again in a few minutes; if it stays, ask Vultr's support")
                .into()
            })
        };
        self.work.carry_out(change, &Work::operation()?, gone).await
    }

    /// Releases a reserved address.
    ///
    /// # Errors
    /// What the API says.
    pub async fn release(self, ip: &ReservedIp) -> Result<(), Diagnostics> {
        let change = Change::new(
            Verb::Remove,
            Side::Vultr,
            "reserved ip",
            diff::address_name(ip),
        )
        .costs(RESERVED_IPV4);
        let released = async {
            if ip.instance_id.is_some() {
                absent_is_fine(self.client.reserved_ips().detach(&ip.id).await)?;
            }
            absent_is_fine(self.client.reserved_ips().delete(&ip.id).await)
        };
        self.work
            .carry_out(change, &Work::operation()?, released)
            .await
    }

    /// Removes firewall group and VPC.
    ///
    /// # Errors
    /// What the API says; a VPC that instances still hold on to is tried again for a while.
    pub async fn remove_foundation(self, observed: &Observed) -> Result<(), Diagnostics> {
        let name = self.spec.name.as_str();
        let (vpcs, groups) = &observed.doubles;
        let firewall = observed.firewall.iter().map(|firewall| &firewall.group);
        for group in firewall.chain(groups) {
            let change = Change::new(Verb::Remove, Side::Vultr, "firewall group", name);
            let removed =
                async { absent_is_fine(self.client.firewall_groups().delete(&group.id).await) };
            self.work
                .carry_out(change, &Work::operation()?, removed)
                .await?;
        }
        for vpc in observed.vpc.iter().chain(vpcs) {
            let change = Change::new(Verb::Remove, Side::Vultr, "vpc", name);
            self.work
                .carry_out(change, &Work::operation()?, self.remove_vpc(vpc))
                .await?;
        }
        Ok(())
    }

    async fn remove_vpc(self, vpc: &Vpc) -> Result<(), Diagnostics> {
        let mut last = None;
        let attempt = poll(limits::INSTANCE_REMOVED, async || {
            match self.client.vpcs().delete(&vpc.id).await {
                Ok(()) => Ok(Some(())),
                Err(error) if error.is_not_found() => Ok(Some(())),
                Err(error) if error.is_still_in_use() => {
                    last = Some(error);
                    Ok(None)
                }
                Err(error) => Err(diagnostic(&error)),
            }
        });
        match (attempt.await?, last) {
            (None, Some(error)) => Err(diagnostic(&error)),
            _ => Ok(()),
        }
    }
}

fn absent_is_fine(result: Result<(), VultrError>) -> Result<(), Diagnostics> {
    match result {
        Err(error) if !error.is_not_found() => Err(diagnostic(&error)),
        _ => Ok(()),
    }
}
