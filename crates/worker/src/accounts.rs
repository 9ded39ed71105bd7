//! Users and groups, as `/etc/passwd` and `/etc/group` have them.

use std::path::Path;

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Description.
    pub comment: String,
    /// Home directory.
    pub home: String,
    /// Login shell.
    pub shell: String,
}

/// A line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Name.
    pub name: String,
    /// Group id.
    pub gid: u32,
    /// Login names of its members.
    pub members: Vec<String>,
}

fn lines(path: &str) -> Vec<String> {
    std::fs::read_to_string(Path::new(path))
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn parse_user(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    fields.next()?;
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    let mut text = || fields.next().map(str::to_owned);
    Some(User {
        name,
        uid,
        gid,
        comment: text()?,
        home: text()?,
        shell: text()?,
    })
}

fn parse_group(line: &str) -> Option<Group> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    fields.next()?;
    let gid = fields.next()?.parse().ok()?;
    let members = fields
        .next()?
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    Some(Group { name, gid, members })
}

/// All groups.
pub(crate) fn groups() -> Vec<Group> {
    lines("/etc/group")
        .iter()
        .filter_map(|line| parse_group(line))
        .collect()
}

/// A user by name or number.
pub(crate) fn user(name: &str) -> Option<User> {
    let users: Vec<User> = lines("/etc/passwd")
        .iter()
        .filter_map(|line| parse_user(line))
        .collect();
    let by_number = || {
        name.parse()
            .ok()
            .and_then(|uid: u32| users.iter().find(|user| user.uid == uid))
    };
    users
        .iter()
        .find(|user| user.name == name)
        .or_else(by_number)
        .cloned()
}

/// A group by name or number.
pub(crate) fn group(name: &str) -> Option<Group> {
    let groups = groups();
    let by_number = || {
        name.parse()
            .ok()
            .and_then(|gid: u32| groups.iter().find(|group| group.gid == gid))
    };
    groups
        .iter()
        .find(|group| group.name == name)
        .or_else(by_number)
        .cloned()
}

/// Name of a user id; the number itself when it has none.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    user(&uid.to_string()).map(|user| user.name)
}

/// Name of a group id.
pub(crate) fn group_name(gid: u32) -> Option<String> {
    group(&gid.to_string()).map(|group| group.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_broken_ones_are_passed_over() {
        let user = parse_user("one:x:9869:9869:Cloud,,,:/var/lib/one:/bin/bash").unwrap();
        assert_eq!((user.uid, user.home.as_str()), (9869, "/var/lib/one"));
        assert_eq!(parse_user("broken:x:y"), None);
        assert_eq!(parse_group("kvm:x:106:a,b").unwrap().members, ["a", "b"]);
    }
}
