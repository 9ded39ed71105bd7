//! An emulated OpenNebula server: the XML-RPC interface of a front-end without what stands behind it.
//!
//! It answers as a recorded OpenNebula 7.0.2 does, texts and codes included, for the methods that making and removing edge
//! clusters takes: clusters, hosts, datastores, virtual networks and their templates, documents, users, and enough of
//! images and machines to have datastores and hosts in use. What measures hosts and hands out addresses is given by the
//! caller ([`Monitor`], [`Ipam`]). The state is in memory and can be saved ([`Emulator::snapshot`]).
//!
//! ```no_run
//! use edgewright_emulated_opennebula::{Config, Emulator};
//!
//! # async fn example() -> std::io::Result<()> {
//! let emulator = Emulator::builder(Config::default()).fresh();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:2633").await?;
//! emulator.serve(listener).await
//! # }
//! ```
//!
//! The way of a call: `server` (HTTP, faults) → `introspect` (`system.*`, records) → `emulator` (login) → `methods` (one file
//! a kind of object) or `vnet_flow` (calls that wait for an IPAM driver) → `state` (objects, and how they are written).

mod auth;
mod config;
mod desk;
mod drivers;
mod emulator;
mod failure;
mod faults;
mod introspect;
mod ipam;
mod kind;
mod methods;
mod monitor;
mod observe;
mod params;
mod server;
mod state;
mod template;
mod vnet_flow;

pub use config::Config;
pub use emulator::{Builder, Emulator, PlaceError, RestoreError};
pub use faults::{FaultAction, FaultRule};
pub use ipam::{DummyIpam, Ipam, IpamRequest};
pub use monitor::{AlwaysWell, HostReading, Monitor};
pub use observe::{CallRecord, Observer};

/// A future behind a pointer, as traits that are used as objects return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
