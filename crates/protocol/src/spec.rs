//! How a module declares its arguments, and how arguments are checked against that.
//!
//! The declaration is data: argument errors, the reference pages and the checks before a run all come from
//! it. Coercions are ansible-core's (`"yes"` is true where a bool is asked for, `80` is `"80"` for a string).

/// One module.
#[derive(Debug)]
pub struct ModuleSpec {
    /// Name without collection, e.g. `copy`.
    pub name: &'static str,
    /// One line, third person.
    pub summary: &'static str,
    /// Its options.
    pub options: &'static [OptionSpec],
    /// Sets of options of which at most one may be given.
    pub mutually_exclusive: &'static [&'static [&'static str]],
    /// Sets of options of which at least one must be given.
    pub required_one_of: &'static [&'static [&'static str]],
    /// Option that takes the free-form text (`command: ls`), if the module has one.
    pub free_form: Option<&'static str>,
    /// Who executes it.
    pub runs_on: RunsOn,
    /// What check mode does.
    pub check_mode: CheckMode,
    /// An example task list in YAML; a test loads it.
    pub example: &'static str,
}

/// Who executes a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsOn {
    /// The worker on the host.
    Host,
    /// The control machine alone (`debug`, `assert`, `fail`, `set_fact`).
    Control,
    /// The control machine prepares (reads or renders a file), the worker executes (`copy`, `template`).
    Both,
}

/// What a module does in check mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckMode {
    /// Predicts.
    Full,
    /// Is skipped.
    Skipped,
}

/// One option.
#[derive(Debug)]
pub struct OptionSpec {
    /// Canonical name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Type.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
    /// Default as it would be written in YAML; `None` leaves the option out.
    pub default: Option<&'static str>,
    /// Allowed values, empty for any.
    pub choices: &'static [&'static str],
    /// Whether its value must never be shown.
    pub secret: bool,
    /// What it does; units where it has some.
    pub doc: &'static str,
}

/// Type of an option, by ansible-core's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `str`
    Str,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `list` of strings; a string is split at commas.
    ListOfStr,
    /// `list` of anything.
    List,
    /// `dict`
    Dict,
    /// `path`: a string in which `~` and `$VARIABLES` are expanded on the host.
    Path,
    /// `raw`: anything, kept.
    Raw,
    /// File mode: an octal number as text, or symbolic (`u=rw,g=r`).
    Mode,
}
