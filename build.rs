//! Embeds the shipped playbooks and roles, so that the binary alone can build a cluster.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::var("CARGO_MANIFEST_DIR")?;
    let mut table = String::new();
    for (constant, folder) in [("ROLES", "roles"), ("PLAYBOOKS", "playbooks")] {
        let folder = Path::new(&root).join(folder);
        let mut files = Vec::new();
        collect(&folder, &folder, &mut files)?;
        files.sort();
        writeln!(table, "pub(super) static {constant}: &[(&str, &[u8])] = &[")?;
        for name in files {
            let path = folder.join(&name);
            writeln!(
                table,
                "    ({name:?}, include_bytes!({:?})),",
                path.to_string_lossy()
            )?;
        }
        writeln!(table, "];")?;
    }
    let out = Path::new(&std::env::var("OUT_DIR")?).join("embedded.rs");
    fs_err::write(out, table)?;
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push(path.strip_prefix(root)?.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
