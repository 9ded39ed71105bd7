//! Our requests, and the examples of answers, against Vultr's own OpenAPI document, where it is at hand.

use super::requests::{every_answer, every_change};
use super::server::{Play, serve};
use crate::client::Client;
use serde_json::Value;
use std::path::PathBuf;

/// Fields we send that this edition of the document does not know: it is older than they are.
const NEWER: [(&str, &str); 1] = [("POST /bare-metals", "attach_vpc")];

/// The document, which is not part of this repository.
fn document() -> Option<Value> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/vultr-openapi.json");
    match fs_err::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            println!("SKIPPED, nothing was compared: {error}");
            None
        }
    }
}

/// Follows a reference within the document.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(place) => resolve(
            document,
            document.pointer(place.trim_start_matches('#')).unwrap(),
        ),
        None => schema,
    }
}

/// The document's operation for a call such as `POST /instances/i-1/start`.
fn operation<'a>(document: &'a Value, call: &str) -> &'a Value {
    let (method, path) = call.split_once(' ').unwrap();
    let path = path.split('?').next().unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(one, other)| one.starts_with('{') || one == other)
    };
    let paths = document["paths"].as_object().unwrap();
    let mut found: Vec<_> = paths
        .iter()
        .filter(|(template, _)| fits(template))
        .collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    let (_, item) = found
        .first()
        .unwrap_or_else(|| panic!("no path for `{call}`"));
    item.get(method.to_lowercase())
        .unwrap_or_else(|| panic!("no method for `{call}`"))
}

/// What is wrong with a value, by a schema's types, fields and what it requires.
fn faults(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let schema = resolve(document, schema);
    let fits = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !fits {
        return vec![format!("{place}: {value} is no {}", schema["type"])];
    }
    let mut all = Vec::new();
    for item in value.as_array().into_iter().flatten() {
        all.extend(faults(
            document,
            &schema["items"],
            item,
            &format!("{place}[]"),
        ));
    }
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(name).is_none() {
            all.push(format!("{place}: `{name}` is missing"));
        }
    }
    for (name, part) in value.as_object().into_iter().flatten() {
        let below = format!("{place}.{name}");
        match schema["properties"].get(name) {
            Some(schema) => all.extend(faults(document, schema, part, &below)),
            None => all.push(format!("{below}: not in the document")),
        }
    }
    all
}

