//! The playbook and the roles that are shipped: they load, from disk and out of the program.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at what cannot go on"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use edgewright_playbook::load::model::Step;
use edgewright_playbook::{
    EmbeddedRoles, Inventory, LoadOptions, Playbook, PlaybookSource, RoleSource,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn inventory() -> Inventory {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/edge/inventory.yml");
    Inventory::load(&[path.display().to_string()]).unwrap()
}

fn tasks(steps: &[Step]) -> usize {
    steps
        .iter()
        .map(|step| match step {
            Step::Task(_) => 1,
            Step::Block(block) => tasks(&block.body) + tasks(&block.rescue) + tasks(&block.always),
        })
        .sum()
}

#[test]
fn the_shipped_playbook_loads_from_disk() {
    let options = LoadOptions {
        roles_path: vec![root().join("roles")],
        ..LoadOptions::default()
    };
    let source = PlaybookSource::File(root().join("playbooks/edge.yml"));
    let playbook = Playbook::load(&[source], &inventory(), &options)
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(playbook.plays.len(), 3);
    assert!(tasks(&playbook.plays[0].sections[1]) > 40);
    assert_eq!(playbook.plays[0].handlers.len(), 6);
}

/// Every file of the roles, as the program embeds them.
fn embedded() -> EmbeddedRoles {
    fn walk(directory: &Path, base: &Path, found: &mut Vec<(&'static str, &'static [u8])>) {
        for entry in fs_err::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, base, found);
            } else {
                let name = path
                    .strip_prefix(base)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                let content = fs_err::read(&path).unwrap();
                found.push((name.leak(), content.leak()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("roles"), &root().join("roles"), &mut found);
    EmbeddedRoles(found.leak())
}

#[test]
fn the_shipped_playbook_loads_out_of_the_program() {
    let options = LoadOptions {
        embedded: Some(Arc::new(embedded()) as Arc<dyn RoleSource>),
        ..LoadOptions::default()
    };
    let source = PlaybookSource::Embedded {
        name: "<built in>/playbooks/edge.yml".to_owned(),
        text: fs_err::read_to_string(root().join("playbooks/edge.yml")).unwrap(),
    };
    let playbook = Playbook::load(&[source], &inventory(), &options)
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(playbook.plays.len(), 3);
}
