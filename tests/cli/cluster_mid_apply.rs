//! What fails in the middle of an application: told with what it was for, the rest goes on, and the next one goes on from
//! there without a second of anything.
use edgewright_emulated_opennebula as one;
use edgewright_emulated_vultr::{FaultAction, FaultRule};

use crate::builder::{Cli, Ran, dedented};
use crate::world::{World, apply_until};

/// One host, so that it is known which order fails.
const SOLO: &str = "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams}}\nopennebula: {frontend: local}\nhosts: 1\n";

/// What Ctrl-C while hosts are waited for adds to standard error.
const INTERRUPTED: &str = "interrupted; what was created stays and carries the cluster's tags; run the same command again to go on\n";

fn solo(world: &World) -> Cli {
    world.cli().file("lab.yml", SOLO)
}

fn refusal(status: u16, error: &str) -> FaultAction {
    FaultAction::Refuse {
        status,
        error: error.to_owned(),
        retry_after: None,
    }
}

/// Applies for one host, with this fault at Vultr, until it ends or hosts are waited for.
fn at_vultr(method: &str, path: &str, action: FaultAction) -> (World, Ran) {
    let world = World::start();
    world.at_vultr(method, path, 1, action);
    let ran = apply_until(solo(&world), "waiting for SSH");
    (world, ran)
}

/// The same with a fault in OpenNebula.
fn in_opennebula(method: &str, action: one::FaultAction) -> (World, Ran) {
    let world = World::start();
    world.in_opennebula(method, 1, action);
    let ran = apply_until(solo(&world), "waiting for SSH");
    (world, ran)
}

/// Expects this on standard error and this exit code; then that the next application goes on, and that all of it goes.
#[track_caller]
fn told((world, ran): (World, Ran), code: i32, stderr: &str) {
    assert_eq!(ran.stderr, dedented(stderr), "standard error");
    assert_eq!(ran.code, Some(code), "{}", ran.stdout);
    world.goes_on(solo(&world));
    world.is_destroyed(solo(&world));
}

/// Expects that nothing was to be told, since what was lost was found again.
#[track_caller]
fn found_again((world, ran): (World, Ran)) {
    assert_eq!(ran.stderr, INTERRUPTED, "{}", ran.stdout);
    let made = world.account.books()["instances"]
        .as_object()
        .unwrap()
        .len();
    assert_eq!(made, 1, "{}", ran.stdout);
    world.goes_on(solo(&world));
    world.is_destroyed(solo(&world));
}

