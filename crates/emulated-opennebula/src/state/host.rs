//! Hosts, their capacity and what monitoring measured.

use super::{Meta, Pool, State, Stored, View, data, ids_xml};
use crate::kind::Kind;
use crate::template::Attributes;
use edgewright_opennebula::HostState;
use serde::{Deserialize, Serialize};

/// One measurement; memory in KiB, CPU in hundredths of a core.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) time: i64,
    pub(crate) free_cpu: i64,
    pub(crate) free_memory: i64,
    pub(crate) used_cpu: i64,
    pub(crate) used_memory: i64,
    pub(crate) received: i64,
    pub(crate) sent: i64,
}

impl Sample {
    pub(crate) fn to_xml(&self, host: i32) -> String {
        format!(
            "<MONITORING><TIMESTAMP>{}</TIMESTAMP><ID>{host}</ID><CAPACITY>{}{}{}{}</CAPACITY><SYSTEM>{}{}</SYSTEM></MONITORING>",
            self.time,
            data("FREE_CPU", &self.free_cpu.to_string()),
            data("FREE_MEMORY", &self.free_memory.to_string()),
            data("USED_CPU", &self.used_cpu.to_string()),
            data("USED_MEMORY", &self.used_memory.to_string()),
            data("NETRX", &self.received.to_string()),
            data("NETTX", &self.sent.to_string()),
        )
    }
}

/// A host. Its state is one of [`HostState`], kept as its number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Host {
    pub(crate) meta: Meta,
    pub(crate) state: i32,
    pub(crate) im_mad: String,
    pub(crate) vm_mad: String,
    pub(crate) cluster: i32,
    pub(crate) total_cpu: i64,
    pub(crate) total_memory: i64,
    /// Whether monitoring ever answered or failed; until then the pool shows less.
    pub(crate) probed: bool,
    /// Whether it is to be probed before its time.
    pub(crate) wanted: bool,
    pub(crate) samples: Vec<Sample>,
    pub(crate) attributes: Attributes,
}

impl Host {
    pub(crate) fn new(meta: Meta, im_mad: &str, vm_mad: &str, cluster: i32) -> Self {
        let mut attributes = Attributes::default();
        for (key, value) in [
            ("IM_MAD", im_mad),
            ("VM_MAD", vm_mad),
            ("RESERVED_CPU", ""),
            ("RESERVED_MEM", ""),
        ] {
            attributes.replace(key, value);
        }
        Self {
            meta,
            state: HostState::Init.number(),
            im_mad: im_mad.to_owned(),
            vm_mad: vm_mad.to_owned(),
            cluster,
            total_cpu: 0,
            total_memory: 0,
            probed: false,
            wanted: true,
            samples: Vec::new(),
            attributes,
        }
    }

    pub(crate) fn state(&self) -> HostState {
        HostState::from_number(self.state)
    }

    pub(crate) fn set_state(&mut self, state: HostState) {
        self.state = state.number();
    }

    /// What remains of a total after the reservation of the host or, if it has none, of its cluster.
    fn available(&self, state: &State, total: i64, key: &str) -> i64 {
        let own = self.attributes.text(key);
        let inherited = || {
            state
                .clusters
                .get(self.cluster)
                .map(|cluster| cluster.attributes.text(key))
        };
        let reserved = if own.is_empty() {
            inherited().unwrap_or_default()
        } else {
            own
        };
        if total == 0 {
            return 0;
        }
        match reserved.trim().strip_suffix('%') {
            Some(percent) => {
                total - total * percent.trim().parse().unwrap_or(0).clamp(-100, 100) / 100
            }
            None => total.saturating_sub(reserved.trim().parse().unwrap_or(0)),
        }
    }

    fn share_xml(&self, state: &State, view: View) -> String {
        let vms: Vec<_> = state
            .vms
            .iter()
            .filter(|vm| vm.host() == Some(self.meta.id))
            .collect();
        let memory: i64 = vms.iter().map(|vm| vm.memory_kib()).sum();
        let cpu: i64 = vms.iter().map(|vm| vm.cpu_hundredths()).sum();
        let disks = if view == View::Listed && !self.probed {
            String::new()
        } else {
            ["DISK_USAGE", "FREE_DISK", "MAX_DISK", "USED_DISK"]
                .map(|name| data(name, "0"))
                .concat()
        };
        format!(
            "<HOST_SHARE><MEM_USAGE>{memory}</MEM_USAGE><CPU_USAGE>{cpu}</CPU_USAGE><TOTAL_MEM>{}</TOTAL_MEM>\
             <TOTAL_CPU>{}</TOTAL_CPU><MAX_MEM>{}</MAX_MEM><MAX_CPU>{}</MAX_CPU><RUNNING_VMS>{}</RUNNING_VMS>\
             <VMS_THREAD>1</VMS_THREAD><DATASTORES>{disks}</DATASTORES><PCI_DEVICES></PCI_DEVICES>\
             <NUMA_NODES></NUMA_NODES></HOST_SHARE>",
            self.total_memory,
            self.total_cpu,
            self.available(state, self.total_memory, "RESERVED_MEM"),
            self.available(state, self.total_cpu, "RESERVED_CPU"),
            vms.len(),
        )
    }
}

impl Stored for Host {
    const KIND: Kind = Kind::Host;

    fn pool(state: &State) -> &Pool<Self> {
        &state.hosts
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.hosts
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    fn attributes_mut(&mut self) -> &mut Attributes {
        &mut self.attributes
    }

    fn updated(&mut self) -> Result<(), String> {
        for (key, field) in [("IM_MAD", &mut self.im_mad), ("VM_MAD", &mut self.vm_mad)] {
            let given = self.attributes.text(key);
            if !given.is_empty() {
                *field = given;
            }
            self.attributes.replace(key, field.clone());
        }
        Ok(())
    }

    fn to_xml(&self, state: &State, view: View) -> String {
        let cluster = state
            .clusters
            .get(self.cluster)
            .map_or("", |cluster| cluster.meta.name.as_str());
        let vms = state
            .vms
            .iter()
            .filter(|vm| vm.host() == Some(self.meta.id))
            .map(|vm| vm.meta.id);
        let monitoring = match self.samples.last() {
            Some(sample) if view != View::Listed => sample.to_xml(self.meta.id),
            _ => "<MONITORING/>".to_owned(),
        };
        format!(
            "<HOST><ID>{id}</ID><NAME>{name}</NAME><STATE>{number}</STATE><PREV_STATE>{number}</PREV_STATE>{im}{vm}\
             <CLUSTER_ID>{cid}</CLUSTER_ID><CLUSTER>{cluster}</CLUSTER>{share}{vms}{template}{monitoring}</HOST>",
            id = self.meta.id,
            name = self.meta.name,
            number = self.state,
            im = data("IM_MAD", &self.im_mad),
            vm = data("VM_MAD", &self.vm_mad),
            cid = self.cluster,
            share = self.share_xml(state, view),
            vms = ids_xml("VMS", vms),
            template = self.attributes.to_xml("TEMPLATE"),
        )
    }
}
