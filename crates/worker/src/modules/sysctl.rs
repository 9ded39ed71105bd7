//! `sysctl`: parameters of the kernel, in force and in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::attributes::Wanted;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process;
use crate::write::{Options, replace};

#[derive(Deserialize)]
pub(super) struct Args {
    name: String,
    value: Option<String>,
    #[serde(default)]
    state: String,
    sysctl_file: PathBuf,
    #[serde(default)]
    sysctl_set: bool,
    #[serde(default)]
    reload: bool,
    #[serde(default)]
    ignoreerrors: bool,
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let absent = args.state == "absent";
    let value = match (&args.value, absent) {
        (Some(value), false) => Some(normal(value)),
        (None, false) => return Err(Failure::new("`value` is needed for setting a parameter")),
        (_, true) => None,
    };
    let path = &args.sysctl_file;
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::io("read", path, &error)),
    };
    let after = edited(&before, &args.name, value.as_deref());
    let mut outcome = Outcome::changed(after != before);
    if outcome.changed && context.diff {
        outcome = outcome.diff(&path.to_string_lossy(), &before, &after);
    }
    // First the kernel, which knows whether there is such a parameter: a file with a wrong one would stay.
    if let (true, Some(value)) = (args.sysctl_set || args.reload, &value) {
        outcome = force(context, args, value, outcome)?;
    }
    if after != before && !context.check {
        replace(
            context,
            path,
            after.as_bytes(),
            &Wanted::default(),
            &Options::default(),
        )?;
    }
    if outcome.changed && args.reload && !context.check {
        load(context, args, &after)?;
    }
    Ok(outcome)
}

/// Compares the value in force, and sets it; without `sysctl_set` the file that is loaded afterwards does.
fn force(
    context: &Context<'_>,
    args: &Args,
    value: &str,
    mut outcome: Outcome,
) -> Result<Outcome, Failure> {
    let now = match in_force(&args.name) {
        Err(_) if args.ignoreerrors => return Ok(outcome),
        now => now?,
    };
    if now == value {
        return Ok(outcome);
    }
    if context.diff && !outcome.changed {
        outcome = outcome.diff(&args.name, &format!("{now}\n"), &format!("{value}\n"));
    }
    outcome.changed = true;
    if args.sysctl_set && !context.check {
        match set(&args.name, value) {
            Err(_) if args.ignoreerrors => {}
            result => result?,
        }
    }
    Ok(outcome)
}

/// Sets every parameter of a file, as `sysctl -p` does.
fn load(context: &Context<'_>, args: &Args, text: &str) -> Result<(), Failure> {
    if text.contains('*') {
        // Patterns in names are a matter of the program.
        let mut command = Command::new("sysctl");
        if args.ignoreerrors {
            command.arg("-e");
        }
        return process::succeed(context, command.arg("-p").arg(&args.sysctl_file)).map(|_| ());
    }
    for (name, value) in text.lines().filter_map(parameter) {
        let (name, optional) = match name.strip_prefix('-') {
            Some(name) => (name.trim(), true),
            None => (name, false),
        };
        match in_force(name).and_then(|_| set(name, value)) {
            Err(_) if optional || args.ignoreerrors => {}
            result => result?,
        }
    }
    Ok(())
}

/// Name and value of a line, if it is no comment.
fn parameter(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line
        .split_once('=')
        .filter(|_| !line.starts_with(['#', ';']))?;
    Some((name.trim(), value.trim()))
}

fn normal(value: &str) -> String {
    match value {
        "True" => "1".to_owned(),
        "False" => "0".to_owned(),
        other => other.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// The file that the kernel shows a parameter in: dots are slashes, and the other way round.
fn file(name: &str) -> PathBuf {
    let first = name.find(['.', '/']).and_then(|at| name.get(at..=at));
    let path: String = if first == Some("/") {
        name.to_owned()
    } else {
        name.chars()
            .map(|c| {
                if c == '.' {
                    '/'
                } else if c == '/' {
                    '.'
                } else {
                    c
                }
            })
            .collect()
    };
    Path::new("/proc/sys").join(path)
}

fn in_force(name: &str) -> Result<String, Failure> {
    let path = file(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(normal(text.trim())),
        // Some may only be written.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(String::new()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(format!(
            "the kernel of this host has no parameter `{name}`"
        ))),
        Err(error) => Err(Failure::io("read", &path, &error)),
    }
}

fn set(name: &str, value: &str) -> Result<(), Failure> {
    let path = file(name);
    fs::write(&path, value).map_err(|error| Failure::io("set the parameter", &path, &error))
}

fn edited(text: &str, name: &str, value: Option<&str>) -> String {
    let is = |line: &str| parameter(line).is_some_and(|(key, _)| key == name);
    let wanted = value.map(|value| format!("{name}={value}"));
    let mut lines = Vec::new();
    let mut done = false;
    for line in text.lines() {
        if !is(line) {
            lines.push(line.to_owned());
            continue;
        }
        let same = line
            .split_once('=')
            .map(|(_, found)| normal(found.trim()))
            .as_deref()
            == value;
        match (&wanted, done) {
            (Some(_), false) if same => lines.push(line.to_owned()),
            (Some(wanted), false) => lines.push(wanted.clone()),
            // A second line for the same parameter would win over the first.
            _ => continue,
        }
        done = true;
    }
    if let (Some(wanted), false) = (wanted, done) {
        lines.push(wanted);
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_one_line() {
        assert_eq!(
            edited("# x\na.b = 0\na.b=2\n", "a.b", Some("1")),
            "# x\na.b=1\n"
        );
        assert_eq!(edited("a.b = 1\n", "a.b", Some("1")), "a.b = 1\n");
        assert_eq!(edited("", "a.b", Some("1")), "a.b=1\n");
        assert_eq!(edited("a.b=1\nc=2\n", "a.b", None), "c=2\n");
    }

    #[test]
    fn names_with_dots_in_them_are_written_with_slashes() {
        assert_eq!(
            file("net.ipv4.conf.eth0/1.rp_filter"),
            Path::new("/proc/sys/net/ipv4/conf/eth0.1/rp_filter")
        );
        assert_eq!(
            file("net/ipv4/conf/eth0.1/rp_filter"),
            Path::new("/proc/sys/net/ipv4/conf/eth0.1/rp_filter")
        );
    }
}
