//! `edgewright-sandbox`: see the library.
fn main() {}
