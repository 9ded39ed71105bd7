//! Connections to real sshd processes on loopback, with the real worker at the other end, and to servers that
//! misbehave in every way we could think of.

#[cfg(test)]
mod common;
#[cfg(test)]
mod host_keys;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod rogue;
#[cfg(test)]
mod silent;
#[cfg(test)]
mod sshd;
#[cfg(test)]
mod tasks;
