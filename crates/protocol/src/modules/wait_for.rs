//! Declaration of the module `wait_for`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Waits for a port or a file.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "wait_for",
    collection: "ansible.builtin",
    summary: "Waits for a port or a file",
    own: &[
        OptionSpec::new("host", Kind::Str, "Host of the port.").default("127.0.0.1"),
        OptionSpec::new("port", Kind::Int, "TCP port."),
        OptionSpec::new("path", Kind::Path, "File."),
        OptionSpec::new(
            "state",
            Kind::Str,
            "`started`/`present`: there; `stopped`/`absent`: gone.",
        )
        .default("started")
        .choices(&["absent", "present", "started", "stopped"]),
        OptionSpec::new("timeout", Kind::Int, "Seconds to wait at most.").default("300"),
        OptionSpec::new("delay", Kind::Int, "Seconds to wait first.").default("0"),
        OptionSpec::new("sleep", Kind::Int, "Seconds between two looks.").default("1"),
        OptionSpec::new("connect_timeout", Kind::Int, "Seconds for one connection.").default("5"),
        OptionSpec::new(
            "search_regex",
            Kind::Str,
            "Expression that must be in the file.",
        ),
        OptionSpec::new("msg", Kind::Str, "What to say when the time is up."),
    ],
    shared: &[],
    mutually_exclusive: &[&["port", "path"]],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.wait_for:
    port: 179
    timeout: 30
",
};
