//! Virtual machines, as far as they occupy hosts and addresses.

use super::{Meta, Pool, State, Stored, View, data};
use crate::kind::Kind;
use crate::template::{Attributes, push_vector};
use serde::{Deserialize, Serialize};

/// A machine's stay on a host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) host: i32,
    pub(crate) hostname: String,
    pub(crate) cluster: i32,
    pub(crate) vm_mad: String,
    pub(crate) tm_mad: String,
    pub(crate) datastore: i32,
    pub(crate) started: i64,
    /// When it ended, and by which request.
    pub(crate) ended: Option<(i64, i32)>,
}

/// A virtual machine: pending, running or done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Vm {
    pub(crate) meta: Meta,
    /// 1 pending, 3 active, 6 done.
    pub(crate) state: i32,
    pub(crate) created: i64,
    pub(crate) ended: i64,
    pub(crate) history: Option<History>,
    pub(crate) attributes: Attributes,
}

impl Vm {
    pub(crate) const PENDING: i32 = 1;
    pub(crate) const ACTIVE: i32 = 3;
    pub(crate) const DONE: i32 = 6;

    /// The host it runs on.
    pub(crate) fn host(&self) -> Option<i32> {
        self.history
            .as_ref()
            .filter(|_| self.state == Self::ACTIVE)
            .map(|history| history.host)
    }

    pub(crate) fn memory_kib(&self) -> i64 {
        self.attributes
            .number("MEMORY")
            .unwrap_or(0)
            .saturating_mul(1024)
    }

    pub(crate) fn cpu_hundredths(&self) -> i64 {
        let text = self.attributes.text("CPU");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let hundredths: i64 = format!("{fraction:0<2.2}").parse().unwrap_or(0);
        whole
            .parse::<i64>()
            .unwrap_or(0)
            .saturating_mul(100)
            .saturating_add(hundredths)
    }

    /// The finer state: 3 is running.
    fn lcm_state(&self) -> i32 {
        if self.state == Self::ACTIVE { 3 } else { 0 }
    }

    fn history_xml(&self) -> String {
        let Some(history) = &self.history else {
            return String::new();
        };
        let (end, action, owner, request) = match history.ended {
            Some((time, request)) => (time, 28, 0, request),
            None => (0, 0, -1, -1),
        };
        format!(
            "<HISTORY><OID>{id}</OID><SEQ>0</SEQ><HOSTNAME>{hostname}</HOSTNAME><HID>{host}</HID><CID>{cluster}</CID>\
             <STIME>{start}</STIME><ETIME>{end}</ETIME>{vm_mad}{tm_mad}<DS_ID>{datastore}</DS_ID><PLAN_ID>-2</PLAN_ID>\
             <ACTION_ID>-1</ACTION_ID><PSTIME>{start}</PSTIME><PETIME>{start}</PETIME><RSTIME>{start}</RSTIME>\
             <RETIME>{end}</RETIME><ESTIME>{end}</ESTIME><EETIME>{end}</EETIME><ACTION>{action}</ACTION>\
             <UID>{owner}</UID><GID>{owner}</GID><REQUEST_ID>{request}</REQUEST_ID></HISTORY>",
            id = self.meta.id,
            hostname = history.hostname,
            host = history.host,
            cluster = history.cluster,
            start = history.started,
            vm_mad = data("VM_MAD", &history.vm_mad),
            tm_mad = data("TM_MAD", &history.tm_mad),
            datastore = history.datastore,
        )
    }

    fn listed_history_xml(&self) -> String {
        let Some(history) = &self.history else {
            return String::new();
        };
        let action = if history.ended.is_some() { "28" } else { "0" };
        format!(
            "<HISTORY><OID>{}</OID><SEQ>0</SEQ>{}<HID>{}</HID><CID>{}</CID><DS_ID>{}</DS_ID>{}{}{}</HISTORY>",
            self.meta.id,
            data("HOSTNAME", &history.hostname),
            history.host,
            history.cluster,
            history.datastore,
            data("VM_MAD", &history.vm_mad),
            data("TM_MAD", &history.tm_mad),
            data("ACTION", action),
        )
    }

    fn listed_template_xml(&self) -> String {
        let shown = [
            "IP",
            "MAC",
            "NETWORK",
            "NETWORK_ID",
            "NIC_ID",
            "SECURITY_GROUPS",
        ];
        let mut nics = String::new();
        for mut nic in self.attributes.vectors("NIC") {
            nic.retain(|key, _| shown.contains(&key.as_str()));
            push_vector(&mut nics, "NIC", &nic);
        }
        format!(
            "<TEMPLATE><CPU>{}</CPU><MEMORY>{}</MEMORY><VCPU>{}</VCPU>{nics}</TEMPLATE>",
            self.attributes.text("CPU"),
            self.attributes.text("MEMORY"),
            self.attributes.text("VCPU"),
        )
    }

    fn listed_xml(&self) -> String {
        format!(
            "<VM>{head}<LAST_POLL>0</LAST_POLL><STATE>{state}</STATE><LCM_STATE>{lcm}</LCM_STATE><RESCHED>0</RESCHED>\
             <STIME>{created}</STIME><ETIME>{ended}</ETIME><DEPLOY_ID>-</DEPLOY_ID>{template}<MONITORING/>\
             <USER_TEMPLATE/><HISTORY_RECORDS>{history}</HISTORY_RECORDS></VM>",
            head = self.meta.head_xml(),
            state = self.state,
            lcm = self.lcm_state(),
            created = self.created,
            ended = self.ended,
            template = self.listed_template_xml(),
            history = self.listed_history_xml(),
        )
    }
}

impl Stored for Vm {
    const KIND: Kind = Kind::Vm;

    fn pool(state: &State) -> &Pool<Self> {
        &state.vms
    }

    fn pool_mut(state: &mut State) -> &mut Pool<Self> {
        &mut state.vms
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

    fn to_xml(&self, _: &State, view: View) -> String {
        if view == View::Listed {
            return self.listed_xml();
        }
        format!(
            "<VM>{head}{lock}{permissions}<LAST_POLL>0</LAST_POLL><STATE>{state}</STATE><LCM_STATE>{lcm}</LCM_STATE>\
             <PREV_STATE>{state}</PREV_STATE><PREV_LCM_STATE>{lcm}</PREV_LCM_STATE><RESCHED>0</RESCHED>\
             <STIME>{created}</STIME><ETIME>{ended}</ETIME><DEPLOY_ID>-</DEPLOY_ID><MONITORING></MONITORING>\
             <SCHED_ACTIONS></SCHED_ACTIONS>{template}<USER_TEMPLATE></USER_TEMPLATE>\
             <HISTORY_RECORDS>{history}</HISTORY_RECORDS>\
             <BACKUPS><BACKUP_CONFIG/><BACKUP_IDS></BACKUP_IDS></BACKUPS></VM>",
            head = self.meta.head_xml(),
            lock = self.meta.lock_xml(),
            permissions = self.meta.permissions_xml(),
            state = self.state,
            lcm = self.lcm_state(),
            created = self.created,
            ended = self.ended,
            template = self.attributes.to_xml("TEMPLATE"),
            history = self.history_xml(),
        )
    }
}
