//! Virtual machines, as far as it must be known what runs on a host.

use super::{Fields, HostId, Object, Owner, VmId};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;

/// The state of a machine, coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VmState {
    /// 1: waiting for a host.
    Pending,
    /// 2: kept from being placed.
    Hold,
    /// 3: on a host.
    Active,
    /// 4: stopped.
    Stopped,
    /// 5: suspended, its host kept.
    Suspended,
    /// 6: gone.
    Done,
    /// 8: powered off, its host kept.
    Poweroff,
    /// 9: undeployed.
    Undeployed,
    /// Another number.
    Other(i32),
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vm {
    /// Its id.
    pub id: VmId,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Owner,
    /// Its state.
    pub state: VmState,
    /// The finer state within [`VmState::Active`]: 3 is running.
    pub lcm_state: i32,
    /// The host it is on, or was on last.
    pub host: Option<HostId>,
    /// Its attributes; the pool shows few of them.
    pub template: Template,
}

impl Object for Vm {
    const ELEMENT: &'static str = "VM";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        let state = match fields.number("STATE")? {
            1 => VmState::Pending,
            2 => VmState::Hold,
            3 => VmState::Active,
            4 => VmState::Stopped,
            5 => VmState::Suspended,
            6 => VmState::Done,
            8 => VmState::Poweroff,
            9 => VmState::Undeployed,
            other => VmState::Other(other),
        };
        let last = element
            .child("HISTORY_RECORDS")
            .and_then(|records| records.all("HISTORY").last());
        let host = match last.and_then(|history| history.text_of("HID")) {
            Some(text) => Some(fields.parse::<i32>("HID", text)?.into()),
            None => None,
        };
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            owner: fields.owner()?,
            state,
            lcm_state: fields.number_or("LCM_STATE", 0)?,
            host,
            template: fields.template(),
        })
    }
}
