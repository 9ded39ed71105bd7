//! `edgewright inventory`, compared with what `ansible-inventory` (ansible-core 2.19) printed for the same sources.
//!
//! Each folder of `inventories` is a case: the source, and recorded outputs. A new case needs no Rust.
use std::path::{Path, PathBuf};

use edgewright::cli::Exit;

use crate::builder::Cli;
use crate::world::World;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/inventories");

fn cases() -> Vec<PathBuf> {
    let cases: Vec<PathBuf> = fs_err::read_dir(CASES)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(cases.len() >= 3, "{cases:?}");
    cases
}

fn compare(case: &Path, args: &[&str], recorded: &str) {
    let source = ["inventory", "inventory.yml"]
        .map(|name| case.join(name))
        .into_iter()
        .find(|path| path.exists())
        .unwrap();
    Cli::new()
        .args(["inventory", "-i", source.to_str().unwrap()])
        .args(args.iter().copied())
        .stdout(&fs_err::read_to_string(case.join(recorded)).unwrap())
        .succeeds();
}

#[test]
fn list_is_the_same() {
    for case in cases() {
        compare(&case, &["--list"], "list.json");
    }
}

#[test]
fn graph_with_variables_is_the_same() {
    for case in cases() {
        compare(&case, &["--graph", "--vars"], "graph.txt");
    }
}

#[test]
fn the_variables_of_a_host_are_the_same() {
    for case in cases() {
        let host = fs_err::read_to_string(case.join("host.name")).unwrap();
        compare(&case, &["--host", host.trim()], "host.json");
    }
}

#[test]
fn several_sources_are_laid_over_each_other() {
    Cli::new()
        .file("first", "[web]\na color=red\n")
        .args(["inventory", "-i", "first", "-i", "b,c", "--graph"])
        .stdout(
            "
            @all:
              |--@ungrouped:
              |  |--b
              |  |--c
              |--@web:
              |  |--a
            ",
        )
        .succeeds();
}

#[test]
fn a_graph_can_start_at_a_group() {
    Cli::new()
        .file("hosts", "[web]\na\n[db]\nb\n")
        .args(["inventory", "-i", "hosts", "--graph", "db"])
        .stdout(
            "
            @db:
              |--b
            ",
        )
        .succeeds();
}

#[test]
fn an_unknown_host_is_refused_with_the_nearest_one() {
    Cli::new()
        .args(["inventory", "-i", "alpha,beta", "--host", "alfa"])
        .stderr(
            "
            error[inventory::unknown]: the inventory has no host `alfa`
             |
             = help: `--graph` shows what it has
            ",
        )
        .fails_with(Exit::BadInput);
    Cli::new()
        .args(["inventory", "-i", "alpha,beta", "--host", "alpa"])
        .stderr(
            "
            error[inventory::unknown]: the inventory has no host `alpa`
             |
             = help: did you mean `alpha`?
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_source_that_is_not_there_is_refused() {
    Cli::new()
        .args(["inventory", "-i", "hosts", "--list"])
        .stderr(
            "
            error[inventory::missing]: there is no inventory `hosts`
             |
             = help: name a file, a directory, or hosts with a comma: `-i host1,host2,`
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn what_to_show_has_to_be_said() {
    Cli::new()
        .args(["inventory", "-i", "a,"])
        .stderr(
            "
            error: the following required arguments were not provided:
              <--list|--host <HOST>|--graph>

            Usage: edgewright inventory --inventory <INVENTORY> <--list|--host <HOST>|--graph> [GROUP]

            For more information, try '--help'.
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_tree_has_no_form_in_json() {
    Cli::new()
        .args(["inventory", "-i", "a,", "--graph", "-o", "json"])
        .stdout(r#"{"event":"error","at":[TIME],"code":"cli::graph-json","message":"a tree is for people, and has no form in JSON","place":null,"help":["use `--list`, which is JSON"],"text":"error[cli::graph-json]: a tree is for people, and has no form in JSON\n |\n = help: use `--list`, which is JSON\n"}"#)
        .times_vary()
        .fails_with(Exit::BadInput);
}

#[test]
fn a_cluster_file_is_an_inventory() {
    World::start()
        .cli()
        .file("more", "[nodes]\nspare\n")
        .args(["inventory", "-i", "lab.yml", "-i", "more", "--graph"])
        .stdout(
            "
            @all:
              |--@ungrouped:
              |--@nodes:
              |  |--spare
              |--@frontend:
              |  |--frontend
            ",
        )
        .succeeds();
}

#[test]
fn a_cluster_file_must_come_first() {
    World::start()
        .cli()
        .args(["inventory", "-i", "a,", "-i", "lab.yml", "--graph"])
        .stderr(
            "
            error[inventory::order]: the cluster file `lab.yml` must be the first inventory
             |
             = help: name it first; there can be one, and other sources are laid over it
            ",
        )
        .fails_with(Exit::BadInput);
}
