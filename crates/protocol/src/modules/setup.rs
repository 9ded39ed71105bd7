//! Declaration of the module `setup`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Gathers facts.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "setup",
    collection: "ansible.builtin",
    summary: "Gathers facts",
    own: &[
        OptionSpec::new(
            "gather_subset",
            Kind::ListOfStr,
            "Which groups of facts; `!` before a name leaves it out.",
        )
        .default("all"),
        OptionSpec::new("gather_timeout", Kind::Int, "Seconds for each group.").default("10"),
        OptionSpec::new(
            "filter",
            Kind::ListOfStr,
            "Patterns of the facts that are returned.",
        ),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.setup:
    gather_subset: network
",
};
