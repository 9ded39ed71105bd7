//! Who calls, and what a caller may do.
//!
//! Admins (the group oneadmin) may do everything, except what a lock forbids. Others have the rights of owner, group and
//! others on each object, and those that the default access rules give to the group `users`.

use crate::failure::Failure;
use crate::kind::Kind;
use crate::state::{Meta, State, hash};

/// An authenticated user.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) uid: i32,
    pub(crate) gid: i32,
    pub(crate) uname: String,
    pub(crate) gname: String,
}

impl Caller {
    pub(crate) fn is_admin(&self) -> bool {
        self.uid == 0 || self.gid == 0
    }
}

/// An operation, in rising order of its reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Use,
    Manage,
    Admin,
    Create,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Use => "USE",
            Self::Manage => "MANAGE",
            Self::Admin => "ADMIN",
            Self::Create => "CREATE",
        }
    }

    /// The position among the permission bits, and the level of locks; creating has neither.
    fn level(self) -> Option<u8> {
        match self {
            Self::Use => Some(1),
            Self::Manage => Some(2),
            Self::Admin => Some(3),
            Self::Create => None,
        }
    }
}

/// Whether a lock stands against the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locks {
    /// Reading, locking and unlocking go on.
    Ignored,
    Respected,
}

/// Finds the user of `name:password`; a token does for the password.
pub(crate) fn authenticate(state: &State, session: &str, now: i64) -> Option<Caller> {
    let (name, password) = session.split_once(':')?;
    let user = state.users.get(state.users.named(name)?)?;
    let by_password = user.driver == "core" && user.password == hash(password);
    let by_token = user
        .tokens
        .iter()
        .any(|token| token.token == password && token.expires > now);
    (user.enabled && (by_password || by_token)).then(|| Caller {
        uid: user.meta.id,
        gid: user.meta.gid,
        uname: user.meta.name.clone(),
        gname: user.meta.gname.clone(),
    })
}

/// Checks an operation on an object.
pub(crate) fn check(
    caller: &Caller,
    op: Operation,
    locks: Locks,
    kind: Kind,
    meta: &Meta,
) -> Result<(), Failure> {
    let locked = locks == Locks::Respected && is_locked(op, meta);
    let id = meta.id;
    if caller.is_admin() {
        if locked {
            return Err(Failure::authorization(
                caller.uid,
                &format!("{} is locked. [{id}]", kind.code_name()),
            ));
        }
        return Ok(());
    }
    if !locked && has_right(caller, op, kind, meta) {
        return Ok(());
    }
    let text = format!(
        "Not authorized to perform {} {} [{id}]",
        op.name(),
        kind.code_name()
    );
    Err(Failure::authorization(caller.uid, &text))
}

/// Checks that the caller may create an object of a kind.
pub(crate) fn check_create(caller: &Caller, kind: Kind) -> Result<(), Failure> {
    if caller.is_admin() || matches!(kind, Kind::Vm | Kind::Image | Kind::Document) {
        return Ok(());
    }
    let text = format!(
        "Not authorized to perform {} {}",
        Operation::Create.name(),
        kind.code_name()
    );
    Err(Failure::authorization(caller.uid, &text))
}

/// Whether the caller sees the object in a pool.
pub(crate) fn may_see(caller: &Caller, kind: Kind, meta: &Meta) -> bool {
    caller.is_admin() || has_right(caller, Operation::Use, kind, meta)
}

fn is_locked(op: Operation, meta: &Meta) -> bool {
    match (&meta.lock, op.level()) {
        (Some(lock), Some(level)) => lock.level <= i32::from(level),
        _ => false,
    }
}

fn has_right(caller: &Caller, op: Operation, kind: Kind, meta: &Meta) -> bool {
    match kind {
        Kind::User if meta.id == caller.uid => return op != Operation::Admin,
        Kind::Group if meta.id == caller.gid => return op == Operation::Use,
        Kind::User | Kind::Group => return false,
        Kind::Host => return op == Operation::Manage,
        Kind::Vnet | Kind::Datastore if op == Operation::Use => return true,
        Kind::Zone => return op == Operation::Use,
        _ => {}
    }
    let Some(level) = op.level() else {
        return false;
    };
    let bit = |base: usize| meta.permissions[base + usize::from(level) - 1];
    (meta.uid == caller.uid && bit(0)) || (meta.gid == caller.gid && bit(3)) || bit(6)
}
