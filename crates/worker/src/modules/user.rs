//! `user`: users.

use std::fs;
use std::process::Command;

use serde::Deserialize;

use crate::accounts::{self, User};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process;

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each of the module's options"
)]
pub(super) struct Args {
    name: String,
    #[serde(default)]
    state: String,
    uid: Option<u32>,
    group: Option<String>,
    groups: Option<Vec<String>>,
    #[serde(default)]
    append: bool,
    comment: Option<String>,
    home: Option<String>,
    shell: Option<String>,
    #[serde(default)]
    system: bool,
    #[serde(default = "yes")]
    create_home: bool,
    password: Option<String>,
    #[serde(default)]
    remove: bool,
    #[serde(default)]
    force: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let user = accounts::user(&args.name).filter(|user| user.name == args.name);
    let changed = match (user, args.state == "absent") {
        (None, true) => false,
        (Some(_), true) => remove(context, args)?,
        (None, false) => add(context, args)?,
        (Some(user), false) => modify(context, args, &user)?,
    };
    let state = if args.state == "absent" {
        "absent"
    } else {
        "present"
    };
    let mut outcome = Outcome::changed(changed)
        .with("name", args.name.clone())
        .with("state", state);
    if let Some(user) = accounts::user(&args.name) {
        outcome = outcome
            .with("uid", user.uid)
            .with("group", user.gid)
            .with("comment", user.comment)
            .with("home", user.home)
            .with("shell", user.shell);
    }
    Ok(outcome)
}

fn remove(context: &Context<'_>, args: &Args) -> Result<bool, Failure> {
    let mut command = Command::new("userdel");
    if args.force {
        command.arg("-f");
    }
    if args.remove {
        command.arg("-r");
    }
    execute(context, command.arg(&args.name))
}

fn add(context: &Context<'_>, args: &Args) -> Result<bool, Failure> {
    let mut command = Command::new("useradd");
    options(&mut command, args);
    if let Some(groups) = args.groups.as_ref().filter(|groups| !groups.is_empty()) {
        command.args(["-G", &groups.join(",")]);
    }
    if args.system {
        command.arg("-r");
    }
    command.arg(if args.create_home { "-m" } else { "-M" });
    let changed = execute(context, command.arg(&args.name))?;
    set_password(context, args, None)?;
    Ok(changed)
}

/// Options that `useradd` and `usermod` share.
fn options(command: &mut Command, args: &Args) {
    let uid = args.uid.map(|uid| uid.to_string());
    let pairs = [
        ("-u", &uid),
        ("-g", &args.group),
        ("-c", &args.comment),
        ("-d", &args.home),
        ("-s", &args.shell),
    ];
    for (option, value) in pairs {
        if let Some(value) = value {
            command.args([option, value]);
        }
    }
}

fn modify(context: &Context<'_>, args: &Args, user: &User) -> Result<bool, Failure> {
    let mut command = Command::new("usermod");
    let mut changed = false;
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            changed = true;
            command.args([name, &value]);
        }
    };
    let differs =
        |wanted: &Option<String>, now: &str| wanted.clone().filter(|wanted| wanted != now);
    option(
        "-u",
        args.uid
            .filter(|uid| *uid != user.uid)
            .map(|uid| uid.to_string()),
    );
    option("-c", differs(&args.comment, &user.comment));
    option("-d", differs(&args.home, &user.home));
    option("-s", differs(&args.shell, &user.shell));
    if let Some(group) = &args.group {
        let found = accounts::group(group)
            .ok_or_else(|| Failure::new(format!("there is no group `{group}` on this host")))?;
        option("-g", (found.gid != user.gid).then(|| group.clone()));
    }
    if let Some(wanted) = &args.groups {
        let now: Vec<String> = accounts::groups()
            .into_iter()
            .filter(|group| group.members.contains(&args.name))
            .map(|group| group.name)
            .collect();
        let mut all: Vec<String> = wanted
            .iter()
            .filter(|name| !name.is_empty())
            .cloned()
            .collect();
        if args.append {
            all.extend(now.iter().filter(|name| !wanted.contains(name)).cloned());
        }
        let same = all.len() == now.len() && all.iter().all(|name| now.contains(name));
        option("-G", (!same).then(|| all.join(",")));
    }
    if changed {
        execute(context, command.arg(&args.name))?;
    }
    Ok(set_password(context, args, Some(&args.name))? || changed)
}

/// Sets the encrypted password through standard input, where no process list shows it.
fn set_password(context: &Context<'_>, args: &Args, known: Option<&str>) -> Result<bool, Failure> {
    let Some(password) = &args.password else {
        return Ok(false);
    };
    let shadow = fs::read_to_string("/etc/shadow").unwrap_or_default();
    let now = shadow
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| Some(*name) == known);
    if now.is_some_and(|(_, rest)| rest.split(':').next() == Some(password)) {
        return Ok(false);
    }
    if !context.check {
        let line = format!("{}:{password}\n", args.name);
        let finished = process::run(
            context,
            Command::new("chpasswd").arg("-e"),
            Some(line.as_bytes()),
        )?;
        if finished.rc != 0 {
            return Err(Failure::new(format!(
                "cannot set the password of `{}`: {}",
                args.name,
                finished.stderr.trim()
            )));
        }
    }
    Ok(true)
}

fn execute(context: &Context<'_>, command: &mut Command) -> Result<bool, Failure> {
    if !context.check {
        process::succeed(context, command)?;
    }
    Ok(true)
}
