//! Setting a client up, and what it shows of itself.

use super::server::{KEY, Play, account, nobody, ok, options, serve, serve_with};
use crate::client::{Client, Options};
use crate::error::Kind;
use crate::key::ApiKey;
use serde_json::json;

fn assert_shareable<T: Clone + Send + Sync + 'static>(_: &T) {}

#[tokio::test]
async fn a_client_shows_where_it_calls_and_not_as_whom() {
    let options = options(nobody().await);
    let client = Client::new(options.clone()).unwrap();
    assert_shareable(&client);
    assert!(!format!("{client:?} {client:#?} {options:?} {options:#?}").contains(KEY));
    assert_eq!(
        format!("{client:?}"),
        format!("Client({})", client.endpoint())
    );
}

#[test]
fn a_key_that_cannot_be_sent_is_refused_and_not_shown() {
    let said = |key: &str| {
        let options = Options {
            key: Some(ApiKey::new(key)),
            ..Options::default()
        };
        let error = Client::new(options).unwrap_err();
        assert_eq!(error.code(), "vultr::key");
        assert_eq!(
            error.help(),
            "check `VULTR_API_KEY`: it is one word of letters and digits"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
        error.to_string()
    };
    assert_eq!(said(""), "the Vultr API key is empty");
    assert_eq!(
        said("hunter2 x"),
        "the Vultr API key holds characters that no key has"
    );
    assert_eq!(
        said("hunter2\nx"),
        "the Vultr API key holds characters that no key has"
    );
    assert_eq!(
        said("hunter2é"),
        "the Vultr API key holds characters that no key has"
    );
}

#[tokio::test]
async fn calls_say_who_calls_and_what_they_carry() {
    let server = serve([account(), ok(json!({ "vpc": { "id": "v" } }))]).await;
    server.client.account().await.unwrap();
    server
        .client
        .vpcs()
        .create(&crate::NewVpc::default())
        .await
        .unwrap();
    server.look(|seen| {
        let header = |call: usize, name: &str| {
            seen[call]
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let agent = concat!("edgewright/", env!("CARGO_PKG_VERSION"));
        assert_eq!(header(0, "user-agent").as_deref(), Some(agent));
        assert_eq!(header(0, "authorization"), Some(format!("Bearer {KEY}")));
        assert_eq!(header(0, "content-type"), None);
        assert_eq!(
            header(1, "content-type").as_deref(),
            Some("application/json")
        );
    });
}

#[tokio::test]
async fn the_catalogue_can_be_read_without_a_key() {
    let plays = [
        ok(json!({ "regions": [{ "id": "ams" }] })),
        ok(json!({ "available_plans": ["vc2-1c-1gb"], "available_vpc_only_plans": [] })),
        ok(json!({ "plans": [{ "id": "vc2-1c-1gb" }] })),
        ok(json!({ "plans_metal": [{ "id": "vbm-4c-32gb" }] })),
        ok(json!({ "os": [{ "id": 2136 }] })),
    ];
    let server = serve_with(plays, |options| options.key = None).await;
    let client = &server.client;
    assert!(!client.has_key());
    let region = client.regions().await.unwrap()[0].id.clone();
    let plan = client.availability(&region).await.unwrap()[0].clone();
    assert_eq!(plan, client.plans().await.unwrap()[0].id);
    client.plans_metal().await.unwrap();
    client.operating_systems().await.unwrap();
    assert_eq!(
        server.calls(),
        [
            "GET /regions?per_page=500",
            "GET /regions/ams/availability",
            "GET /plans?per_page=500",
            "GET /plans-metal?per_page=500",
            "GET /os?per_page=500",
        ]
    );
    server.look(|seen| {
        assert!(
            seen.iter()
                .all(|call| !call.headers.contains_key("authorization"))
        );
    });
}

#[tokio::test]
async fn a_redirection_is_not_followed_since_the_key_would_go_along() {
    let elsewhere = serve([account()]).await;
    let to = format!("{}/account", elsewhere.client.endpoint());
    let server = serve([Play::Moved(to)]).await;
    let error = server.client.account().await.unwrap_err();
    assert_eq!((error.status(), error.kind()), (Some(302), Kind::NotJson));
    assert_eq!(elsewhere.calls(), [""; 0]);
}

#[test]
fn a_client_needs_no_more_than_a_key() {
    let options = Options {
        key: Some(ApiKey::new(KEY)),
        ..Options::default()
    };
    let client = Client::new(options).unwrap();
    assert_eq!(client.endpoint(), "https://api.vultr.com/v2");
    assert!(client.has_key());
}
