//! Bad playbooks, each with the whole message that it gets before any host is touched.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at what cannot go on"
)]

mod files;
mod structure;
mod values;

use std::path::Path;

use edgewright_playbook::{Inventory, LoadOptions, Playbook, PlaybookSource};

/// The complaints about files, of which `site.yml` is the playbook. `DIR` stands for their directory.
fn complaints(files: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    for (name, text) in files {
        let path = base.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    fs_err::write(base.join("hosts.ini"), "[nodes]\nn1 fabric=198.18.0.11\n").unwrap();
    let inventory = Inventory::load(&[base.join("hosts.ini").display().to_string()]).unwrap();
    let source = PlaybookSource::File(base.join(Path::new("site.yml")));
    let problems = Playbook::load(&[source], &inventory, &LoadOptions::default())
        .map_or_else(|problems| problems.to_string(), |_| "it loads".to_owned());
    problems.replace(&base.display().to_string(), "DIR")
}

/// The complaint about the tasks of a play.
fn tasks(tasks: &str) -> String {
    complaints(&[("site.yml", &format!("- hosts: nodes\n  tasks:\n{tasks}"))])
}
