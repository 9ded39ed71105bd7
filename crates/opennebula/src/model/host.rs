//! Hosts and their states.

use super::{ClusterId, Fields, HostId, Object, VmId};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;
use std::fmt;

/// The state of a host. 7.0 sets only init, monitored, error, disabled and offline itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostState {
    /// 0: not monitored yet. A host with a driver that does not exist stays here for ever.
    Init,
    /// 1: being monitored for another time.
    MonitoringMonitored,
    /// 2: monitored, usable.
    Monitored,
    /// 3: monitoring failed; see [`Host::error`].
    Error,
    /// 4: takes no new machines; still monitored.
    Disabled,
    /// 5: being monitored after an error.
    MonitoringError,
    /// 6: being monitored for the first time.
    MonitoringInit,
    /// 7: being monitored while disabled.
    MonitoringDisabled,
    /// 8: not used and not monitored.
    Offline,
    /// A number not known here.
    Other(i32),
}

impl HostState {
    /// Reads the number.
    pub fn from_number(number: i32) -> Self {
        match number {
            0 => Self::Init,
            1 => Self::MonitoringMonitored,
            2 => Self::Monitored,
            3 => Self::Error,
            4 => Self::Disabled,
            5 => Self::MonitoringError,
            6 => Self::MonitoringInit,
            7 => Self::MonitoringDisabled,
            8 => Self::Offline,
            other => Self::Other(other),
        }
    }

    /// The number OpenNebula writes.
    pub fn number(self) -> i32 {
        match self {
            Self::Init => 0,
            Self::MonitoringMonitored => 1,
            Self::Monitored => 2,
            Self::Error => 3,
            Self::Disabled => 4,
            Self::MonitoringError => 5,
            Self::MonitoringInit => 6,
            Self::MonitoringDisabled => 7,
            Self::Offline => 8,
            Self::Other(other) => other,
        }
    }
}

impl fmt::Display for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Init => "INIT",
            Self::MonitoringMonitored => "MONITORING_MONITORED",
            Self::Monitored => "MONITORED",
            Self::Error => "ERROR",
            Self::Disabled => "DISABLED",
            Self::MonitoringError => "MONITORING_ERROR",
            Self::MonitoringInit => "MONITORING_INIT",
            Self::MonitoringDisabled => "MONITORING_DISABLED",
            Self::Offline => "OFFLINE",
            Self::Other(number) => return write!(f, "state {number}"),
        };
        f.write_str(name)
    }
}

/// Capacity of a host; memory in KiB, CPU in hundredths of a core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostShare {
    /// Memory there is; 0 until monitored.
    pub total_mem: i64,
    /// CPU there is; 0 until monitored.
    pub total_cpu: i64,
    /// Memory that may be given to machines.
    pub max_mem: i64,
    /// CPU that may be given to machines.
    pub max_cpu: i64,
    /// Memory given to machines.
    pub mem_usage: i64,
    /// CPU given to machines.
    pub cpu_usage: i64,
    /// Machines running.
    pub running_vms: i64,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its id.
    pub id: HostId,
    /// Its name, unique: the address OpenNebula logs in to.
    pub name: String,
    /// Its state.
    pub state: HostState,
    /// The monitoring driver.
    pub im_mad: String,
    /// The hypervisor driver.
    pub vm_mad: String,
    /// The cluster it is in.
    pub cluster: ClusterId,
    /// That cluster's name.
    pub cluster_name: String,
    /// Its capacity.
    pub share: HostShare,
    /// Machines on it.
    pub vms: Vec<VmId>,
    /// Its attributes; monitoring writes some of them.
    pub template: Template,
}

impl Host {
    /// What monitoring said last, if it failed: `time : text`.
    pub fn error(&self) -> Option<&str> {
        self.template.scalar("ERROR")
    }
}

impl Object for Host {
    const ELEMENT: &'static str = "HOST";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            state: HostState::from_number(fields.number("STATE")?),
            im_mad: fields.text_or_empty("IM_MAD"),
            vm_mad: fields.text_or_empty("VM_MAD"),
            cluster: fields.number_or("CLUSTER_ID", -1)?.into(),
            cluster_name: fields.text_or_empty("CLUSTER"),
            share: element
                .child("HOST_SHARE")
                .map(share)
                .transpose()?
                .unwrap_or_default(),
            vms: fields.ids("VMS")?,
            template: fields.template(),
        })
    }
}

fn share(element: &Element) -> Result<HostShare, BodyError> {
    let fields = Fields::new(element);
    Ok(HostShare {
        total_mem: fields.number_or("TOTAL_MEM", 0)?,
        total_cpu: fields.number_or("TOTAL_CPU", 0)?,
        max_mem: fields.number_or("MAX_MEM", 0)?,
        max_cpu: fields.number_or("MAX_CPU", 0)?,
        mem_usage: fields.number_or("MEM_USAGE", 0)?,
        cpu_usage: fields.number_or("CPU_USAGE", 0)?,
        running_vms: fields.number_or("RUNNING_VMS", 0)?,
    })
}