#[test]
fn a_quota_leaves_the_hosts_that_could_be_had() {
    let world = World::with(|config| config.instance_limit = 1);
    let ran = apply_until(world.cli(), "waiting for SSH");
    // Which of the two came too late is not known.
    let stderr = ran
        .stderr
        .replace("edge-vhost0", "[HOST]")
        .replace("edge-vhost1", "[HOST]");
    assert_eq!(stderr, dedented("
        error[vultr::quota]: a limit of the Vultr account refuses `POST /instances` (status 400): Server add failed: You have reached the maximum number of active virtual machines for this account. Please contact our support team to have the limit raised
         |
         = help: remove what is not needed, or have Vultr's support raise the account's limit: https://my.vultr.com/support/
         = note: this was to create the instance `[HOST]` at Vultr
        interrupted; what was created stays and carries the cluster's tags; run the same command again to go on
        "), "standard error");
    assert_eq!(
        world.account.books()["instances"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_quota_that_refuses_the_only_host() {
    let text = "Server add failed: You have reached the maximum number of active virtual machines for this account.";
    told(at_vultr("POST", "/instances", refusal(400, text)), 1, "
        error[vultr::quota]: a limit of the Vultr account refuses `POST /instances` (status 400): Server add failed: You have reached the maximum number of active virtual machines for this account.
         |
         = help: remove what is not needed, or have Vultr's support raise the account's limit: https://my.vultr.com/support/
         = note: this was to create the instance `edge-vhost0` at Vultr
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn a_quota_of_vpcs() {
    let text = "You have reached the maximum number of VPCs";
    told(at_vultr("POST", "/vpcs", refusal(400, text)), 1, "
        error[vultr::quota]: a limit of the Vultr account refuses `POST /vpcs` (status 400): You have reached the maximum number of VPCs
         |
         = help: remove what is not needed, or have Vultr's support raise the account's limit: https://my.vultr.com/support/
         = note: this was to create the vpc `lab` at Vultr
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn a_quota_of_addresses_leaves_the_hosts_alone() {
    let text = "You have reached the maximum number of reserved IPs";
    told(
        at_vultr("POST", "/reserved-ips", refusal(400, text)),
        130,
        "
            error[vultr::quota]: a limit of the Vultr account refuses `POST /reserved-ips` (status 400): You have reached the maximum number of reserved IPs
             |
             = help: remove what is not needed, or have Vultr's support raise the account's limit: https://my.vultr.com/support/
             = note: this was to create the reserved ip `lab-0` at Vultr
            interrupted; what was created stays and carries the cluster's tags; run the same command again to go on
            ",
    );
}

#[test]
fn a_plan_that_was_sold_out_meanwhile() {
    told(
        at_vultr("POST", "/instances", refusal(400, "Invalid plan chosen.")),
        1,
        "
            error[vultr::invalid]: Vultr refused `POST /instances` (status 400): Invalid plan chosen.
             |
             = help: the plan may be sold out in the region: ask for what is available there, and compare region, plan and image
             = note: this was to create the instance `edge-vhost0` at Vultr
            something failed; what was done stays; run the same command again to go on
            ",
    );
}

#[test]
fn a_failure_of_vultr_is_not_repeated_but_looked_into() {
    told(
        at_vultr("POST", "/instances", refusal(500, "Internal error")),
        1,
        "
            error[vultr::server]: Vultr failed at `POST /instances` (status 500): Internal error
             |
             = help: the call may have taken effect, so look at what is there first; see https://status.vultr.com/ and try again later
             = note: it was looked for until [TIME] after: it is not there; applying again looks once more before it makes one
             = note: this was to create the instance `edge-vhost0` at Vultr
            something failed; what was done stays; run the same command again to go on
            ",
    );
}

#[test]
fn a_gateway_that_fails() {
    told(
        at_vultr("POST", "/instances", FaultAction::Html(504)),
        1,
        "
            error[vultr::server]: Vultr failed at `POST /instances` (status 504): 504 Gateway Timeout
             |
             = help: the call may have taken effect, so look at what is there first; see https://status.vultr.com/ and try again later
             = note: it was looked for until [TIME] after: it is not there; applying again looks once more before it makes one
             = note: this was to create the instance `edge-vhost0` at Vultr
            something failed; what was done stays; run the same command again to go on
            ",
    );
}

#[test]
fn a_connection_that_is_cut_before_the_order_arrives() {
    told(
        at_vultr("POST", "/instances", FaultAction::CutBefore),
        1,
        "
            error[vultr::body-cut]: the connection to Vultr at `[VULTR]` broke during `POST /instances`: connection closed before message completed
             |
             = help: the call may have taken effect, so look at what is there first; check the network and try again
             = note: it was looked for until [TIME] after: it is not there; applying again looks once more before it makes one
             = note: this was to create the instance `edge-vhost0` at Vultr
            something failed; what was done stays; run the same command again to go on
            ",
    );
}

#[test]
fn an_answer_that_is_lost_means_no_second_instance() {
    found_again(at_vultr("POST", "/instances", FaultAction::CutAfter));
}

#[test]
fn an_answer_that_is_cut_short_means_no_second_instance() {
    found_again(at_vultr("POST", "/instances", FaultAction::CutInBody));
}

#[test]
fn lost_answers_about_everything_else_are_no_harm_either() {
    for path in ["/vpcs", "/firewalls", "/firewalls/*/rules", "/reserved-ips"] {
        found_again(at_vultr("POST", path, FaultAction::CutAfter));
    }
}

#[test]
fn too_many_calls_are_waited_for() {
    found_again(at_vultr(
        "POST",
        "/instances",
        refusal(429, "rate limit exceeded"),
    ));
}

#[test]
fn a_list_that_fails_while_hosts_boot() {
    let world = World::slow();
    world.account.inject(FaultRule {
        skip: 1,
        times: u32::MAX,
        ..FaultRule::once("GET", "/instances", refusal(403, "Forbidden"))
    });
    let ran = apply_until(solo(&world), "waiting for SSH");
    world.account.clear_faults();
    told((world, ran), 1, "
        error[vultr::forbidden]: the Vultr API key may not do `GET /instances` (status 403): Forbidden
         |
         = help: let the account's owner give the key's user the right to do this: `subscriptions`, `provisioning` and `firewall` are needed
        something failed; what was done stays; run the same command again to go on
        ");
}

#[test]
fn opennebula_cut_before_the_cluster() {
    told(
        in_opennebula("one.cluster.allocate", one::FaultAction::CutBefore),
        1,
        "
            error[opennebula::broken]: the connection to OpenNebula at `[OPENNEBULA]` broke during `one.cluster.allocate`: connection closed before message completed
             |
             = help: the call may have taken effect: applying again looks before it creates anything
             = note: this was to create the cluster `lab` in OpenNebula
            something failed; what was done stays; run the same command again to go on
            ",
    );
}

#[test]
fn opennebula_failing_at_a_datastore() {
    told(
        in_opennebula("one.datastore.allocate", one::FaultAction::Status(500)),
        130,
        "
            error[opennebula::http]: `[OPENNEBULA]` answered `one.datastore.allocate` with HTTP status 500
             |
             = help: a proxy may stand in between: check `ONE_XMLRPC` and the proxy's log
             = note: this was to create the datastore `lab-image` in OpenNebula
            interrupted; what was created stays and carries the cluster's tags; run the same command again to go on
            ",
    );
}

#[test]
fn opennebula_failing_at_a_host() {
    told(
        in_opennebula("one.host.allocate", one::FaultAction::Status(500)),
        130,
        "
            error[opennebula::http]: `[OPENNEBULA]` answered `one.host.allocate` with HTTP status 500
             |
             = help: a proxy may stand in between: check `ONE_XMLRPC` and the proxy's log
             = note: this was to create the host `127.18.0.10 (edge-vhost0)` in OpenNebula
            interrupted; what was created stays and carries the cluster's tags; run the same command again to go on
            ",
    );
}

#[test]
fn opennebula_failing_at_the_network() {
    told(
        in_opennebula("one.vn.allocate", one::FaultAction::CutBefore),
        130,
        "
            error[opennebula::broken]: the connection to OpenNebula at `[OPENNEBULA]` broke during `one.vn.allocate`: connection closed before message completed
             |
             = help: the call may have taken effect: applying again looks before it creates anything
             = note: this was to create the virtual network `lab-public` in OpenNebula
            interrupted; what was created stays and carries the cluster's tags; run the same command again to go on
            ",
    );
}

#[test]
fn answers_of_opennebula_that_are_lost_are_no_harm() {
    for method in [
        "one.cluster.allocate",
        "one.datastore.allocate",
        "one.host.allocate",
        "one.vn.allocate",
    ] {
        found_again(in_opennebula(method, one::FaultAction::CutAfter));
    }
}
