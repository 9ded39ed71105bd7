//! The playbook language: inventory, loading with positions, variables, and running.
//!
//! Called by the CLI and by `cluster`. Five parts that know little of each other: [`load`] turns files into plays
//! with places and complains about everything that can be known beforehand; `vars` lays variables over each other;
//! `edgewright-template` evaluates; [`mod@run`] walks hosts through plays by a strategy; [`events`] tells what
//! happened. Hosts are reached through a [`Connector`]. Nothing here prints.

pub mod connections;
pub mod events;
pub mod inventory;
pub mod load;
pub mod run;
mod value;
mod vars;

pub use connections::{Connector, InventoryConnector};
pub use events::{Counts, Event, Observer, Recap, Silent, Status, TaskInfo};
pub use inventory::Inventory;
pub use load::{EmbeddedRoles, LoadOptions, Playbook, PlaybookSource, RoleSource};
pub use run::{RunOptions, run};
pub use value::from_node;
