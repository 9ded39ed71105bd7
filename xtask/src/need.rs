//! What a verb needs on this machine: looked for, installed where we may, and otherwise named with the line to type.
//!
//! Nothing is installed without a line that says so. We may as root, or where `sudo` asks for no password; targets of
//! Rust belong to whoever runs us.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::command::Run;
use crate::failure::Failure;
use crate::{place, say};

/// How long the Docker engine may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// What shows that a package is there.
#[derive(Clone, Copy, Debug)]
enum Sign {
    /// A program on the path.
    Program(&'static str),
    /// A file.
    File(&'static str),
    /// A Python module.
    PythonModule(&'static str),
}

/// A package of Debian or Ubuntu.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    name: &'static str,
    sign: Sign,
    what_for: &'static str,
}

const fn package(name: &'static str, sign: Sign, what_for: &'static str) -> Package {
    Package {
        name,
        sign,
        what_for,
    }
}

/// C parts of crates, and the linker.
const GCC: Package = package(
    "gcc",
    Sign::Program("cc"),
    "linking, and crates with C in them",
);
/// The headers of the C library, which gcc only recommends.
const LIBC: Package = package(
    "libc6-dev",
    Sign::File("/usr/include/stdlib.h"),
    "crates with C in them",
);
/// The Docker engine.
const DOCKER: Package = package("docker.io", Sign::Program("docker"), "the sandbox's hosts");
/// Makes the hosts' images.
const MMDEBSTRAP: Package = package(
    "mmdebstrap",
    Sign::Program("mmdebstrap"),
    "the images of the sandbox's hosts",
);
/// Keys with which Debian signs.
const KEYRING: Package = package(
    "debian-archive-keyring",
    Sign::File("/usr/share/keyrings/debian-archive-keyring.gpg"),
    "the images of the sandbox's hosts",
);
/// OpenSSH's client.
const SSH: Package = package(
    "openssh-client",
    Sign::Program("ssh"),
    "logging in beside our own client",
);
/// OpenSSH's server; tests start their own on a port of loopback.
const SSHD: Package = package(
    "openssh-server",
    Sign::File("/usr/sbin/sshd"),
    "a server for the SSH client's tests",
);
/// Asks APIs without any code of ours.
const CURL: Package = package("curl", Sign::Program("curl"), "asking both APIs ourselves");
/// Python with virtual environments.
const PYTHON: Package = package(
    "python3-venv",
    Sign::PythonModule("ensurepip"),
    "other people's clients and tools",
);

/// Building.
pub const BUILD: &[Package] = &[GCC, LIBC];
/// Starting a sandbox, once it was built.
pub const SANDBOX: &[Package] = &[DOCKER, MMDEBSTRAP, KEYRING];
/// Telling the story.
pub const DEMO: &[Package] = &[CURL];
/// Measuring beside OpenSSH.
pub const BENCH: &[Package] = &[SSH];
/// Running tests that need no sandbox.
pub const TEST: &[Package] = &[SSH, SSHD, PYTHON];
/// Tools from PyPI.
pub const TOOLS: &[Package] = &[PYTHON];

/// Sees to it that packages are there.
///
/// # Errors
/// [`Failure::Missing`] with the line that installs them, or what apt-get did.
pub fn packages(lists: &[&[Package]]) -> Result<(), Failure> {
    let mut missing: Vec<Package> = Vec::new();
    for package in lists.iter().copied().flatten() {
        let known = missing.iter().any(|other| other.name == package.name);
        if !known && !is_there(package.sign) {
            missing.push(*package);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let (what, line) = demand(&missing);
    as_root(&what, &line)?;
    match missing.iter().find(|package| !is_there(package.sign)) {
        None => Ok(()),
        Some(package) => Err(Failure::Missing {
            what: format!("`{}` was installed and yet is not found", package.name),
            line: format!("apt-get install --reinstall {}", package.name),
        }),
    }
}

/// What is missing, in words, and the line that installs it.
fn demand(missing: &[Package]) -> (String, String) {
    let what: Vec<String> = missing
        .iter()
        .map(|package| {
            format!(
                "the package `{}` is missing ({})",
                package.name, package.what_for
            )
        })
        .collect();
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let line = format!(
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends {}",
        names.join(" ")
    );
    (what.join("\n"), line)
}

fn is_there(sign: Sign) -> bool {
    match sign {
        Sign::Program(name) => on_path(name),
        Sign::File(path) => Path::new(path).exists(),
        Sign::PythonModule(name) => Run::new("python3")
            .args(["-c", &format!("import {name}")])
            .succeeds(),
    }
}

/// Whether a program is on the path.
pub fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
}

/// Says what is missing and runs a line as root, or refuses with the line.
fn as_root(what: &str, line: &str) -> Result<(), Failure> {
    let right = if is_root() {
        Some(line.to_owned())
    } else if Run::new("sudo").args(["-n", "true"]).succeeds() {
        Some(format!("sudo sh -c {}", crate::command::quoted(line)))
    } else {
        None
    };
    let packages = line.contains("apt-get ");
    match right {
        Some(line) if !packages || on_path("apt-get") => {
            say::note(&format!("{what}; so this is run:"));
            Run::shell(&line).run()
        }
        _ => Err(Failure::Missing {
            what: what.to_owned(),
            line: if is_root() {
                line.to_owned()
            } else {
                format!("sudo sh -c {}", crate::command::quoted(line))
            },
        }),
    }
}

fn is_root() -> bool {
    // The owner of our own process directory is whoever we run as.
    use std::os::unix::fs::MetadataExt as _;
    fs_err::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Sees to it that Rust can build the worker for both architectures.
///
/// # Errors
/// [`Failure::Missing`] where there is no rustup, or what rustup did.
pub fn rust_targets() -> Result<(), Failure> {
    let sysroot = Run::new("rustc").args(["--print", "sysroot"]).read()?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib");
    let missing: Vec<&str> = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"]
        .into_iter()
        .filter(|target| !library.join(target).join("lib").is_dir())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("rustup target add {}", missing.join(" "));
    let what = format!(
        "Rust's library for {} is missing (the worker runs on hosts of both kinds)",
        missing.join(" and ")
    );
    if !on_path("rustup") {
        return Err(Failure::Missing { what, line });
    }
    say::note(&format!("{what}; so this is run:"));
    Run::shell(&line).run()
}

/// Sees to it that the Docker engine answers.
///
/// # Errors
/// [`Failure::Missing`] with the line that starts it or lets us use it.
pub fn docker_engine() -> Result<(), Failure> {
    let Some(said) = engine_complaint()? else {
        return Ok(());
    };
    if said.contains("permission denied") {
        return Err(Failure::Missing {
            what: "this user may not use the Docker engine".to_owned(),
            line: "sudo usermod -aG docker $USER && newgrp docker".to_owned(),
        });
    }
    let line = if Path::new("/run/systemd/system").is_dir() {
        "systemctl start docker"
    } else {
        "service docker start"
    };
    as_root("the Docker engine does not run", line)?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if engine_complaint()?.is_none() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(300));
    }
    Err(Failure::Missing {
        what: format!(
            "the Docker engine does not answer {} s after its start",
            PATIENCE.as_secs()
        ),
        line: "docker info".to_owned(),
    })
}

/// What `docker` says when its engine does not answer.
fn engine_complaint() -> Result<Option<String>, Failure> {
    let output = Run::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((!output.status.success()).then_some(said))
}

/// All that a sandbox takes.
///
/// # Errors
/// As the others here.
pub fn sandbox() -> Result<(), Failure> {
    packages(&[SANDBOX])?;
    docker_engine()
}

/// Sees to it that a program from PyPI is there, in an environment of this workspace, and returns its path.
///
/// Versions and digests stand in `xtask/tools.txt`, so that nothing else can come than what was looked at.
///
/// # Errors
/// [`Failure::Command`] when it cannot be installed.
pub fn tool(name: &str) -> Result<std::path::PathBuf, Failure> {
    packages(&[TOOLS])?;
    let wanted = fs_err::read_to_string(place::root().join("xtask/tools.txt"))?;
    let home = place::tools();
    let mark = home.join("installed.txt");
    let program = home.join("bin").join(name);
    let there = fs_err::read_to_string(&mark).is_ok_and(|installed| installed == wanted);
    if there && program.is_file() {
        return Ok(program);
    }
    say::note(&format!(
        "`{name}` is missing; it is installed into {} alone:",
        place::shown(&home)
    ));
    Run::new("python3")
        .args(["-m", "venv"])
        .args([place::shown(&home)])
        .run()?;
    Run::new(place::shown(&home.join("bin/pip")))
        .args([
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "-r",
            "xtask/tools.txt",
        ])
        .run()?;
    fs_err::write(&mark, wanted)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_asked_for() {
        let shell = package("dash", Sign::Program("sh"), "this test");
        let root = package("base-files", Sign::File("/etc"), "this test");
        packages(&[&[shell, root]]).unwrap();
        assert!(!is_there(Sign::Program("no-such-program")));
        assert!(!is_there(Sign::File("/no/such/file")));
    }

    #[test]
    fn what_is_missing_is_said_with_one_line_for_all() {
        let (what, line) = demand(SANDBOX);
        assert_eq!(
            what,
            "the package `docker.io` is missing (the sandbox's hosts)\n\
             the package `mmdebstrap` is missing (the images of the sandbox's hosts)\n\
             the package `debian-archive-keyring` is missing (the images of the sandbox's hosts)"
        );
        assert_eq!(
            line,
            "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
             --no-install-recommends docker.io mmdebstrap debian-archive-keyring"
        );
    }
}
