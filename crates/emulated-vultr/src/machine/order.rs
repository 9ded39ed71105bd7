//! How a machine is ordered: every check that the API makes, and the machine that results.

use super::{Attachment, Features, Machine, Progress, Status};
use crate::answer::Refusal;
use crate::books::Books;
use crate::catalogue::{self, Offer};
use crate::desk::Desk;
use crate::faults::FaultAction;
use crate::machines::{MachineKind, MachineOrder, Nic};
use crate::marks;
use crate::request::Body;
use crate::texts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use std::net::{IpAddr, Ipv4Addr};

/// Tags that a machine may have: 50 were taken and 100 refused.
const MOST_TAGS: usize = 50;
/// Beginning of all MAC addresses; the IPv4 address follows. Container engines make them so by themselves: an interface
/// that changes its address after it is up is not found for as long as its neighbours remember the old one.
const MAC: u64 = 0x0242_0000_0000;

/// An operating system to install.
#[derive(Clone, Debug)]
pub struct Image {
    pub os_id: u32,
    pub os_name: String,
}

/// What is to be installed, if anything is named. There are no snapshots, ISOs, applications and images here, so that all
/// of their ids are wrong.
///
/// # Errors
/// 400 if it does not exist, or more than one is named.
pub fn image(body: &Body) -> Result<Option<Image>, Refusal> {
    let os_id = body.number("os_id")?.filter(|id| *id != 0);
    let others = [
        ("iso_id", "Invalid ISO ID"),
        ("snapshot_id", "Invalid snapshot ID"),
        ("app_id", "Invalid application ID"),
        ("image_id", "Invalid image ID"),
    ];
    let named: Vec<&str> = others
        .into_iter()
        .filter(|(name, _)| {
            body.0.get(*name).is_some_and(|value| {
                !value.is_null() && value.as_str() != Some("") && value.as_u64() != Some(0)
            })
        })
        .map(|(_, text)| text)
        .collect();
    match (os_id, named.as_slice()) {
        (None, []) => Ok(None),
        (Some(id), []) => catalogue::system(id)
            .filter(|system| system.installs())
            .map(|system| {
                Some(Image {
                    os_id: id,
                    os_name: system.name.to_owned(),
                })
            })
            .ok_or_else(|| Refusal::bad(texts::NO_SYSTEM)),
        (None, [text]) => Err(Refusal::bad(*text)),
        _ => Err(Refusal::bad(texts::ONE_IMAGE)),
    }
}

/// The tags in a body.
///
/// # Errors
/// 400 if there are too many.
pub fn tags(body: &Body) -> Result<Option<Vec<String>>, Refusal> {
    let tags = match (body.texts("tags")?, body.text("tag")?) {
        (None, Some(tag)) if !tag.is_empty() => Some(vec![tag.to_owned()]),
        (tags, _) => tags,
    };
    match tags {
        Some(tags) if tags.len() > MOST_TAGS => Err(Refusal::bad(texts::TOO_MANY_TAGS)),
        tags => Ok(tags),
    }
}

/// The user data in a body, still as base64.
///
/// # Errors
/// 400 if it is no base64.
pub fn user_data(body: &Body) -> Result<Option<String>, Refusal> {
    let Some(text) = body.text("user_data")? else {
        return Ok(None);
    };
    STANDARD
        .decode(text)
        .map_err(|_| Refusal::bad(texts::USER_DATA_NOT_BASE64))?;
    Ok(Some(text.to_owned()))
}

/// The firewall group in a body; an empty one is none.
///
/// # Errors
/// 400 if there is none such.
pub fn firewall_group(books: &Books, body: &Body) -> Result<Option<String>, Refusal> {
    match body.text("firewall_group_id")? {
        Some(id) if !id.is_empty() && books.groups.get(id).is_none() => {
            Err(Refusal::bad(texts::NO_GROUP))
        }
        id => Ok(id.map(str::to_owned)),
    }
}

