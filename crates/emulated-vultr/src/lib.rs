//! An emulated Vultr API v2: what an account can see and order, without what stands behind it.
//!
//! It answers as the real service does as far as that is known, error texts, asynchronous states and oddities included, for
//! what making and removing edge clusters takes: instances, bare metal, networks, firewalls, reserved addresses, keys,
//! scripts, and the public catalogue. What runs the machines is given by the caller ([`Machines`]).
//!
//! ```no_run
//! use edgewright_emulated_vultr::{Config, Emulator};
//!
//! # async fn example() -> std::io::Result<()> {
//! let emulator = Emulator::builder(Config::default()).fresh();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! emulator.serve(listener).await
//! # }
//! ```
//!
//! The way of a call: `server` (HTTP, faults, records) → `gate` (rate limit, allow-list, key) → `routes` → one file a kind of
//! resource → `books` (what exists). What machines have to do afterwards goes through `life`, one queue a machine.

mod answer;
mod books;
mod catalogue;
mod config;
mod desk;
mod emulator;
mod faults;
mod gate;
mod ledger;
mod life;
mod machine;
mod machines;
mod marks;
mod observe;
mod pool;
mod request;
mod resources;
mod routes;
mod server;
mod texts;

pub use config::{Config, Timing};
pub use emulator::{Builder, Emulator, Stock};
pub use faults::{FaultAction, FaultRule};
pub use machines::{
    ImaginaryMachines, MachineKind, MachineOrder, Machines, Nic, Power, VpcNetwork,
};
pub use observe::{CallRecord, Observer, Trouble, TroubleObserver};

/// A future behind a pointer, as traits that are used as objects return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
