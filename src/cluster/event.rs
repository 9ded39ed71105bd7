//! What happens while a verb works on a cluster, for whoever shows or records it. Nothing under `cluster` prints.
//!
//! Sent by `plan`, `reconcile`, `verify` and `destroy`; received by `report`.

use std::time::Duration;

use edgewright_playbook::events as playbook;
use edgewright_yaml::Diagnostic;

use super::change::{Change, Plan};
use super::verify::Check;

/// Where a host, or the cluster as a whole, is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Both sides are asked what is there.
    Observing,
    /// An instance is ordered.
    Ordering,
    /// The instance boots; what the API last said of it.
    Booting(String),
    /// SSH does not answer yet, or not as it should; the last reason.
    WaitingForSsh(String),
    /// Roles are applied.
    Configuring,
    /// Objects are made or changed in OpenNebula.
    Registering,
    /// OpenNebula has yet to see the host.
    WaitingForMonitoring(String),
    /// The fabric is probed.
    Verifying,
    /// Objects go.
    Removing,
    /// All done.
    Done,
    /// It failed; the reason in one line.
    Failed(String),
}

impl Step {
    /// The step in a few words, for a line of progress.
    pub fn words(&self) -> String {
        match self {
            Self::Observing => "looking at what is there".to_owned(),
            Self::Ordering => "ordering the instance".to_owned(),
            Self::Booting(state) => format!("booting ({state})"),
            Self::WaitingForSsh(reason) => format!("waiting for SSH ({reason})"),
            Self::Configuring => "configuring".to_owned(),
            Self::Registering => "registering in OpenNebula".to_owned(),
            Self::WaitingForMonitoring(state) => format!("waiting for OpenNebula ({state})"),
            Self::Verifying => "verifying".to_owned(),
            Self::Removing => "removing".to_owned(),
            Self::Done => "done".to_owned(),
            Self::Failed(reason) => format!("failed: {reason}"),
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The hosts that this run is about, in order; sent once, first.
    Hosts(Vec<String>),
    /// A host (or, with `None`, the cluster) entered a step.
    Step {
        /// The host.
        host: Option<String>,
        /// Where it is.
        step: Step,
    },
    /// What is going to be done is known.
    Planned(Plan),
    /// An object was made, changed or removed.
    Changed(Change),
    /// Something that the playbook engine says.
    Playbook(playbook::Event),
    /// A check of `verify` has ended.
    Checked(Check),
    /// Something to know that fails nothing.
    Warning(Diagnostic),
    /// Something failed; other hosts go on.
    Failed(Diagnostic),
    /// A host has come to its end, after this time.
    HostDone {
        /// The host.
        host: String,
        /// Whether all went well.
        well: bool,
        /// How long it took.
        elapsed: Duration,
    },
}

/// Somebody who wants to know. Called from many tasks at once; must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Nobody wants to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: &Event) {}
}
