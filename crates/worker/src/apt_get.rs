//! Runs `apt-get`: waits for its locks, mends what an interrupted run left, and explains its errors.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::outcome::{Context, Failure};
use crate::process::{self, Finished, Stop};

/// dpkg must not be killed in the middle: apt stops after the package that it is at.
const GENTLY: Stop = Stop {
    signal: Signal::INT,
    grace: Duration::from_secs(120),
};

/// Time between two attempts at a lock that apt itself does not wait for.
const PAUSE: Duration = Duration::from_millis(500);

/// How `apt-get` is run.
#[derive(Default)]
pub(crate) struct AptGet<'a> {
    /// Seconds to wait for its locks.
    pub lock_timeout: u64,
    /// Options of dpkg, without the dashes.
    pub dpkg_options: Vec<&'a str>,
    /// Whether recommended packages come along; apt's own setting when not given.
    pub recommends: Option<bool>,
    /// Release that packages are preferred from.
    pub release: Option<&'a str>,
}

impl AptGet<'_> {
    /// Runs one of its commands, which must succeed.
    pub(crate) fn run(&self, context: &Context<'_>, words: &[&str]) -> Result<Finished, Failure> {
        let until = Instant::now() + Duration::from_secs(self.lock_timeout);
        let changes = !words.contains(&"--simulate") && !words.contains(&"update");
        if changes && is_interrupted() {
            self.mend(context)?;
        }
        loop {
            let finished = process::run_until(context, &mut self.command(words), None, GENTLY)?;
            if finished.rc == 0 {
                return Ok(finished);
            }
            // apt waits for dpkg's locks, and for those of its lists only in new versions.
            if is_locked(&finished.stderr)
                && Instant::now() < until
                && !context.lifeline.wait(PAUSE)
            {
                continue;
            }
            return Err(self.failure(finished, words));
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8")
            .env("NEEDRESTART_SUSPEND", "1");
        command.args([
            "-q",
            "-y",
            "-o",
            &format!("DPkg::Lock::Timeout={}", self.lock_timeout),
        ]);
        for option in &self.dpkg_options {
            command.args(["-o", &format!("Dpkg::Options::=--{option}")]);
        }
        if let Some(recommends) = self.recommends {
            command.args(["-o", &format!("APT::Install-Recommends={recommends}")]);
        }
        if let Some(release) = self.release {
            command.args(["-t", release]);
        }
        if words.contains(&"update") {
            // Otherwise lists that cannot be fetched are a warning, and the packages in them are missed later.
            command.args(["-o", "APT::Update::Error-Mode=any"]);
        }
        command.args(words);
        command
    }

    /// Finishes what an earlier run, ended in the middle, has left.
    fn mend(&self, context: &Context<'_>) -> Result<(), Failure> {
        let mut command = Command::new("dpkg");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8")
            .args(self.dpkg_options.iter().map(|option| format!("--{option}")))
            .args(["--configure", "-a"]);
        let finished = process::run_until(context, &mut command, None, GENTLY)?;
        // When it fails, apt says why better than dpkg does.
        if finished.rc != 0 && finished.stderr.contains(NO_SPACE) {
            return Err(self.failure(finished, &["dpkg --configure -a"]));
        }
        Ok(())
    }

    fn failure(&self, finished: Finished, words: &[&str]) -> Failure {
        let holder = is_locked(&finished.stderr).then(holder).flatten();
        Failure::new(explain(&finished, words, self.lock_timeout, holder))
            .with("rc", finished.rc)
            .with("stdout", finished.stdout)
            .with("stderr", finished.stderr)
    }
}

/// Whether dpkg was ended in the middle: then it leaves numbered files here.
fn is_interrupted() -> bool {
    std::fs::read_dir(Path::new("/var/lib/dpkg/updates")).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().bytes().all(|b| b.is_ascii_digit())
        })
    })
}

/// How a full disk is told, by whomever.
const NO_SPACE: &str = "No space left on device";

/// Files that apt and dpkg lock.
const LOCKS: [&str; 4] = [
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
];

fn is_locked(stderr: &str) -> bool {
    stderr.contains("Could not get lock") || stderr.contains("Unable to acquire the dpkg frontend")
}

/// Who holds one of the locks: number and name of the process.
fn holder() -> Option<String> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    LOCKS.iter().find_map(|path| {
        let inode = std::fs::metadata(path).ok()?.ino().to_string();
        let pid = locks.lines().find_map(|line| locked_by(line, &inode))?;
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        Some(format!("process {pid} ({})", name.trim()))
    })
}

/// The process of a line of `/proc/locks` that is about this inode.
fn locked_by<'l>(line: &'l str, inode: &str) -> Option<&'l str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.contains(&"->") {
        // It waits for the lock itself.
        return None;
    }
    let at = words
        .iter()
        .position(|word| word.ends_with(&format!(":{inode}")))?;
    words.get(at.checked_sub(1)?).copied()
}

