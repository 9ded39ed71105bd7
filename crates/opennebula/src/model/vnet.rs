//! Virtual networks, their address ranges and leases.

use super::{AddressRangeId, ClusterId, Fields, Lock, Object, Owner, VmId, VnetId};
use crate::error::BodyError;
use crate::template::Template;
use crate::xml::Element;
use std::fmt;
use std::net::Ipv4Addr;

/// The state of a virtual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VnetState {
    /// 0: just made.
    Init,
    /// 1: usable.
    Ready,
    /// 2: the drivers are setting it up.
    LockCreate,
    /// 3: the drivers are taking it down.
    LockDelete,
    /// 4: gone.
    Done,
    /// 5: a driver failed; see [`VirtualNetwork::error`]. The call that created it has answered success.
    Error,
    /// 6: updating a machine's interface failed.
    UpdateFailure,
    /// A number not known here.
    Other(i32),
}

impl VnetState {
    /// Reads the number.
    pub fn from_number(number: i32) -> Self {
        match number {
            0 => Self::Init,
            1 => Self::Ready,
            2 => Self::LockCreate,
            3 => Self::LockDelete,
            4 => Self::Done,
            5 => Self::Error,
            6 => Self::UpdateFailure,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for VnetState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Init => "INIT",
            Self::Ready => "READY",
            Self::LockCreate => "LOCK_CREATE",
            Self::LockDelete => "LOCK_DELETE",
            Self::Done => "DONE",
            Self::Error => "ERROR",
            Self::UpdateFailure => "UPDATE_FAILURE",
            Self::Other(number) => return write!(f, "state {number}"),
        };
        f.write_str(name)
    }
}

/// Who holds a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseHolder {
    /// A machine.
    Vm(VmId),
    /// Nobody: it was put on hold.
    Held,
    /// A reservation, which is a network of its own.
    Vnet(VnetId),
    /// A virtual router.
    Router(i32),
    /// Something else.
    Other,
}

/// One address in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its IPv4 address, if the range has any.
    pub ip: Option<String>,
    /// Its hardware address.
    pub mac: Option<String>,
    /// Who holds it.
    pub holder: LeaseHolder,
}

/// A range of addresses. An IPAM driver may have answered other values than those asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRange {
    /// Its id within the network.
    pub id: AddressRangeId,
    /// `IP4`, `IP6`, `IP4_6`, `ETHER`…
    pub kind: String,
    /// First IPv4 address.
    pub ip: Option<String>,
    /// First hardware address.
    pub mac: Option<String>,
    /// How many addresses.
    pub size: i64,
    /// The IPAM driver that manages it.
    pub ipam_mad: Option<String>,
    /// Addresses in use; only `info` tells, not the pool.
    pub leases: Vec<Lease>,
    /// Every attribute, the above included.
    pub attributes: Template,
}

impl AddressRange {
    /// First IPv4 address, if there is one that can be read.
    pub fn first(&self) -> Option<Ipv4Addr> {
        self.ip.as_deref().and_then(|ip| ip.parse().ok())
    }
}

/// A virtual network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualNetwork {
    /// Its id.
    pub id: VnetId,
    /// Its name, unique among its owner's.
    pub name: String,
    /// Who owns it.
    pub owner: Owner,
    /// A lock on it.
    pub lock: Option<Lock>,
    /// The clusters it is in.
    pub clusters: Vec<ClusterId>,
    /// The bridge on the hosts.
    pub bridge: String,
    /// Its state.
    pub state: VnetState,
    /// The driver.
    pub vn_mad: String,
    /// The NIC below, for drivers that need one.
    pub phydev: Option<String>,
    /// VLAN id or VXLAN network identifier.
    pub vlan_id: Option<u32>,
    /// The network this is a reservation of.
    pub parent: Option<VnetId>,
    /// Addresses in use.
    pub used_leases: i64,
    /// Its address ranges.
    pub ranges: Vec<AddressRange>,
    /// Its attributes.
    pub template: Template,
}

impl VirtualNetwork {
    /// What the driver said, if it failed: `time : text`.
    pub fn error(&self) -> Option<&str> {
        self.template.scalar("ERROR")
    }
}

impl Object for VirtualNetwork {
    const ELEMENT: &'static str = "VNET";

    fn from_element(element: &Element) -> Result<Self, BodyError> {
        let fields = Fields::new(element);
        let parent: i32 = fields.number_or("PARENT_NETWORK_ID", -1)?;
        let vlan_id: i64 = fields.number_or("VLAN_ID", -1)?;
        let ranges = match element.child("AR_POOL") {
            Some(pool) => pool.all("AR").map(range).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        Ok(Self {
            id: fields.number::<i32>("ID")?.into(),
            name: fields.text("NAME")?,
            owner: fields.owner()?,
            lock: fields.lock()?,
            clusters: fields.ids("CLUSTERS")?,
            bridge: fields.text_or_empty("BRIDGE"),
            state: VnetState::from_number(fields.number_or("STATE", 1)?),
            vn_mad: fields.text_or_empty("VN_MAD"),
            phydev: fields.filled("PHYDEV"),
            vlan_id: u32::try_from(vlan_id).ok(),
            parent: (parent >= 0).then(|| parent.into()),
            used_leases: fields.number_or("USED_LEASES", 0)?,
            ranges,
            template: fields.template(),
        })
    }
}

fn range(element: &Element) -> Result<AddressRange, BodyError> {
    let fields = Fields::new(element);
    let mut attributes = Template::from_element(element);
    attributes.remove("LEASES");
    let leases = match element.child("LEASES") {
        Some(leases) => leases.all("LEASE").map(lease).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(AddressRange {
        id: fields.number_or("AR_ID", -1)?.into(),
        kind: fields.text_or_empty("TYPE"),
        ip: fields.filled("IP"),
        mac: fields.filled("MAC"),
        size: fields.number_or("SIZE", 0)?,
        ipam_mad: fields.filled("IPAM_MAD"),
        leases,
        attributes,
    })
}

fn lease(element: &Element) -> Result<Lease, BodyError> {
    let fields = Fields::new(element);
    let holder = if let Some(text) = element.text_of("VM") {
        match fields.parse("VM", text)? {
            -1 => LeaseHolder::Held,
            vm => LeaseHolder::Vm(VmId::from(vm)),
        }
    } else if let Some(text) = element.text_of("VNET") {
        LeaseHolder::Vnet(fields.parse::<i32>("VNET", text)?.into())
    } else if let Some(text) = element.text_of("VROUTER") {
        LeaseHolder::Router(fields.parse("VROUTER", text)?)
    } else {
        LeaseHolder::Other
    };
    Ok(Lease {
        ip: fields.filled("IP"),
        mac: fields.filled("MAC"),
        holder,
    })
}
