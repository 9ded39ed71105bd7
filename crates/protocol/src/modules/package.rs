//! Declaration of the module `package`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Manages packages with the package manager of the host.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "package",
    collection: "ansible.builtin",
    summary: "Manages packages with the package manager of the host",
    own: &[
        OptionSpec::new("name", Kind::ListOfStr, "Packages.").required(),
        OptionSpec::new("state", Kind::Str, "What is wanted.")
            .required()
            .choices(&["absent", "latest", "present"]),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.package:
    name: rsync
    state: present
",
};
