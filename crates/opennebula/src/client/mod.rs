//! The client: typed calls over one small pool of connections.
//!
//! ```no_run
//! use edgewright_opennebula::{Client, Endpoint, Session};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Endpoint::default(), Session::from_one_auth("/var/lib/one/.one/one_auth")?)?;
//! let cluster = client.clusters().allocate("edge-ams").await?;
//! println!("{:?}", client.clusters().info(cluster).await?);
//! # Ok(())
//! # }
//! ```
//!
//! Calls that only read are repeated when the server could not be reached or failed; calls that change something are sent
//! once. Each kind of object has a file here and a handle on [`Client`].

mod cluster;
mod datastore;
mod document;
mod host;
mod system;
mod transport;
mod vm;
mod vnet;
mod vntemplate;

pub use cluster::Clusters;
pub use datastore::Datastores;
pub use document::{Decrypt, Documents, LockMode};
pub use host::Hosts;
pub use system::{Images, Systems, Users};
pub use vm::{VmFilter, Vms};
pub use vnet::{NewRange, RangeUpdate, Recovery, RemoveRange, Vnets};
pub use vntemplate::VnTemplates;

use crate::endpoint::Endpoint;
use crate::error::{Code, OneError, Refusal};
use crate::model::{Object, read_object, read_pool};
use crate::session::Session;
use crate::template::Template;
use crate::wire::{Call, Value};
use std::sync::Arc;
use std::time::Duration;
use transport::Transport;

/// How long and how often the client tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Limit for making a connection.
    pub connect_limit: Duration,
    /// Limit for a whole call. Creating a network waits for its IPAM driver, which `oned` gives 90 s an address range.
    pub call_limit: Duration,
    /// Pauses before a reading call is repeated; as many repetitions as there are pauses.
    pub pauses: Vec<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_limit: Duration::from_secs(5),
            call_limit: Duration::from_secs(120),
            pauses: [100, 400, 1500].map(Duration::from_millis).to_vec(),
        }
    }
}

/// Whether a call may be sent again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It only reads.
    Safe,
    /// It changes something, and may have done so when its answer was lost.
    Never,
}

/// Which objects of a pool to list; the number is `oned`'s filter flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Everything the user may see.
    #[default]
    All,
    /// The user's own.
    Mine,
    /// Those of the user's main group.
    MyGroup,
    /// The user's own and those of all the user's groups.
    MineAndMyGroups,
}

impl Filter {
    fn number(self) -> i32 {
        match self {
            Self::MyGroup => -4,
            Self::Mine => -3,
            Self::All => -2,
            Self::MineAndMyGroups => -1,
        }
    }

    /// The parameters of a pool: the filter and no paging.
    fn params(self) -> Vec<Value> {
        vec![self.number().into(), (-1).into(), (-1).into()]
    }
}

/// How an update treats what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The new template takes the place of everything.
    Replace,
    /// Attributes of the same name are replaced (a vector as a whole), the others stay.
    Merge,
}

impl Update {
    fn number(self) -> i32 {
        match self {
            Self::Replace => 0,
            Self::Merge => 1,
        }
    }
}

/// How far a lock reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockLevel {
    /// Using, managing and administrating are locked.
    Use,
    /// Managing and administrating are locked.
    Manage,
    /// Administrating is locked.
    Admin,
    /// Everything is locked.
    All,
}

impl LockLevel {
    fn number(self) -> i32 {
        match self {
            Self::Use => 1,
            Self::Manage => 2,
            Self::Admin => 3,
            Self::All => 4,
        }
    }
}

/// A client of one OpenNebula server. Clones share the connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    session: Session,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Client({}, {:?})",
            self.inner.transport.endpoint(),
            self.inner.session
        )
    }
}

