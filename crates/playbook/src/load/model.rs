//! Plays, blocks and tasks as they were read: checked, with their places, shared by all hosts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{Map, Value};
use edgewright_yaml::Span;

/// Whether hosts wait for each other after every task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// They do.
    Linear,
    /// They do not.
    Free,
}

/// A play.
#[derive(Clone, Debug)]
pub struct Play {
    /// Its name, or its pattern of hosts.
    pub name: String,
    /// Which hosts; may be a template of extra variables.
    pub hosts: Value,
    /// Where it stands.
    pub at: Span,
    /// Whether hosts wait for each other.
    pub strategy: Strategy,
    /// Whether facts are gathered first.
    pub gather_facts: bool,
    /// Variables of the play.
    pub vars: Arc<Map>,
    /// Variables of its files, the later ones winning.
    pub vars_files: Arc<Map>,
    /// Defaults of its roles, as all its tasks see them.
    pub role_defaults: Arc<Map>,
    /// Variables of its roles, as all its tasks see them.
    pub role_vars: Arc<Map>,
    /// `pre_tasks`, then roles and `tasks`, then `post_tasks`; handlers run after each.
    pub sections: [Vec<Item>; 3],
    /// Its handlers, in order.
    pub handlers: Vec<Arc<Task>>,
    /// Directory of the playbook.
    pub directory: PathBuf,
}

/// One thing after the other.
#[derive(Clone, Debug)]
pub enum Item {
    /// A task.
    Task(Arc<Task>),
    /// A block.
    Block(Arc<Block>),
}

/// Tasks that belong together.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its tasks.
    pub tasks: Vec<Item>,
    /// What is done when one of them fails.
    pub rescue: Vec<Item>,
    /// What is done in any case.
    pub always: Vec<Item>,
    /// Conditions of an include: asked once, when it is reached.
    pub when: Vec<Condition>,
    /// Name of an include, for events.
    pub include: Option<String>,
    /// Tags of an include.
    pub tags: Tags,
}

/// A condition and where it stands.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The expression.
    pub expression: Value,
    /// Where it stands.
    pub at: Span,
}

/// Tags of a task, inherited ones included.
pub type Tags = BTreeSet<String>;

/// As whom a task is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Become {
    /// Whether at all.
    pub enabled: Option<Value>,
    /// The user.
    pub user: Option<Value>,
    /// How.
    pub method: Option<Value>,
}

/// What a loop goes over.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The list.
    pub over: Value,
    /// Whether lists in it are gone into, as `with_items` does.
    pub flatten: bool,
    /// Name of the variable.
    pub variable: String,
    /// Name of the variable that counts.
    pub index: Option<String>,
    /// What to show of an element.
    pub label: Option<Value>,
}

/// What a task does.
#[derive(Clone, Debug)]
pub enum Action {
    /// A module.
    Module(&'static ModuleSpec),
    /// `meta: flush_handlers`
    FlushHandlers,
    /// `meta: end_host`
    EndHost,
    /// `meta: noop`
    Noop,
}

/// Name of a task.
#[derive(Clone, Debug)]
pub struct TaskName {
    /// As it was written, or the module's name.
    pub written: Value,
    /// Its role.
    pub role: Option<String>,
}

/// A task. What blocks and roles around it say is part of it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: TaskName,
    /// Where it stands.
    pub at: Span,
    /// What it does.
    pub action: Action,
    /// Arguments, as written.
    pub args: Map,
    /// Where the arguments stand.
    pub args_at: Span,
    /// Conditions, the outermost first.
    pub when: Vec<Condition>,
    /// Its loop.
    pub repeat: Option<Loop>,
    /// Variable that keeps its result.
    pub register: Option<String>,
    /// Handlers it notifies when it changed something.
    pub notify: Vec<String>,
    /// Topics it listens to, when it is a handler.
    pub listen: Vec<String>,
    /// Tags.
    pub tags: Tags,
    /// Variables of the task and of blocks around it.
    pub vars: Arc<Map>,
    /// Its role.
    pub role: Option<Arc<Role>>,
    /// As whom.
    pub become_user: Become,
    /// Environment of what it starts.
    pub environment: Vec<Value>,
    /// When it counts as changed.
    pub changed_when: Vec<Condition>,
    /// When it counts as failed.
    pub failed_when: Vec<Condition>,
    /// Until when it is repeated.
    pub until: Vec<Condition>,
    /// How often.
    pub retries: Option<Value>,
    /// Seconds between two tries.
    pub delay: Option<Value>,
    /// Whether a failure does not matter.
    pub ignore_errors: Option<Value>,
    /// Whether it runs in check mode, whatever the run does.
    pub check_mode: Option<Value>,
    /// Whether differences are shown, whatever the run does.
    pub diff: Option<Value>,
    /// Whether its result is kept from everybody.
    pub no_log: Option<Value>,
    /// Seconds it may take.
    pub timeout: Option<Value>,
}

/// A role, as it was read.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub directory: PathBuf,
    /// `defaults/main.yml`
    pub defaults: Arc<Map>,
    /// `vars/main.yml`
    pub vars: Arc<Map>,
    /// Variables given where it is used.
    pub params: Arc<Map>,
}

/// A task in a listing of what would run.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Name with its role's.
    pub name: String,
    /// Tags.
    pub tags: Vec<String>,
}

impl Item {
    /// All tasks in it, in order.
    pub fn tasks(&self) -> Vec<&Arc<Task>> {
        match self {
            Self::Task(task) => vec![task],
            Self::Block(block) => {
                let items = block.tasks.iter().chain(&block.rescue).chain(&block.always);
                items.flat_map(Self::tasks).collect()
            }
        }
    }
}

impl Play {
    /// All tasks, in order, without handlers.
    pub fn tasks(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.sections.iter().flatten().flat_map(Item::tasks)
    }
}
