//! The worker as a program: what it does with streams that break, and with hosts that are not as they should be.

#[cfg(test)]
mod common;
#[cfg(test)]
mod container;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod trouble;
