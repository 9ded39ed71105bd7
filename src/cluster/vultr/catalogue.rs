//! What the live catalogue says of the cluster file: whether region, plan and operating system exist, go together, can be
//! had, and what they cost.
//!
//! Called by `plan` before anything is touched. Reads only; works without an API key.

use edgewright_vultr::{Client, Os, OsId, PlanId, Region, RegionInfo, VultrError};
use edgewright_yaml::{Diagnostic, Diagnostics, nearest};

use crate::cluster::change::Cents;
use crate::cluster::spec::{Given, Kind, Spec, quoted};

/// What a reserved IPv4 address costs a month. The API does not say; Vultr's price list does (September 2026).
pub const RESERVED_IPV4: Cents = Cents(300);

/// Beginnings of the names of systems that the role `preflight` accepts.
const SUPPORTED: [&str; 4] = ["Debian 12 ", "Debian 13 ", "Ubuntu 22.04 ", "Ubuntu 24.04 "];

/// What the catalogue says.
#[derive(Clone, Debug)]
pub struct Catalogue {
    regions: Vec<RegionInfo>,
    offers: Vec<Offer>,
    systems: Vec<Os>,
    /// Plans that can be deployed in the cluster's region right now; `None` when the region does not exist.
    available: Option<Vec<PlanId>>,
}

/// A plan of either kind.
#[derive(Clone, Debug)]
struct Offer {
    id: PlanId,
    kind: Kind,
    regions: Vec<Region>,
    monthly: Cents,
}

/// What the cluster file's words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The region.
    pub region: Region,
    /// The plan.
    pub plan: PlanId,
    /// The operating system.
    pub os: OsId,
    /// Its name.
    pub os_name: String,
    /// What a host costs a month.
    pub monthly: Cents,
}

/// Whether new instances are needed, so that the plan must be in stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// New ones are needed.
    New,
    /// All are there already.
    Nothing,
}

impl Catalogue {
    /// Reads the parts that matter for a cluster.
    ///
    /// # Errors
    /// [`VultrError`]; that the region is unknown is not one, [`Catalogue::choose`] says so with its place.
    pub async fn read(client: &Client, spec: &Spec) -> Result<Self, VultrError> {
        let region = Region::from(spec.provider.region.value.as_str());
        // All are waited for, so that what is told does not depend on which of them fails first.
        let (regions, plans, metal, systems) = futures::join!(
            client.regions(),
            client.plans(),
            client.plans_metal(),
            client.operating_systems(),
        );
        let (regions, plans, metal, systems) = (regions?, plans?, metal?, systems?);
        let available = if regions.iter().any(|known| known.id == region) {
            Some(client.availability(&region).await?)
        } else {
            None
        };
        let virtual_offers = plans.into_iter().map(|plan| Offer {
            monthly: cents(plan.cost_in(&region).monthly_cost),
            id: plan.id,
            kind: Kind::Virtual,
            regions: plan.locations,
        });
        let metal_offers = metal.into_iter().map(|plan| Offer {
            monthly: cents(plan.cost_in(&region).monthly_cost),
            id: plan.id,
            kind: Kind::Metal,
            regions: plan.locations,
        });
        Ok(Self {
            regions,
            offers: virtual_offers.chain(metal_offers).collect(),
            systems,
            available,
        })
    }

    /// Looks the cluster file's words up.
    ///
    /// # Errors
    /// Every complaint, each with its place in the file.
    pub fn choose(&self, spec: &Spec, need: Need) -> Result<Choice, Diagnostics> {
        let mut faults = Diagnostics::default();
        let region = self.region(spec, &mut faults);
        let offer = self.plan(spec, region.is_some(), need, &mut faults);
        let system = self.system(&spec.hosts.os, &mut faults);
        match (region, offer, system) {
            (Some(region), Some(offer), Some(system)) if !faults.has_errors() => Ok(Choice {
                region,
                plan: offer.id.clone(),
                os: system.id,
                os_name: system.name.clone(),
                monthly: offer.monthly,
            }),
            _ => Err(faults),
        }
    }

    /// What a plan costs a month in the region; nothing when it is not offered any more.
    pub fn price(&self, plan: &str) -> Option<Cents> {
        self.offers
            .iter()
            .find(|offer| offer.id.as_str() == plan)
            .map(|offer| offer.monthly)
    }

    fn region(&self, spec: &Spec, faults: &mut Diagnostics) -> Option<Region> {
        let given = &spec.provider.region;
        if self.available.is_some() {
            return Some(Region::from(given.value.as_str()));
        }
        let mut names: Vec<&str> = self
            .regions
            .iter()
            .map(|region| region.id.as_str())
            .collect();
        names.sort_unstable();
        let fault = Diagnostic::error(
            "spec::unknown-region",
            format!("Vultr has no region `{}`", given.value),
        );
        faults.push(
            at(fault, given, near(&given.value, &names))
                .help(format!("its regions are {}", names.join(", "))),
        );
        None
    }

