//! The mission: one file becomes a running, registered, verified cluster, and stays that way.
//!
//! [`spec`] says what should be.

pub mod change;
pub mod event;
pub mod spec;
pub mod status;
pub mod verify;
