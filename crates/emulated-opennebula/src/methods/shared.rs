//! What all kinds of objects have in common: reading, updating, renaming, owners, permissions, locks, pools.

use crate::auth::{Locks, Operation, may_see};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Lock, Stored, View};
use crate::template::Attributes;

/// Where names of a kind must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Everywhere,
    AmongTheOwners,
    Nowhere,
}

fn scope(kind: Kind) -> Scope {
    match kind {
        Kind::Document | Kind::Vm => Scope::Nowhere,
        Kind::Vnet | Kind::VnTemplate | Kind::Image => Scope::AmongTheOwners,
        _ => Scope::Everywhere,
    }
}

/// The right that updating, renaming and deleting an object takes.
fn changing(kind: Kind) -> Operation {
    match kind {
        Kind::Host => Operation::Admin,
        _ => Operation::Manage,
    }
}

pub(crate) fn info<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = match (params.number(1)?, T::KIND) {
        (-1, Kind::User) => desk.caller.uid,
        (-1, Kind::Group) => desk.caller.gid,
        (id, _) => id,
    };
    let decrypt = params.truth_or(2, false)? && desk.caller.is_admin();
    let object = desk.object::<T>(id, Operation::Use, Locks::Ignored)?;
    let view = if decrypt { View::Decrypted } else { View::Info };
    Ok(Reply::Text(object.to_xml(desk.state, view)))
}

/// Objects a caller may see, newest first, one after the other.
pub(crate) fn listed<T: Stored>(desk: &Desk<'_>, wanted: impl Fn(&T) -> bool) -> Vec<String> {
    let seen = |object: &&T| may_see(desk.caller, T::KIND, object.meta()) && wanted(object);
    T::pool(desk.state)
        .iter()
        .rev()
        .filter(seen)
        .map(|object| object.to_xml(desk.state, View::Listed))
        .collect()
}

/// Puts the objects of a pool below its element.
pub(crate) fn pool_xml(kind: Kind, objects: &[String], end: &str) -> String {
    let name = kind.element();
    format!("<{name}_POOL>{}{end}</{name}_POOL>", objects.concat())
}

/// A pool without a filter.
pub(crate) fn pool<T: Stored>(desk: &Desk<'_>) -> String {
    pool_xml(T::KIND, &listed::<T>(desk, |_| true), "")
}

/// A pool with a filter and paging: parameters 1 to 3.
pub(crate) fn filtered_pool<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    filtered::<T>(desk, params, |_| true)
}

/// The same, for objects that also satisfy a condition of their own.
pub(crate) fn filtered<T: Stored>(
    desk: &Desk<'_>,
    params: Params<'_>,
    wanted: impl Fn(&T) -> bool,
) -> Outcome {
    let (filter, start, end) = (params.number(1)?, params.number(2)?, params.number(3)?);
    if filter < -4 {
        return Err(Failure::api("Incorrect filter_flag"));
    }
    let caller = desk.caller;
    let mine = |object: &T| {
        let meta = object.meta();
        match filter {
            -4 => meta.gid == caller.gid,
            -3 => meta.uid == caller.uid,
            -2 => true,
            -1 => meta.uid == caller.uid || meta.gid == caller.gid,
            uid => meta.uid == uid,
        }
    };
    let in_range = |id: i32| end < -1 || ((start < 0 || id >= start) && (end < 0 || id <= end));
    let objects = listed::<T>(desk, |object| {
        mine(object) && in_range(object.meta().id) && wanted(object)
    });
    if end < -1 {
        let (skip, count) = (
            usize::try_from(start).unwrap_or(0),
            end.unsigned_abs() as usize,
        );
        let page: Vec<_> = objects.into_iter().skip(skip).take(count).collect();
        return Ok(Reply::Text(pool_xml(T::KIND, &page, "")));
    }
    Ok(Reply::Text(pool_xml(T::KIND, &objects, "")))
}

pub(crate) fn update<T: Stored + Clone>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, text, mode) = (params.number(1)?, params.text(2)?, params.number_or(3, 0)?);
    let admin = desk.caller.is_admin();
    let object = desk.object_mut::<T>(id, changing(T::KIND))?;
    if !(0..=1).contains(&mode) {
        return Err(Failure::api("Wrong update type"));
    }
    let failed = |text: String| Failure::internal(format!("Cannot update template. {text}"));
    let mut changed = object.clone();
    let given = Attributes::parse(text).map_err(failed)?;
    if mode == 0 {
        replace(&mut changed, given, admin);
    } else {
        let restricted = T::RESTRICTED.iter().find(|key| !admin && given.has(key));
        if let Some(key) = restricted {
            return Err(failed(format!(
                "User Template includes a restricted attribute {key}"
            )));
        }
        changed.attributes_mut().merge(given);
    }
    changed.updated().map_err(failed)?;
    if changed.attributes_mut().is_storable() {
        *object = changed;
    }
    Ok(Reply::Number(id))
}

