//! Declaration of the module `ping`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Answers.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "ping",
    collection: "ansible.builtin",
    summary: "Answers",
    own: &[OptionSpec::new("data", Kind::Str, "What it answers.").default("pong")],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.ping:
",
};
