//! The playbook language: inventory, loading with positions, variables, and running.
pub mod inventory;
mod value;
