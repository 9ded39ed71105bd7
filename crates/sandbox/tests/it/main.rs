//! The program as it is shipped, with a real Docker engine: what it starts is looked at with other people's tools.
//!
//! All tests share one machine, and each has a sandbox of its own in a temporary directory.

#[cfg(test)]
mod packages;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod story;
