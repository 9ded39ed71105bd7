//! Where things lie: the workspace, its target directory, and what was built.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The target directory.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |directory| root().join(directory))
}

/// A program of ours from the release build.
pub fn release(name: &str) -> PathBuf {
    target().join("release").join(name)
}

/// Tools that were installed for this workspace alone.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// The path as it is shown: from the root, where it lies below it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
