//! Declaration of the module `stat`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Tells what is known of a file.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "stat",
    collection: "ansible.builtin",
    summary: "Tells what is known of a file",
    own: &[
        OptionSpec::new("path", Kind::Path, "The file.")
            .aliases(&["dest", "name"])
            .required(),
        OptionSpec::new("follow", Kind::Bool, "Whether a link is followed.").default("no"),
        OptionSpec::new(
            "get_checksum",
            Kind::Bool,
            "Whether the content's checksum is computed.",
        )
        .default("yes"),
        OptionSpec::new("checksum_algorithm", Kind::Str, "How.")
            .aliases(&["checksum", "checksum_algo"])
            .default("sha1")
            .choices(&["sha1", "sha256"]),
        OptionSpec::new(
            "get_mime",
            Kind::Bool,
            "Accepted; the kind of the content is not determined.",
        )
        .aliases(&["mime", "mime_type", "mime-type"])
        .default("yes"),
        OptionSpec::new(
            "get_attributes",
            Kind::Bool,
            "Accepted; file system attributes are not read.",
        )
        .aliases(&["attr", "attributes"])
        .default("yes"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.stat:
    path: /dev/kvm
",
};
