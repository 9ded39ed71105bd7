//! Declaration of the module `copy`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Writes a file from one beside the playbook or from a text.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "copy",
    collection: "ansible.builtin",
    summary: "Writes a file from one beside the playbook or from a text",
    own: &[
        OptionSpec::new(
            "src",
            Kind::Path,
            "File beside the playbook or role, or on the host with `remote_src`.",
        ),
        OptionSpec::new("content", Kind::Str, "The text itself."),
        OptionSpec::new(
            "dest",
            Kind::Path,
            "File on the host; a directory when it ends with `/`.",
        )
        .required(),
        OptionSpec::new(
            "remote_src",
            Kind::Bool,
            "Whether `src` is a file on the host.",
        )
        .default("no"),
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
            "basename",
            Kind::Str,
            "Set by the control machine: name of the file in a directory `dest`.",
        ),
        OptionSpec::new(
            "digest",
            Kind::Str,
            "Set by the control machine: the content's digest.",
        ),
    ],
    shared: super::FILE_OPTIONS,
    mutually_exclusive: &[&["src", "content", "digest"]],
    required_one_of: &[&["src", "content", "digest"]],
    free_form: None,
    runs_on: RunsOn::Both,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.copy:
    content: hello
    dest: /etc/motd
    mode: '0644'
",
};
