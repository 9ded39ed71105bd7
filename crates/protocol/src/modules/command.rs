//! Declaration of the module `command`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Runs a program without a shell.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "command",
    collection: "ansible.builtin",
    summary: "Runs a program without a shell",
    own: &[
        OptionSpec::new(
            "cmd",
            Kind::Str,
            "The program and its arguments, split as a shell splits words.",
        )
        .aliases(&["_raw_params"]),
        OptionSpec::new(
            "argv",
            Kind::ListOfStr,
            "The program and its arguments, one an element.",
        ),
        OptionSpec::new(
            "expand_argument_vars",
            Kind::Bool,
            "Whether `$VARIABLES` in arguments are expanded.",
        )
        .default("yes"),
        OptionSpec::new("chdir", Kind::Path, "Directory in which it runs."),
        OptionSpec::new(
            "creates",
            Kind::Path,
            "A file or pattern; when it is there, nothing is run.",
        ),
        OptionSpec::new(
            "removes",
            Kind::Path,
            "A file or pattern; when it is not there, nothing is run.",
        ),
        OptionSpec::new("stdin", Kind::Str, "What is given on its standard input."),
        OptionSpec::new(
            "stdin_add_newline",
            Kind::Bool,
            "Whether a line break is added to that.",
        )
        .default("yes"),
        OptionSpec::new(
            "strip_empty_ends",
            Kind::Bool,
            "Whether line breaks at the ends of its output are dropped.",
        )
        .default("yes"),
    ],
    shared: &[],
    mutually_exclusive: &[&["cmd", "argv"]],
    required_one_of: &[&["cmd", "argv"]],
    free_form: Some("cmd"),
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.command:
    cmd: vtysh -c 'show version'
    chdir: /
- ansible.builtin.command: ls -l creates=/tmp/x
",
};
