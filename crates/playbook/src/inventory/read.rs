//! Finding and reading inventories: files, directories, lists of hosts, `group_vars` and `host_vars`.

use std::path::{Path, PathBuf};

use edgewright_template::Map;
use edgewright_yaml::{Diagnostic, Diagnostics, SourceFile, load_file};

use super::{Inventory, ini, yaml};
use crate::data;

/// Reads an inventory: a file, a directory of files, or a list such as `a,b,`.
///
/// # Errors
/// Every complaint about its files.
pub fn load(source: &str) -> Result<Inventory, Diagnostics> {
    if source.contains(',') {
        let mut inventory = Inventory::default();
        for name in source.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            inventory.place(name, "ungrouped");
        }
        return Ok(inventory);
    }
    let path = Path::new(source);
    let mut inventory = read(path)?;
    let directory = if path.is_dir() { path.to_owned() } else { path.parent().map_or_else(PathBuf::new, Path::to_owned) };
    add_vars(&mut inventory, &directory)?;
    inventory.directory = Some(directory);
    Ok(inventory)
}

fn read(path: &Path) -> Result<Inventory, Diagnostics> {
    if path.is_dir() {
        let mut inventory = Inventory::default();
        for entry in sorted(path) {
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let ignored = [".orig", ".cfg", ".retry", "~", ".swp"].iter().any(|end| name.ends_with(end));
            if entry.is_file() && !ignored && !name.starts_with('.') {
                inventory.merge(read(&entry)?);
            }
        }
        return Ok(inventory);
    }
    let is_yaml = path.extension().is_some_and(|end| ["yml", "yaml", "json"].iter().any(|known| end == *known));
    if is_yaml {
        return load_file(path)?.map_or_else(|| Ok(Inventory::default()), |node| yaml::read(&node));
    }
    let source = SourceFile::read(path).map_err(|error| {
        Diagnostic::error("inventory::unreadable", format!("cannot read the inventory `{}`: {error}", path.display()))
            .help("check the path; a list of hosts needs a comma: `-i host,`")
    })?;
    ini::read(&source)
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Adds what `group_vars` and `host_vars` of a directory say.
fn add_vars(inventory: &mut Inventory, directory: &Path) -> Result<(), Diagnostics> {
    let groups: Vec<String> = inventory.group_names().map(str::to_owned).collect();
    for group in groups {
        let vars = read_vars_directory(&directory.join("group_vars"), &group)?;
        inventory.add_group(&group).vars.extend(vars);
    }
    let hosts: Vec<String> = inventory.host_names().map(str::to_owned).collect();
    for host in hosts {
        let vars = read_vars_directory(&directory.join("host_vars"), &host)?;
        inventory.add_host(&host).vars.extend(vars);
    }
    Ok(())
}

/// Variables of one name in a `group_vars` or `host_vars` directory: `NAME`, `NAME.yml`, `NAME.yaml`,
/// `NAME.json`, or the files of a directory `NAME`.
///
/// # Errors
/// Every complaint about the files.
pub fn read_vars_directory(directory: &Path, name: &str) -> Result<Map, Diagnostics> {
    let mut vars = Map::new();
    for end in ["", ".yml", ".yaml", ".json"] {
        let path = directory.join(format!("{name}{end}"));
        let files = if path.is_dir() { sorted(&path) } else { vec![path] };
        for file in files.into_iter().filter(|file| file.is_file()) {
            vars.extend(vars_file(&file)?);
        }
    }
    Ok(vars)
}

/// Variables of one file.
pub(crate) fn vars_file(path: &Path) -> Result<Map, Diagnostics> {
    let Some(node) = load_file(path)? else { return Ok(Map::new()) };
    match node.as_map() {
        Some(map) => Ok(data::map(map)),
        None => Err(Diagnostic::error("vars::type", format!("a file of variables is a mapping, not {}", node.kind()))
            .at(&node.span, "expected `name: value` lines")
            .into()),
    }
}

/// Variables of a file that is named in another one.
pub(crate) fn vars_file_at(path: &Path, at: &edgewright_yaml::Span) -> Result<Map, Diagnostics> {
    if path.is_file() {
        return vars_file(path);
    }
    Err(Diagnostic::error("vars::missing", format!("there is no file `{}`", path.display())).at(at, "named here").into())
}
