//! Declaration of the module `sysctl`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Sets parameters of the kernel.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "sysctl",
    collection: "ansible.posix",
    summary: "Sets parameters of the kernel",
    own: &[
        OptionSpec::new(
            "name",
            Kind::Str,
            "The parameter, e.g. `net.ipv4.ip_forward`.",
        )
        .aliases(&["key"])
        .required(),
        OptionSpec::new("value", Kind::Str, "Its value.").aliases(&["val"]),
        OptionSpec::new("state", Kind::Str, "Whether the parameter is in the file.")
            .default("present")
            .choices(&["absent", "present"]),
        OptionSpec::new("sysctl_file", Kind::Path, "The file.").default("/etc/sysctl.conf"),
        OptionSpec::new(
            "sysctl_set",
            Kind::Bool,
            "Whether the value in force is compared and set too.",
        )
        .default("no"),
        OptionSpec::new(
            "reload",
            Kind::Bool,
            "Whether the file is loaded after a change.",
        )
        .default("yes"),
        OptionSpec::new(
            "ignoreerrors",
            Kind::Bool,
            "Whether unknown parameters are passed over.",
        )
        .default("no"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.posix.sysctl:
    name: net.ipv4.ip_forward
    value: '1'
    sysctl_file: /etc/sysctl.d/99-edgewright.conf
    sysctl_set: true
",
};
