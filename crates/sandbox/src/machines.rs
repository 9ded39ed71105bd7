//! The machines of the emulated Vultr account: containers.
//!
//! Called by the emulator (`edgewright_emulated_vultr::Machines`), one call at a time for each machine. What is remembered
//! here is only what Docker does not know by itself: the interfaces' MAC addresses.

use crate::container::{self, INSTANCE, Launch, Link, NAME, Nics, ROLE};
use crate::docker::{DockerError, docker};
use crate::home::{Home, Settings};
use crate::network;
use crate::say;
use crate::seed::Seed;
use edgewright_emulated_vultr::{BoxFuture, MachineOrder, Machines, Nic, Power, VpcNetwork};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Machines in containers.
#[derive(Debug)]
pub struct ContainerMachines {
    home: Home,
    settings: Settings,
    known: Mutex<HashMap<String, Machine>>,
}

/// A machine that was made.
#[derive(Clone, Debug)]
struct Machine {
    container: String,
    nics: Nics,
}

impl ContainerMachines {
    /// Machines of one sandbox.
    pub fn new(home: Home, settings: Settings) -> Self {
        Self {
            home,
            settings,
            known: Mutex::default(),
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut HashMap<String, Machine>) -> R) -> R {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn machine(&self, id: &str) -> Result<Machine, String> {
        self.with(|known| known.get(id).cloned())
            .ok_or_else(|| format!("there is no machine {id}"))
    }

    /// The image for an operating system, such as `Debian 12 x64 (bookworm)`.
    fn image(&self, os_name: &str) -> Result<String, String> {
        let release = os_name
            .strip_prefix("Debian ")
            .and_then(|rest| rest.split_whitespace().next());
        self.settings
            .images
            .iter()
            .find(|(number, _)| release == Some(number))
            .map(|(_, name)| name.clone())
            .ok_or_else(|| {
                format!("the sandbox has hosts with Debian 12 and 13, not with {os_name}")
            })
    }

    async fn make(&self, order: &MachineOrder) -> Result<(), String> {
        let launch = Launch {
            name: container_name(&self.home, order),
            image: self.image(&order.os_name)?,
            cgroups_v2: self.settings.cgroups_v2,
            direct: self.settings.direct(),
            network: self.settings.public_name.clone(),
            nics: Nics {
                address: order.public.address,
                mac: Some(order.public.mac.clone()),
                links: order
                    .networks
                    .iter()
                    .map(|(vpc, nic)| link(vpc, nic))
                    .collect(),
            },
            labels: vec![
                (ROLE, "host".to_owned()),
                (INSTANCE, order.id.clone()),
                (NAME, display_name(order).to_owned()),
            ],
            seed: Seed {
                instance_id: order.id.clone(),
                hostname: host_name(order),
                public_keys: order.ssh_keys.clone(),
                user_data: order.user_data.clone().unwrap_or_default(),
                startup_script: order.startup_script.clone(),
            },
        };
        let machine = Machine {
            container: launch.name.clone(),
            nics: launch.nics.clone(),
        };
        self.with(|known| known.insert(order.id.clone(), machine));
        container::launch(&self.home, &launch)
            .await
            .map_err(|error| error.to_string())?;
        say::log(&format!(
            "{} started on {}",
            launch.name, launch.nics.address
        ));
        tokio::spawn(container::watch(launch.name, launch.nics.address));
        Ok(())
    }

    async fn press(&self, id: &str, power: Power) -> Result<(), String> {
        let machine = self.machine(id)?;
        if power != Power::Start {
            match docker(&["kill", &machine.container]).await {
                Err(error) if !is_off(&error) => return Err(error.to_string()),
                _ => {}
            }
        }
        if power == Power::Halt {
            return Ok(());
        }
        container::start(&machine.container, &machine.nics)
            .await
            .map_err(|error| error.to_string())?;
        tokio::spawn(container::watch(machine.container, machine.nics.address));
        Ok(())
    }

    async fn attach(&self, id: &str, vpc: &str, nic: &Nic) -> Result<(), String> {
        let mut machine = self.machine(id)?;
        let link = link(vpc, nic);
        container::connect(&self.home, &machine.container, &link)
            .await
            .map_err(|error| error.to_string())?;
        machine.nics.links.push(link);
        self.with(|known| known.insert(id.to_owned(), machine.clone()));
        // One that is switched off gets them at its next start.
        match container::set_macs(&machine.container, &machine.nics).await {
            Err(error) if !is_off(&error) => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    async fn detach(&self, id: &str, vpc: &str) -> Result<(), String> {
        let machine = self.machine(id)?;
        let name = network::vpc_name(&self.home, vpc);
        match docker(&[
            "network",
            "disconnect",
            "--force",
            &name,
            &machine.container,
        ])
        .await
        {
            Err(error) if !error.is_missing() => return Err(error.to_string()),
            _ => {}
        }
        self.with(|known| {
            if let Some(machine) = known.get_mut(id) {
                machine.nics.links.retain(|link| link.vpc != vpc);
            }
        });
        Ok(())
    }
}

fn is_off(error: &DockerError) -> bool {
    error.to_string().contains("is not running")
}

fn link(vpc: &str, nic: &Nic) -> Link {
    Link {
        vpc: vpc.to_owned(),
        address: nic.address,
        mac: nic.mac.clone(),
    }
}

/// What the user calls a machine.
fn display_name(order: &MachineOrder) -> &str {
    [&order.label, &order.hostname, &order.id]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or("", String::as_str)
}

/// What a machine calls itself.
fn host_name(order: &MachineOrder) -> String {
    let name = if order.hostname.is_empty() {
        &order.label
    } else {
        &order.hostname
    };
    let name = words_of(name);
    if name.is_empty() {
        "vultr".to_owned()
    } else {
        name
    }
}

/// A container's name: the sandbox, what the user calls the machine, and the beginning of its id, as names may repeat.
fn container_name(home: &Home, order: &MachineOrder) -> String {
    let id = order.id.get(..8).unwrap_or(&order.id);
    let name = words_of(display_name(order));
    format!("edgewright-{}-{name}-{id}", home.short())
}

/// Letters, digits, dots and single dashes of a name, at most 60.
fn words_of(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars().take(60) {
        if letter.is_ascii_alphanumeric() || letter == '.' {
            word.push(letter.to_ascii_lowercase());
        } else if !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
    }
    word.trim_matches(['-', '.']).to_owned()
}

impl Machines for ContainerMachines {
    fn start<'a>(&'a self, order: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.make(order))
    }

    fn destroy<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            // Nothing was made of an order that failed early.
            let Ok(machine) = self.machine(id) else {
                return Ok(());
            };
            container::remove(&machine.container)
                .await
                .map_err(|error| error.to_string())?;
            self.with(|known| known.remove(id));
            say::log(&format!("{} removed", machine.container));
            Ok(())
        })
    }

    fn power<'a>(&'a self, id: &'a str, power: Power) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.press(id, power))
    }

    fn reinstall<'a>(&'a self, order: &'a MachineOrder) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            self.destroy(&order.id).await?;
            self.make(order).await
        })
    }

    fn create_network<'a>(&'a self, vpc: &'a VpcNetwork) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            network::create_vpc(&self.home, &vpc.id, vpc.subnet)
                .await
                .map_err(|error| {
                    if error.is_overlap() {
                        format!(
                            "a Docker network on this machine has addresses of {}",
                            vpc.subnet
                        )
                    } else {
                        error.to_string()
                    }
                })
        })
    }

    fn delete_network<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            network::delete_vpc(&self.home, id)
                .await
                .map_err(|error| error.to_string())
        })
    }

    fn attach_network<'a>(
        &'a self,
        id: &'a str,
        vpc: &'a str,
        nic: &'a Nic,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.attach(id, vpc, nic))
    }

    fn detach_network<'a>(
        &'a self,
        id: &'a str,
        vpc: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.detach(id, vpc))
    }

    /// Reserved addresses belong to the public network: whoever answers for one there gets its packets.
    fn attach_address<'a>(
        &'a self,
        id: &'a str,
        address: IpAddr,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let machine = self.machine(id)?;
            say::log(&format!("{address} belongs to {}", machine.container));
            Ok(())
        })
    }

    fn detach_address<'a>(
        &'a self,
        _: &'a str,
        address: IpAddr,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            say::log(&format!("{address} belongs to no host"));
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_containers_and_hosts_may_be_called() {
        assert_eq!(words_of("Lab 0 / ams"), "lab-0-ams");
        assert_eq!(words_of("-.x.-"), "x");
        assert_eq!(words_of("n1.lab.example"), "n1.lab.example");
        assert_eq!(words_of("ü"), "");
    }

    #[test]
    fn an_unknown_operating_system_is_refused() {
        let machines = ContainerMachines::new(
            Home::at(std::path::Path::new("/s")).unwrap(),
            crate::daemon::tests::settings(),
        );
        assert_eq!(machines.image("Debian 12 x64 (bookworm)").unwrap(), "i:12");
        assert_eq!(
            machines.image("Ubuntu 24.04 LTS x64").unwrap_err(),
            "the sandbox has hosts with Debian 12 and 13, not with Ubuntu 24.04 LTS x64"
        );
    }
}
