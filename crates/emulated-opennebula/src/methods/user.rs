//! Users: accounts, passwords, login tokens.

use super::shared::{cannot_delete, listed, pool_xml};
use crate::auth::{self, Locks, Operation};
use crate::desk::{Desk, check_name};
use crate::failure::{Failure, Outcome, Reply};
use crate::kind::Kind;
use crate::params::Params;
use crate::state::{Token, User, hash, pool_end};

pub(crate) fn allocate(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (name, password) = (params.text(1)?, params.text(2)?);
    let driver = if params.has(3) { params.text(3)? } else { "" };
    auth::check_create(desk.caller, Kind::User)?;
    check_name(name).map_err(Failure::internal)?;
    if let Some(id) = desk.state.users.named(name) {
        return Err(Failure::taken(Kind::User, id));
    }
    if password.is_empty() {
        return Err(Failure::internal("Invalid password, it cannot be empty"));
    }
    let driver = if driver.is_empty() { "core" } else { driver };
    let id = desk.state.users.next_id();
    Ok(Reply::Number(
        desk.state
            .users
            .put(User::new(id, name, password, driver, 1, "users")),
    ))
}

pub(crate) fn delete(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let id = params.number(1)?;
    desk.object::<User>(id, Operation::Admin, Locks::Respected)?;
    if id == 0 {
        return Err(cannot_delete(Kind::User, "oneadmin cannot be deleted."));
    }
    desk.state.users.remove(id);
    Ok(Reply::Number(id))
}

pub(crate) fn enable(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, truth) = (params.number(1)?, params.truth(2)?);
    desk.object_mut::<User>(id, Operation::Admin)?.enabled = truth;
    Ok(Reply::Number(id))
}

pub(crate) fn password(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (id, password) = (params.number(1)?, params.text(2)?);
    let user = desk.object_mut::<User>(id, Operation::Manage)?;
    if password.is_empty() {
        return Err(Failure::internal("Invalid password, it cannot be empty"));
    }
    user.password = hash(password);
    Ok(Reply::Number(id))
}

/// Makes a token for a number of seconds (-1: for ever), or with 0 takes the given one back.
pub(crate) fn login(desk: &mut Desk<'_>, params: Params<'_>) -> Outcome {
    let (name, given, seconds) = (params.text(1)?, params.text(2)?, params.number(3)?);
    let id = desk
        .state
        .users
        .named(name)
        .ok_or_else(|| Failure::no_exists(Kind::User, -1))?;
    let (now, request) = (desk.now, desk.request);
    let user = desk.object_mut::<User>(id, Operation::Manage)?;
    if seconds == 0 {
        user.tokens.retain(|token| token.token != given);
        return Ok(Reply::Text(String::new()));
    }
    let token = match given {
        "" => hash(&format!("{name} {now} {request} {}", user.password)),
        given => given.to_owned(),
    };
    let expires = if seconds < 0 {
        i64::MAX
    } else {
        now + i64::from(seconds)
    };
    user.tokens.push(Token {
        token: token.clone(),
        expires,
    });
    Ok(Reply::Text(token))
}

pub(crate) fn pool(desk: &Desk<'_>) -> String {
    pool_xml(Kind::User, &listed::<User>(desk, |_| true), &pool_end())
}