    fn plan(
        &self,
        spec: &Spec,
        region_known: bool,
        need: Need,
        faults: &mut Diagnostics,
    ) -> Option<&Offer> {
        let (given, region) = (&spec.hosts.plan, &spec.provider.region);
        let Some(offer) = self
            .offers
            .iter()
            .find(|offer| offer.id.as_str() == given.value)
        else {
            let names: Vec<&str> = self
                .offers
                .iter()
                .filter(|offer| offer.kind == spec.kind)
                .map(|offer| offer.id.as_str())
                .collect();
            let fault = Diagnostic::error(
                "spec::unknown-plan",
                format!("Vultr has no plan `{}`", given.value),
            );
            let fault = at(fault, given, near(&given.value, &names));
            faults.push(if region_known {
                fault.help(self.cheapest(spec))
            } else {
                fault.help(
                    "plans are listed at https://www.vultr.com/pricing/ and by `GET /v2/plans`",
                )
            });
            return None;
        };
        if offer.kind != spec.kind {
            let (is, wanted) = match offer.kind {
                Kind::Metal => ("a bare-metal plan", "kind: metal"),
                Kind::Virtual => ("a plan of virtual instances", "kind: virtual"),
            };
            let fault = Diagnostic::error("spec::plan-kind", format!("`{}` is {is}", given.value));
            faults.push(
                at(fault, given, "not of this cluster's kind".to_owned()).help(format!(
                    "write `{wanted}`, or choose another plan: {}",
                    self.cheapest(spec)
                )),
            );
            return None;
        }
        if !region_known || need == Need::Nothing {
            return Some(offer);
        }
        let region_id = Region::from(region.value.as_str());
        if !offer.regions.contains(&region_id) {
            let offered: Vec<&str> = offer.regions.iter().map(Region::as_str).collect();
            let label = if offered.is_empty() {
                "offered nowhere".to_owned()
            } else {
                format!("offered in {}", quoted(&offered))
            };
            let fault = Diagnostic::error(
                "spec::plan-not-in-region",
                format!(
                    "plan `{}` is not offered in region `{}`",
                    given.value, region.value
                ),
            );
            let fault = at(fault, given, label).help(self.cheapest(spec));
            faults.push(match &region.at {
                Some(span) => fault.label(span, "chosen here"),
                None => fault,
            });
            return None;
        }
        if !self
            .available
            .as_ref()
            .is_some_and(|plans| plans.contains(&offer.id))
        {
            let fault = Diagnostic::error(
                "spec::plan-sold-out",
                format!(
                    "plan `{}` cannot be had in region `{}` at the moment",
                    given.value, region.value
                ),
            );
            faults.push(at(fault, given, "out of stock".to_owned()).help(self.cheapest(spec)));
            return None;
        }
        Some(offer)
    }

    /// The cheapest plans that could be had instead.
    fn cheapest(&self, spec: &Spec) -> String {
        let available = self.available.as_deref().unwrap_or_default();
        let mut offers: Vec<&Offer> = self
            .offers
            .iter()
            .filter(|offer| offer.kind == spec.kind && available.contains(&offer.id))
            .collect();
        offers.sort_by_key(|offer| offer.monthly);
        let names: Vec<String> = offers
            .iter()
            .take(4)
            .map(|offer| format!("`{}` ({} a month)", offer.id, offer.monthly))
            .collect();
        if names.is_empty() {
            format!(
                "no plan of this kind can be had in `{}` now",
                spec.provider.region.value
            )
        } else {
            format!(
                "the cheapest plans in `{}` are {}",
                spec.provider.region.value,
                names.join(", ")
            )
        }
    }

    fn system(&self, given: &Given<String>, faults: &mut Diagnostics) -> Option<&Os> {
        let wanted = given.value.as_str();
        let lower = wanted.to_lowercase();
        let exact = self
            .systems
            .iter()
            .find(|os| os.id.to_string() == wanted || os.name.to_lowercase() == lower);
        if let Some(exact) = exact {
            return self.supported(exact, given, faults);
        }
        let beginning: Vec<&Os> = self
            .systems
            .iter()
            .filter(|os| os.name.to_lowercase().starts_with(&lower))
            .collect();
        if let [only] = beginning.as_slice() {
            return self.supported(only, given, faults);
        }
        let names: Vec<&str> = self.systems.iter().map(|os| os.name.as_str()).collect();
        let fault = if beginning.is_empty() {
            let fault = Diagnostic::error(
                "spec::unknown-os",
                format!("Vultr has no operating system `{wanted}`"),
            );
            at(fault, given, near(wanted, &names))
        } else {
            let fault = Diagnostic::error(
                "spec::ambiguous-os",
                format!("`{wanted}` is the beginning of several names"),
            );
            let found: Vec<&str> = beginning.iter().map(|os| os.name.as_str()).collect();
            at(fault, given, format!("could be {}", quoted(&found)))
        };
        faults.push(fault.help(self.supported_names()));
        None
    }

    /// The system, unless the roles would refuse it on the host: then it is not worth paying for one.
    fn supported<'o>(
        &self,
        os: &'o Os,
        given: &Given<String>,
        faults: &mut Diagnostics,
    ) -> Option<&'o Os> {
        if is_supported(&os.name) {
            return Some(os);
        }
        let fault = Diagnostic::error(
            "spec::unsupported-os",
            format!("`{}` cannot be made an edge node", os.name),
        );
        faults.push(at(fault, given, "not supported".to_owned()).help(self.supported_names()));
        None
    }

    fn supported_names(&self) -> String {
        let mut names: Vec<&str> = self.systems.iter().map(|os| os.name.as_str()).collect();
        names.retain(|name| is_supported(name));
        names.sort_unstable();
        format!("supported are {}", quoted(&names))
    }
}

/// Whether the role `preflight` accepts a system, by its name in the catalogue.
fn is_supported(name: &str) -> bool {
    SUPPORTED.iter().any(|known| name.starts_with(known))
}

fn cents(dollars: f64) -> Cents {
    // Prices are small and positive; what is not becomes 0.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float to integer cast saturates"
    )]
    Cents((dollars * 100.0).round() as u64)
}

fn at(fault: Diagnostic, given: &Given<String>, label: String) -> Diagnostic {
    match &given.at {
        Some(span) => fault.at(span, label),
        None => {
            fault.note("it is the default; another is chosen with `hosts: {plan: PLAN, os: NAME}`")
        }
    }
}

fn near(wanted: &str, names: &[&str]) -> String {
    nearest(wanted, names.iter().copied()).map_or_else(
        || "not known there".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}
