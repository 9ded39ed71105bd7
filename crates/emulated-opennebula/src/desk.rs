//! Where a call is worked on: the state, the caller, the clock. Made anew for each call; passed to every method.

use crate::auth::{self, Caller, Locks, Operation};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::params::Params;
use crate::state::{Meta, State, Stored};

/// A method that answers at once.
pub(crate) type Method = fn(&mut Desk<'_>, Params<'_>) -> Outcome;

/// Everything a method works with.
pub(crate) struct Desk<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) caller: &'a Caller,
    pub(crate) config: &'a Config,
    /// Seconds since 1970.
    pub(crate) now: i64,
    /// A number for the call.
    pub(crate) request: i32,
}

impl Desk<'_> {
    /// Finds an object and checks that the caller may do something with it.
    pub(crate) fn object<T: Stored>(
        &self,
        id: i32,
        op: Operation,
        locks: Locks,
    ) -> Result<&T, Failure> {
        let object = T::pool(self.state)
            .get(id)
            .ok_or_else(|| Failure::no_exists(T::KIND, id))?;
        auth::check(self.caller, op, locks, T::KIND, object.meta())?;
        Ok(object)
    }

    /// The same, to change the object.
    pub(crate) fn object_mut<T: Stored>(
        &mut self,
        id: i32,
        op: Operation,
    ) -> Result<&mut T, Failure> {
        self.object::<T>(id, op, Locks::Respected)?;
        T::pool_mut(self.state)
            .get_mut(id)
            .ok_or_else(|| Failure::no_exists(T::KIND, id))
    }

    /// What a new object of the caller's begins with.
    pub(crate) fn meta(&self, id: i32, name: &str) -> Meta {
        let mut meta = Meta::new(id, name);
        meta.uid = self.caller.uid;
        meta.gid = self.caller.gid;
        meta.uname.clone_from(&self.caller.uname);
        meta.gname.clone_from(&self.caller.gname);
        meta
    }

    /// A time as `oned` writes it before an error.
    pub(crate) fn stamp(&self) -> String {
        stamp(self.now)
    }
}

/// Seconds since 1970 as `Mon Nov 23 03:14:58 2026`.
pub(crate) fn stamp(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

/// The rules that names of nearly all objects keep.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("Invalid NAME, it cannot be empty".to_owned());
    }
    let forbidden = |c: &char| "&|:\\\";/'#{}$<>".contains(*c) || c.is_ascii_control();
    if let Some(found) = name.chars().find(forbidden) {
        return Err(format!("Invalid NAME, char '{found}' is not allowed"));
    }
    if name.len() > 128 {
        return Err("Invalid NAME, max length is 128 chars".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_a_padded_day() {
        assert_eq!(stamp(1_795_403_698), "Mon Nov 23 03:14:58 2026");
        assert_eq!(stamp(0), "Thu Jan  1 00:00:00 1970");
    }

    #[test]
    fn names_have_128_bytes_at_most() {
        assert!(check_name(&"x".repeat(128)).is_ok());
        assert_eq!(
            check_name(&"x".repeat(129)).unwrap_err(),
            "Invalid NAME, max length is 128 chars"
        );
        assert_eq!(
            check_name("a/b").unwrap_err(),
            "Invalid NAME, char '/' is not allowed"
        );
        assert!(check_name("borde-espa\u{f1}a").is_ok());
    }
}
