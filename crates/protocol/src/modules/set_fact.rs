//! Declaration of the module `set_fact`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Sets variables of a host.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "set_fact",
    collection: "ansible.builtin",
    summary: "Sets variables of a host",
    own: &[
        OptionSpec::new("cacheable", Kind::Bool, "Whether they are kept as facts.").default("no"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Control,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.set_fact:
    cacheable: false
",
};
