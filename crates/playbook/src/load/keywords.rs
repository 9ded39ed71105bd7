//! Every keyword of plays, roles, blocks and tasks: what it means here, or why it is refused.
//!
//! Called by the loader; the reference page on keywords is made from the same table.

use edgewright_yaml::{Diagnostic, Key, nearest};

/// Keywords that tasks inherit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each is the keyword of its name, which Ansible documents"
)]
pub enum Keyword {
    AnyErrorsFatal,
    Become,
    BecomeMethod,
    BecomeUser,
    CheckMode,
    Connection,
    DelegateTo,
    Diff,
    IgnoreErrors,
    IgnoreUnreachable,
    NoLog,
    Port,
    RemoteUser,
    RunOnce,
    Timeout,
}

/// Where a keyword may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A play.
    Play,
    /// A role in `roles:`.
    Role,
    /// A block.
    Block,
    /// A task or handler.
    Task,
}

/// What becomes of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Inherited; Ansible's meaning.
    Inherited(Keyword),
    /// Ansible's meaning, read by the loader itself.
    Own,
    /// Refused, with what to do instead.
    Refused(&'static str),
}

const PLAY: u8 = 1;
const ROLE: u8 = 2;
const BLOCK: u8 = 4;
const TASK: u8 = 8;
const ALL: u8 = PLAY | ROLE | BLOCK | TASK;

const LATER: &str = "it is planned; without it the playbook would mean something else";

/// Name, where it may stand, what it means.
#[rustfmt::skip]
static TABLE: &[(&str, u8, Meaning)] = &[
    ("action", TASK, Meaning::Refused("write the module's name as the key")),
    ("any_errors_fatal", ALL, Meaning::Inherited(Keyword::AnyErrorsFatal)),
    ("always", BLOCK, Meaning::Own),
    ("args", TASK, Meaning::Own),
    ("async", TASK, Meaning::Refused(LATER)),
    ("become", ALL, Meaning::Inherited(Keyword::Become)),
    ("become_exe", ALL, Meaning::Refused(LATER)),
    ("become_flags", ALL, Meaning::Refused(LATER)),
    ("become_method", ALL, Meaning::Inherited(Keyword::BecomeMethod)),
    ("become_user", ALL, Meaning::Inherited(Keyword::BecomeUser)),
    ("block", BLOCK, Meaning::Own),
    ("changed_when", TASK, Meaning::Own),
    ("check_mode", ALL, Meaning::Inherited(Keyword::CheckMode)),
    ("collections", ALL, Meaning::Refused("write the full names of modules")),
    ("connection", ALL, Meaning::Inherited(Keyword::Connection)),
    ("debugger", ALL, Meaning::Refused("there is no debugger")),
    ("delay", TASK, Meaning::Own),
    ("delegate_facts", ROLE | BLOCK | TASK, Meaning::Refused(LATER)),
    ("delegate_to", ROLE | BLOCK | TASK, Meaning::Inherited(Keyword::DelegateTo)),
    ("diff", ALL, Meaning::Inherited(Keyword::Diff)),
    ("environment", ALL, Meaning::Own),
    ("fact_path", PLAY, Meaning::Refused(LATER)),
    ("failed_when", TASK, Meaning::Own),
    ("force_handlers", PLAY, Meaning::Own),
    ("gather_facts", PLAY, Meaning::Own),
    ("gather_subset", PLAY, Meaning::Own),
    ("gather_timeout", PLAY, Meaning::Own),
    ("handlers", PLAY, Meaning::Own),
    ("hosts", PLAY, Meaning::Own),
    ("ignore_errors", ALL, Meaning::Inherited(Keyword::IgnoreErrors)),
    ("ignore_unreachable", ALL, Meaning::Inherited(Keyword::IgnoreUnreachable)),
    ("listen", TASK, Meaning::Own),
    ("local_action", TASK, Meaning::Refused("write the module's name as the key, and `delegate_to: localhost`")),
    ("loop", TASK, Meaning::Own),
    ("loop_control", TASK, Meaning::Own),
    ("max_fail_percentage", PLAY, Meaning::Refused(LATER)),
    ("module_defaults", ALL, Meaning::Refused(LATER)),
    ("name", PLAY | ROLE | BLOCK | TASK, Meaning::Own),
    ("no_log", ALL, Meaning::Inherited(Keyword::NoLog)),
    ("notify", BLOCK | TASK, Meaning::Own),
    ("order", PLAY, Meaning::Own),
    ("poll", TASK, Meaning::Refused(LATER)),
    ("port", ALL, Meaning::Inherited(Keyword::Port)),
    ("post_tasks", PLAY, Meaning::Own),
    ("pre_tasks", PLAY, Meaning::Own),
    ("register", TASK, Meaning::Own),
    ("remote_user", ALL, Meaning::Inherited(Keyword::RemoteUser)),
    ("rescue", BLOCK, Meaning::Own),
    ("retries", TASK, Meaning::Own),
    ("role", ROLE, Meaning::Own),
    ("roles", PLAY, Meaning::Own),
    ("run_once", ALL, Meaning::Inherited(Keyword::RunOnce)),
    ("serial", PLAY, Meaning::Refused(LATER)),
    ("strategy", PLAY, Meaning::Own),
    ("tags", ALL, Meaning::Own),
    ("tasks", PLAY, Meaning::Own),
    ("throttle", ALL, Meaning::Refused(LATER)),
    ("timeout", ALL, Meaning::Inherited(Keyword::Timeout)),
    ("until", TASK, Meaning::Own),
    ("user", PLAY, Meaning::Refused("write `remote_user`")),
    ("vars", ALL, Meaning::Own),
    ("vars_files", PLAY, Meaning::Own),
    ("vars_prompt", PLAY, Meaning::Refused("give the value with `-e`")),
    ("when", ROLE | BLOCK | TASK, Meaning::Own),
];

impl On {
    fn bit(self) -> u8 {
        match self {
            Self::Play => PLAY,
            Self::Role => ROLE,
            Self::Block => BLOCK,
            Self::Task => TASK,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Play => "play",
            Self::Role => "role",
            Self::Block => "block",
            Self::Task => "task",
        }
    }
}

/// What a keyword means at such a place; `None` when it is no keyword there.
pub fn meaning(name: &str, on: On) -> Option<Meaning> {
    TABLE
        .iter()
        .find(|(known, places, _)| *known == name && places & on.bit() != 0)
        .map(|(_, _, meaning)| *meaning)
}

/// The complaint about a keyword that is refused.
pub fn refused(key: &Key, why: &str) -> Diagnostic {
    Diagnostic::error(
        "playbook::unsupported",
        format!("keyword `{}` is not supported", key.name),
    )
    .at(&key.span, "used here")
    .help(why.to_owned())
}

/// The complaint about a key that is no keyword.
pub fn unknown(key: &Key, on: On) -> Diagnostic {
    let place = on.word();
    let complaint = Diagnostic::error(
        "playbook::unknown-keyword",
        format!("a {place} has no keyword `{}`", key.name),
    )
    .at(&key.span, "not known");
    let known = TABLE
        .iter()
        .filter(|(_, places, _)| places & on.bit() != 0)
        .map(|(name, _, _)| *name);
    match nearest(&key.name, known) {
        Some(near) => complaint.help(format!("did you mean `{near}`?")),
        None => complaint,
    }
}

/// All keywords that may stand at such a place, for a near name.
pub fn names(on: On) -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .filter(move |(_, places, _)| places & on.bit() != 0)
        .map(|(name, _, _)| *name)
}
