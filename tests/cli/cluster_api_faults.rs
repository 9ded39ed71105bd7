//! What Vultr's API answers when it does not answer the question: told the same way whichever of the calls that are under
//! way at a time fails first, and nothing is touched.
use edgewright_emulated_vultr::FaultAction;

use crate::world::World;

const ALWAYS: u32 = u32::MAX;

fn refusal(status: u16, error: &str, retry_after: Option<u32>) -> FaultAction {
    FaultAction::Refuse {
        status,
        error: error.to_owned(),
        retry_after,
    }
}

/// A world whose Vultr always does this.
fn always(action: FaultAction) -> World {
    let world = World::start();
    world.at_vultr("*", "*", ALWAYS, action);
    world
}

#[test]
fn a_wrong_key() {
    World::start().refuses(|world| world.cli().env("VULTR_API_KEY", "WRONG"), "
        error[vultr::unauthorized]: Vultr does not accept the API key for `GET /instances` (status 401): Invalid API token.
         |
         = help: check `VULTR_API_KEY`: the key must be whole, switched on and not expired, see https://my.vultr.com/settings/#settingsapi
         = note: the key is from environment variable `VULTR_API_KEY`
        ");
}

#[test]
fn a_key_from_elsewhere_is_told_with_its_origin() {
    let file = "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams, api_key: {command: [echo, WRONG]}}}\n\
        opennebula: {frontend: local}\nhosts: 2\n";
    World::start().refuses(|world| world.cli().file("lab.yml", file), "
        error[vultr::unauthorized]: Vultr does not accept the API key for `GET /instances` (status 401): Invalid API token.
         |
         = help: check `VULTR_API_KEY`: the key must be whole, switched on and not expired, see https://my.vultr.com/settings/#settingsapi
         = note: the key is from command `echo`
        ");
}

#[test]
fn an_address_that_is_not_allowed() {
    let allowed = "198.18.0.0/24".parse().unwrap();
    World::with(|config| config.allowed_ips = Some(vec![allowed])).refuses(World::cli, "
        error[vultr::address-not-allowed]: Vultr does not accept calls from this address for `GET /instances` (status 401): Unauthorized IP address: 127.0.0.1
         |
         = help: add `127.0.0.1` to the access control list of the key's user at https://my.vultr.com/settings/#settingsapi
         = note: the key is from environment variable `VULTR_API_KEY`
        ");
}

#[test]
fn a_key_that_may_not_do_it() {
    always(refusal(403, "Forbidden", None)).refuses(World::cli, "
        error[vultr::forbidden]: the Vultr API key may not do `GET /instances` (status 403): Forbidden
         |
         = help: let the account's owner give the key's user the right to do this: `subscriptions`, `provisioning` and `firewall` are needed
        ");
}

#[test]
fn an_api_of_another_version() {
    always(refusal(404, "Not found.", None)).refuses(World::cli, "
        error[vultr::not-found]: Vultr does not know what `GET /instances` is about (status 404): Not found.
         |
         = help: check `VULTR_API_ENDPOINT`: at `[VULTR]` there is no such list (default https://api.vultr.com/v2)
        ");
}

#[test]
fn too_many_calls_for_a_long_time() {
    always(refusal(429, "rate limit exceeded", Some(600))).refuses(World::cli, "
        error[vultr::rate-limited]: Vultr has had too many calls and refused `GET /instances` (status 429): rate limit exceeded
         |
         = help: wait [TIME]; Vultr counts all calls from this address, 30 a second are allowed
        ");
}

#[test]
fn too_many_calls_for_a_moment_are_waited_for() {
    for retry_after in [None, Some(1)] {
        let world = World::start();
        world.at_vultr(
            "GET",
            "*",
            3,
            refusal(429, "rate limit exceeded", retry_after),
        );
        let ran = world.cli().args(["cluster", "plan", "lab.yml"]).run();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_failure_that_passes_is_not_told() {
    let world = World::start();
    world.at_vultr("GET", "*", 2, FaultAction::Html(502));
    world.at_vultr("GET", "*", 2, FaultAction::CutBefore);
    world.at_vultr("GET", "*", 2, FaultAction::CutInBody);
    let ran = world.cli().args(["cluster", "plan", "lab.yml"]).run();
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_failure_of_vultr() {
    let world = always(refusal(500, "Internal error", None));
    world.apply_refuses(
        world.cli(),
        "
        error[vultr::server]: Vultr failed at `GET /instances` (status 500): Internal error
         |
         = help: see https://status.vultr.com/ and try again later
        ",
    );
}

#[test]
fn a_gateway_without_vultr_behind_it() {
    let world = always(FaultAction::Html(502));
    world.apply_refuses(
        world.cli(),
        "
        error[vultr::server]: Vultr failed at `GET /instances` (status 502): 502 Bad Gateway
         |
         = help: see https://status.vultr.com/ and try again later
        ",
    );
}

#[test]
fn a_service_that_is_not_there() {
    let world = always(FaultAction::Html(503));
    world.apply_refuses(
        world.cli(),
        "
        error[vultr::server]: Vultr failed at `GET /instances` (status 503): 503 Service Unavailable
         |
         = help: see https://status.vultr.com/ and try again later
        ",
    );
}

#[test]
fn a_gateway_that_waits_in_vain() {
    let world = always(FaultAction::Html(504));
    world.apply_refuses(
        world.cli(),
        "
        error[vultr::server]: Vultr failed at `GET /instances` (status 504): 504 Gateway Timeout
         |
         = help: see https://status.vultr.com/ and try again later
        ",
    );
}

#[test]
fn a_page_instead_of_an_answer() {
    always(FaultAction::Html(200)).refuses(World::cli, "
        error[vultr::not-json]: what answered `GET /instances` at `[VULTR]` is not Vultr's API (status 200): 200 OK
         |
         = help: check `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2) and what stands in between, such as a proxy
        ");
}

#[test]
fn a_page_that_says_not_found_never_means_that_something_is_gone() {
    always(FaultAction::Html(404)).refuses(World::cli, "
        error[vultr::not-json]: what answered `GET /instances` at `[VULTR]` is not Vultr's API (status 404): 404 Not Found
         |
         = help: check `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2) and what stands in between, such as a proxy
        ");
}

#[test]
fn an_answer_of_another_form() {
    let body = r#"{"instances": 7}"#.to_owned();
    let world = World::start();
    world.at_vultr(
        "GET",
        "/instances",
        ALWAYS,
        FaultAction::Raw { status: 200, body },
    );
    world.refuses(World::cli, "
        error[vultr::form]: Vultr's answer to `GET /instances` has another form than expected: in `instances`: invalid type: integer `7`, expected a sequence
         |
         = help: Vultr may have changed its API: look for a newer version of this program
        ");
}

#[test]
fn nobody_there() {
    let world = World::start();
    let nobody = "http://127.0.0.1:9/v2";
    world.apply_refuses(world.cli().env("VULTR_API_ENDPOINT", nobody), "
        error[vultr::connect]: no connection to Vultr at `http://127.0.0.1:9/v2` for `GET /instances`: Connection refused (os error 111)
         |
         = help: check the network, the proxy settings and `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2)
        ");
}

#[test]
fn an_endpoint_that_is_none() {
    let world = World::start();
    world.refuses_at_once(
        world.cli().env("VULTR_API_ENDPOINT", "api.vultr.com"),
        "
        error[vultr::setup]: the Vultr API endpoint `api.vultr.com` is not a URL
         |
         = help: see `provider: {vultr: {endpoint: URL}}` and `VULTR_API_ENDPOINT`
        ",
    );
}

#[test]
fn a_connection_that_is_cut_before_the_answer() {
    let world = always(FaultAction::CutBefore);
    world.apply_refuses(world.cli(), "
        error[vultr::body-cut]: the connection to Vultr at `[VULTR]` broke during `GET /instances`: connection closed before message completed
         |
         = help: check the network and try again
        ");
}

#[test]
fn a_connection_that_is_cut_in_the_answer() {
    let world = always(FaultAction::CutInBody);
    world.apply_refuses(world.cli(), "
        error[vultr::body-cut]: the connection to Vultr at `[VULTR]` broke during `GET /instances` (status 200): end of file before message length reached
         |
         = help: check the network and try again
        ");
}

#[test]
fn both_sides_are_told_when_both_fail() {
    let world = always(refusal(403, "Forbidden", None));
    world
        .cli()
        .env("ONE_XMLRPC", "http://127.0.0.1:9/RPC2")
        .args(["cluster", "destroy", "--yes", "lab.yml"])
        .stderr("
            error[vultr::forbidden]: the Vultr API key may not do `GET /instances` (status 403): Forbidden
             |
             = help: let the account's owner give the key's user the right to do this: `subscriptions`, `provisioning` and `firewall` are needed

            error[opennebula::connect]: no connection to OpenNebula at `http://127.0.0.1:9/RPC2` for `one.system.version`: Connection refused (os error 111)
             |
             = help: check that oned is running and that `ONE_XMLRPC` (default http://localhost:2633/RPC2) is right
            ")
        .fails_with(edgewright::cli::Exit::BadInput);
    assert_eq!(world.mutations(), [""; 0]);
}
