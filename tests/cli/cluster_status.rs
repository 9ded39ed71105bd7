//! `edgewright cluster status`.
use edgewright::cli::Exit;

use crate::builder::Cli;
use crate::world::World;

#[test]
fn a_file_that_is_not_there_is_refused() {
    Cli::new()
        .args(["cluster", "status", "lab.yml"])
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
fn a_cluster_that_is_not_there_is_shown_as_missing() {
    World::start()
        .cli()
        .args(["cluster", "status", "lab.yml"])
        .stdout(
            "
            lab: not in OpenNebula

            HOST         INSTANCE  PUBLIC  FABRIC  OPENNEBULA
            edge-vhost0  -         -       -       -           missing: `apply` creates it
            edge-vhost1  -         -       -       -           missing: `apply` creates it

            2 hosts, 0 other objects, $0.00 a month
            ",
        )
        .succeeds();
}
