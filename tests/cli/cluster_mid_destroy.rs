//! What fails in the middle of a removal, and what stands in its way: the next removal goes on from there.
use edgewright::cli::Exit;
use edgewright_emulated_opennebula as one;
use edgewright_emulated_vultr::FaultAction;
use edgewright_opennebula::HostId;

use crate::builder::{Cli, dedented};
use crate::world::{World, destroy};

const SOLO: &str = "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams}}\nopennebula: {frontend: local}\nhosts: 1\n";

fn solo(world: &World) -> Cli {
    world.cli().file("lab.yml", SOLO)
}

/// A cluster of one host, registered and not configured yet.
fn made() -> World {
    let world = World::start();
    world.goes_on(solo(&world));
    world
}

/// Removes it, with this on standard error; then again, and nothing is left.
#[track_caller]
fn told(world: &World, stderr: &str) {
    let ran = destroy(solo(world)).run();
    let id = regex_lite::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    let shown = id.replace_all(&ran.stderr, "[ID]");
    let shown = regex_lite::Regex::new(r"http://[0-9.:]+")
        .unwrap()
        .replace_all(&shown, "[SERVER]");
    assert_eq!(shown, dedented(stderr), "standard error");
    assert_eq!(ran.code, Some(i32::from(Exit::Failed.code())));
    world.is_destroyed(solo(world));
}

#[test]
fn a_failure_at_an_instance() {
    let world = made();
    let action = FaultAction::Refuse {
        status: 500,
        error: "Internal error".to_owned(),
        retry_after: None,
    };
    world.at_vultr("DELETE", "/instances/*", 1, action);
    told(&world, "
        error[vultr::server]: Vultr failed at `DELETE /instances/[ID]` (status 500): Internal error
         |
         = help: the call may have taken effect, so look at what is there first; see https://status.vultr.com/ and try again later
         = note: this was to remove the instance `edge-vhost0` at Vultr
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn a_lost_answer_about_an_instance() {
    let world = made();
    world.at_vultr("DELETE", "/instances/*", 1, FaultAction::CutAfter);
    told(&world, "
        error[vultr::body-cut]: the connection to Vultr at `[SERVER]/v2` broke during `DELETE /instances/[ID]`: connection closed before message completed
         |
         = help: the call may have taken effect, so look at what is there first; check the network and try again
         = note: this was to remove the instance `edge-vhost0` at Vultr
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn a_lost_answer_about_the_vpc() {
    let world = made();
    world.at_vultr("DELETE", "/vpcs/*", 1, FaultAction::CutAfter);
    told(&world, "
        error[vultr::body-cut]: the connection to Vultr at `[SERVER]/v2` broke during `DELETE /vpcs/[ID]`: connection closed before message completed
         |
         = help: the call may have taken effect, so look at what is there first; check the network and try again
         = note: this was to remove the vpc `lab` at Vultr
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn a_lost_answer_about_a_host() {
    let world = made();
    world.in_opennebula("one.host.delete", 1, one::FaultAction::CutAfter);
    told(&world, "
        error[opennebula::broken]: the connection to OpenNebula at `[SERVER]/RPC2` broke during `one.host.delete`: connection closed before message completed
         |
         = help: the call may have taken effect: applying again looks before it creates anything
         = note: this was to remove the host `127.18.0.10` in OpenNebula
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn a_failure_at_a_datastore() {
    let world = made();
    world.in_opennebula("one.datastore.delete", 1, one::FaultAction::Status(500));
    told(&world, "
        error[opennebula::http]: `[SERVER]/RPC2` answered `one.datastore.delete` with HTTP status 500
         |
         = help: a proxy may stand in between: check `ONE_XMLRPC` and the proxy's log
         = note: this was to remove the datastore `lab-system` in OpenNebula
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn machines_that_run_stand_in_its_way() {
    let world = made();
    let machine = world.server.place_vm(HostId::from(0), None).unwrap();
    let before = (world.mutations(), world.opennebula_mutations());
    destroy(solo(&world))
        .stderr(
            "
            error[cluster::in-use]: host 127.18.0.10 runs 1 virtual machine
             |
             = help: terminate or migrate them; `onevm list` shows them
            ",
        )
        .fails_with(Exit::BadInput);
    assert_eq!((world.mutations(), world.opennebula_mutations()), before);
    world.server.remove_vm(machine).unwrap();
    world.is_destroyed(solo(&world));
}
