//! Declaration of the module `debug`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Prints a message or a variable.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "debug",
    collection: "ansible.builtin",
    summary: "Prints a message or a variable",
    own: &[
        OptionSpec::new("msg", Kind::Raw, "The message."),
        OptionSpec::new("var", Kind::Str, "The variable, or an expression."),
        OptionSpec::new(
            "verbosity",
            Kind::Int,
            "Number of `-v` from which it is printed.",
        )
        .default("0"),
    ],
    shared: &[],
    mutually_exclusive: &[&["msg", "var"]],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Control,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.debug:
    msg: hello
",
};
