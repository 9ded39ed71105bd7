//! Which distribution a host runs, from `/etc/os-release`.
//!
//! Called by `system`. Pure.

/// Facts from the text of `/etc/os-release` and of `/etc/debian_version`, where Debian tells its point release.
pub fn facts(release: &str, point: &str) -> Vec<(&'static str, String)> {
    let field = |name: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"').to_owned())
            .unwrap_or_default()
    };
    let id = field("ID");
    let name = match id.as_str() {
        "debian" => "Debian".to_owned(),
        "ubuntu" => "Ubuntu".to_owned(),
        _ => field("NAME")
            .split_whitespace()
            .next()
            .unwrap_or("Linux")
            .to_owned(),
    };
    let family = if id == "debian" || field("ID_LIKE").contains("debian") {
        "Debian".to_owned()
    } else {
        name.clone()
    };
    let mut version = field("VERSION_ID");
    let major = version.split('.').next().unwrap_or_default().to_owned();
    let mut facts = vec![("distribution_major_version", major)];
    if id == "debian" {
        if point.starts_with(&format!("{version}.")) {
            let minor = point.split('.').nth(1).unwrap_or_default().to_owned();
            facts.push(("distribution_minor_version", minor));
            point.clone_into(&mut version);
        }
        facts.push(("distribution_file_variety", "Debian".to_owned()));
    }
    facts.extend([
        ("distribution", name),
        ("distribution_version", version),
        ("distribution_release", field("VERSION_CODENAME")),
        ("os_family", family),
    ]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the distributions' own files that matter here.
    fn release(id: &str, name: &str, version: &str, codename: &str, like: &str) -> String {
        format!(
            "PRETTY_NAME=\"{name} {version}\"\nNAME=\"{name}\"\nVERSION_ID=\"{version}\"\n\
             VERSION_CODENAME={codename}\nID={id}\n{like}"
        )
    }

    fn fact(facts: &[(&'static str, String)], name: &str) -> String {
        facts
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
            .unwrap()
    }

    #[test]
    fn ubuntu_is_told_by_its_full_version() {
        for (version, codename) in [("22.04", "jammy"), ("24.04", "noble")] {
            let text = release("ubuntu", "Ubuntu", version, codename, "ID_LIKE=debian\n");
            let facts = facts(&text, "trixie/sid");
            assert_eq!(fact(&facts, "distribution"), "Ubuntu");
            assert_eq!(fact(&facts, "distribution_version"), version);
            assert_eq!(fact(&facts, "distribution_release"), codename);
            assert_eq!(fact(&facts, "os_family"), "Debian");
        }
    }

    #[test]
    fn debian_is_told_by_its_point_release() {
        let text = release("debian", "Debian GNU/Linux", "12", "bookworm", "");
        let facts = facts(&text, "12.11");
        assert_eq!(fact(&facts, "distribution"), "Debian");
        assert_eq!(fact(&facts, "distribution_version"), "12.11");
        assert_eq!(fact(&facts, "distribution_major_version"), "12");
        assert_eq!(fact(&facts, "distribution_minor_version"), "11");
    }

    #[test]
    fn others_are_told_by_the_first_word_of_their_name() {
        let text = release(
            "rocky",
            "Rocky Linux",
            "9.4",
            "",
            "ID_LIKE=\"rhel centos fedora\"\n",
        );
        let facts = facts(&text, "");
        assert_eq!(fact(&facts, "distribution"), "Rocky");
        assert_eq!(fact(&facts, "os_family"), "Rocky");
    }
}