#[tokio::test]
async fn every_request_is_valid_by_the_document() {
    let Some(document) = document() else { return };
    let server = serve(every_answer()).await;
    every_change(&server.client).await;
    let mut compared = 0;
    for (call, body) in server.calls().iter().zip(server.bodies()) {
        let operation = operation(&document, call);
        if body.is_null() {
            continue;
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let mut found = faults(&document, schema, &body, call);
        found.retain(|fault| {
            NEWER
                .iter()
                .all(|(call, field)| *fault != format!("{call}.{field}: not in the document"))
        });
        assert_eq!(found, [""; 0]);
        compared += 1;
    }
    assert_eq!(compared, 21);
}

#[tokio::test]
async fn a_fault_in_a_request_would_be_seen() {
    let Some(document) = document() else { return };
    let schema = &operation(&document, "POST /instances")["requestBody"]["content"]["application/json"]
        ["schema"];
    let body = serde_json::json!({ "region": 1, "tags": [2], "user_dat": null });
    let mut found = faults(&document, schema, &body, "body");
    found.sort();
    assert_eq!(
        found,
        [
            "body.region: 1 is no \"string\"",
            "body.tags[]: 2 is no \"string\"",
            "body.user_dat: not in the document",
            "body: `plan` is missing",
        ]
    );
}

/// The first example of an operation's success, with its status.
fn example(document: &Value, call: &str) -> (u16, Value) {
    let responses = operation(document, call)["responses"].as_object().unwrap();
    let (status, response) = responses
        .iter()
        .find(|(status, _)| status.starts_with('2'))
        .unwrap();
    let examples = &response["content"]["application/json"]["examples"];
    let example = examples.as_object().unwrap().values().next().unwrap();
    (status.parse().unwrap(), example["value"].clone())
}

/// Plays the document's example for a call; lists end after it.
async fn with_example(document: &Value, call: &str) -> (Client, Value) {
    let (status, mut value) = example(document, call);
    if let Some(next) = value.pointer_mut("/meta/links/next") {
        *next = Value::from("");
    }
    let server = serve([Play::Json(status, value.clone())]).await;
    (server.client, value)
}

/// Reads the example of a call through the client, and compares the ids.
macro_rules! read_example {
    ($document:expr, $call:literal, $field:literal, |$client:ident| $read:expr) => {{
        let ($client, example) = with_example(&$document, $call).await;
        let found: Vec<String> = $read
            .unwrap()
            .iter()
            .map(|one| one.id.to_string())
            .collect();
        let wanted = match &example[$field] {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let wanted: Vec<String> = wanted
            .iter()
            .map(|one| {
                one["id"]
                    .as_str()
                    .map_or_else(|| one["id"].to_string(), str::to_owned)
            })
            .collect();
        assert!(!found.is_empty(), $call);
        assert_eq!(found, wanted, $call);
    }};
}

#[tokio::test]
async fn the_documents_lists_can_be_read() {
    let Some(document) = document() else { return };
    read_example!(document, "GET /regions", "regions", |client| client
        .regions()
        .await);
    read_example!(document, "GET /plans", "plans", |client| client
        .plans()
        .await);
    read_example!(document, "GET /plans-metal", "plans_metal", |client| client
        .plans_metal()
        .await);
    read_example!(document, "GET /os", "os", |client| client
        .operating_systems()
        .await);
    read_example!(document, "GET /instances", "instances", |client| client
        .instances()
        .list(None)
        .await);
    read_example!(document, "GET /instances/i/vpcs", "vpcs", |client| client
        .instances()
        .vpcs(&"i".into())
        .await);
    read_example!(document, "GET /bare-metals", "bare_metals", |client| client
        .bare_metals()
        .list(None)
        .await);
    read_example!(document, "GET /bare-metals/i/vpcs", "vpcs", |client| client
        .bare_metals()
        .vpcs(&"i".into())
        .await);
    read_example!(document, "GET /vpcs", "vpcs", |client| client
        .vpcs()
        .list()
        .await);
    read_example!(document, "GET /firewalls", "firewall_groups", |client| {
        client.firewall_groups().list().await
    });
    read_example!(
        document,
        "GET /firewalls/f/rules",
        "firewall_rules",
        |client| client.firewall_groups().rules(&"f".into()).await
    );
    read_example!(document, "GET /reserved-ips", "reserved_ips", |client| {
        client.reserved_ips().list().await
    });
    read_example!(document, "GET /ssh-keys", "ssh_keys", |client| client
        .ssh_keys()
        .list()
        .await);
    read_example!(
        document,
        "GET /startup-scripts",
        "startup_scripts",
        |client| client.startup_scripts().list().await
    );
}

#[tokio::test]
async fn the_documents_objects_can_be_read() {
    let Some(document) = document() else { return };
    read_example!(document, "GET /instances/i", "instance", |client| client
        .instances()
        .get(&"i".into())
        .await
        .map(|one| [one]));
    read_example!(document, "POST /instances", "instance", |client| client
        .instances()
        .create(&super::requests::full_instance())
        .await
        .map(|one| [one]));
    read_example!(document, "PATCH /instances/i", "instance", |client| client
        .instances()
        .update(&"i".into(), &super::requests::full_change())
        .await
        .map(|one| [one]));
    read_example!(
        document,
        "POST /instances/i/reinstall",
        "instance",
        |client| client
            .instances()
            .reinstall(&"i".into(), None)
            .await
            .map(|one| [one])
    );
    read_example!(document, "GET /bare-metals/i", "bare_metal", |client| {
        client.bare_metals().get(&"i".into()).await.map(|one| [one])
    });
    read_example!(document, "POST /bare-metals", "bare_metal", |client| client
        .bare_metals()
        .create(&super::requests::full_metal())
        .await
        .map(|one| [one]));
    read_example!(document, "GET /vpcs/v", "vpc", |client| client
        .vpcs()
        .get(&"v".into())
        .await
        .map(|one| [one]));
    read_example!(document, "POST /firewalls", "firewall_group", |client| {
        client.firewall_groups().create("x").await.map(|one| [one])
    });
    read_example!(
        document,
        "POST /firewalls/f/rules",
        "firewall_rule",
        |client| client
            .firewall_groups()
            .add_rule(&"f".into(), &super::requests::rule())
            .await
            .map(|one| [one])
    );
    read_example!(document, "GET /reserved-ips/r", "reserved_ip", |client| {
        client
            .reserved_ips()
            .get(&"r".into())
            .await
            .map(|one| [one])
    });
    read_example!(document, "POST /ssh-keys", "ssh_key", |client| client
        .ssh_keys()
        .create("a", "b")
        .await
        .map(|one| [one]));
    let (client, example) = with_example(&document, "GET /account").await;
    assert_eq!(
        client.account().await.unwrap().email,
        example["account"]["email"].as_str().unwrap()
    );
    let (client, example) = with_example(&document, "GET /regions/ams/availability").await;
    let plans = client.availability(&"ams".into()).await.unwrap();
    assert_eq!(
        Some(plans.len()),
        example["available_plans"].as_array().map(Vec::len)
    );
}
