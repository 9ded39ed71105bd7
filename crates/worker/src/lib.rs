//! The static binary that runs on hosts and executes modules there.
//!
//! Reads requests on standard input, answers on standard output, and ends when its input ends. It is pushed by
//! `edgewright-transport` and knows nothing but `edgewright-protocol`; it never reads a network.
//!
//! [`serve`] is the loop, `run` one task, `modules` what tasks do. The rest is what modules share.

mod accounts;
mod apt_get;
mod attributes;
mod become_user;
mod blobs;
mod dbus;
mod dpkg;
mod facts;
mod lifeline;
mod modules;
mod outcome;
mod process;
mod run;
mod serve;
mod write;

pub use lifeline::Lifeline;
pub use serve::serve;