/// The plan and region of an order.
fn offer(desk: &Desk<'_>, kind: MachineKind, body: &Body) -> Result<(Offer, String), Refusal> {
    let region = body.required("region")?;
    let plan = body.required("plan")?;
    if catalogue::region(region).is_none() {
        return Err(Refusal::bad(texts::INVALID_REGION));
    }
    let offer = Offer::find(kind, plan).ok_or_else(|| Refusal::bad(texts::INVALID_PLAN))?;
    let key = (region.to_owned(), plan.to_owned());
    if !offer.is_offered(region) || desk.books.sold_out.contains(&key) {
        return Err(Refusal::bad(texts::SOLD_OUT));
    }
    Ok((offer, key.0))
}

fn ssh_keys(books: &Books, body: &Body) -> Result<Vec<String>, Refusal> {
    body.texts("sshkey_id")?
        .unwrap_or_default()
        .iter()
        .map(|id| {
            let key = books
                .keys
                .get(id)
                .ok_or_else(|| Refusal::bad(texts::NO_KEY))?;
            Ok(key.key.clone())
        })
        .collect()
}

fn script(books: &Books, body: &Body) -> Result<Option<String>, Refusal> {
    match body.text("script_id")? {
        None | Some("") => Ok(None),
        Some(id) => books
            .scripts
            .get(id)
            .map(|script| Some(script.text.clone()))
            .ok_or_else(|| Refusal::bad(texts::NO_SCRIPT)),
    }
}

/// What the emulator has nothing behind.
fn refuse_what_is_not_emulated(body: &Body) -> Result<(), Refusal> {
    for name in ["disable_public_ipv4", "vpc_only"] {
        if body.flag(name)? == Some(true) {
            return Err(Refusal::bad(format!("{name} is not emulated")));
        }
    }
    Ok(())
}

/// The main address: a reserved one, or any. The former is then attached.
fn main_address(
    desk: &mut Desk<'_>,
    id: &str,
    region: &str,
    reserved: Option<&str>,
) -> Result<Ipv4Addr, Refusal> {
    let Some(reserved) = reserved.filter(|id| !id.is_empty()) else {
        return desk
            .books
            .take_address(desk.config)
            .ok_or_else(|| Refusal::bad(texts::NO_ADDRESS_LEFT));
    };
    let now = desk.now;
    let entry = desk
        .books
        .reserved
        .get_mut(reserved)
        .ok_or_else(|| Refusal::bad(texts::NO_RESERVED))?;
    let IpAddr::V4(address) = entry.address else {
        return Err(Refusal::bad(texts::NO_RESERVED));
    };
    if entry.region != region {
        return Err(Refusal::bad(texts::OTHER_REGION));
    }
    if entry.is_busy(now) {
        return Err(Refusal::bad(texts::RESERVED_IN_USE));
    }
    id.clone_into(&mut entry.machine);
    Ok(address)
}

