//! Directories of playbooks and roles: on disk, or embedded in the program.
//!
//! Called by the loader for everything it reads, and by the runner for files and templates.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edgewright_yaml::SourceFile;

/// Roles that are not on disk.
pub trait RoleSource: Debug + Send + Sync {
    /// The content of a file, by its path from the roles' directory: `frr/tasks/main.yml`.
    fn file(&self, path: &str) -> Option<&[u8]>;

    /// Names of all roles.
    fn roles(&self) -> Vec<String>;
}

/// Roles in a table of paths (`frr/tasks/main.yml`) and contents.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddedRoles(pub &'static [(&'static str, &'static [u8])]);

impl RoleSource for EmbeddedRoles {
    fn file(&self, path: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, content)| *content)
    }

    fn roles(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .0
            .iter()
            .filter_map(|(path, _)| path.split('/').next().map(str::to_owned))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A directory.
#[derive(Clone, Debug)]
pub enum Place {
    /// On disk.
    Disk(PathBuf),
    /// In a [`RoleSource`], by its path from the roles' directory.
    Embedded(Arc<dyn RoleSource>, String),
}

impl Place {
    /// A place below this one; an absolute path leads to the disk.
    #[must_use]
    pub fn join(&self, path: &str) -> Self {
        if Path::new(path).is_absolute() {
            return Self::Disk(path.into());
        }
        match self {
            Self::Disk(directory) => Self::Disk(directory.join(path)),
            Self::Embedded(source, directory) => {
                Self::Embedded(Arc::clone(source), normal(&format!("{directory}/{path}")))
            }
        }
    }

    /// The directory that this place is in.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self {
            Self::Disk(path) => Self::Disk(path.parent().map(Path::to_owned).unwrap_or_default()),
            Self::Embedded(source, path) => {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                Self::Embedded(Arc::clone(source), parent.to_owned())
            }
        }
    }

    /// Whether there is a file here.
    pub fn is_file(&self) -> bool {
        match self {
            Self::Disk(path) => path.is_file(),
            Self::Embedded(source, path) => source.file(path).is_some(),
        }
    }

    /// Whether there is a directory here.
    pub fn is_dir(&self) -> bool {
        match self {
            Self::Disk(path) => path.is_dir(),
            Self::Embedded(source, path) => source.roles().iter().any(|role| role == path),
        }
    }

    /// The content of the file here.
    ///
    /// # Errors
    /// What the operating system answers; not found for an embedded file that is not there.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Disk(path) => fs_err::read(path),
            Self::Embedded(source, path) => {
                source.file(path).map(<[u8]>::to_vec).ok_or_else(|| {
                    io::Error::new(
                        io::ErrorKind::NotFound,
                        format!("no embedded file `{path}`"),
                    )
                })
            }
        }
    }

    /// The text of the file here.
    ///
    /// # Errors
    /// As [`Place::bytes`]; also when it is not UTF-8.
    pub fn text(&self) -> io::Result<Arc<SourceFile>> {
        match self {
            Self::Disk(path) => SourceFile::read(path),
            Self::Embedded(..) => {
                let text = String::from_utf8(self.bytes()?)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                Ok(SourceFile::new(self.to_string(), text))
            }
        }
    }

    /// Names of the directories in this one, in order.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Disk(path) => {
                let mut names: Vec<String> = fs_err::read_dir(path)
                    .map(|entries| {
                        entries
                            .flatten()
                            .filter(|entry| entry.path().is_dir())
                            .map(|entry| entry.file_name().to_string_lossy().into_owned())
                            .collect()
                    })
                    .unwrap_or_default();
                names.sort();
                names
            }
            Self::Embedded(source, _) => source.roles(),
        }
    }

    /// The path on disk, if it is there.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Disk(path) => Some(path),
            Self::Embedded(..) => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Disk(path) => write!(out, "{}", path.display()),
            Self::Embedded(_, path) => write!(out, "<built in>/roles/{path}"),
        }
    }
}

/// Takes `.` and `..` out of a path.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_files_are_found_by_normal_paths() {
        let source: Arc<dyn RoleSource> = Arc::new(EmbeddedRoles(&[("a/tasks/main.yml", b"x")]));
        let place = Place::Embedded(source, "a/handlers".to_owned());
        assert!(place.join("../tasks/./main.yml").is_file());
        assert_eq!(
            place.join("../tasks/main.yml").to_string(),
            "<built in>/roles/a/tasks/main.yml"
        );
        assert!(!place.join("../tasks/other.yml").is_file());
    }
}
