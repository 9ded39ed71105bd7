//! From what the user names with `-i` to an inventory: files, directories, comma lists.
//!
//! Called by the CLI, and by `cluster` for what stands beside a cluster file.

use std::path::{Path, PathBuf};

use edgewright_yaml::{Diagnostic, Diagnostics, SourceFile};

use super::{Inventory, ini, yaml};

/// Endings of files in an inventory directory that are no inventories.
const IGNORED: [&str; 11] = [
    ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".retry",
];

impl Inventory {
    /// Reads all sources, later ones over earlier ones.
    ///
    /// # Errors
    /// Everything that is wrong with them, in one report.
    pub fn load(sources: &[String]) -> Result<Self, Diagnostics> {
        let mut inventory = Self::new();
        let mut problems = Diagnostics::default();
        for source in sources {
            inventory.add_source(source, &mut problems);
        }
        inventory.reconcile();
        problems.into_result(inventory)
    }

    /// Reads one source into an inventory that others build too. [`Inventory::reconcile`] is to be called after
    /// the last one.
    pub fn add_source(&mut self, source: &str, problems: &mut Diagnostics) {
        if source.contains(',') {
            for host in source
                .split(',')
                .map(str::trim)
                .filter(|host| !host.is_empty())
            {
                match super::ranges::expand(host) {
                    Ok(names) => names
                        .iter()
                        .for_each(|name| self.add_host(name, "ungrouped")),
                    Err(error) => {
                        problems.push(Diagnostic::error("inventory::range", error.to_string()));
                    }
                }
            }
            return;
        }
        let path = Path::new(source);
        if path.is_dir() {
            self.add_directory(path);
            self.read_directory(path, problems);
        } else {
            self.add_directory(
                path.parent()
                    .filter(|parent| !parent.as_os_str().is_empty())
                    .unwrap_or(Path::new(".")),
            );
            self.read_file(path, problems);
        }
    }

    fn read_directory(&mut self, directory: &Path, problems: &mut Diagnostics) {
        let entries = match fs_err::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => {
                problems.push(Diagnostic::error("inventory::read", error.to_string()));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let skipped = name.starts_with('.')
                || matches!(name.as_str(), "group_vars" | "host_vars")
                || IGNORED.iter().any(|ending| name.ends_with(ending));
            if skipped {
                continue;
            }
            if path.is_dir() {
                self.read_directory(&path, problems);
            } else {
                self.read_file(&path, problems);
            }
        }
    }

    fn read_file(&mut self, path: &Path, problems: &mut Diagnostics) {
        let source = match SourceFile::read(path) {
            Ok(source) => source,
            Err(error) => {
                problems.push(
                    Diagnostic::error("inventory::read", error.to_string())
                        .help("name a file, a directory, or hosts with a comma: `-i host1,host2,`"),
                );
                return;
            }
        };
        if is_executable(path) && source.text().starts_with("#!") {
            problems.push(Diagnostic::error(
                "inventory::script",
                format!(
                    "inventory scripts are not supported yet: `{}`",
                    path.display()
                ),
            ));
            return;
        }
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !matches!(extension.as_str(), "yml" | "yaml" | "json") {
            ini::read(&source, self, problems);
            return;
        }
        match edgewright_yaml::load(&source) {
            Ok(None) => {}
            Ok(Some(node)) => {
                if let Some((key, value)) = node.as_map().and_then(|map| map.entry("plugin")) {
                    problems.push(
                        Diagnostic::error(
                            "inventory::plugin",
                            format!(
                                "inventory plugin `{}` is not supported",
                                value.as_str().unwrap_or("?")
                            ),
                        )
                        .at(&key.span, "a source for a plugin"),
                    );
                    return;
                }
                yaml::read(&node, self, problems);
            }
            Err(found) => problems.extend(found),
        }
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}
