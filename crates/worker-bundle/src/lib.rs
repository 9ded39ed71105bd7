//! The worker binaries, compressed and embedded.
//!
//! `build.rs` builds them. The control machine's `main` hands [`workers`] to `edgewright-transport`, which
//! pushes the one that fits a host. Sizes, measured in November 2026: see docs/architecture.md.

/// One worker binary.
#[derive(Debug)]
pub struct Worker {
    /// Machine architecture, as `uname -m` says it.
    pub machine: &'static str,
    /// SHA-256 of the binary in lower-case hexadecimal; hosts find it again by this.
    pub digest: &'static str,
    /// Size of the binary in bytes.
    pub size: usize,
    /// The binary under gzip.
    pub gzip: &'static [u8],
}

static WORKERS: &[Worker] = include!(concat!(env!("OUT_DIR"), "/workers.rs"));

/// The worker for every architecture that is supported.
pub fn workers() -> &'static [Worker] {
    WORKERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_workers_are_there_and_small_enough() {
        assert_eq!(
            workers()
                .iter()
                .map(|worker| worker.machine)
                .collect::<Vec<_>>(),
            ["x86_64", "aarch64"]
        );
        for worker in workers() {
            println!(
                "{}: {} bytes, {} compressed",
                worker.machine,
                worker.size,
                worker.gzip.len()
            );
            assert!(worker.size < 1_500_000, "{} bytes", worker.size);
            assert!(
                worker.gzip.len() < 700_000,
                "{} bytes compressed",
                worker.gzip.len()
            );
            assert_eq!(worker.gzip.get(..2), Some([0x1f, 0x8b].as_slice()));
        }
    }
}
