//! Declaration of the module `file`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Manages files, directories and links.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "file",
    collection: "ansible.builtin",
    summary: "Manages files, directories and links",
    own: &[
        OptionSpec::new("path", Kind::Path, "The file.")
            .aliases(&["dest", "name"])
            .required(),
        OptionSpec::new(
            "state",
            Kind::Str,
            "What is wanted; by default what is there, else `file`.",
        )
        .choices(&["absent", "directory", "file", "hard", "link", "touch"]),
        OptionSpec::new("src", Kind::Path, "What a link points to."),
        OptionSpec::new(
            "recurse",
            Kind::Bool,
            "Whether owner, group and mode are set on everything in a directory.",
        )
        .default("no"),
        OptionSpec::new("force", Kind::Bool, "Whether a link replaces a file.").default("no"),
        OptionSpec::new(
            "follow",
            Kind::Bool,
            "Whether a link at `path` is followed.",
        )
        .default("yes"),
        OptionSpec::new(
            "modification_time",
            Kind::Str,
            "With `touch`: `now`, or `preserve` for a file that is there.",
        )
        .default("now"),
        OptionSpec::new(
            "access_time",
            Kind::Str,
            "The same for the time of the last access.",
        )
        .default("now"),
    ],
    shared: super::FILE_OPTIONS,
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.file:
    path: /etc/edgewright
    state: directory
    mode: '0755'
",
};
