//! Declaration of the module `lineinfile`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Keeps one line in a file.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "lineinfile",
    collection: "ansible.builtin",
    summary: "Keeps one line in a file",
    own: &[
        OptionSpec::new("path", Kind::Path, "The file.").aliases(&["dest", "destfile", "name"]).required(),
        OptionSpec::new("line", Kind::Str, "The line.").aliases(&["value"]),
        OptionSpec::new("regexp", Kind::Str, "Line that is replaced (the last that matches) or, with `absent`, removed (all).").aliases(&["regex"]),
        OptionSpec::new("search_string", Kind::Str, "The same, as plain text instead of an expression."),
        OptionSpec::new("state", Kind::Str, "Whether the line is there.").default("present").choices(&["absent", "present"]),
        OptionSpec::new("insertafter", Kind::Str, "Expression or `EOF`: a new line goes behind the last match."),
        OptionSpec::new("insertbefore", Kind::Str, "Expression or `BOF`: a new line goes before the last match."),
        OptionSpec::new("firstmatch", Kind::Bool, "Whether the first match counts for `insertafter` and `insertbefore`.").default("no"),
        OptionSpec::new("create", Kind::Bool, "Whether a missing file is created.").default("no"),
        OptionSpec::new("backrefs", Kind::Bool, "Whether `\\1` in `line` stands for groups of `regexp`; without a match nothing is done.").default("no"),
        OptionSpec::new("backup", Kind::Bool, "Whether the old file is kept under another name.").default("no"),
        OptionSpec::new("validate", Kind::Str, "Command that must accept the new file, `%s` in it being the file's path."),
    ],
    shared: super::FILE_OPTIONS,
    mutually_exclusive: &[&["regexp", "search_string"], &["insertbefore", "insertafter"]],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.lineinfile:
    path: /etc/frr/daemons
    regexp: ^bgpd=
    line: bgpd=yes
",
};