/// Checks an order and enters the machine, which is still to be started. Returns its id.
///
/// # Errors
/// 400 with the first check that fails; nothing is entered then.
pub fn order(desk: &mut Desk<'_>, kind: MachineKind, body: &Body) -> Result<String, Refusal> {
    let (offer, region) = offer(desk, kind, body)?;
    let image = image(body)?.ok_or_else(|| Refusal::bad(texts::ONE_IMAGE))?;
    let tags = tags(body)?.unwrap_or_default();
    let user_data = user_data(body)?.unwrap_or_default();
    let ssh_keys = ssh_keys(desk.books, body)?;
    let script = script(desk.books, body)?;
    let firewall_group = match kind {
        MachineKind::Virtual => firewall_group(desk.books, body)?.unwrap_or_default(),
        MachineKind::Metal => String::new(),
    };
    let vpcs = crate::resources::vpcs::wanted(desk, body, &region)?;
    let label = body.text_or_empty("label")?;
    let hostname = body.text_or_empty("hostname")?;
    let user_scheme = body.text("user_scheme")?.unwrap_or("root").to_owned();
    let mdisk_mode = body.text("mdisk_mode")?.unwrap_or("none").to_owned();
    let features = Features {
        ipv6: body.flag("enable_ipv6")?.unwrap_or_default(),
        backups: body.text("backups")? == Some("enabled"),
        ddos_protection: body.flag("ddos_protection")?.unwrap_or_default(),
    };
    refuse_what_is_not_emulated(body)?;
    let limit = usize::try_from(desk.config.instance_limit).unwrap_or(usize::MAX);
    if desk.books.machines.iter().count() >= limit {
        return Err(Refusal::bad(texts::QUOTA));
    }
    let id = marks::uuid();
    let main_ip = main_address(desk, &id, &region, body.text("reserved_ipv4")?)?;
    let vpcs = crate::resources::vpcs::make_wanted(desk, vpcs, &region);
    let number = desk.books.count();
    let machine = Machine {
        kind,
        region,
        offer,
        os_id: image.os_id,
        os_name: image.os_name,
        label,
        hostname,
        tags,
        user_data,
        firewall_group,
        user_scheme,
        mdisk_mode,
        features,
        ssh_keys,
        script,
        password: marks::password(),
        created: Timestamp::now(),
        ordered: desk.now,
        number,
        main_ip,
        mac: MAC + u64::from(u32::from(main_ip)),
        more_ips: Vec::new(),
        vpcs: Vec::new(),
        status: Status::Pending,
        progress: Progress::None,
        running: true,
        addressed: false,
        unlisted_until: match desk.fault {
            Some(FaultAction::Unlisted(time)) => desk.now.checked_add(time),
            _ => None,
        },
        failure: None,
        gone: false,
    };
    desk.books.machines.add(id.clone(), machine);
    for vpc in vpcs {
        join(desk, &id, &vpc)?;
    }
    Ok(id)
}

/// Gives a machine an address in a VPC, in the books.
///
/// # Errors
/// 400 if the VPC is full.
pub fn join(desk: &mut Desk<'_>, id: &str, vpc: &str) -> Result<Attachment, Refusal> {
    let address = desk
        .books
        .take_vpc_address(vpc)
        .ok_or_else(|| Refusal::bad("The VPC has no address left"))?;
    let attachment = Attachment {
        vpc: vpc.to_owned(),
        address,
        mac: MAC + u64::from(u32::from(address)),
    };
    if let Some(machine) = desk.books.machines.get_mut(id) {
        machine.vpcs.push(attachment.clone());
    }
    Ok(attachment)
}

/// An interface in a VPC for [`crate::Machines`].
pub fn nic(books: &Books, attachment: &Attachment) -> Nic {
    Nic {
        address: attachment.address,
        prefix_len: books
            .vpc(&attachment.vpc)
            .map_or(32, |vpc| vpc.subnet.prefix_len()),
        gateway: None,
        mac: marks::mac(attachment.mac),
    }
}

/// What [`crate::Machines`] has to make of a machine.
pub fn order_of(desk: &Desk<'_>, id: &str, machine: &Machine) -> MachineOrder {
    let decode = |text: &str| STANDARD.decode(text).unwrap_or_default();
    MachineOrder {
        id: id.to_owned(),
        kind: machine.kind,
        label: machine.label.clone(),
        hostname: machine.hostname.clone(),
        os_id: machine.os_id,
        os_name: machine.os_name.clone(),
        plan: machine.offer.id().to_owned(),
        region: machine.region.clone(),
        vcpus: machine.offer.vcpus(),
        memory_mb: machine.offer.memory(),
        public: Nic {
            address: machine.main_ip,
            prefix_len: desk.config.public_net.prefix_len(),
            gateway: Some(desk.config.gateway()),
            mac: marks::mac(machine.mac),
        },
        networks: machine
            .vpcs
            .iter()
            .map(|attachment| (attachment.vpc.clone(), nic(desk.books, attachment)))
            .collect(),
        user_data: (!machine.user_data.is_empty()).then(|| decode(&machine.user_data)),
        ssh_keys: machine.ssh_keys.clone(),
        startup_script: machine
            .script
            .as_deref()
            .map(|script| String::from_utf8_lossy(&decode(script)).into_owned()),
    }
}
