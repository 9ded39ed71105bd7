//! What can be known to fail before any host is touched.

use super::{Loader, Play};
use crate::inventory::Inventory;

pub(super) fn check(plays: &[Play], inventory: &Inventory, loader: &mut Loader<'_>) {}
