//! Declaration of the module `authorized_key`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Adds and removes public keys that may log in.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "authorized_key",
    collection: "ansible.posix",
    summary: "Adds and removes public keys that may log in",
    own: &[
        OptionSpec::new("user", Kind::Str, "Whose logins.").required(),
        OptionSpec::new("key", Kind::Str, "Public keys, one a line.").required(),
        OptionSpec::new("state", Kind::Str, "Whether the keys are there.")
            .default("present")
            .choices(&["absent", "present"]),
        OptionSpec::new(
            "path",
            Kind::Path,
            "File, when it is not `~/.ssh/authorized_keys` of the user.",
        ),
        OptionSpec::new(
            "manage_dir",
            Kind::Bool,
            "Whether the directory is created and its owner and mode are set.",
        )
        .default("yes"),
        OptionSpec::new(
            "exclusive",
            Kind::Bool,
            "Whether all other keys are removed.",
        )
        .default("no"),
        OptionSpec::new(
            "key_options",
            Kind::Str,
            "Options that are written before the keys.",
        ),
        OptionSpec::new(
            "comment",
            Kind::Str,
            "Comment that replaces the one of the keys.",
        ),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.posix.authorized_key:
    user: root
    key: ssh-ed25519 AAAA operator
",
};
