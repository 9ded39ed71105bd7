//! Calls about the server itself, its users and its images.

use super::{Client, Filter};
use crate::error::OneError;
use crate::model::{Image, SystemConfig, User, UserId};

/// Calls about the server; from [`Client::system`].
#[derive(Clone, Copy, Debug)]
pub struct Systems<'a>(pub(super) &'a Client);

impl Systems<'_> {
    /// The server's version, such as `7.0.2`. Also the cheapest way to check the address and the session.
    ///
    /// # Errors
    /// [`OneError`]; a wrong user or password is [`crate::Code::Authentication`].
    pub async fn version(&self) -> Result<String, OneError> {
        self.0.text("one.system.version", Vec::new()).await
    }

    /// The server's configuration; it holds the master key of encrypted attributes.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn config(&self) -> Result<SystemConfig, OneError> {
        self.0.object("one.system.config", Vec::new()).await
    }
}

/// Calls about users; from [`Client::users`].
#[derive(Clone, Copy, Debug)]
pub struct Users<'a>(pub(super) &'a Client);

impl Users<'_> {
    /// Reads one user; `None` is the user of the session.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: Option<UserId>) -> Result<User, OneError> {
        self.0
            .object("one.user.info", vec![id.map_or(-1, UserId::number).into()])
            .await
    }
}

/// Calls about images; from [`Client::images`].
#[derive(Clone, Copy, Debug)]
pub struct Images<'a>(pub(super) &'a Client);

impl Images<'_> {
    /// Reads images, newest first.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self, filter: Filter) -> Result<Vec<Image>, OneError> {
        self.0.pool("one.imagepool.info", filter.params()).await
    }
}
