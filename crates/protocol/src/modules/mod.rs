//! Every module: one file declares its arguments, documentation and example.
