//! Connections of a run: one a host and way of reaching it, made when the first task needs it, kept across plays.
//!
//! Called by `remote`. Two tasks that need the same host at once wait for one connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use edgewright_transport::{Session, TransportError};
use serde_json::{Map, Value};
use tokio::sync::Mutex as AsyncMutex;

use crate::connections::Connector;

type Place = Arc<AsyncMutex<Option<Session>>>;

/// All connections.
pub(crate) struct Sessions {
    connector: Arc<dyn Connector>,
    open: Mutex<HashMap<(String, String), Place>>,
}

impl Sessions {
    /// No connection yet.
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        Self {
            connector,
            open: Mutex::default(),
        }
    }

    /// The connection to a host, and whether it was made just now.
    ///
    /// # Errors
    /// What the connector answers.
    pub async fn get(
        &self,
        host: &str,
        vars: &Map<String, Value>,
    ) -> Result<(Session, bool), TransportError> {
        let key = (host.to_owned(), Value::Object(vars.clone()).to_string());
        let place = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(key).or_default())
        };
        let mut place = place.lock().await;
        if let Some(session) = &*place {
            return Ok((session.clone(), false));
        }
        let session = self.connector.connect(host, vars).await?;
        *place = Some(session.clone());
        Ok((session, true))
    }

    /// Forgets the connections to a host: the next task makes a new one.
    pub fn forget(&self, host: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(known, _), _| known != host);
    }

    /// Gives all connections back.
    pub async fn close(&self) {
        let all: Vec<Place> = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.drain().map(|(_, place)| place).collect()
        };
        let goodbyes = all.into_iter().map(|place| async move {
            if let Some(session) = place.lock().await.take() {
                self.connector.done(session).await;
            }
        });
        futures::future::join_all(goodbyes).await;
    }
}
