//! Playbooks and roles, from files to what [`mod@crate::run`] carries out.
//!
//! `model` is what comes out; `keywords` knows every keyword and which of them are refused; `place` finds files.
//! `play`, `role`, `steps`, `task` and `action` read, `inherit`, `repeat`, `fields` and `tags` help them; `check`
//! looks for what can be known to fail before any host is touched. All complaints of all files come in one report.

mod action;
mod check;
pub(crate) mod fields;
pub(crate) mod files;
pub(crate) mod include;
mod inherit;
pub mod keywords;
pub mod model;
pub mod place;
mod play;
mod repeat;
pub(crate) mod role;
pub(crate) mod role_files;
mod steps;
mod tags;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use edgewright_template::Map;
use edgewright_yaml::{Diagnostic, Diagnostics, Node, SourceFile, Span};

use crate::inventory::Inventory;
pub use model::Play;
use model::{Inherited, RoleUse, Task};
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

impl LoadOptions {
    /// Whether tags choose a task.
    pub(crate) fn chooses(&self, tags: &[Arc<str>]) -> bool {
        tags::chosen(tags, &self.tags, &self.skip_tags)
    }
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
        let mut loader = Loader::new(options);
        let mut plays = Vec::new();
        for source in sources {
            plays.extend(loader.playbook(source));
        }
        check::check(&plays, inventory, &mut loader);
        loader.problems = once(loader.problems);
        loader.problems.into_result(Self {
            plays,
            options: Arc::new(options.clone()),
        })
    }
}

/// Every complaint once: a file that is used twice is read twice.
fn once(problems: Diagnostics) -> Diagnostics {
    let mut seen = BTreeSet::new();
    let distinct = problems
        .0
        .into_iter()
        .filter(|problem| seen.insert(problem.to_string()));
    Diagnostics(distinct.collect())
}

/// Reads files. One for all playbooks of a run, and one for each file that is named while it runs.
pub(crate) struct Loader<'o> {
    /// Where things are looked for.
    pub options: &'o LoadOptions,
    /// Every complaint so far.
    pub problems: Diagnostics,
    /// Whether something could not be read that may define variables.
    pub incomplete: bool,
    /// Names that tasks give to variables.
    pub defined: BTreeSet<Arc<str>>,
    /// Files that were read, by the name that messages give them.
    pub sources: BTreeMap<String, Arc<SourceFile>>,
    /// Variables of the play that is being read.
    play_vars: Arc<Map>,
    /// Roles of the play that is being read whose variables all of it sees.
    play_roles: Vec<Arc<RoleUse>>,
    /// Handlers that roles bring into the play that is being read.
    handlers: Vec<Arc<Task>>,
}

/// What surrounds a task: what it inherits and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    /// Keywords, conditions, tags, variables.
    pub inherited: Inherited,
    /// The role.
    pub role: Option<Arc<RoleUse>>,
    /// Directory of the file.
    pub place: Place,
    /// Directory of the playbook.
    pub play: Place,
    /// Whether it is among handlers.
    pub handler: bool,
    /// Files that led there, the outermost first.
    pub chain: Vec<String>,
}

impl<'o> Loader<'o> {
    /// A reader that has read nothing.
    pub fn new(options: &'o LoadOptions) -> Self {
        Self {
            options,
            problems: Diagnostics::default(),
            incomplete: false,
            defined: BTreeSet::new(),
            sources: BTreeMap::new(),
            play_vars: Arc::default(),
            play_roles: Vec::new(),
            handlers: Vec::new(),
        }
    }

    /// Reads a file of YAML. `from` is what named it; `None` when it is empty or could not be read.
    pub fn yaml(&mut self, place: &Place, from: Option<&Span>) -> Option<Node> {
        let source = match place.text() {
            Ok(source) => source,
            Err(error) => {
                self.unreadable(place, &error, from);
                return None;
            }
        };
        self.parse(source)
    }

    /// Reads a text of YAML.
    pub fn parse(&mut self, source: Arc<SourceFile>) -> Option<Node> {
        let parsed = edgewright_yaml::load(&source);
        self.sources
            .insert(source.path().display().to_string(), source);
        match parsed {
            Ok(node) => node,
            Err(found) => {
                self.incomplete = true;
                self.problems.extend(found);
                None
            }
        }
    }

    fn unreadable(&mut self, place: &Place, error: &std::io::Error, from: Option<&Span>) {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
            _ => error.to_string(),
        };
        let mut complaint = Diagnostic::error(
            "playbook::unreadable",
            format!("cannot read `{place}`: {reason}"),
        );
        complaint = match from {
            Some(span) => complaint.at(span, "named here"),
            None => complaint.help("check the path and the permissions of the file"),
        };
        self.incomplete = true;
        self.problems.push(complaint);
    }

    /// Whether tags choose a task.
    pub fn chosen(&self, tags: &[Arc<str>]) -> bool {
        self.options.chooses(tags)
    }
}
