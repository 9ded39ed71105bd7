//! Declaration of the module `apt_repository`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Adds and removes repositories of apt.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "apt_repository",
    collection: "ansible.builtin",
    summary: "Adds and removes repositories of apt",
    own: &[
        OptionSpec::new("repo", Kind::Str, "Line as in `sources.list`.").required(),
        OptionSpec::new("state", Kind::Str, "Whether the repository is there.")
            .default("present")
            .choices(&["absent", "present"]),
        OptionSpec::new(
            "filename",
            Kind::Str,
            "Name of the file in `/etc/apt/sources.list.d`, without `.list`.",
        ),
        OptionSpec::new("mode", Kind::Mode, "Mode of the file.").default("0644"),
        OptionSpec::new(
            "update_cache",
            Kind::Bool,
            "Whether the lists of packages are fetched after a change.",
        )
        .aliases(&["update-cache"])
        .default("yes"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.apt_repository:
    repo: deb [signed-by=/etc/apt/keyrings/x.asc] https://example.org/debian stable main
    filename: x
",
};