/// Puts other attributes in the place of all; restricted ones stay as they are for those who may not change them.
fn replace<T: Stored>(object: &mut T, given: Attributes, admin: bool) {
    let old = std::mem::replace(object.attributes_mut(), given);
    if admin {
        return;
    }
    for key in T::RESTRICTED {
        object.attributes_mut().remove(key);
        if let Some(value) = old.single(key) {
            object.attributes_mut().replace(key, value);
        }
    }
}

pub(crate) fn rename<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, name) = (params.number(1)?, params.text(2)?);
    let object = T::pool(desk.state)
        .get(id)
        .ok_or_else(|| Failure::no_exists(T::KIND, id))?;
    if object.meta().name == name {
        return Ok(Reply::Number(id));
    }
    let uid = object.meta().uid;
    desk.object_mut::<T>(id, changing(T::KIND))?;
    let pool = T::pool_mut(desk.state);
    let other = match scope(T::KIND) {
        Scope::Everywhere => pool.named(name),
        Scope::AmongTheOwners => pool.named_of(name, uid),
        Scope::Nowhere => None,
    };
    if let Some(other) = other {
        let kind = T::KIND.spoken();
        let text =
            format!("{kind} cannot be renamed to {name} because it collides with {kind} {other}");
        return Err(Failure::action(text));
    }
    check_name(name).map_err(Failure::action)?;
    if let Some(object) = pool.get_mut(id) {
        name.clone_into(&mut object.meta_mut().name);
    }
    Ok(Reply::Number(id))
}

pub(crate) fn chmod<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    let bits = (2..11)
        .map(|index| params.number(index))
        .collect::<Result<Vec<_>, _>>()?;
    let object = desk.object_mut::<T>(id, Operation::Manage)?;
    if let Some(wrong) = bits.iter().find(|bit| !(-1..=1).contains(*bit)) {
        return Err(Failure::internal(format!(
            "New owner user permissions must be -1, 0 or 1: {wrong}"
        )));
    }
    for (permission, bit) in object.meta_mut().permissions.iter_mut().zip(bits) {
        if bit >= 0 {
            *permission = bit == 1;
        }
    }
    Ok(Reply::Number(id))
}

pub(crate) fn chown<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, uid, gid) = (params.number(1)?, params.number(2)?, params.number(3)?);
    let user = match uid {
        -1 => None,
        uid => Some(
            desk.state
                .users
                .get(uid)
                .ok_or_else(|| Failure::no_exists(Kind::User, uid))?
                .meta
                .name
                .clone(),
        ),
    };
    let group = match gid {
        -1 => None,
        gid => Some(
            desk.state
                .groups
                .get(gid)
                .ok_or_else(|| Failure::no_exists(Kind::Group, gid))?
                .meta
                .name
                .clone(),
        ),
    };
    let meta = desk.object_mut::<T>(id, Operation::Manage)?.meta_mut();
    if let Some(name) = user {
        (meta.uid, meta.uname) = (uid, name);
    }
    if let Some(name) = group {
        (meta.gid, meta.gname) = (gid, name);
    }
    Ok(Reply::Number(id))
}

pub(crate) fn lock<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, level, test) = (
        params.number(1)?,
        params.number(2)?,
        params.truth_or(3, false)?,
    );
    let held = desk
        .object::<T>(id, Operation::Manage, Locks::Ignored)?
        .meta()
        .lock
        .clone();
    let level = match level {
        1 | 4 => 1,
        2 | 3 => level,
        _ => return Err(Failure::action("Wrong lock level specified")),
    };
    let (owner, admin) = (desk.caller.uid, desk.caller.is_admin());
    match held {
        Some(lock) if test => return Err(Failure::action(lock.time.to_string())),
        Some(lock) if lock.owner != owner && !admin => {
            return Err(Failure::action("Error trying to lock the resource."));
        }
        _ => {}
    }
    let lock = Lock {
        level,
        owner,
        time: desk.now,
        request: desk.request,
    };
    if let Some(object) = T::pool_mut(desk.state).get_mut(id) {
        object.meta_mut().lock = Some(lock);
    }
    Ok(Reply::Number(id))
}

pub(crate) fn unlock<T: Stored>(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    let held = &desk
        .object::<T>(id, Operation::Manage, Locks::Ignored)?
        .meta()
        .lock;
    if !desk.caller.is_admin()
        && held
            .as_ref()
            .is_none_or(|lock| lock.owner != desk.caller.uid)
    {
        return Err(Failure::action(
            "Cannot unlock: Lock is owned by another user",
        ));
    }
    if let Some(object) = T::pool_mut(desk.state).get_mut(id) {
        object.meta_mut().lock = None;
    }
    Ok(Reply::Number(id))
}

/// Checks that an object may be deleted, as far as rights and locks go.
pub(crate) fn may_delete<T: Stored>(desk: &Desk<'_>, id: i32) -> Result<(), Failure> {
    desk.object::<T>(id, changing(T::KIND), Locks::Respected)
        .map(|_| ())
}

/// A refusal to delete.
pub(crate) fn cannot_delete(kind: Kind, reason: &str) -> Failure {
    Failure::action(format!("Cannot delete {}. {reason}", kind.spoken()))
}
