//! `user`: users.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, lchown};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::accounts::{self, User};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process;
use crate::write::make_directories;

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
    update_password: String,
    #[serde(default)]
    move_home: bool,
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
    let absent = args.state == "absent";
    if !absent {
        known_groups(args)?;
    }
    let existed = user.is_some();
    let changed = match (user, absent) {
        (None, true) => false,
        (Some(_), true) => remove(context, args)?,
        (None, false) => add(context, args)?,
        (Some(user), false) => modify(context, args, &user)?,
    };
    let mut outcome = Outcome::changed(changed)
        .with("name", args.name.clone())
        .with("state", if absent { "absent" } else { "present" });
    outcome = match (absent, existed) {
        (true, false) => outcome,
        (true, true) => outcome
            .with("remove", args.remove)
            .with("force", args.force),
        (false, true) => outcome
            .with("append", args.append)
            .with("move_home", args.move_home),
        (false, false) => outcome
            .with("create_home", args.create_home)
            .with("system", args.system),
    };
    if let Some(groups) = args.groups.as_ref().filter(|_| !absent) {
        outcome = outcome.with("groups", groups.join(","));
    }
    if args.password.is_some() {
        outcome = outcome.with("password", "NOT_LOGGING_PASSWORD");
    }
    if let Some(user) = accounts::user(&args.name).filter(|user| user.name == args.name) {
        outcome = outcome
            .with("uid", user.uid)
            .with("group", user.gid)
            .with("comment", user.comment)
            .with("home", user.home)
            .with("shell", user.shell);
    }
    Ok(outcome)
}

/// Says which group is missing before anything is done.
fn known_groups(args: &Args) -> Result<(), Failure> {
    let named = args.groups.iter().flatten().chain(&args.group);
    for name in named.filter(|name| !name.is_empty()) {
        if accounts::group(name).is_none() {
            return Err(Failure::new(format!(
                "Group {name} does not exist on this host"
            )));
        }
    }
    Ok(())
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
    let moves = args.move_home && differs(&args.home, &user.home).is_some();
    option("-s", differs(&args.shell, &user.shell));
    if let Some(group) = &args.group {
        let other = accounts::group(group).is_some_and(|found| found.gid != user.gid);
        option("-g", other.then(|| group.clone()));
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
        if moves {
            command.arg("-m");
        }
        execute(context, command.arg(&args.name))?;
    }
    let home = Path::new(args.home.as_ref().unwrap_or(&user.home));
    if args.create_home && !args.system && !home.exists() && !moves {
        changed = true;
        if !context.check {
            make_home(home, user)?;
        }
    }
    // A password that only new users get is left alone here.
    let password =
        args.update_password != "on_create" && set_password(context, args, Some(&args.name))?;
    Ok(password || changed)
}

/// Makes the home directory of a user who has none, as `useradd` makes it.
fn make_home(home: &Path, user: &User) -> Result<(), Failure> {
    make_directories(home)?;
    copy_tree(Path::new("/etc/skel"), home, user)?;
    fs::set_permissions(home, Permissions::from_mode(0o755))
        .and_then(|()| chown(home, Some(user.uid), Some(user.gid)))
        .map_err(|error| Failure::io("set the attributes of", home, &error))
}

fn copy_tree(from: &Path, to: &Path, user: &User) -> Result<(), Failure> {
    // A host without a skeleton has empty homes.
    let Ok(entries) = fs::read_dir(from) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() && !source.is_symlink() {
            make_directories(&target)?;
            copy_tree(&source, &target, user)?;
        } else {
            fs::copy(&source, &target).map_err(|error| Failure::io("write", &target, &error))?;
        }
        lchown(&target, Some(user.uid), Some(user.gid))
            .map_err(|error| Failure::io("change the owner of", &target, &error))?;
    }
    Ok(())
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
