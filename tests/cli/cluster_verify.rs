//! `edgewright cluster verify`.
use edgewright::cli::Exit;

use crate::builder::Cli;
use crate::world::World;

#[test]
fn a_file_that_is_not_there_is_refused() {
    Cli::new()
        .args(["cluster", "verify", "lab.yml"])
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
fn a_cluster_that_is_not_there_cannot_be_verified() {
    World::start()
        .cli()
        .args(["cluster", "verify", "lab.yml"])
        .times_vary()
        .stdout("[TIME]  cluster      looking at what is there")
        .stderr(
            "
            error[verify::no-hosts]: cluster `lab` has no hosts
             |
             = help: make it first: `edgewright cluster apply FILE`
            ",
        )
        .fails_with(Exit::BadInput);
}
