//! Declaration of the module `fail`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Fails.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "fail",
    collection: "ansible.builtin",
    summary: "Fails",
    own: &[OptionSpec::new("msg", Kind::Str, "Why.").default("Failed as requested from task")],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Control,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.fail:
    msg: no
",
};
