//! All tests of the emulated server as a whole, in one program.

#[cfg(test)]
mod client;
#[cfg(test)]
mod common;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod http;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod networks;
#[cfg(test)]
mod pyone;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod story;