/// The client could not be set up: the system's TLS roots or the like cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for OpenNebula cannot be set up")]
pub struct SetupError(#[from] reqwest::Error);

impl Client {
    /// Makes a client with the default limits; connects only when called.
    ///
    /// # Errors
    /// [`SetupError`] if the HTTP client cannot be set up.
    pub fn new(endpoint: Endpoint, session: Session) -> Result<Self, SetupError> {
        Self::with_options(endpoint, session, Options::default())
    }

    /// Makes a client with limits of the caller's choice.
    ///
    /// # Errors
    /// [`SetupError`] if the HTTP client cannot be set up.
    pub fn with_options(
        endpoint: Endpoint,
        session: Session,
        options: Options,
    ) -> Result<Self, SetupError> {
        let transport = Transport::new(endpoint, options)?;
        Ok(Self {
            inner: Arc::new(Inner { transport, session }),
        })
    }

    /// Where the client calls.
    pub fn endpoint(&self) -> &Endpoint {
        self.inner.transport.endpoint()
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        self.inner.session.user()
    }

    /// Calls any method; the session is put before `params`. The result is what follows `true` in the answer.
    ///
    /// # Errors
    /// [`OneError`], with [`OneError::Refused`] for a failure that OpenNebula reports.
    pub async fn call(
        &self,
        method: &str,
        params: Vec<Value>,
        repeat: Repeat,
    ) -> Result<Value, OneError> {
        let mut all = Vec::with_capacity(params.len() + 1);
        all.push(Value::Text(self.inner.session.expose()));
        all.extend(params);
        let call = Call {
            method: method.to_owned(),
            params: all,
        };
        match self.inner.transport.send(&call, repeat).await? {
            Ok(answer) => unpack(method, answer),
            Err(fault) => Err(OneError::Fault {
                method: method.to_owned(),
                code: fault.code,
                text: fault.text,
            }),
        }
    }

    /// Clusters.
    pub fn clusters(&self) -> Clusters<'_> {
        Clusters(self)
    }

    /// Hosts.
    pub fn hosts(&self) -> Hosts<'_> {
        Hosts(self)
    }

    /// Datastores.
    pub fn datastores(&self) -> Datastores<'_> {
        Datastores(self)
    }

    /// Virtual networks.
    pub fn vnets(&self) -> Vnets<'_> {
        Vnets(self)
    }

    /// Virtual network templates.
    pub fn vntemplates(&self) -> VnTemplates<'_> {
        VnTemplates(self)
    }

    /// Documents.
    pub fn documents(&self) -> Documents<'_> {
        Documents(self)
    }

    /// Virtual machines.
    pub fn vms(&self) -> Vms<'_> {
        Vms(self)
    }

    /// Images.
    pub fn images(&self) -> Images<'_> {
        Images(self)
    }

    /// Users.
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }

    /// The server itself.
    pub fn system(&self) -> Systems<'_> {
        Systems(self)
    }

    /// A changing call that answers an object's id.
    async fn change<T: From<i32>>(&self, method: &str, params: Vec<Value>) -> Result<T, OneError> {
        let answer = self.call(method, params, Repeat::Never).await?;
        let id = answer.as_integer().and_then(|id| i32::try_from(id).ok());
        id.map(T::from).ok_or_else(|| unexpected(method, &answer))
    }

    /// A changing call whose answer says no more than its success.
    async fn apply(&self, method: &str, params: Vec<Value>) -> Result<(), OneError> {
        self.call(method, params, Repeat::Never).await.map(|_| ())
    }

    /// A reading call that answers a text.
    async fn text(&self, method: &str, params: Vec<Value>) -> Result<String, OneError> {
        match self.call(method, params, Repeat::Safe).await? {
            Value::Text(text) => Ok(text),
            other => Err(unexpected(method, &other)),
        }
    }

    /// A reading call that answers one object.
    async fn object<T: Object>(&self, method: &str, params: Vec<Value>) -> Result<T, OneError> {
        let body = self.text(method, params).await?;
        read_object(&body).map_err(|source| OneError::Body {
            method: method.to_owned(),
            source,
        })
    }

    /// A reading call that answers a pool.
    async fn pool<T: Object>(&self, method: &str, params: Vec<Value>) -> Result<Vec<T>, OneError> {
        let body = self.text(method, params).await?;
        read_pool(&body).map_err(|source| OneError::Body {
            method: method.to_owned(),
            source,
        })
    }
}

/// Writes a template, or says for which call it cannot be written.
fn encode(method: &str, template: &Template) -> Result<Value, OneError> {
    template
        .encode()
        .map(Value::Text)
        .map_err(|source| OneError::Template {
            method: method.to_owned(),
            source,
        })
}

/// Takes `[true, result, …]` or `[false, text, code, object, …]` apart.
fn unpack(method: &str, answer: Value) -> Result<Value, OneError> {
    let Value::Array(mut parts) = answer else {
        return Err(unexpected(method, &answer));
    };
    let at = |index: usize, parts: &[Value]| parts.get(index).and_then(Value::as_integer);
    match (parts.first(), parts.get(1)) {
        (Some(Value::Bool(true)), Some(_)) => Ok(parts.swap_remove(1)),
        (Some(Value::Bool(false)), Some(Value::Text(text))) => {
            let code = at(2, &parts)
                .and_then(|code| i32::try_from(code).ok())
                .unwrap_or(0x2000);
            let object = at(3, &parts)
                .and_then(|id| i32::try_from(id).ok())
                .filter(|id| *id >= 0);
            let (method, text, code) = (method.to_owned(), text.clone(), Code::from_number(code));
            Err(OneError::Refused(Box::new(Refusal {
                method,
                code,
                text,
                object,
            })))
        }
        _ => Err(OneError::Form {
            method: method.to_owned(),
            found: format!("an array of {} values", parts.len()),
        }),
    }
}

fn unexpected(method: &str, found: &Value) -> OneError {
    OneError::Form {
        method: method.to_owned(),
        found: format!("a value of type `{}`", found.type_name()),
    }
}

#[cfg(test)]
mod tests;
