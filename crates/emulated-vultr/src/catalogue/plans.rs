//! Plans of instances and of bare metal, with their prices in US dollars.

use serde_json::{Value, json};

/// A plan of an instance.
#[derive(Debug)]
pub struct Plan {
    pub id: &'static str,
    pub vcpus: u32,
    /// MB.
    pub ram: u32,
    /// GB.
    pub disk: u32,
    /// GB a month.
    pub bandwidth: u32,
    /// A month.
    pub cost: u32,
    pub family: &'static str,
}

const fn plan(
    family: &'static str,
    id: &'static str,
    [vcpus, ram, disk, bandwidth, cost]: [u32; 5],
) -> Plan {
    Plan {
        id,
        vcpus,
        ram,
        disk,
        bandwidth,
        cost,
        family,
    }
}

/// Plans of instances: processors, MB of memory, GB of disk, GB a month, dollars a month.
pub const PLANS: &[Plan] = &[
    plan("vc2", "vc2-1c-1gb", [1, 1024, 25, 1024, 5]),
    plan("vc2", "vc2-1c-2gb", [1, 2048, 55, 2048, 10]),
    plan("vc2", "vc2-2c-2gb", [2, 2048, 65, 3072, 15]),
    plan("vc2", "vc2-2c-4gb", [2, 4096, 80, 3072, 20]),
    plan("vc2", "vc2-4c-8gb", [4, 8192, 160, 4096, 40]),
    plan("vc2", "vc2-6c-16gb", [6, 16384, 320, 5120, 80]),
    plan("vc2", "vc2-8c-32gb", [8, 32768, 640, 6144, 160]),
    plan("vc2", "vc2-16c-64gb", [16, 65536, 1280, 10240, 320]),
    plan("vc2", "vc2-24c-96gb", [24, 98304, 1600, 15360, 640]),
    plan("vhf", "vhf-1c-1gb", [1, 1024, 32, 1024, 6]),
    plan("vhf", "vhf-1c-2gb", [1, 2048, 64, 2048, 12]),
    plan("vhf", "vhf-2c-2gb", [2, 2048, 80, 3072, 18]),
    plan("vhf", "vhf-2c-4gb", [2, 4096, 128, 3072, 24]),
    plan("vhf", "vhf-3c-8gb", [3, 8192, 256, 4096, 48]),
    plan("vhf", "vhf-4c-16gb", [4, 16384, 384, 5120, 96]),
    plan("vhf", "vhf-6c-24gb", [6, 24576, 448, 6144, 144]),
    plan("vhf", "vhf-8c-32gb", [8, 32768, 512, 6144, 192]),
    plan("vhf", "vhf-12c-48gb", [12, 49152, 768, 8192, 256]),
    plan("vhp", "vhp-1c-1gb-amd", [1, 1024, 25, 2048, 6]),
    plan("vhp", "vhp-1c-2gb-amd", [1, 2048, 50, 3072, 12]),
    plan("vhp", "vhp-2c-2gb-amd", [2, 2048, 60, 4096, 18]),
    plan("vhp", "vhp-2c-4gb-amd", [2, 4096, 100, 5120, 24]),
    plan("vhp", "vhp-4c-8gb-amd", [4, 8192, 180, 6144, 48]),
    plan("vhp", "vhp-8c-16gb-amd", [8, 16384, 350, 8192, 96]),
    plan("vhp", "vhp-1c-2gb-intel", [1, 2048, 50, 3072, 12]),
    plan("vhp", "vhp-2c-4gb-intel", [2, 4096, 100, 5120, 24]),
    plan("vhp", "vhp-4c-8gb-intel", [4, 8192, 180, 6144, 48]),
];

/// Where a family of plans is not offered; elsewhere it is.
const NOT_OFFERED: &[(&str, &[&str])] = &[
    ("vc2", &[]),
    (
        "vhf",
        &["bom", "del", "jnb", "mad", "mel", "scl", "tlv", "waw"],
    ),
    ("vhp", &["hnl", "scl"]),
];

/// Where a plan costs half as much again.
const DEAR: &str = "sao";

