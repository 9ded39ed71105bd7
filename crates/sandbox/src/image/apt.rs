//! How this machine's apt reaches Debian, so that images and hosts do it the same way.
//!
//! Called by `image::recipe`. On an ordinary machine nothing is found and Debian's own mirrors are used.

use std::path::Path;

/// Debian's own mirrors.
const MIRROR: &str = "http://deb.debian.org/debian";
const SECURITY: &str = "http://security.debian.org/debian-security";

/// Settings of apt that decide how packages are fetched.
const TAKEN: [&str; 5] = [
    "Acquire::Check-Date",
    "Acquire::Check-Valid-Until",
    "Acquire::ForceIPv4",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
];

/// How packages are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Apt {
    /// Where the archive is.
    pub(crate) mirror: String,
    /// Where the security updates are.
    pub(crate) security: String,
    /// Settings for the hosts, as `Acquire::… "…"`.
    pub(crate) options: Vec<String>,
    /// A proxy on this machine itself, which serves while an image is built and cannot be reached from hosts.
    pub(crate) local_proxy: Option<String>,
}

impl Default for Apt {
    fn default() -> Self {
        Self {
            mirror: MIRROR.to_owned(),
            security: SECURITY.to_owned(),
            options: Vec::new(),
            local_proxy: None,
        }
    }
}

impl Apt {
    /// Reads what this machine has.
    pub(crate) async fn of_this_machine() -> Self {
        let mut apt = Self::default();
        if let Ok(output) = tokio::process::Command::new("apt-config")
            .arg("dump")
            .output()
            .await
        {
            apt.take_options(&String::from_utf8_lossy(&output.stdout));
        }
        for name in ["http_proxy", "HTTP_PROXY"] {
            if let Ok(proxy) = std::env::var(name) {
                apt.take_proxy("Acquire::http::Proxy", &proxy);
            }
        }
        for text in sources(Path::new("/etc/apt")) {
            apt.take_sources(&text);
        }
        apt
    }

    /// Whether hosts use a proxy.
    pub(crate) fn is_proxied(&self) -> bool {
        self.options
            .iter()
            .any(|option| option.contains("::Proxy "))
    }

    /// Takes over what `apt-config dump` prints, such as `Acquire::http::Proxy "http://proxy:3128";`.
    fn take_options(&mut self, dump: &str) {
        for line in dump.lines() {
            let Some((key, value)) = line.trim_end_matches(';').split_once(' ') else {
                continue;
            };
            let value = value.trim_matches('"');
            if value.is_empty() || !TAKEN.iter().any(|taken| key.eq_ignore_ascii_case(taken)) {
                continue;
            }
            if key.ends_with("Proxy") {
                self.take_proxy(key, value);
            } else {
                self.options.push(format!("{key} \"{value}\";"));
            }
        }
    }

    fn take_proxy(&mut self, key: &str, proxy: &str) {
        if proxy.is_empty() || proxy.eq_ignore_ascii_case("DIRECT") {
            return;
        }
        if is_loopback(proxy) {
            self.local_proxy = Some(proxy.to_owned());
            return;
        }
        let key_given = format!("{key} ");
        if !self
            .options
            .iter()
            .any(|option| option.starts_with(&key_given))
        {
            self.options.push(format!("{key} \"{proxy}\";"));
        }
    }

    /// Takes over the mirrors that a list of sources names, in either of apt's formats; the first of each kind counts.
    fn take_sources(&mut self, text: &str) {
        for line in text.lines().map(str::trim) {
            let listed = line.starts_with("deb ") || line.starts_with("URIs:");
            let Some(url) = line
                .split_whitespace()
                .find(|word| word.starts_with("http"))
            else {
                continue;
            };
            let url = url.trim_end_matches('/');
            if listed && url.ends_with("/debian") && self.mirror == MIRROR {
                url.clone_into(&mut self.mirror);
            } else if listed && url.ends_with("/debian-security") && self.security == SECURITY {
                url.clone_into(&mut self.security);
            }
        }
    }
}

fn is_loopback(proxy: &str) -> bool {
    let host = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|start| host.starts_with(start))
}

/// All lists of sources. One that cannot be read counts as empty: the mirrors of Debian serve as well.
fn sources(directory: &Path) -> Vec<String> {
    let mut paths = vec![directory.join("sources.list")];
    if let Ok(entries) = fs_err::read_dir(directory.join("sources.list.d")) {
        let mut more: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        more.sort();
        paths.extend(more);
    }
    paths
        .iter()
        .filter_map(|path| fs_err::read_to_string(path).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_machine_uses_the_mirrors_of_debian() {
        let mut apt = Apt::default();
        apt.take_options("APT::Architecture \"amd64\";\nAcquire::http \"\";\n");
        apt.take_sources("# deb http://old.example/debian bookworm main\n");
        apt.take_sources("URIs: https://deb.nodesource.com/node_20.x\n");
        assert_eq!(apt, Apt::default());
    }

    #[test]
    fn a_mirror_and_a_proxy_are_passed_on() {
        let mut apt = Apt::default();
        apt.take_options(
            "Acquire::http::Proxy \"http://proxy.example:3128\";\nAcquire::Check-Valid-Until \"false\";\n",
        );
        apt.take_proxy("Acquire::http::Proxy", "http://another.example:3128");
        apt.take_sources("deb [arch=amd64] http://mirror.example/debian/ bookworm main\n");
        assert_eq!(
            apt,
            Apt {
                mirror: "http://mirror.example/debian".to_owned(),
                options: vec![
                    "Acquire::http::Proxy \"http://proxy.example:3128\";".to_owned(),
                    "Acquire::Check-Valid-Until \"false\";".to_owned(),
                ],
                ..Apt::default()
            }
        );
    }

    #[test]
    fn a_proxy_on_this_machine_is_not_passed_on() {
        let mut apt = Apt::default();
        apt.take_proxy("Acquire::http::Proxy", "http://127.0.0.1:3142/");
        assert_eq!(apt.options, Vec::<String>::new());
        assert_eq!(apt.local_proxy.as_deref(), Some("http://127.0.0.1:3142/"));
    }
}
