//! The main job on real hosts: the shipped binaries, a sandbox, and a look at the hosts that uses none of our code.
//!
//! One story, since each chapter needs what the one before it made; [`bad_day`] has what goes wrong on hosts. Needs Docker
//! and the sandbox's images, which the first run makes. `cargo xtask test` brings what is missing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail as tests do"
)]

mod bad_day;
mod guest;
mod independent;
mod sandbox;
mod story;
