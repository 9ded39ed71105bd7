//! Typed client of OpenNebula's XML-RPC interface.
//!
//! A library a stranger could use alone: it knows OpenNebula's calls, objects and errors, and nothing of how anybody puts
//! clusters together.
//!
//! | module | what it knows | who calls it |
//! |---|---|---|
//! | [`client`] | typed calls, limits, what may be repeated | the control machine |
//! | [`model`] | objects as read from answers | `client` |
//! | [`template`] | the free attributes of objects, in both syntaxes | everybody |
//! | [`error`] | refusals, faults and transport errors | `client` |
//! | [`session`], [`endpoint`] | who calls, and where | whoever makes a `Client` |
//! | [`wire`] | the XML-RPC envelope, both directions | `client`, and servers such as the emulator |
//! | [`xml`] | a small bounded XML tree | `wire`, `model`, `template` |

pub mod client;
pub mod endpoint;
pub mod error;
pub mod model;
pub mod session;
pub mod template;
pub mod wire;
pub mod xml;

pub use client::{
    Client, Decrypt, Filter, LockLevel, LockMode, Options, Recovery, RemoveRange, Repeat, Update,
    VmFilter,
};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{BodyError, Code, OneError, Refusal};
pub use model::{
    AddressRange, AddressRangeId, Cluster, ClusterId, Datastore, DatastoreId, DatastoreState,
    DatastoreType, Document, DocumentId, DocumentType, Host, HostId, HostState, Image, ImageId,
    Lease, LeaseHolder, Lock, SystemConfig, User, UserId, VirtualNetwork, Vm, VmId, VmState,
    VnTemplate, VnTemplateId, VnetId, VnetState,
};
pub use session::{Session, SessionError};
pub use template::{Content, Template, TemplateError, Vector};
