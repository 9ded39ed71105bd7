//! Playbooks as they were loaded: plays, blocks and tasks with their places, imports done, keywords inherited.
//!
//! Made by the loader, checked by `check`, executed by `run`.

use std::collections::BTreeMap;
use std::sync::Arc;

use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{Map, Value};
use edgewright_yaml::Span;

use super::keywords::Keyword;
use super::place::Place;

/// Something and where it is written.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

/// Values of keywords that tasks inherit from blocks, roles and plays; the nearest wins.
#[derive(Clone, Debug, Default)]
pub struct Settings(pub BTreeMap<Keyword, Arc<Spanned<Value>>>);

impl Settings {
    /// The value of a keyword, which may be a template.
    pub fn get(&self, keyword: Keyword) -> Option<&Spanned<Value>> {
        self.0.get(&keyword).map(|value| &**value)
    }
}

/// A condition of `when`, `until`, `changed_when`, `failed_when`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The expression.
    pub text: Arc<str>,
    /// Where it is written, as `file:line:column`.
    pub origin: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

/// What tasks inherit from where they stand.
#[derive(Clone, Debug, Default)]
pub struct Inherited {
    /// Keywords.
    pub settings: Settings,
    /// Environments, the outermost first.
    pub environment: Vec<Arc<Spanned<Value>>>,
    /// Conditions, the outermost first.
    pub when: Vec<Condition>,
    /// Tags.
    pub tags: Vec<Arc<str>>,
    /// Variables of blocks and imports.
    pub vars: Arc<Map>,
    /// Variables of includes.
    pub include_vars: Arc<Map>,
}

/// A play.
#[derive(Clone, Debug)]
pub struct Play {
    /// Its name; the pattern when it has none.
    pub name: Spanned<Value>,
    /// Which hosts.
    pub hosts: Spanned<Value>,
    /// How hosts go on.
    pub strategy: Strategy,
    /// In which order hosts are started.
    pub order: Order,
    /// Whether facts are gathered first.
    pub gather_facts: bool,
    /// Arguments of that.
    pub gather: Map,
    /// Whether handlers run on hosts that failed.
    pub force_handlers: bool,
    /// Its variables.
    pub vars: Arc<Map>,
    /// Files of variables; of the inner list, the first that is there.
    pub vars_files: Vec<Vec<Spanned<Value>>>,
    /// What its tasks inherit.
    pub inherited: Inherited,
    /// Roles of `roles:`, whose variables the whole play sees.
    pub roles: Vec<Arc<RoleUse>>,
    /// Tasks: `pre_tasks`, `roles` and `tasks`, `post_tasks`. Handlers run after each.
    pub sections: Vec<Vec<Step>>,
    /// Handlers, those of roles first.
    pub handlers: Vec<Arc<Task>>,
    /// Directory of the playbook.
    pub place: Place,
    /// Where it is written.
    pub span: Span,
}

/// How hosts of a play go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// All hosts finish a task before one starts the next.
    Linear,
    /// No host waits for another.
    Free,
}

/// In which order hosts are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the pattern gives them.
    Inventory,
    /// The other way round.
    ReverseInventory,
    /// By name.
    Sorted,
    /// By name, the other way round.
    ReverseSorted,
}

/// A task or a block.
#[derive(Clone, Debug)]
pub enum Step {
    /// A task.
    Task(Arc<Task>),
    /// A block.
    Block(Arc<Block>),
}

/// A block; its keywords are in its tasks already.
#[derive(Clone, Debug)]
pub struct Block {
    /// What is done.
    pub body: Vec<Step>,
    /// What is done when that fails.
    pub rescue: Vec<Step>,
    /// What is done in any case.
    pub always: Vec<Step>,
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name as it is written.
    pub name: Option<Spanned<Value>>,
    /// Where it is written.
    pub span: Span,
    /// The module's name as it is written.
    pub action_name: Arc<str>,
    /// What it does.
    pub action: Action,
    /// Keywords, environment, conditions, tags, variables: its own and those it inherits.
    pub inherited: Inherited,
    /// What it is repeated for.
    pub repeat: Option<Repeat>,
    /// Variable that gets its result.
    pub register: Option<Arc<str>>,
    /// Conditions under which it has changed something, if it says so itself.
    pub changed_when: Option<Vec<Condition>>,
    /// Conditions under which it has failed, if it says so itself.
    pub failed_when: Option<Vec<Condition>>,
    /// Conditions until which it is tried again.
    pub until: Vec<Condition>,
    /// How often it is tried again.
    pub retries: Option<Spanned<Value>>,
    /// Seconds between two attempts.
    pub delay: Option<Spanned<Value>>,
    /// Handlers that it notifies.
    pub notify: Vec<Spanned<Value>>,
    /// Topics that a handler listens to.
    pub listen: Vec<Arc<str>>,
    /// The role it belongs to.
    pub role: Option<Arc<RoleUse>>,
    /// Directory of the file it stands in.
    pub place: Place,
    /// Whether it is a handler.
    pub handler: bool,
}

