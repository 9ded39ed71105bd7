//! What stands behind the emulated API: whoever really makes, runs and removes machines and their networks.
//!
//! `crate::life` calls the machine's part, one call at a time for each machine; VPCs are made and removed while the call that
//! asks for it waits. Addresses and MAC addresses are chosen by the emulator and shown by the API.

use crate::BoxFuture;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// Virtual or bare metal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineKind {
    /// An instance.
    Virtual,
    /// A bare-metal server.
    Metal,
}

/// What a power button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Power {
    /// Switches on; nothing if it is on.
    Start,
    /// Switches off hard; nothing if it is off.
    Halt,
    /// Switches off hard and on.
    Reboot,
}

/// An interface of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// Its address.
    pub address: Ipv4Addr,
    /// Length of the network's prefix.
    pub prefix_len: u8,
    /// Its gateway, which VPCs have none of.
    pub gateway: Option<Ipv4Addr>,
    /// Its MAC address, such as `5a:00:00:00:00:01`: the API shows it, and people find interfaces by it.
    pub mac: String,
}

/// A machine to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineOrder {
    /// Its UUID.
    pub id: String,
    /// What it is.
    pub kind: MachineKind,
    /// What the user calls it; may be empty, and is not unique.
    pub label: String,
    /// Its own name; may be empty.
    pub hostname: String,
    /// Number of the operating system.
    pub os_id: u32,
    /// Name of the operating system, such as `Debian 12 x64 (bookworm)`.
    pub os_name: String,
    /// The plan, such as `vc2-1c-1gb`.
    pub plan: String,
    /// The region, such as `ams`.
    pub region: String,
    /// Processors (threads on bare metal).
    pub vcpus: u32,
    /// Memory in MB.
    pub memory_mb: u32,
    /// The public interface.
    pub public: Nic,
    /// An interface for each VPC, with the VPC's id.
    pub networks: Vec<(String, Nic)>,
    /// What cloud-init gets, decoded.
    pub user_data: Option<Vec<u8>>,
    /// Public keys that may log in as root.
    pub ssh_keys: Vec<String>,
    /// A script to run at every boot, decoded.
    pub startup_script: Option<String>,
}

/// A VPC to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcNetwork {
    /// Its UUID.
    pub id: String,
    /// Its addresses; machines get the third and those above.
    pub subnet: Ipv4Net,
}

/// Makes, runs and removes machines. Every error is a sentence for the log.
pub trait Machines: Send + Sync {
    /// Makes a machine and starts it; ends when it runs (not when anything answers on it).
    fn start<'a>(&'a self, order: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>>;

    /// Removes a machine, also one that [`Machines::start`] failed to make.
    fn destroy<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), String>>;

    /// Presses a power button.
    fn power<'a>(&'a self, id: &'a str, power: Power) -> BoxFuture<'a, Result<(), String>>;

    /// Makes a machine anew with an empty disk; its addresses stay.
    fn reinstall<'a>(&'a self, order: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>>;

    /// Makes a VPC.
    fn create_network<'a>(&'a self, network: &'a VpcNetwork) -> BoxFuture<'a, Result<(), String>>;

    /// Removes a VPC that no machine is attached to.
    fn delete_network<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), String>>;

    /// Attaches a machine to a VPC; a reboot follows.
    fn attach_network<'a>(
        &'a self,
        id: &'a str,
        vpc: &'a str,
        nic: &'a Nic,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Detaches a machine from a VPC.
    fn detach_network<'a>(&'a self, id: &'a str, vpc: &'a str)
    -> BoxFuture<'a, Result<(), String>>;

    /// Sends the traffic of an address to a machine. The machine itself is not told.
    fn attach_address<'a>(
        &'a self,
        id: &'a str,
        address: IpAddr,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Ends what [`Machines::attach_address`] did.
    fn detach_address<'a>(
        &'a self,
        id: &'a str,
        address: IpAddr,
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// Machines that exist in the books only.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImaginaryMachines;

fn done<'a>() -> BoxFuture<'a, Result<(), String>> {
    Box::pin(std::future::ready(Ok(())))
}

impl Machines for ImaginaryMachines {
    fn start<'a>(&'a self, _: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn destroy<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn power<'a>(&'a self, _: &'a str, _: Power) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn reinstall<'a>(&'a self, _: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn create_network<'a>(&'a self, _: &'a VpcNetwork) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn delete_network<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn attach_network<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a Nic,
    ) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn detach_network<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn attach_address<'a>(&'a self, _: &'a str, _: IpAddr) -> BoxFuture<'a, Result<(), String>> {
        done()
    }

    fn detach_address<'a>(&'a self, _: &'a str, _: IpAddr) -> BoxFuture<'a, Result<(), String>> {
        done()
    }
}
