//! `cargo xtask build`: the two programs that are shipped, with the workers inside.
//!
//! Also the first step of the demo and of the measurements.

use std::path::Path;

use crate::command::Run;
use crate::failure::Failure;
use crate::{need, place, say};

/// The programs that are shipped.
const PROGRAMS: [&str; 2] = ["edgewright", "edgewright-sandbox"];

/// The architectures that hosts can have.
const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// Builds, and says what it came to.
///
/// # Errors
/// [`Failure`] of the compiler, or what is missing.
pub fn run() -> Result<(), Failure> {
    programs()?;
    let mut rows = Vec::new();
    for name in PROGRAMS {
        let path = place::release(name);
        rows.push(vec![
            place::shown(&path),
            size(fs_err::metadata(&path)?.len()),
        ]);
    }
    for worker in workers()? {
        rows.push(vec![
            format!("inside: worker for {}", worker.machine),
            format!(
                "{}, {} compressed",
                size(worker.bytes),
                size(worker.compressed)
            ),
        ]);
    }
    say::line("");
    say::table(&rows);
    Ok(())
}

/// Builds the programs, and installs what that takes.
///
/// # Errors
/// As [`run`].
pub fn programs() -> Result<(), Failure> {
    need::packages(&[need::BUILD])?;
    need::rust_targets()?;
    let mut cargo = Run::cargo().args(["build", "--release", "--locked"]);
    for name in PROGRAMS {
        cargo = cargo.args(["--package", name]);
    }
    cargo.run()
}

/// One worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The architecture it is for.
    pub machine: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its size in bytes under gzip, as it is embedded and sent.
    pub compressed: u64,
}

/// The workers that were built.
///
/// # Errors
/// The system's error when one is not there.
pub fn workers() -> Result<Vec<Worker>, Failure> {
    let directory = place::target().join("worker");
    MACHINES
        .into_iter()
        .map(|machine| {
            let triple = format!("{machine}-unknown-linux-musl");
            let path = directory.join(triple).join("worker/edgewright-worker");
            Ok(Worker {
                machine,
                bytes: fs_err::metadata(&path)?.len(),
                compressed: compressed(&path)?,
            })
        })
        .collect()
}

fn compressed(path: &Path) -> Result<u64, Failure> {
    let mut run = Run::new("gzip")
        .args(["-9", "--stdout", "--no-name"])
        .args([path]);
    let bytes = run.output()?.stdout.len();
    Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// A size for people, in units of 1000.
pub fn size(bytes: u64) -> String {
    if bytes >= 1_000_000 {
        format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    } else {
        format!("{} KB", bytes / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!(size(1_499_999), "1.4 MB");
        assert_eq!(size(23_456_000), "23.4 MB");
        assert_eq!(size(699_999), "699 KB");
    }
}
