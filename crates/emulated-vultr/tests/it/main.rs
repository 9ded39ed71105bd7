//! All tests of the emulated API as a whole, in one program.

#[cfg(test)]
mod bare_metal;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod common;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod firewalls;
#[cfg(test)]
mod instances;
#[cfg(test)]
mod libcloud;
#[cfg(test)]
mod life;
#[cfg(test)]
mod reserved_ips;
#[cfg(test)]
mod small_things;
#[cfg(test)]
mod spec;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod vpcs;
#[cfg(test)]
mod wire;
