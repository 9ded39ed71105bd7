//! Declaration of the module `assert`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Fails when a condition does not hold.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "assert",
    collection: "ansible.builtin",
    summary: "Fails when a condition does not hold",
    own: &[
        OptionSpec::new("that", Kind::Raw, "A condition, or a list of them.").required(),
        OptionSpec::new("fail_msg", Kind::Str, "What to say when it fails.").aliases(&["msg"]),
        OptionSpec::new("success_msg", Kind::Str, "What to say when it holds."),
        OptionSpec::new(
            "quiet",
            Kind::Bool,
            "Whether a condition that holds is passed over in silence.",
        )
        .default("no"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Control,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.assert:
    that: answer == 42
    fail_msg: wrong answer
",
};
