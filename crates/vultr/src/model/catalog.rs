//! What Vultr sells: regions, plans and operating systems.

use super::lenient;
use super::{OsId, PlanId, Region};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Hours after which a month costs no more (28 days).
const BILLED_HOURS: f64 = 672.0;

/// A region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct RegionInfo {
    /// Its short name.
    pub id: Region,
    /// The city.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub city: String,
    /// The country's two letters.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub country: String,
    /// The continent.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub continent: String,
    /// What can be had there, such as `ddos_protection`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub options: Vec<String>,
}

/// What a plan costs, in USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct Cost {
    /// For a month, and at most.
    #[serde(default, deserialize_with = "lenient::number")]
    pub monthly_cost: f64,
}

impl Cost {
    /// What is really billed for an hour: the month's price is reached after 672 hours.
    ///
    /// The API's own `hourly_cost` divides by 730 and is about 8% too low.
    pub fn hourly(self) -> f64 {
        self.monthly_cost / BILLED_HOURS
    }
}

/// A plan for instances.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Plan {
    /// Its name.
    pub id: PlanId,
    /// Virtual CPUs.
    #[serde(default, deserialize_with = "lenient::number")]
    pub vcpu_count: u32,
    /// MB.
    #[serde(default, deserialize_with = "lenient::number")]
    pub ram: u64,
    /// GB, of each disk.
    #[serde(default, deserialize_with = "lenient::number")]
    pub disk: u64,
    /// Disks.
    #[serde(default, deserialize_with = "lenient::number")]
    pub disk_count: u32,
    /// GB a month.
    #[serde(default, deserialize_with = "lenient::number")]
    pub bandwidth: u64,
    /// The family, such as `vc2` or `vhf`.
    #[serde(default, rename = "type", deserialize_with = "lenient::or_default")]
    pub family: String,
    /// USD a month where [`Self::location_cost`] says nothing else.
    #[serde(default, deserialize_with = "lenient::number")]
    pub monthly_cost: f64,
    /// Where it is sold; says nothing about what is in stock.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub locations: Vec<Region>,
    /// Regions with a price of their own.
    #[serde(default, deserialize_with = "lenient::map")]
    pub location_cost: BTreeMap<Region, Cost>,
}

impl Plan {
    /// What it costs in a region.
    pub fn cost_in(&self, region: &Region) -> Cost {
        cost_in(self.monthly_cost, &self.location_cost, region)
    }
}

/// A plan for bare metal.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct MetalPlan {
    /// Its name.
    pub id: PlanId,
    /// CPUs' cores together.
    #[serde(default, deserialize_with = "lenient::number")]
    pub cpu_count: u32,
    /// Threads together.
    #[serde(default, deserialize_with = "lenient::number")]
    pub cpu_threads: u32,
    /// The CPU's name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub cpu_model: String,
    /// MB.
    #[serde(default, deserialize_with = "lenient::number")]
    pub ram: u64,
    /// GB, of each disk.
    #[serde(default, deserialize_with = "lenient::number")]
    pub disk: u64,
    /// Disks.
    #[serde(default, deserialize_with = "lenient::number")]
    pub disk_count: u32,
    /// GB a month.
    #[serde(default, deserialize_with = "lenient::number")]
    pub bandwidth: u64,
    /// What the disks are: `SSD` or `NVMe`.
    #[serde(default, rename = "type", deserialize_with = "lenient::or_default")]
    pub disk_type: String,
    /// USD a month where [`Self::location_cost`] says nothing else.
    #[serde(default, deserialize_with = "lenient::number")]
    pub monthly_cost: f64,
    /// Where it is sold; says nothing about what is in stock.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub locations: Vec<Region>,
    /// Regions with a price of their own.
    #[serde(default, deserialize_with = "lenient::map")]
    pub location_cost: BTreeMap<Region, Cost>,
}

impl MetalPlan {
    /// What it costs in a region.
    pub fn cost_in(&self, region: &Region) -> Cost {
        cost_in(self.monthly_cost, &self.location_cost, region)
    }
}

fn cost_in(monthly_cost: f64, own: &BTreeMap<Region, Cost>, region: &Region) -> Cost {
    own.get(region).copied().unwrap_or(Cost { monthly_cost })
}

/// An operating system image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Os {
    /// Its number.
    pub id: OsId,
    /// Its name, such as `Debian 12 x64 (bookworm)`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Its architecture.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub arch: String,
    /// Its family, such as `debian`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub family: String,
}
