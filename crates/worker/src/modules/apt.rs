//! `apt` and `package`: packages of Debian and Ubuntu.
//!
//! What is installed is read from dpkg's status file; apt is started only when something has to change.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::apt_get::AptGet;
use crate::dpkg::Installed;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process::Finished;

#[derive(Deserialize)]
pub(super) struct Args {
    #[serde(default)]
    name: Vec<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    update_cache: bool,
    #[serde(default)]
    cache_valid_time: u64,
    install_recommends: Option<bool>,
    #[serde(default)]
    purge: bool,
    #[serde(default)]
    autoremove: bool,
    default_release: Option<String>,
    #[serde(default)]
    lock_timeout: u64,
    #[serde(default)]
    dpkg_options: String,
}

#[derive(Deserialize)]
pub(super) struct PackageArgs {
    name: Vec<String>,
    state: String,
}

/// `package`: on every distribution that is supported the manager is apt.
pub(super) fn package(context: &Context<'_>, args: PackageArgs) -> ModuleResult {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(Failure::new(
            "this host has no apt-get; only Debian and Ubuntu are supported",
        ));
    }
    let args = Args {
        name: args.name,
        state: args.state,
        update_cache: false,
        cache_valid_time: 0,
        install_recommends: None,
        purge: false,
        autoremove: false,
        default_release: None,
        lock_timeout: 60,
        dpkg_options: "force-confdef,force-confold".to_owned(),
    };
    run(context, &args)
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let installed = Installed::read()
        .map_err(|error| Failure::io("read", Path::new("/var/lib/dpkg/status"), &error))?;
    let missing: Vec<&String> = args
        .name
        .iter()
        .filter(|name| !installed.satisfies(name))
        .collect();
    let there: Vec<&String> = args
        .name
        .iter()
        .filter(|name| installed.version(plain(name)).is_some())
        .collect();
    let wanted = match args.state.as_str() {
        "absent" => !there.is_empty(),
        "latest" => true,
        _ => !missing.is_empty(),
    };
    // Fresh lists are of no use to a host that has everything already.
    let asked_alone = args.name.is_empty();
    let mut updated = false;
    if (args.update_cache || args.cache_valid_time > 0)
        && (wanted || asked_alone || args.cache_valid_time == 0)
        && stale(args.cache_valid_time)
    {
        let before = list_time();
        if !context.check {
            apt(context, args, &["update"])?;
        }
        // Lists that were fresh already are no change.
        updated = context.check || list_time() != before;
    }
    let mut outcome = match args.state.as_str() {
        _ if args.name.is_empty() => Outcome::changed(updated),
        "absent" if there.is_empty() => Outcome::changed(false),
        "absent" => remove(context, args, &there)?,
        "latest" => install(context, args, &args.name.iter().collect::<Vec<_>>())?,
        _ if missing.is_empty() => Outcome::changed(false),
        _ => install(context, args, &missing)?,
    };
    if args.autoremove && args.state != "absent" {
        let removed = changes(&simulate(context, args, &["autoremove"])?);
        outcome.changed |= removed;
        if removed && !context.check {
            apt(context, args, &["autoremove"])?;
        }
    }
    Ok(outcome
        .with("cache_updated", updated)
        .with("cache_update_time", list_time().map_or(0, seconds)))
}

fn plain(name: &str) -> &str {
    name.split_once('=').map_or(name, |(name, _)| name)
}

fn install(context: &Context<'_>, args: &Args, names: &[&String]) -> ModuleResult {
    let mut words = vec!["install"];
    words.extend(names.iter().map(|name| name.as_str()));
    // What a pattern stands for, or what is newest, only apt knows.
    let unsure = args.state == "latest" || names.iter().any(|name| is_pattern(name));
    if context.check || unsure {
        let pretended = simulate(context, args, &words)?;
        let changes = changes(&pretended);
        if context.check || !changes {
            return Ok(described(Outcome::changed(changes), context, &pretended));
        }
    }
    let finished = apt(context, args, &words)?;
    let outcome = described(Outcome::changed(true), context, &finished);
    Ok(outcome
        .with("stdout", finished.stdout)
        .with("stderr", finished.stderr))
}

/// Whether a name stands for several packages; a version may have stars too.
fn is_pattern(name: &str) -> bool {
    plain(name).contains(['*', '?', '['])
}

fn remove(context: &Context<'_>, args: &Args, names: &[&String]) -> ModuleResult {
    let mut words = vec![if args.purge { "purge" } else { "remove" }];
    if args.autoremove {
        words.push("--auto-remove");
    }
    words.extend(names.iter().map(|name| plain(name)));
    if context.check {
        let pretended = simulate(context, args, &words)?;
        return Ok(described(Outcome::changed(true), context, &pretended));
    }
    let finished = apt(context, args, &words)?;
    let outcome = described(Outcome::changed(true), context, &finished);
    Ok(outcome
        .with("stdout", finished.stdout)
        .with("stderr", finished.stderr))
}

/// Adds what apt said that it does: from `The following` to its summary in numbers.
fn described(outcome: Outcome, context: &Context<'_>, finished: &Finished) -> Outcome {
    if !context.diff || !outcome.changed {
        return outcome;
    }
    let lines: Vec<&str> = finished.stdout.lines().collect();
    let first = lines
        .iter()
        .position(|line| line.starts_with("The following"));
    let last = lines.iter().position(|line| line.contains(" upgraded, "));
    let told = first
        .zip(last)
        .and_then(|(first, last)| lines.get(first..=last))
        .unwrap_or_default();
    outcome.with("diff", serde_json::json!({ "prepared": told.join("\n") }))
}

/// Asks apt to pretend.
fn simulate(context: &Context<'_>, args: &Args, words: &[&str]) -> Result<Finished, Failure> {
    let mut all = vec!["--simulate"];
    all.extend(words);
    apt(context, args, &all)
}

/// Whether what it pretended changes anything.
fn changes(pretended: &Finished) -> bool {
    pretended
        .stdout
        .lines()
        .any(|line| line.starts_with("Inst ") || line.starts_with("Remv "))
}

fn apt(context: &Context<'_>, args: &Args, words: &[&str]) -> Result<Finished, Failure> {
    let apt_get = AptGet {
        lock_timeout: args.lock_timeout,
        dpkg_options: args
            .dpkg_options
            .split(',')
            .filter(|option| !option.is_empty())
            .collect(),
        recommends: args.install_recommends,
        release: args.default_release.as_deref(),
    };
    apt_get.run(context, words)
}

/// When the lists of packages were fetched last.
fn list_time() -> Option<SystemTime> {
    let stamp = Path::new("/var/lib/apt/periodic/update-success-stamp");
    let lists = Path::new("/var/lib/apt/lists");
    [stamp, lists]
        .iter()
        .filter_map(|path| {
            fs::metadata(path)
                .and_then(|metadata| metadata.modified())
                .ok()
        })
        .max()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

fn stale(valid: u64) -> bool {
    let age = list_time().and_then(|time| SystemTime::now().duration_since(time).ok());
    valid == 0 || age.is_none_or(|age| age > Duration::from_secs(valid))
}
