//! What can be ordered: a part of the real catalogue, with its numbers and prices.
//!
//! Read by `resources::catalogue`, which shows it, and by `machine::order`, which checks orders against it.

mod plans;
mod regions;
mod systems;

pub use plans::{METAL_PLANS, MetalPlan, PLANS, Plan};
pub use regions::{REGIONS, Region};
pub use systems::{SYSTEMS, System};

use crate::machines::MachineKind;

/// Finds a region.
pub fn region(id: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.id == id)
}

/// Finds an operating system.
pub fn system(id: u32) -> Option<&'static System> {
    SYSTEMS.iter().find(|system| system.id == id)
}

/// A plan of either kind.
#[derive(Clone, Copy, Debug)]
pub enum Offer {
    Virtual(&'static Plan),
    Metal(&'static MetalPlan),
}

impl Offer {
    /// Finds a plan of a kind.
    pub fn find(kind: MachineKind, id: &str) -> Option<Self> {
        match kind {
            MachineKind::Virtual => PLANS.iter().find(|plan| plan.id == id).map(Self::Virtual),
            MachineKind::Metal => METAL_PLANS
                .iter()
                .find(|plan| plan.id == id)
                .map(Self::Metal),
        }
    }

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Virtual(plan) => plan.id,
            Self::Metal(plan) => plan.id,
        }
    }

    /// The type that availability is asked for by.
    pub fn family(self) -> &'static str {
        match self {
            Self::Virtual(plan) => plan.family,
            Self::Metal(_) => "vbm",
        }
    }

    /// Whether a region has it, in stock or not.
    pub fn is_offered(self, region: &str) -> bool {
        match self {
            Self::Virtual(plan) => plan.locations().contains(&region),
            Self::Metal(plan) => plan.locations.contains(&region),
        }
    }

    /// Processors that a machine has.
    pub fn vcpus(self) -> u32 {
        match self {
            Self::Virtual(plan) => plan.vcpus,
            Self::Metal(plan) => plan.cpus[1],
        }
    }

    /// MB of memory.
    pub fn memory(self) -> u32 {
        match self {
            Self::Virtual(plan) => plan.ram,
            Self::Metal(plan) => plan.ram,
        }
    }

    /// Dollars a month.
    pub fn cost(self) -> u32 {
        match self {
            Self::Virtual(plan) => plan.cost,
            Self::Metal(plan) => plan.cost,
        }
    }

    /// All plans of both kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        PLANS
            .iter()
            .map(Self::Virtual)
            .chain(METAL_PLANS.iter().map(Self::Metal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_old_providers_asked_for_is_gone() {
        assert!(system(362).is_none() && system(387).is_none());
        assert!(Offer::find(MachineKind::Virtual, "vc2-1c-4gb").is_none());
    }

    #[test]
    fn bare_metal_is_no_plan_of_instances() {
        assert!(Offer::find(MachineKind::Virtual, "vbm-4c-32gb").is_none());
        assert!(Offer::find(MachineKind::Metal, "vbm-4c-32gb").is_some());
    }

    #[test]
    fn every_location_is_a_region() {
        for plan in METAL_PLANS {
            assert!(plan.locations.iter().all(|id| region(id).is_some()));
        }
        assert!(!PLANS.iter().any(|plan| plan.locations().is_empty()));
    }
}
