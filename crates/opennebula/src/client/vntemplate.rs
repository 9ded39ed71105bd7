//! Calls about virtual network templates.

use super::{Client, Filter, Update, encode};
use crate::error::OneError;
use crate::model::{VnTemplate, VnTemplateId, VnetId};
use crate::template::Template;

/// Calls about virtual network templates; from [`Client::vntemplates`].
#[derive(Clone, Copy, Debug)]
pub struct VnTemplates<'a>(pub(super) &'a Client);

impl VnTemplates<'_> {
    /// Creates a template; it needs `NAME` and `VN_MAD`.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn allocate(&self, template: &Template) -> Result<VnTemplateId, OneError> {
        let method = "one.vntemplate.allocate";
        self.0.change(method, vec![encode(method, template)?]).await
    }

    /// Changes the attributes.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn update(
        &self,
        id: VnTemplateId,
        template: &Template,
        mode: Update,
    ) -> Result<(), OneError> {
        let method = "one.vntemplate.update";
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

    /// Gives another name.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`].
    pub async fn rename(&self, id: VnTemplateId, name: &str) -> Result<(), OneError> {
        self.0
            .apply(
                "one.vntemplate.rename",
                vec![id.number().into(), name.into()],
            )
            .await
    }

    /// Deletes a template; networks made from it stay.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn delete(&self, id: VnTemplateId) -> Result<(), OneError> {
        self.0
            .apply("one.vntemplate.delete", vec![id.number().into()])
            .await
    }

    /// Reads one template.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: VnTemplateId) -> Result<VnTemplate, OneError> {
        self.0
            .object("one.vntemplate.info", vec![id.number().into()])
            .await
    }

    /// Reads templates, newest first.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self, filter: Filter) -> Result<Vec<VnTemplate>, OneError> {
        self.0
            .pool("one.vntemplatepool.info", filter.params())
            .await
    }

    /// Makes a network from the template; `extra` adds attributes, such as an `AR`. Its clusters come from `CLUSTER_IDS`.
    ///
    /// # Errors
    /// [`OneError`]; a name in use is [`OneError::is_name_taken`].
    pub async fn instantiate(
        &self,
        id: VnTemplateId,
        name: &str,
        extra: &Template,
    ) -> Result<VnetId, OneError> {
        let method = "one.vntemplate.instantiate";
        self.0
            .change(
                method,
                vec![id.number().into(), name.into(), encode(method, extra)?],
            )
            .await
    }
}
