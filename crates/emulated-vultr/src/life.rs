//! What happens to machines in their own time: one queue a machine, worked on one task after the other.
//!
//! Fed by `crate::emulator` after a call; asks [`crate::Machines`] to act and moves the states on in the books.

use crate::desk::{Fate, Task};
use crate::emulator::Emulator;
use crate::machine::{Machine, Progress, Status};
use crate::machines::{MachineOrder, Power};
use crate::observe::Trouble;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

/// Works on a machine's tasks until it is removed.
pub async fn live(emulator: Emulator, id: String, mut tasks: UnboundedReceiver<Task>) {
    while let Some(task) = tasks.recv().await {
        let life = Life {
            emulator: &emulator,
            id: &id,
        };
        if matches!(task, Task::Destroy) {
            life.end().await;
            return;
        }
        life.perform(task).await;
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

struct Life<'a> {
    emulator: &'a Emulator,
    id: &'a str,
}

impl Life<'_> {
    /// Changes the machine in the books, if it is still there.
    fn change(&self, change: impl FnOnce(&mut Machine)) {
        self.emulator.with_books(|books| {
            if let Some(machine) = books.machines.get_mut(self.id) {
                change(machine);
            }
        });
    }

    /// Tells about what could not be done.
    fn check(&self, action: &str, result: Result<(), String>) -> Option<String> {
        let error = result.err()?;
        self.emulator
            .report(&Trouble::now(self.id, action, error.clone()));
        Some(error)
    }

    async fn perform(&self, task: Task) {
        let machines = self.emulator.machines();
        let id = self.id;
        match task {
            Task::Start(_, Fate::StaysPending) | Task::Destroy => {}
            Task::Start(_, Fate::Suspended) => self.suspend().await,
            Task::Start(order, Fate::Well) => self.install(&order, "start").await,
            Task::Reinstall(order) => self.install(&order, "reinstall").await,
            Task::Power(power) => self.press(power).await,
            Task::Resize => {
                pause(self.emulator.config().timing.resizing()).await;
                self.change(|machine| machine.status = Status::Active);
            }
            Task::Attach { vpc, nic } => {
                let result = machines.attach_network(id, &vpc, &nic).await;
                if self.check("attach network", result).is_none() {
                    self.press(Power::Reboot).await;
                }
            }
            Task::Detach { vpc } => {
                let result = machines.detach_network(id, &vpc).await;
                self.check("detach network", result);
            }
            Task::AttachAddress(address) => {
                let result = machines.attach_address(id, address).await;
                self.check("attach address", result);
            }
            Task::DetachAddress(address) => {
                let result = machines.detach_address(id, address).await;
                self.check("detach address", result);
            }
        }
    }

    /// Makes a machine, or makes it anew. It moves on when it runs and the time has passed.
    async fn install(&self, order: &MachineOrder, action: &str) {
        let timing = self.emulator.config().timing;
        let machines = self.emulator.machines();
        let work = async {
            match action {
                "start" => machines.start(order).await,
                _ => machines.reinstall(order).await,
            }
        };
        let phases = async {
            pause(timing.pending()).await;
            if !timing.locked().is_zero() {
                self.change(|machine| {
                    machine.progress = Progress::Locked;
                    machine.addressed = true;
                });
            }
            pause(timing.locked()).await;
        };
        let (result, ()) = futures::join!(work, phases);
        if let Some(error) = self.check(action, result) {
            self.change(|machine| {
                machine.progress = Progress::None;
                machine.failure = Some(error);
            });
            return;
        }
        let installing = timing.installing();
        self.change(|machine| {
            machine.status = Status::Active;
            machine.addressed = true;
            machine.progress = if installing.is_zero() {
                Progress::Ok
            } else {
                Progress::Installing
            };
        });
        pause(installing).await;
        self.change(|machine| machine.progress = Progress::Ok);
    }

    async fn suspend(&self) {
        pause(self.emulator.config().timing.pending()).await;
        self.change(|machine| {
            machine.status = Status::Suspended;
            machine.running = false;
            machine.failure = Some("suspended on order".to_owned());
        });
    }

    async fn press(&self, power: Power) {
        let timing = self.emulator.config().timing;
        let (action, time, running) = match power {
            Power::Start => ("power on", timing.starting(), true),
            Power::Halt => ("power off", timing.halting(), false),
            Power::Reboot => ("reboot", timing.starting(), true),
        };
        let result = self.emulator.machines().power(self.id, power).await;
        if self.check(action, result).is_none() {
            pause(time).await;
            self.change(|machine| machine.running = running);
        }
    }

    /// Removes a machine; its addresses and VPCs become free a while later.
    async fn end(&self) {
        let result = self.emulator.machines().destroy(self.id).await;
        self.check("destroy", result);
        pause(self.emulator.config().timing.releasing()).await;
        self.emulator.with_books(|books| books.forget(self.id));
    }
}
