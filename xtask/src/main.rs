//! `cargo xtask`: see CONTRIBUTING.md.
fn main() {}
