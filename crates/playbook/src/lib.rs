//! The playbook language: inventory, loading with positions, variables, and running.
//!
//! Five things, apart from each other. [`inventory`] knows hosts, groups and their variables. [`load`] turns
//! files into plays and tasks, each with its place; what it does not know it refuses. `vars` stacks variables by
//! Ansible's precedence. [`run`] carries plays out on hosts and emits [`events`]; it prints nothing. [`Hosts`]
//! is how it reaches a host: the one here uses `edgewright-transport`, and the cluster code brings its own,
//! whose hosts may still be starting.

pub mod connections;
mod data;
pub mod events;
pub mod inventory;
pub mod load;
pub mod run;
mod vars;

pub use connections::{Connections, Hosts};
pub use data::value;
pub use load::{Project, ProjectOptions};
pub use run::{Options, Recap, Runner, Stats};