/// Says what apt's error means, in front of what it printed.
fn explain(
    finished: &Finished,
    words: &[&str],
    lock_timeout: u64,
    holder: Option<String>,
) -> String {
    // dpkg says why on standard output, apt only that it failed.
    let all = format!("{}\n{}", finished.stdout, finished.stderr);
    let text = all.as_str();
    let mut said: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| {
            line.starts_with("E: ") || line.starts_with("dpkg: ") || line.contains(NO_SPACE)
        })
        .collect();
    said.dedup();
    let said = if said.is_empty() {
        finished.stderr.trim().to_owned()
    } else {
        said.join("; ")
    };
    if let Some(name) = missing_package(text) {
        return format!(
            "No package matching '{name}' is available: no configured repository has it; check its name, and the \
             repositories: {said}"
        );
    }
    let hint = if is_locked(text) {
        let holder = holder.unwrap_or_else(|| "another process".to_owned());
        format!(
            "{holder} holds apt's lock for more than {lock_timeout} s; wait for it to end, or raise `lock_timeout`: "
        )
    } else if text.contains("enough free space") || text.contains(NO_SPACE) {
        "the file system is full; free some space and run again: ".to_owned()
    } else if text.contains("Read-only file system") {
        "the file system is mounted read-only: ".to_owned()
    } else if text.contains("NO_PUBKEY") || text.contains("is not signed") {
        "a repository's signature cannot be verified; check its key in /etc/apt/keyrings: "
            .to_owned()
    } else if text.contains("Temporary failure resolving") || text.contains("Could not connect") {
        "a repository cannot be reached; check the host's network and name servers: ".to_owned()
    } else if text.contains("Version") && text.contains("was not found") {
        "no configured repository has this version: ".to_owned()
    } else if text.contains("dpkg --configure -a") {
        "dpkg was interrupted earlier; run `dpkg --configure -a` on the host: ".to_owned()
    } else {
        String::new()
    };
    let verb = words
        .iter()
        .find(|word| !word.starts_with('-'))
        .copied()
        .unwrap_or_default();
    let program = if verb.contains(' ') { "" } else { "apt-get " };
    format!("`{program}{verb}` failed: {hint}{said}")
}

/// The package that no repository has.
fn missing_package(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        line.strip_prefix("E: Unable to locate package ")
            .or_else(|| {
                line.strip_prefix("E: Package '")?
                    .strip_suffix("' has no installation candidate")
            })
            .map(str::trim)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(stderr: &str) -> String {
        let finished = Finished {
            rc: 100,
            stdout: String::new(),
            stderr: stderr.to_owned(),
        };
        explain(
            &finished,
            &["--simulate", "install", "x"],
            60,
            Some("process 7 (apt)".to_owned()),
        )
    }

    #[test]
    fn errors_of_apt_are_explained() {
        for (stderr, message) in [
            (
                "Reading...\nE: Unable to locate package opennebula-node-lxd\n",
                "No package matching 'opennebula-node-lxd' is available: no configured repository has it; check its \
                 name, and the repositories: E: Unable to locate package opennebula-node-lxd",
            ),
            (
                "E: Package 'frr' has no installation candidate\n",
                "No package matching 'frr' is available: no configured repository has it; check its name, and the \
                 repositories: E: Package 'frr' has no installation candidate",
            ),
            (
                "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)\n",
                "`apt-get install` failed: process 7 (apt) holds apt's lock for more than 60 s; wait for it to end, \
                 or raise `lock_timeout`: E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 \
                 (apt)",
            ),
            (
                "E: You don't have enough free space in /var/cache/apt/archives/.\n",
                "`apt-get install` failed: the file system is full; free some space and run again: E: You don't have \
                 enough free space in /var/cache/apt/archives/.",
            ),
            (
                "E: Version '9*' for 'frr' was not found\n",
                "`apt-get install` failed: no configured repository has this version: E: Version '9*' for 'frr' was \
                 not found",
            ),
            (
                "something else\n",
                "`apt-get install` failed: something else",
            ),
        ] {
            assert_eq!(explained(stderr), message);
        }
    }

    #[test]
    fn the_holder_of_a_lock_is_found_by_its_inode() {
        let line = "3: POSIX  ADVISORY  WRITE 4711 fe:00:1234 0 EOF";
        assert_eq!(locked_by(line, "1234"), Some("4711"));
        assert_eq!(locked_by(line, "234"), None);
        let waiting = "3: -> POSIX  ADVISORY  WRITE 4712 fe:00:1234 0 EOF";
        assert_eq!(locked_by(waiting, "1234"), None);
    }
}
