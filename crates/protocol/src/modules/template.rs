//! Declaration of the module `template`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Renders a template and writes it.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "template",
    collection: "ansible.builtin",
    summary: "Renders a template and writes it",
    own: &[
        OptionSpec::new("src", Kind::Path, "Template beside the playbook or role.").required(),
        OptionSpec::new(
            "dest",
            Kind::Path,
            "File on the host; a directory when it ends with `/`.",
        )
        .required(),
        OptionSpec::new(
            "backup",
            Kind::Bool,
            "Whether the old file is kept under another name.",
        )
        .default("no"),
        OptionSpec::new(
            "force",
            Kind::Bool,
            "Whether a file that differs is replaced.",
        )
        .default("yes"),
        OptionSpec::new(
            "follow",
            Kind::Bool,
            "Whether a link at `dest` is followed; otherwise the file replaces it.",
        )
        .default("no"),
        OptionSpec::new(
            "validate",
            Kind::Str,
            "Command that must accept the new file, `%s` in it being the file's path.",
        ),
        OptionSpec::new(
            "trim_blocks",
            Kind::Bool,
            "Whether the line break behind a block is dropped.",
        )
        .default("yes"),
        OptionSpec::new(
            "lstrip_blocks",
            Kind::Bool,
            "Whether white space before a block is dropped.",
        )
        .default("no"),
    ],
    shared: super::FILE_OPTIONS,
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Both,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.template:
    src: frr.conf.j2
    dest: /etc/frr/frr.conf
    mode: '0640'
",
};
