//! The command line from outside: the shipped binary, its two streams and its exit code, compared exactly.
//!
//! A file a verb. What needs real hosts is tested elsewhere; here are usage, bad input, exit codes, and what runs on this machine.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod builder;
mod cluster_api_faults;
mod cluster_apply;
mod cluster_catalogue;
mod cluster_destroy;
mod cluster_file;
mod cluster_mid_apply;
mod cluster_mid_destroy;
mod cluster_names;
mod cluster_opennebula_faults;
mod cluster_plan;
mod cluster_status;
mod cluster_surroundings;
mod cluster_vars;
mod cluster_verify;
mod completion;
mod forgotten;
mod inventory;
mod logs;
mod playbook;
mod usage;
mod world;
