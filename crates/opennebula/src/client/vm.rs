//! Calls about virtual machines: only what tells whether a host or network is in use.

use super::{Client, Filter};
use crate::error::OneError;
use crate::model::{Vm, VmId};

/// Which machines to list, by state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmFilter {
    /// Those in any state.
    Any,
    /// All but those that are done.
    NotDone,
}

/// Calls about virtual machines; from [`Client::vms`].
#[derive(Clone, Copy, Debug)]
pub struct Vms<'a>(pub(super) &'a Client);

impl Vms<'_> {
    /// Reads one machine.
    ///
    /// # Errors
    /// [`OneError`]; one that is gone is [`OneError::is_not_found`].
    pub async fn info(&self, id: VmId) -> Result<Vm, OneError> {
        self.0.object("one.vm.info", vec![id.number().into()]).await
    }

    /// Reads machines, newest first.
    ///
    /// # Errors
    /// [`OneError`].
    pub async fn list(&self, filter: Filter, states: VmFilter) -> Result<Vec<Vm>, OneError> {
        let mut params = filter.params();
        params.push(match states {
            VmFilter::Any => (-2).into(),
            VmFilter::NotDone => (-1).into(),
        });
        self.0.pool("one.vmpool.info", params).await
    }
}
