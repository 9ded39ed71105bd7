//! YAML with positions, YAML 1.1 scalars as Ansible reads them, and diagnostics in rustc's style.
//!
//! At the bottom of the control machine: cluster files, playbooks, roles and inventories are all read through
//! [`load`], and every complaint about one of them is a [`Diagnostic`] that points into its [`SourceFile`].
//! Reads files only through [`SourceFile::read`]; prints nothing.

mod diagnostic;
mod load;
mod node;
mod scalar;
mod source;

pub use diagnostic::{Diagnostic, Diagnostics, Palette, nearest};
pub use load::{MAX_DEPTH, MAX_NODES, load, load_file};
pub use node::{Data, Key, Map, Node};
pub use scalar::resolve;
pub use source::{SourceFile, Span};
