//! Edgewright: an agentless configuration orchestrator whose main job is OpenNebula edge clusters on Vultr.

pub mod cli;
pub mod cluster;
mod embedded;
pub mod journal;
pub mod report;
pub mod settings;
