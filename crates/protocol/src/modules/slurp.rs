//! Declaration of the module `slurp`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Reads a file of the host.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "slurp",
    collection: "ansible.builtin",
    summary: "Reads a file of the host",
    own: &[OptionSpec::new("src", Kind::Path, "The file.")
        .aliases(&["path"])
        .required()],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.slurp:
    src: /etc/hostname
",
};
