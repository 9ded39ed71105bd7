//! What a resource works at: the books, the settings, the time, and a list of what has to be done afterwards.

use crate::answer::Outcome;
use crate::books::Books;
use crate::config::Config;
use crate::faults::FaultAction;
use crate::machines::{MachineOrder, Nic, Power, VpcNetwork};
use crate::request::Request;
use std::net::IpAddr;
use std::time::Instant;

/// One verb of one path.
pub type Handler = fn(&mut Desk<'_>, &Request) -> Outcome;

/// Where a call is worked on.
pub struct Desk<'a> {
    pub books: &'a mut Books,
    pub config: &'a Config,
    pub now: Instant,
    /// The fault ordered for this call, if there is one.
    pub fault: Option<FaultAction>,
    /// What has to be done when the books are closed.
    pub work: Vec<Work>,
}

impl Desk<'_> {
    /// Something that a machine has to do, after what it still does.
    pub fn task(&mut self, machine: &str, task: Task) {
        self.work.push(Work::Machine(machine.to_owned(), task));
    }
}

/// What has to be done by [`crate::Machines`].
#[derive(Debug)]
pub enum Work {
    /// Before the call is answered.
    CreateNetwork(VpcNetwork),
    /// Before the call is answered.
    DeleteNetwork(String),
    /// In the machine's own time.
    Machine(String, Task),
}

/// How a new machine fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Well,
    StaysPending,
    Suspended,
}

/// What a machine has to do.
#[derive(Debug)]
pub enum Task {
    Start(Box<MachineOrder>, Fate),
    Reinstall(Box<MachineOrder>),
    Power(Power),
    Resize,
    Attach { vpc: String, nic: Nic },
    Detach { vpc: String },
    AttachAddress(IpAddr),
    DetachAddress(IpAddr),
    Destroy,
}
