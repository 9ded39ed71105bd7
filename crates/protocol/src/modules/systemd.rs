//! Declaration of the module `systemd`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Manages units of systemd.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "systemd",
    collection: "ansible.builtin",
    summary: "Manages units of systemd",
    own: &[
        OptionSpec::new(
            "name",
            Kind::Str,
            "The unit; `.service` is added to a name without a dot.",
        )
        .aliases(&["service", "unit"]),
        OptionSpec::new("state", Kind::Str, "What is wanted.").choices(&[
            "reloaded",
            "restarted",
            "started",
            "stopped",
        ]),
        OptionSpec::new("enabled", Kind::Bool, "Whether it starts with the host."),
        OptionSpec::new("masked", Kind::Bool, "Whether it cannot be started at all."),
        OptionSpec::new(
            "daemon_reload",
            Kind::Bool,
            "Whether systemd reads its units again first.",
        )
        .aliases(&["daemon-reload"])
        .default("no"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[&["state", "enabled", "masked", "daemon_reload"]],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.systemd:
    name: frr
    state: started
    enabled: true
",
};
