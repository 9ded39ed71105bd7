//! What is installed, read from dpkg's own status file instead of by starting a program.

use std::collections::HashMap;
use std::path::Path;

/// Installed packages and their versions.
#[derive(Debug, Default)]
pub(crate) struct Installed(HashMap<String, String>);

impl Installed {
    /// Reads `/var/lib/dpkg/status`.
    pub(crate) fn read() -> std::io::Result<Self> {
        std::fs::read(Path::new("/var/lib/dpkg/status"))
            .map(|bytes| Self::parse(&String::from_utf8_lossy(&bytes)))
    }

    fn parse(status: &str) -> Self {
        let mut installed = HashMap::new();
        for paragraph in status.split("\n\n") {
            let field = |name: &str| {
                paragraph
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                    .map(str::trim)
            };
            let is_installed = field("Status").is_some_and(|status| {
                let mut words = status.split(' ').skip(1);
                words.next() == Some("ok") && words.next() == Some("installed")
            });
            if let (true, Some(name), Some(version)) =
                (is_installed, field("Package"), field("Version"))
            {
                installed.insert(name.to_owned(), version.to_owned());
                for provided in field("Provides")
                    .into_iter()
                    .flat_map(|list| list.split(','))
                {
                    let name = provided.split_whitespace().next().unwrap_or_default();
                    installed.entry(name.to_owned()).or_default();
                }
            }
        }
        Self(installed)
    }

    /// The installed version of a package; empty when another package provides it.
    pub(crate) fn version(&self, package: &str) -> Option<&str> {
        let name = package
            .split_once(':')
            .map_or(package, |(name, _architecture)| name);
        self.0.get(name).map(String::as_str)
    }

    /// Whether `NAME` or `NAME=VERSION` is installed; `*` in a version stands for anything.
    pub(crate) fn satisfies(&self, wanted: &str) -> bool {
        match wanted.split_once('=') {
            None => self.version(wanted).is_some(),
            Some((name, version)) => self
                .version(name)
                .is_some_and(|found| matches(version, found)),
        }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Package: frr\nStatus: install ok installed\nVersion: 8.4.4-1.1~deb12u1\nProvides: bgpd, x (= 1)\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";

    #[test]
    fn only_what_is_installed_counts_and_what_it_provides() {
        let installed = Installed::parse(STATUS);
        assert_eq!(installed.version("frr:amd64"), Some("8.4.4-1.1~deb12u1"));
        assert!(installed.satisfies("x") && installed.satisfies("bgpd"));
        assert!(!installed.satisfies("gone"));
    }

    #[test]
    fn versions_may_hold_stars() {
        let installed = Installed::parse(STATUS);
        assert!(
            installed.satisfies("frr=8.4*")
                && installed.satisfies("frr=*deb12u1")
                && installed.satisfies("frr=8*1.1*")
        );
        assert!(!installed.satisfies("frr=8.4") && !installed.satisfies("frr=9*"));
    }
}
