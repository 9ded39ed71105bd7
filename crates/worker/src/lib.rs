//! The static binary that runs on hosts and executes modules there.
