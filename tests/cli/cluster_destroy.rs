//! `edgewright cluster destroy`.
use edgewright::cli::Exit;

use crate::builder::Cli;
use crate::world::World;

#[test]
fn a_file_that_is_not_there_is_refused() {
    Cli::new()
        .args(["cluster", "destroy", "lab.yml"])
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
fn a_cluster_that_is_not_there_is_destroyed_at_once() {
    let world = World::start();
    world
        .cli()
        .args(["cluster", "destroy", "lab.yml"])
        .times_vary()
        .stdout(
            "
            nothing to do
            costs $0.00 a month, as before
            ",
        )
        .succeeds();
    assert_eq!(world.mutations(), [""; 0]);
}
