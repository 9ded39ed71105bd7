//! Playbooks and roles, from files to what [`crate::run`] carries out.
//!
//! `model` is what comes out. `keywords` knows every keyword of Ansible's and which of them are refused. `play`,
//! `task` and `role` read; `check` looks for what can be known to fail before any host is touched. All complaints
//! of all files come in one report.

mod check;
mod keywords;
mod model;
mod play;
mod role;
mod task;

use std::path::{Path, PathBuf};

use edgewright_yaml::{Diagnostic, Diagnostics, load_file};

pub use model::{
    Action, Become, Block, Condition, Item, Listing, Loop, Play, Role, Strategy, Tags, Task,
    TaskName,
};

/// Where things are looked for.
#[derive(Clone, Debug, Default)]
pub struct ProjectOptions {
    /// Directories that hold roles, beside the `roles` next to each playbook.
    pub roles_path: Vec<PathBuf>,
    /// Names of variables that are given from outside, for the check of undefined ones.
    pub known_variables: Vec<String>,
}

/// Playbooks that were read and checked.
#[derive(Clone, Debug)]
pub struct Project {
    /// Their plays, in order.
    pub plays: Vec<Play>,
}

impl Project {
    /// Reads playbooks and everything they refer to.
    ///
    /// # Errors
    /// Every complaint about every file.
    pub fn load(playbooks: &[PathBuf], options: &ProjectOptions) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::default();
        let mut plays = Vec::new();
        for path in playbooks {
            match read(path, options, &mut faults) {
                Ok(found) => plays.extend(found),
                Err(errors) => faults.extend(errors),
            }
        }
        if !faults.has_errors() {
            check::check(&plays, options, &mut faults);
        }
        faults.into_result(Self { plays })
    }
}

fn read(
    path: &Path,
    options: &ProjectOptions,
    faults: &mut Diagnostics,
) -> Result<Vec<Play>, Diagnostics> {
    let Some(node) = load_file(path)? else {
        return Err(Diagnostic::error(
            "playbook::empty",
            format!("the playbook `{}` is empty", path.display()),
        )
        .into());
    };
    let Some(items) = node.as_list() else {
        return Err(Diagnostic::error(
            "playbook::type",
            format!("a playbook is a list of plays, not {}", node.kind()),
        )
        .at(&node.span, "expected `- hosts: …`")
        .into());
    };
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let place = Place {
        directory: directory.to_owned(),
        options,
    };
    Ok(items
        .iter()
        .filter_map(|item| play::read(item, &place, faults))
        .collect())
}

/// Where a playbook lies.
pub(crate) struct Place<'o> {
    /// Its directory.
    pub directory: PathBuf,
    /// Where else things are looked for.
    pub options: &'o ProjectOptions,
}