impl Plan {
    /// Where it is offered.
    pub fn locations(&self) -> Vec<&'static str> {
        let out = NOT_OFFERED
            .iter()
            .find(|(family, _)| *family == self.family)
            .map_or(&[][..], |(_, out)| out);
        super::REGIONS
            .iter()
            .map(|region| region.id)
            .filter(|region| !out.contains(region))
            .collect()
    }

    /// As the API shows it. An empty `location_cost` is a list: so does a server write it that does not know objects.
    pub fn show(&self) -> Value {
        let cost = f64::from(self.cost);
        let locations = self.locations();
        let mut value = json!({
            "id": self.id,
            "vcpu_count": self.vcpus,
            "ram": self.ram,
            "disk": self.disk,
            "disk_count": 1,
            "bandwidth": self.bandwidth,
            "monthly_cost": self.cost,
            "hourly_cost": hourly(cost),
            "monthly_cost_preemptible": self.cost,
            "hourly_cost_preemptible": hourly(cost),
            "invoice_type": "hourly",
            "type": self.family,
            "locations": locations,
            "location_cost": [],
        });
        if self.family == "vc2" && locations.contains(&DEAR) {
            let dear = cost * 1.5;
            value["location_cost"] = json!({ DEAR: {
                "monthly_cost": dear,
                "hourly_cost": hourly(dear),
                "monthly_cost_preemptible": dear,
                "hourly_cost_preemptible": hourly(dear),
            }});
        }
        value
    }
}

/// What the API gives as the cost of an hour: a month has 730 of them, to three digits.
fn hourly(monthly: f64) -> f64 {
    (monthly / 730.0 * 1000.0).round() / 1000.0
}

/// A plan of bare metal.
#[derive(Debug)]
pub struct MetalPlan {
    pub id: &'static str,
    pub cpu_model: &'static str,
    /// Sockets times cores, and threads.
    pub cpus: [u32; 2],
    /// MB.
    pub ram: u32,
    /// How many, and how many GB each.
    pub disks: [u32; 2],
    pub disk_type: &'static str,
    /// GB a month.
    pub bandwidth: u32,
    /// A month.
    pub cost: u32,
    pub locations: &'static [&'static str],
}

/// Plans of bare metal.
pub const METAL_PLANS: &[MetalPlan] = &[
    MetalPlan {
        id: "vbm-4c-32gb",
        cpu_model: "E3-1270v6",
        cpus: [4, 8],
        ram: 32768,
        disks: [2, 240],
        disk_type: "SSD",
        bandwidth: 5120,
        cost: 120,
        locations: &["ams", "ewr", "fra", "lhr", "nrt", "ord"],
    },
    MetalPlan {
        id: "vbm-6c-32gb",
        cpu_model: "E-2286G",
        cpus: [6, 12],
        ram: 32768,
        disks: [2, 960],
        disk_type: "SSD",
        bandwidth: 10240,
        cost: 185,
        locations: &["ams", "ewr", "fra", "sgp"],
    },
    MetalPlan {
        id: "vbm-8c-132gb",
        cpu_model: "E-2388G",
        cpus: [8, 16],
        ram: 131_072,
        disks: [2, 1920],
        disk_type: "NVMe",
        bandwidth: 10240,
        cost: 350,
        locations: &["ewr", "fra"],
    },
];

impl MetalPlan {
    /// As the API shows it.
    pub fn show(&self) -> Value {
        let [cores, threads] = self.cpus;
        let [disk_count, disk] = self.disks;
        let hour = hourly(f64::from(self.cost));
        json!({
            "id": self.id,
            "cpu_count": cores,
            "cpu_threads": threads,
            "cpu_model": self.cpu_model,
            "ram": self.ram,
            "disk": disk,
            "disk_count": disk_count,
            "bandwidth": self.bandwidth,
            "monthly_cost": self.cost,
            "hourly_cost": hour,
            "monthly_cost_preemptible": self.cost,
            "hourly_cost_preemptible": hour,
            "invoice_type": "hourly",
            "type": self.disk_type,
            "locations": self.locations,
        })
    }
}
