//! `edgewright cluster plan`.
use edgewright::cli::Exit;
use serde_json::Value;

use crate::builder::Cli;
use crate::world::{PLAN, World};

#[test]
fn a_file_that_is_not_there_is_refused() {
    Cli::new()
        .args(["cluster", "plan", "lab.yml"])
        .stderr(
            "
            error[yaml::unreadable]: cannot read `lab.yml`: no such file
             |
             = help: check the path and the permissions of the file
            ",
        )
        .fails_with(Exit::BadInput);
}

#[test]
fn a_new_cluster_is_planned_with_its_price_and_nothing_is_changed() {
    let world = World::start();
    world
        .cli()
        .args(["cluster", "plan", "lab.yml"])
        .times_vary()
        .stdout(PLAN)
        .succeeds();
    assert_eq!(world.mutations(), [""; 0]);
}

#[test]
fn programs_get_a_line_an_object() {
    let world = World::start();
    let ran = world
        .cli()
        .args(["cluster", "plan", "lab.yml", "-o", "json"])
        .run();
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let planned = lines
        .iter()
        .filter(|line| line["event"] == "planned")
        .count();
    let summary = lines.last().unwrap();
    assert_eq!(summary["event"], "summary");
    assert_eq!(summary["created"], planned);
    assert_eq!(summary["failed"], 0);
}

#[test]
fn a_missing_key_is_told_with_what_to_do() {
    let world = World::start();
    world
        .cli()
        .env("VULTR_API_KEY", "")
        .args(["cluster", "plan", "lab.yml"])
        .stderr(
            "
            error[spec::credentials]: cannot read the Vultr API key from environment variable `VULTR_API_KEY`: it is not set
             |
             = help: type `export VULTR_API_KEY=…` before the command
            ",
        )
        .fails_with(Exit::BadInput);
}
