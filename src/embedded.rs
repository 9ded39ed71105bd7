//! Playbooks and roles that the binary carries: what `playbooks/` and `roles/` of the repository hold.
//!
//! Called by `cluster::configure`. `build.rs` makes the table.

mod table {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The shipped roles, as `ROLE/PATH` and content.
pub fn roles() -> &'static [(&'static str, &'static [u8])] {
    table::ROLES
}

/// The text of a shipped playbook.
pub fn playbook(name: &str) -> Option<&'static str> {
    table::PLAYBOOKS
        .iter()
        .find(|(known, _)| *known == name)
        .and_then(|(_, content)| std::str::from_utf8(content).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_playbook_and_every_role_it_names_are_embedded() {
        let text = playbook("edge.yml").unwrap();
        let named: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- role: "))
            .collect();
        assert!(named.len() >= 9, "{named:?}");
        for role in named {
            let tasks = format!("{role}/tasks/main.yml");
            assert!(roles().iter().any(|(path, _)| *path == tasks), "{tasks}");
        }
    }
}
