//! Declaration of the module `apt`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Manages packages with apt on Debian and Ubuntu.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "apt",
    collection: "ansible.builtin",
    summary: "Manages packages with apt on Debian and Ubuntu",
    own: &[
        OptionSpec::new(
            "name",
            Kind::ListOfStr,
            "Packages, each with `=VERSION` if a version is wanted.",
        )
        .aliases(&["package", "pkg"]),
        OptionSpec::new(
            "state",
            Kind::Str,
            "What is wanted: `latest` also upgrades.",
        )
        .default("present")
        .choices(&["absent", "latest", "present"]),
        OptionSpec::new(
            "update_cache",
            Kind::Bool,
            "Whether the lists of packages are fetched first.",
        )
        .aliases(&["update-cache"])
        .default("no"),
        OptionSpec::new(
            "cache_valid_time",
            Kind::Int,
            "Lists younger than this many seconds are not fetched again.",
        )
        .default("0"),
        OptionSpec::new(
            "install_recommends",
            Kind::Bool,
            "Whether recommended packages come along; apt's own setting when not given.",
        )
        .aliases(&["install-recommends"]),
        OptionSpec::new(
            "purge",
            Kind::Bool,
            "Whether configuration files go with a removed package.",
        )
        .default("no"),
        OptionSpec::new(
            "autoremove",
            Kind::Bool,
            "Whether packages that nothing needs any more are removed.",
        )
        .default("no"),
        OptionSpec::new(
            "default_release",
            Kind::Str,
            "Release that packages are preferred from.",
        )
        .aliases(&["default-release"]),
        OptionSpec::new(
            "lock_timeout",
            Kind::Int,
            "Seconds to wait while another process holds apt's lock.",
        )
        .default("60"),
        OptionSpec::new(
            "dpkg_options",
            Kind::Str,
            "Options of dpkg, separated by commas.",
        )
        .default("force-confdef,force-confold"),
    ],
    shared: &[],
    mutually_exclusive: &[],
    required_one_of: &[&["name", "update_cache", "autoremove"]],
    free_form: None,
    runs_on: RunsOn::Host,
    check_mode: CheckMode::Full,
    example: "\
- ansible.builtin.apt:
    name: [frr, frr-pythontools]
    state: present
    update_cache: true
    cache_valid_time: 3600
",
};