/// What a task does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Runs a module.
    Module {
        /// Its declaration.
        spec: &'static ModuleSpec,
        /// Arguments as written.
        args: Arc<Map>,
        /// Where each argument is written.
        spans: Arc<BTreeMap<Arc<str>, Span>>,
    },
    /// Runs the tasks of a file that is named when the task is reached.
    IncludeTasks {
        /// The file.
        file: Spanned<Value>,
        /// What its tasks inherit: from around the include, and from `apply`.
        apply: Box<Inherited>,
        /// Its tasks, where the name is known beforehand.
        loaded: Option<Arc<Vec<Step>>>,
    },
    /// Runs a role that is named when the task is reached.
    IncludeRole {
        /// The role.
        role: Spanned<Value>,
        /// Which of its files.
        from: Box<RoleFrom>,
        /// What its tasks inherit: from around the include, and from `apply`.
        apply: Box<Inherited>,
        /// Its tasks and handlers, where the names are known beforehand.
        loaded: Option<Arc<LoadedRole>>,
    },
    /// Reads variables from files.
    IncludeVars {
        /// The file.
        file: Spanned<Value>,
        /// Variable that gets all of them, instead of one variable for each.
        name: Option<Arc<str>>,
    },
    /// Tells the engine something.
    Meta(Meta),
    /// Checks a role's arguments.
    ValidateArguments(Arc<RoleUse>, Arc<edgewright_yaml::Node>),
}

/// Which files of a role are read; those called `main` where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct RoleFrom {
    /// In `tasks`.
    pub tasks: Option<Spanned<Value>>,
    /// In `handlers`.
    pub handlers: Option<Spanned<Value>>,
    /// In `vars`.
    pub vars: Option<Spanned<Value>>,
    /// In `defaults`.
    pub defaults: Option<Spanned<Value>>,
    /// Whether its arguments are not checked.
    pub unchecked: bool,
}

/// What `meta` tells the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    /// Run the handlers that were notified, now.
    FlushHandlers,
    /// End the play on all hosts.
    EndPlay,
    /// End the play on this host.
    EndHost,
    /// End this role on this host.
    EndRole,
    /// Forget this host's facts.
    ClearFacts,
    /// Nothing.
    Noop,
    /// Connect anew at the next task.
    ResetConnection,
}

/// What a task is repeated for.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// How the elements are made from the value.
    pub kind: RepeatKind,
    /// The value.
    pub over: Spanned<Value>,
    /// Name of the variable that holds an element.
    pub var: Arc<str>,
    /// Name of the variable that holds its number.
    pub index_var: Option<Arc<str>>,
    /// How an element is shown.
    pub label: Option<Value>,
    /// Seconds between two elements.
    pub pause: Option<Value>,
    /// Whether there is a variable `ansible_loop`.
    pub extended: bool,
    /// Conditions after which no further element is done.
    pub break_when: Vec<Condition>,
}

/// How the elements are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatKind {
    /// `loop`: a list as it is.
    Loop,
    /// `with_items`: one level of lists is flattened.
    Items,
    /// `with_list`: a list as it is.
    List,
    /// `with_dict`: keys and values of mappings.
    Dict,
    /// `with_indexed_items`: numbers and elements.
    Indexed,
    /// `with_together`: the first of each, the second of each.
    Together,
    /// `with_nested`: every combination.
    Nested,
    /// `with_flattened`: lists in lists, flattened.
    Flattened,
}

/// A role as it stands in its directory.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: Arc<str>,
    /// Its directory.
    pub place: Place,
    /// `defaults/main.yml`.
    pub defaults: Arc<Map>,
    /// `vars/main.yml`.
    pub vars: Arc<Map>,
    /// `meta/argument_specs.yml`, by entry point.
    pub argument_specs: BTreeMap<Arc<str>, Arc<edgewright_yaml::Node>>,
    /// Whether it may run twice with the same parameters.
    pub allow_duplicates: bool,
}

/// A use of a role.
#[derive(Clone, Debug)]
pub struct RoleUse {
    /// The role.
    pub role: Arc<Role>,
    /// Variables given with it inline, and with the roles that needed it.
    pub params: Arc<Map>,
    /// Variables given with it under `vars`.
    pub own_vars: Arc<Map>,
    /// All variables that its tasks see from roles, its own strongest.
    pub vars: Arc<Map>,
    /// All defaults that its tasks see.
    pub defaults: Arc<Map>,
    /// Variables that the whole play sees because of it.
    pub exported: Arc<Map>,
    /// The roles that needed it, the outermost first.
    pub parents: Vec<Arc<RoleUse>>,
    /// What makes two uses the same, where the role is to be done once.
    pub mark: Option<Arc<str>>,
}

/// A role's tasks and handlers.
#[derive(Clone, Debug)]
pub struct LoadedRole {
    /// The use.
    pub role: Arc<RoleUse>,
    /// Its tasks, those of its dependencies first.
    pub steps: Vec<Step>,
    /// Its handlers.
    pub handlers: Vec<Arc<Task>>,
}
