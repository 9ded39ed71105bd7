//! Every kind of failure, with its whole message, its help, and what it means for a caller.

use super::server::{KEY, Play, impatient, nobody, options, refusal, serve, serve_with};
use crate::client::Client;
use crate::error::{Denial, Kind, VultrError};
use crate::model::{InstanceId, NewInstance, OsId, VpcId};
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;

/// The failure of a call that only reads, which is not repeated.
async fn reading(play: Play) -> VultrError {
    let server = serve_with([play], |options| options.tries = 1).await;
    server.client.account().await.unwrap_err()
}

/// The failure of an order.
async fn ordering(play: Play) -> VultrError {
    let server = serve_with([play], |options| options.tries = 1).await;
    server
        .client
        .instances()
        .create(&order())
        .await
        .unwrap_err()
}

fn order() -> NewInstance {
    NewInstance::new("ams".into(), "vc2-1c-1gb".into(), OsId(2136))
}

/// Message, help and code in one text; the port, which varies, as `[PORT]`.
fn shown(error: &VultrError) -> String {
    let port = error.endpoint().rsplit_once(':').unwrap().1;
    let port = format!(":{}/", port.trim_end_matches("/v2"));
    let text = format!("[{}] {error}\nhelp: {}", error.code(), error.help());
    text.replace(&port, ":[PORT]/")
}

#[track_caller]
fn assert_shown(error: &VultrError, expected: &str) {
    assert_eq!(shown(error), expected);
    assert!(!format!("{error:?} {error:#?} {error}").contains(KEY));
}

#[tokio::test]
async fn a_missing_key_is_found_before_anything_is_sent() {
    let server = serve_with([], |options| options.key = None).await;
    let error = server.client.account().await.unwrap_err();
    assert_shown(
        &error,
        "[vultr::no-key] there is no Vultr API key for `GET /account`\n\
         help: set `VULTR_API_KEY`; keys are made at https://my.vultr.com/settings/#settingsapi",
    );
    assert_eq!(error.kind(), Kind::Unauthorized(Denial::NoKey));
    assert_eq!(server.calls(), [""; 0]);
}

