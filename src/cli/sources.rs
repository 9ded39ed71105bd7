//! From what follows `-i` to an inventory: Ansible's sources, and cluster files.

use std::path::Path;

use edgewright_playbook::Inventory;
use edgewright_yaml::{Diagnostic, Diagnostics};

/// Reads all sources, later ones over earlier ones.
///
/// # Errors
/// Everything that is wrong with them.
pub fn load(sources: &[String]) -> Result<Inventory, Diagnostics> {
    Inventory::load(sources)
}

/// Complains about sources that are not there.
pub fn missing(sources: &[String]) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for source in sources {
        if !source.contains(',') && !Path::new(source).exists() {
            problems.push(
                Diagnostic::error(
                    "inventory::missing",
                    format!("there is no inventory `{source}`"),
                )
                .help("name a file, a directory, or hosts with a comma: `-i host1,host2,`"),
            );
        }
    }
    problems
}
