//! One run at a time: a lock on this machine while a cluster is changed.
//!
//! Taken by `apply` and `destroy`. The operating system lets go of it when its holder ends, however that happens.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};

use edgewright_yaml::{Diagnostic, Diagnostics};
use jiff::Timestamp;

use super::spec::ClusterName;
use crate::settings;

/// The lock; it is held for as long as this lives.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Takes the lock of a cluster.
    ///
    /// # Errors
    /// A diagnostic that says who holds it, or that the state directory cannot be written to.
    pub fn take(name: &ClusterName, verb: &str) -> Result<Self, Diagnostics> {
        let path = settings::state_dir().join(format!("{}.lock", name.as_str()));
        let unwritable = |error: std::io::Error| {
            Diagnostic::error("cluster::lock", format!("cannot take the lock: {error}"))
                .help("name another directory with `EDGEWRIGHT_STATE_DIR`")
        };
        let mut file = fs_err::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(unwritable)?
            .into_parts()
            .0;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is told if it can be read.
                file.read_to_string(&mut holder).ok();
                let message = format!("another run works on cluster `{name}`: {}", holder.trim());
                return Err(Diagnostic::error("cluster::locked", message)
                    .help("wait until it has ended")
                    .into());
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error).into()),
        }
        let line = format!(
            "{verb}, process {}, since {}\n",
            std::process::id(),
            Timestamp::now()
        );
        file.set_len(0)
            .and_then(|()| file.write_all(line.as_bytes()))
            .map_err(unwritable)?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It ends with the file anyway.
        self.0.unlock().ok();
    }
}
