//! Declaration of the module `shell`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Runs a line in a shell.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "shell",
    collection: "ansible.builtin",
    summary: "Runs a line in a shell",
    own: &[
        OptionSpec::new("cmd", Kind::Str, "The line.")
            .aliases(&["_raw_params"])
            .required(),
        OptionSpec::new("executable", Kind::Path, "The shell.").default("/bin/sh"),
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
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: Some("cmd"),
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.shell:
    cmd: nft list ruleset | grep -c edgewright
",
};
