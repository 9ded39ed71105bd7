//! Calls about documents.

use super::{Client, Filter, LockLevel, Update, encode};
use crate::error::OneError;
use crate::model::{Document, DocumentId, DocumentType};
use crate::template::Template;

/// Whether encrypted attributes (`PROVISION_BODY`) are wanted in clear; only admins get them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decrypt {
    /// In clear.
    Yes,
    /// As stored.
    No,
}

/// What locking an object does that is locked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// It is refused (with [`crate::Code::Action`], the text being the time of the lock): the nearest to a mutex there is.
    Test,
    /// It takes the lock over.
    TakeOver,
}

impl LockMode {
    pub(super) fn test(self) -> bool {
        self == Self::Test
    }
}

/// Calls about documents; from [`Client::documents`].
#[derive(Clone, Copy, Debug)]
pub struct Documents<'a>(pub(super) &'a Client);

impl Documents<'_> {
    /// Creates a document. Names need not be unique; without one it is called `document-<id>`.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn allocate(
        &self,
        template: &Template,
        kind: DocumentType,
    ) -> Result<DocumentId, OneError> {
        let method = "one.document.allocate";
        self.0
            .change(
                method,
                vec![encode(method, template)?, kind.number().into()],
            )
            .await
    }

    /// Changes the attributes. Replacing all of them at once is the only atomic write; there is no compare-and-swap.
    ///
    /// # Errors
    /// [`OneError`]; a locked one is [`OneError::is_locked`], even for its owner and oneadmin.
    pub async fn update(
        &self,
        id: DocumentId,
        template: &Template,
        mode: Update,
    ) -> Result<(), OneError> {
        let method = "one.document.update";
        self.0
            .apply(
                method,
                vec![
                    id.number().into(),
                    encode(method, template)?,
                    mode.number().into(),
                ],
            )
            .await
    }

    /// Reads one document, of whatever type it is.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: DocumentId, decrypt: Decrypt) -> Result<Document, OneError> {
        let params = vec![id.number().into(), (decrypt == Decrypt::Yes).into()];
        self.0.object("one.document.info", params).await
    }

    /// Deletes a document.
    ///
    /// # Errors
    /// [`OneError`]; a locked one is [`OneError::is_locked`].
    pub async fn delete(&self, id: DocumentId) -> Result<(), OneError> {
        self.0
            .apply("one.document.delete", vec![id.number().into()])
            .await
    }

    /// Locks a document: until it is unlocked nobody can change it, its owner included.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn lock(
        &self,
        id: DocumentId,
        level: LockLevel,
        mode: LockMode,
    ) -> Result<(), OneError> {
        let params = vec![
            id.number().into(),
            level.number().into(),
            mode.test().into(),
        ];
        self.0.apply("one.document.lock", params).await
    }

    /// Unlocks a document. Does nothing if it is not locked.
    ///
    /// # Errors
    /// [`OneError`]; a lock of another user is refused with [`crate::Code::Action`].
    pub async fn unlock(&self, id: DocumentId) -> Result<(), OneError> {
        self.0
            .apply("one.document.unlock", vec![id.number().into()])
            .await
    }

    /// Reads the documents of one type, newest first, encrypted attributes as stored.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(
        &self,
        kind: DocumentType,
        filter: Filter,
    ) -> Result<Vec<Document>, OneError> {
        let mut params = filter.params();
        params.push(kind.number().into());
        self.0.pool("one.documentpool.info", params).await
    }
}
