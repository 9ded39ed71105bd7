//! The worker binaries, compressed and embedded.
