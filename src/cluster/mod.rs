//! The mission: one file becomes a running, registered, verified cluster, and stays that way.
//!
//! ```text
//! plan  apply  destroy  status  verify      the verbs, called by the command line with a `Control`
//!   |     |       |
//!   |   configure, connect, verify          hosts: the playbook, sessions, probes
//!   |     |
//! vultr/  opennebula/                       the two sides: observe (reads), diff or due (pure), act (writes)
//!   |     |
//! spec, inventory, marks, change, event     what should be, and how it is told (pure)
//! ```
//!
//! Nothing here prints: whoever watches gets [`event::Event`]s. Everything that is made, changed or removed goes through
//! `work`, which writes the journal first.

mod apply;
pub mod change;
mod configure;
mod connect;
mod control;
mod destroy;
pub mod event;
mod fabric;
mod inventory;
mod keys;
mod limits;
mod lock;
mod marks;
mod members;
mod opennebula;
mod plan;
mod remote;
pub mod spec;
pub mod status;
mod user_data;
mod vars;
pub mod verify;
mod vultr;
mod work;

pub use apply::apply;
pub use control::{Control, workers};
pub use destroy::{destroy, plan_destroy};
pub use plan::{inventory, plan, plan_objects};
pub use status::status;
pub use verify::of_cluster as verify;
