//! How a module declares its arguments, and how arguments are checked against that.
//!
//! The declaration is data: argument errors, the reference pages and the checks before a run all come from
//! it. Coercions are ansible-core's (`"yes"` is true where a bool is asked for, `80` is `"80"` for a string).

/// One module.
#[derive(Debug)]
pub struct ModuleSpec {
    /// Name without collection, e.g. `copy`.
    pub name: &'static str,
    /// The collection it belongs to, e.g. `ansible.builtin`.
    pub collection: &'static str,
    /// One line, third person.
    pub summary: &'static str,
    /// Its own options.
    pub own: &'static [OptionSpec],
    /// Options that it shares with other modules, such as owner and mode of a file.
    pub shared: &'static [OptionSpec],
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

impl OptionSpec {
    /// An optional option without a default.
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind,
            required: false,
            default: None,
            choices: &[],
            secret: false,
            doc,
        }
    }

    /// The same under other names too.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same, but it must be given.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same with a default, as it would be written in YAML.
    #[must_use]
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same, one of a few values.
    #[must_use]
    pub const fn choices(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self
    }

    /// The same, never shown.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
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

impl Kind {
    /// The type in ansible-core's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::ListOfStr | Self::List => "list",
            Self::Dict => "dict",
            Self::Path => "path",
            Self::Raw | Self::Mode => "raw",
        }
    }
}

impl ModuleSpec {
    /// All options, the module's own first.
    pub fn options(&self) -> impl Iterator<Item = &'static OptionSpec> {
        self.own.iter().chain(self.shared)
    }

    /// The option that a name or alias means.
    pub fn option(&self, name: &str) -> Option<&'static OptionSpec> {
        self.options()
            .find(|option| option.name == name || option.aliases.contains(&name))
    }
}