#[tokio::test]
async fn a_bad_key() {
    let error = reading(refusal(401, "Invalid API token.")).await;
    assert_shown(
        &error,
        "[vultr::unauthorized] Vultr does not accept the API key for `GET /account` (status 401): Invalid API token.\n\
         help: check `VULTR_API_KEY`: the key must be whole, switched on and not expired, \
         see https://my.vultr.com/settings/#settingsapi",
    );
    assert_eq!(error.kind(), Kind::Unauthorized(Denial::Key));
    assert_eq!(
        (error.status(), error.text()),
        (Some(401), "Invalid API token.")
    );
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_address_that_is_not_allowed() {
    let error = reading(refusal(401, "Unauthorized IP address: 198.18.7.1")).await;
    assert_shown(
        &error,
        "[vultr::address-not-allowed] Vultr does not accept calls from this address for `GET /account` (status 401): \
         Unauthorized IP address: 198.18.7.1\n\
         help: add `198.18.7.1` to the access control list of the key's user at \
         https://my.vultr.com/settings/#settingsapi",
    );
    let address: IpAddr = "198.18.7.1".parse().unwrap();
    assert_eq!(
        error.kind(),
        Kind::Unauthorized(Denial::Address(Some(address)))
    );
}

#[tokio::test]
async fn an_ipv6_address_that_is_not_allowed_is_read_whole() {
    let error = reading(refusal(401, "Unauthorized IP address: 2001:db8::1")).await;
    let address: IpAddr = "2001:db8::1".parse().unwrap();
    assert_eq!(
        error.kind(),
        Kind::Unauthorized(Denial::Address(Some(address)))
    );
}

#[tokio::test]
async fn a_right_that_is_missing() {
    let error = ordering(refusal(403, "Forbidden")).await;
    assert_shown(
        &error,
        "[vultr::forbidden] the Vultr API key may not do `POST /instances` (status 403): Forbidden\n\
         help: let the account's owner give the key's user the right to do this: \
         `subscriptions`, `provisioning` and `firewall` are needed",
    );
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn something_that_is_not_there() {
    let server = serve([refusal(404, "Invalid instance ID.")]).await;
    let error = server
        .client
        .instances()
        .get(&"i-1".into())
        .await
        .unwrap_err();
    assert_shown(
        &error,
        "[vultr::not-found] Vultr does not know what `GET /instances/i-1` is about (status 404): Invalid instance ID.\n\
         help: it may have been removed by somebody else: look at what is there",
    );
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_page_of_a_proxy_never_says_that_something_is_not_there() {
    let page = "<html><head><title>404 Not\n Found</title></head><body>nginx</body></html>";
    let error = reading(Play::Page(404, "text/html", page)).await;
    assert_shown(
        &error,
        "[vultr::not-json] what answered `GET /account` at `http://127.0.0.1:[PORT]/v2` is not Vultr's API \
         (status 404): 404 Not Found\n\
         help: check `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2) and what stands in between, such as a proxy",
    );
    assert!(!error.is_not_found());
    for body in ["", "[]", "{}", r#"{"message": "no such route"}"#] {
        let error = reading(Play::Page(404, "application/json", body)).await;
        assert_eq!(error.kind(), Kind::NotJson, "{body}");
    }
}

#[tokio::test]
async fn a_page_instead_of_an_answer() {
    let error = ordering(Play::Page(
        200,
        "text/html",
        "<h1>Log in to the hotel's network</h1>",
    ))
    .await;
    assert_shown(
        &error,
        "[vultr::not-json] what answered `POST /instances` at `http://127.0.0.1:[PORT]/v2` is not Vultr's API \
         (status 200): <h1>Log in to the hotel's network</h1>\n\
         help: the call may have taken effect, so look at what is there first; \
         check `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2) and what stands in between, such as a proxy",
    );
    assert!(error.may_have_taken_effect());
}

#[tokio::test]
async fn a_machine_that_is_being_worked_on() {
    let text = "Unable to destroy server: Unable to remove VM: Server is currently locked";
    let server = serve_with([refusal(500, text)], |options| {
        options.lock_limit = Duration::ZERO;
        options.retry_limit = Duration::ZERO;
    })
    .await;
    let error = server
        .client
        .instances()
        .delete(&"i-1".into())
        .await
        .unwrap_err();
    assert_shown(
        &error,
        "[vultr::locked] Vultr is still working on the machine of `DELETE /instances/i-1` (status 500): \
         Unable to destroy server: Unable to remove VM: Server is currently locked\n\
         help: wait until Vultr is done with the machine, some minutes, and try again",
    );
    assert!(error.is_locked() && error.is_transient() && !error.may_have_taken_effect());
}

#[tokio::test]
async fn an_order_is_never_taken_for_a_locked_machine() {
    let error = ordering(refusal(
        500,
        "Server add failed: Server is currently locked",
    ))
    .await;
    assert_eq!(
        (error.kind(), error.may_have_taken_effect()),
        (Kind::Server, true)
    );
}

#[tokio::test]
async fn a_vpc_that_is_still_in_use() {
    let text = "The following servers are attached to this VPC network: 198.18.0.9";
    let server = serve([refusal(400, text)]).await;
    let error = server
        .client
        .vpcs()
        .delete(&VpcId::from("v-1"))
        .await
        .unwrap_err();
    assert_shown(
        &error,
        "[vultr::conflict] Vultr refused `DELETE /vpcs/v-1` (status 400): \
         The following servers are attached to this VPC network: 198.18.0.9\n\
         help: remove the machines first; for about a minute after that Vultr still counts them",
    );
    assert!(error.is_still_in_use() && !error.is_already_attached());
}

#[tokio::test]
async fn a_reserved_ip_that_is_attached_already() {
    let text = "Server add failed: Floating IPv4 address is already attached to another server";
    let error = ordering(refusal(400, text)).await;
    assert_shown(
        &error,
        "[vultr::conflict] Vultr refused `POST /instances` (status 400): \
         Server add failed: Floating IPv4 address is already attached to another server\n\
         help: detach the address first; for some minutes after that Vultr still counts it as attached",
    );
    assert!(error.is_already_attached());
}

#[tokio::test]
async fn a_reserved_ip_that_needs_a_restart() {
    let text = "Unable to detach subnet, please restart your server from the control panel";
    let server = serve([refusal(400, text)]).await;
    let error = server
        .client
        .reserved_ips()
        .detach(&"r-1".into())
        .await
        .unwrap_err();
    assert_shown(
        &error,
        "[vultr::conflict] Vultr refused `POST /reserved-ips/r-1/detach` (status 400): \
         Unable to detach subnet, please restart your server from the control panel\n\
         help: restart the machine through the API or the control panel, not from inside, and try again",
    );
}

#[tokio::test]
async fn a_limit_of_the_account() {
    let text = "Server add failed: You have reached the maximum number of active virtual machines for this account. \
                Please contact our support team to have the limit raised";
    let error = ordering(refusal(400, text)).await;
    assert_shown(
        &error,
        "[vultr::quota] a limit of the Vultr account refuses `POST /instances` (status 400): \
         Server add failed: You have reached the maximum number of active virtual machines for this account. \
         Please contact our support team to have the limit raised\n\
         help: remove what is not needed, or have Vultr's support raise the account's limit: \
         https://my.vultr.com/support/",
    );
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn too_many_calls() {
    let play = Play::After(
        429,
        "7",
        json!({ "status": 429, "error": "rate limit exceeded" }),
    );
    let server = serve_with([play], |options| {
        options.retry_limit = Duration::from_secs(6);
    })
    .await;
    let error = server.client.account().await.unwrap_err();
    assert_shown(
        &error,
        "[vultr::rate-limited] Vultr has had too many calls and refused `GET /account` (status 429): \
         rate limit exceeded\n\
         help: wait 7 s; Vultr counts all calls from this address, 30 a second are allowed",
    );
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(error.kind(), Kind::RateLimited { retry_after });
}

#[tokio::test]
async fn a_request_that_vultr_does_not_take() {
    let error = ordering(refusal(400, "Invalid plan chosen.")).await;
    assert_shown(
        &error,
        "[vultr::invalid] Vultr refused `POST /instances` (status 400): Invalid plan chosen.\n\
         help: the plan may be sold out in the region: ask for what is available there, \
         and compare region, plan and image",
    );
    assert!(!error.may_have_taken_effect() && !error.is_transient());
    for status in [405, 412, 415, 422] {
        assert_eq!(
            ordering(refusal(status, "no")).await.kind(),
            Kind::Invalid,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_text_of_vultr_is_kept_verbatim_and_shown_without_its_trailing_space() {
    let server = serve([refusal(400, "This rule is already defined ")]).await;
    let rule = crate::NewRule::new(crate::Protocol::Tcp, "22", IpAddr::from([0, 0, 0, 0]), 0);
    let error = server
        .client
        .firewall_groups()
        .add_rule(&"f-1".into(), &rule)
        .await
        .unwrap_err();
    assert!(error.is_already_defined());
    assert_eq!(error.text(), "This rule is already defined ");
    assert_shown(
        &error,
        "[vultr::conflict] Vultr refused `POST /firewalls/f-1/rules` (status 400): This rule is already defined\n\
         help: look at what is there: somebody else may be changing the same things",
    );
}

#[tokio::test]
async fn a_failure_of_vultr() {
    let error = ordering(refusal(500, "Internal error")).await;
    assert_shown(
        &error,
        "[vultr::server] Vultr failed at `POST /instances` (status 500): Internal error\n\
         help: the call may have taken effect, so look at what is there first; \
         see https://status.vultr.com/ and try again later",
    );
    assert!(error.may_have_taken_effect() && error.is_transient());
}

#[tokio::test]
async fn a_page_of_a_gateway_is_a_failure_of_vultr() {
    let page = "<html><head><title>504 Gateway Time-out</title></head></html>";
    let error = reading(Play::Page(504, "text/html", page)).await;
    assert_shown(
        &error,
        "[vultr::server] Vultr failed at `GET /account` (status 504): 504 Gateway Time-out\n\
         help: see https://status.vultr.com/ and try again later",
    );
}

#[tokio::test]
async fn nobody_there() {
    let client = Client::new(options(nobody().await)).unwrap();
    let error = client.instances().create(&order()).await.unwrap_err();
    assert_shown(
        &error,
        "[vultr::connect] no connection to Vultr at `http://127.0.0.1:[PORT]/v2` for `POST /instances`\n\
         help: check the network, the proxy settings and `VULTR_API_ENDPOINT` (default https://api.vultr.com/v2)",
    );
    assert!(!error.may_have_taken_effect());
    assert_eq!(error.tries(), 5);
    assert!(
        innermost(&error).contains("Connection refused"),
        "{}",
        innermost(&error)
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let client = Client::new(options("http://vultr.invalid/v2".to_owned())).unwrap();
    let error = client.regions().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no connection to Vultr at `http://vultr.invalid/v2` for `GET /regions`"
    );
}

fn innermost(error: &VultrError) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

#[tokio::test]
async fn no_answer_in_time() {
    let plays = [Play::Stall, Play::Stall];
    let server = serve_with(plays, |options| {
        impatient(options);
        options.tries = 1;
    })
    .await;
    let error = server
        .client
        .instances()
        .create(&order())
        .await
        .unwrap_err();
    assert_shown(
        &error,
        "[vultr::timed-out] Vultr at `http://127.0.0.1:[PORT]/v2` did not answer `POST /instances` within 0.3 s\n\
         help: the call may have taken effect, so look at what is there first; check the network and try again",
    );
    assert!(error.may_have_taken_effect());
    let reading = server.client.account().await.unwrap_err();
    assert_eq!(reading.code(), "vultr::timed-out");
    assert!(!reading.may_have_taken_effect());
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    let error = ordering(Play::Cut).await;
    assert_shown(
        &error,
        "[vultr::body-cut] the connection to Vultr at `http://127.0.0.1:[PORT]/v2` broke during `POST /instances` \
         (status 200)\n\
         help: the call may have taken effect, so look at what is there first; check the network and try again",
    );
    assert!(error.may_have_taken_effect());
}

#[tokio::test]
async fn half_an_object_is_an_answer_that_broke_off_and_its_password_is_not_shown() {
    let half = r#"{"instance": {"id": "i-1", "default_password": "hunter2", "#;
    let error = ordering(Play::Page(202, "application/json", half)).await;
    assert_eq!(error.kind(), Kind::BodyCut);
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    let broken = r#"{"instance": {"id": "i-1", "default_password": "hunter2" oops}}"#;
    let error = ordering(Play::Page(202, "application/json", broken)).await;
    assert_eq!(error.kind(), Kind::NotJson);
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[tokio::test]
async fn an_answer_of_another_form() {
    let error = ordering(Play::Json(202, json!({ "server": {} }))).await;
    assert_shown(
        &error,
        "[vultr::form] Vultr's answer to `POST /instances` has another form than expected: there is no `instance`\n\
         help: the call may have taken effect, so look at what is there first; \
         Vultr may have changed its API: look for a newer version of this program",
    );
    assert!(error.may_have_taken_effect());
    let error = reading(Play::Json(200, json!({ "account": { "acls": 3 } }))).await;
    assert_eq!(
        error.to_string(),
        "Vultr's answer to `GET /account` has another form than expected: \
         in `account`: invalid type: integer `3`, expected a sequence"
    );
    let error = reading(Play::Page(200, "application/json", "")).await;
    assert_eq!(
        error.to_string(),
        "Vultr's answer to `GET /account` has another form than expected: it is empty"
    );
}

#[tokio::test]
async fn an_id_that_would_make_it_another_call_is_not_sent() {
    let server = serve([]).await;
    for id in ["", ".", ".."] {
        let error = server
            .client
            .instances()
            .delete(&InstanceId::from(id))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the call `DELETE /instances/{id}` has an id that cannot be sent")
        );
        assert_eq!(error.kind(), Kind::BadId);
    }
    assert_eq!(server.calls(), [""; 0]);
}

#[tokio::test]
async fn a_server_that_echoes_the_key_does_not_get_it_shown() {
    let play = Play::Json(403, json!({ "error": format!("token {KEY} may not") }));
    let error = reading(play).await;
    assert_shown(
        &error,
        "[vultr::forbidden] the Vultr API key may not do `GET /account` (status 403): token *** may not\n\
         help: let the account's owner give the key's user the right to do this: \
         `subscriptions`, `provisioning` and `firewall` are needed",
    );
}

#[tokio::test]
async fn the_texts_of_missing_objects_count_only_in_calls_about_these_objects() {
    let server = serve([
        refusal(400, "Invalid reserved-ip ID"),
        refusal(400, "Invalid ssh key"),
        refusal(400, "Invalid ssh key"),
    ])
    .await;
    let client = &server.client;
    assert!(
        client
            .reserved_ips()
            .get(&"r".into())
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        client
            .ssh_keys()
            .delete(&"s".into())
            .await
            .unwrap_err()
            .is_not_found()
    );
    let order = client.instances().create(&order()).await.unwrap_err();
    assert_eq!(order.kind(), Kind::Invalid);
}
