//! What the control machine and the worker say to each other, and the arguments of every module.
//!
//! Below everything: `edgewright-worker` executes what is declared here, `edgewright-transport` carries it,
//! `edgewright-playbook` checks tasks against [`modules`]. Nothing here does input or output of its own
//! beyond reading and writing [`frame`]s on a stream it is given.

pub mod check;
pub mod frame;
pub mod free_form;
pub mod message;
pub mod modules;
pub mod spec;
