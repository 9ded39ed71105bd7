//! The public part: regions, plans, systems.

use crate::common::{Account, column};
use edgewright_emulated_vultr::Stock;
use serde_json::Value;

#[tokio::test]
async fn the_catalogue_needs_no_key() {
    let account = Account::new().await;
    for path in [
        "/regions",
        "/regions/ams/availability",
        "/plans",
        "/plans-metal",
        "/os",
    ] {
        let url = format!("http://{}/v2{path}", account.address);
        assert_eq!(
            account.client.get(url).send().await.unwrap().status(),
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn plans_and_their_prices_are_there() {
    let account = Account::new().await;
    let value = account.get("/plans?type=vc2").await;
    let plan = &value["plans"][0];
    assert_eq!(
        (&plan["id"], &plan["monthly_cost"]),
        (&"vc2-1c-1gb".into(), &5.into())
    );
    assert_eq!(plan["hourly_cost"], 0.007);
    assert_eq!(plan["location_cost"]["sao"]["monthly_cost"], 7.5);
    assert!(
        column(&value["plans"], "type")
            .iter()
            .all(|kind| kind == "vc2")
    );
    let value = account.get("/plans-metal").await;
    assert_eq!(value["plans_metal"][0]["disk"], 240);
    let value = account.get("/os").await;
    let names = column(&value["os"], "name");
    assert!(names.contains(&"Debian 13 x64 (trixie)".to_owned()));
    assert!(!names.contains(&"Ubuntu 20.04 LTS x64".to_owned()));
    assert_eq!(account.get("/regions").await["meta"]["total"], 33);
}

#[tokio::test]
async fn availability_is_by_region_type_and_stock() {
    let account = Account::new().await;
    let plans = async |path: &str| account.get(path).await["available_plans"].clone();
    let metal = plans("/regions/ams/availability?type=vbm").await;
    assert_eq!(metal, serde_json::json!(["vbm-4c-32gb", "vbm-6c-32gb"]));
    account
        .emulator
        .set_stock("ams", "vbm-4c-32gb", Stock::SoldOut);
    let metal = plans("/regions/ams/availability?type=vbm").await;
    assert_eq!(metal, serde_json::json!(["vbm-6c-32gb"]));
    let refused = account
        .refused("GET", "/regions/xyz/availability", Value::Null)
        .await;
    assert_eq!(refused, (400, "Invalid region.".to_owned()));
    let (status, text) = account
        .refused("GET", "/regions/ams/availability?type=xyz", Value::Null)
        .await;
    assert_eq!(status, 400);
    assert!(
        text.starts_with("Please provide a valid type: all, vbm, "),
        "{text}"
    );
}
