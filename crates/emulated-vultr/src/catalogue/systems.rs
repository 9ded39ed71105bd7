//! Operating systems.
//!
//! Those that OneProvision's providers used are no longer there: 362 (CentOS) and 387 (Ubuntu 20.04).

/// An operating system.
#[derive(Debug)]
pub struct System {
    pub id: u32,
    pub name: &'static str,
    pub family: &'static str,
}

const fn system(id: u32, name: &'static str, family: &'static str) -> System {
    System { id, name, family }
}

/// All operating systems, in the order of their numbers.
pub const SYSTEMS: &[System] = &[
    system(159, "Custom", "iso"),
    system(164, "Snapshot", "snapshot"),
    system(180, "Backup", "backup"),
    system(186, "Application", "application"),
    system(448, "Rocky Linux x64", "rockylinux"),
    system(452, "AlmaLinux x64", "almalinux"),
    system(477, "Debian 11 x64 (bullseye)", "debian"),
    system(542, "CentOS 9 Stream x64", "centos"),
    system(1743, "Ubuntu 22.04 LTS x64", "ubuntu"),
    system(1868, "AlmaLinux 9 x64", "almalinux"),
    system(1869, "Rocky Linux 9 x64", "rockylinux"),
    system(2136, "Debian 12 x64 (bookworm)", "debian"),
    system(2284, "Ubuntu 24.04 LTS x64", "ubuntu"),
    system(2625, "Debian 13 x64 (trixie)", "debian"),
    system(2760, "Ubuntu 26.04 LTS x64", "ubuntu"),
];

impl System {
    /// Whether a machine can be ordered with it by its number alone.
    pub fn installs(&self) -> bool {
        !matches!(self.id, 164 | 180 | 186)
    }
}
