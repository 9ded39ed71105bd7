//! Declaration of the module `user`.

use crate::spec::{CheckMode, Kind, ModuleSpec, OptionSpec, RunsOn};

/// Manages users.
pub static SPEC: ModuleSpec = ModuleSpec {
    name: "user",
    collection: "ansible.builtin",
    summary: "Manages users",
    own: &[
        OptionSpec::new("name", Kind::Str, "Login name.")
            .aliases(&["user"])
            .required(),
        OptionSpec::new("state", Kind::Str, "Whether the user is there.")
            .default("present")
            .choices(&["absent", "present"]),
        OptionSpec::new("uid", Kind::Int, "User id."),
        OptionSpec::new("group", Kind::Str, "Primary group."),
        OptionSpec::new("groups", Kind::ListOfStr, "Other groups."),
        OptionSpec::new(
            "append",
            Kind::Bool,
            "Whether the user stays in groups that are not named.",
        )
        .default("no"),
        OptionSpec::new("comment", Kind::Str, "Description (GECOS)."),
        OptionSpec::new("home", Kind::Path, "Home directory."),
        OptionSpec::new("shell", Kind::Path, "Login shell."),
        OptionSpec::new("system", Kind::Bool, "Whether a new user is a system user.").default("no"),
        OptionSpec::new(
            "create_home",
            Kind::Bool,
            "Whether a new user's home is created.",
        )
        .aliases(&["createhome"])
        .default("yes"),
        OptionSpec::new("password", Kind::Str, "Encrypted password.").secret(),
        OptionSpec::new(
            "update_password",
            Kind::Str,
            "Whether a user who is there gets the password too.",
        )
        .default("always")
        .choices(&["always", "on_create"]),
        OptionSpec::new(
            "move_home",
            Kind::Bool,
            "Whether the files of a home that changes are moved.",
        )
        .default("no"),
        OptionSpec::new("remove", Kind::Bool, "Whether the home goes with the user.").default("no"),
        OptionSpec::new(
            "force",
            Kind::Bool,
            "Whether a user who is logged in is removed.",
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
- ansible.builtin.user:
    name: oneadmin
    uid: 9869
    system: true
",
};
