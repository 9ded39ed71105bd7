//! Every module: one file declares its arguments, documentation and example.

pub mod apt;
pub mod apt_repository;
pub mod assertion;
pub mod authorized_key;
pub mod command;
pub mod copy;
pub mod debug;
pub mod fail;
pub mod file;
pub mod lineinfile;
pub mod package;
pub mod ping;
pub mod set_fact;
pub mod setup;
pub mod shell;
pub mod slurp;
pub mod stat;
pub mod sysctl;
pub mod systemd;
pub mod template;
pub mod user;
pub mod wait_for;

use crate::spec::{Kind, ModuleSpec, OptionSpec};

/// Every module there is, by name.
pub static ALL: &[&ModuleSpec] = &[
    &apt::SPEC,
    &apt_repository::SPEC,
    &assertion::SPEC,
    &authorized_key::SPEC,
    &command::SPEC,
    &copy::SPEC,
    &debug::SPEC,
    &fail::SPEC,
    &file::SPEC,
    &lineinfile::SPEC,
    &package::SPEC,
    &ping::SPEC,
    &set_fact::SPEC,
    &setup::SPEC,
    &shell::SPEC,
    &slurp::SPEC,
    &stat::SPEC,
    &sysctl::SPEC,
    &systemd::SPEC,
    &template::SPEC,
    &user::SPEC,
    &wait_for::SPEC,
];

/// Options of every module that writes files.
pub static FILE_OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "mode",
        Kind::Mode,
        "Permissions, in octal digits or symbolic.",
    ),
    OptionSpec::new("owner", Kind::Str, "Owner, by name or number."),
    OptionSpec::new("group", Kind::Str, "Group, by name or number."),
];

/// The module of a name with or without its collection: `copy`, `ansible.builtin.copy`.
pub fn find(name: &str) -> Option<&'static ModuleSpec> {
    let (collection, short) = match name.rsplit_once('.') {
        None => (None, name),
        Some((collection, short)) => (Some(collection), short),
    };
    // Other names of the same modules.
    let short = match short {
        "systemd_service" | "service" => "systemd",
        "gather_facts" => "setup",
        other => other,
    };
    ALL.iter().copied().find(|spec| {
        spec.name == short
            && match collection {
                None => true,
                Some("ansible.legacy") => spec.collection == "ansible.builtin",
                Some(collection) => spec.collection == collection,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_by_short_and_full_names() {
        assert_eq!(find("copy").unwrap().name, "copy");
        assert_eq!(find("ansible.builtin.copy").unwrap().name, "copy");
        assert_eq!(find("ansible.posix.sysctl").unwrap().name, "sysctl");
        assert!(find("ansible.builtin.sysctl").is_none());
        assert!(find("community.general.copy").is_none());
    }

    #[test]
    fn names_and_aliases_are_used_once_a_module() {
        for spec in ALL {
            let mut names: Vec<&str> = spec
                .options()
                .flat_map(|o| o.aliases.iter().copied().chain([o.name]))
                .collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", spec.name);
        }
    }

    #[test]
    fn defaults_are_values_of_their_options() {
        for spec in ALL {
            for option in spec.options().filter(|option| option.default.is_some()) {
                let args = [(option.name.to_owned(), option.default.unwrap().into())]
                    .into_iter()
                    .collect();
                let errors = crate::check::names(spec, &args, |_| false);
                assert!(
                    errors.iter().all(|error| error.option().is_none()),
                    "{errors:?}"
                );
            }
        }
    }
}
