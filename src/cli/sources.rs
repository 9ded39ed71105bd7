//! From what follows `-i` to an inventory: Ansible's sources, and cluster files.
//!
//! Used by `inventory` and `playbook`. A cluster file stands for the hosts of its cluster as they are now, so both sides are
//! asked for their addresses.

use std::path::Path;

use edgewright_playbook::Inventory;
use edgewright_template::Value;
use edgewright_yaml::{Diagnostic, Diagnostics, SourceFile};

use super::interrupt;
use crate::cluster::spec::parse::PLUGIN;
use crate::cluster::{self, Control};

/// Reads all sources, later ones over earlier ones; a cluster file must come first.
///
/// # Errors
/// Everything that is wrong with them.
pub fn load(sources: &[String]) -> Result<Inventory, Diagnostics> {
    let mut problems = missing(sources);
    let (first, others) = match sources.split_first() {
        Some((first, others)) if is_cluster_file(first) => (Some(first), others),
        _ => (None, sources),
    };
    if let Some(source) = others.iter().find(|source| is_cluster_file(source)) {
        let message = format!("the cluster file `{source}` must be the first inventory");
        problems.push(
            Diagnostic::error("inventory::order", message)
                .help("name it first; there can be one, and other sources are laid over it"),
        );
    }
    problems.into_result(())?;
    let mut inventory = match first {
        Some(file) => of_cluster(Path::new(file))?,
        None => Inventory::new(),
    };
    let mut problems = Diagnostics::default();
    for source in others {
        inventory.add_source(source, &mut problems);
    }
    inventory.reconcile();
    problems.into_result(inventory)
}

/// Complains about sources that are not there.
pub fn missing(sources: &[String]) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for source in sources {
        if !source.contains(',') && !Path::new(source).exists() {
            let message = format!("there is no inventory `{source}`");
            problems.push(
                Diagnostic::error("inventory::missing", message)
                    .help("name a file, a directory, or hosts with a comma: `-i host1,host2,`"),
            );
        }
    }
    problems
}

/// Whether a source says that it is ours; what cannot be read is left to those who complain about it.
fn is_cluster_file(source: &str) -> bool {
    let path = Path::new(source);
    let yaml = path
        .extension()
        .is_some_and(|ending| ending == "yml" || ending == "yaml");
    if !yaml || !path.is_file() {
        return false;
    }
    let node = SourceFile::read(path)
        .ok()
        .and_then(|file| edgewright_yaml::load(&file).ok().flatten());
    node.as_ref()
        .and_then(|node| node.as_map()?.get("plugin")?.as_str())
        .is_some_and(|plugin| plugin == PLUGIN)
}

/// The hosts of a cluster as they are now, with the variables of the files beside the cluster file.
fn of_cluster(file: &Path) -> Result<Inventory, Diagnostics> {
    let control = Control::open(file)?;
    let mut inventory = interrupt::runtime()?.block_on(cluster::inventory(&control))?;
    let beside = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    inventory.add_directory(beside.unwrap_or(Path::new(".")));
    if let Some(key) = &control.spec().ssh.identity_file {
        let path = Value::plain(key.to_string_lossy().as_ref());
        inventory.set_group_var("all", "ansible_ssh_private_key_file", path);
    }
    Ok(inventory)
}
