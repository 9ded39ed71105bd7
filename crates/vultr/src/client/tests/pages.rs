//! Lists are read to their end.

use super::server::{Play, ok, refusal, serve};
use crate::error::Kind;
use serde_json::json;

fn page(ids: &[&str], next: &str) -> Play {
    let instances: Vec<_> = ids
        .iter()
        .map(|id| json!({ "id": id, "tags": ["cluster=ams", id] }))
        .collect();
    let meta = json!({ "total": 5, "links": { "next": next, "prev": "" } });
    ok(json!({ "instances": instances, "meta": meta }))
}

#[tokio::test]
async fn a_list_is_followed_to_its_last_page() {
    let plays = [
        page(&["a", "b"], "bmV4dF9fMjMw"),
        page(&["c", "d"], "+/="),
        page(&["e"], ""),
    ];
    let server = serve(plays).await;
    let all = server.client.instances().list(None).await.unwrap();
    let ids: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e"]);
    assert_eq!(
        server.calls(),
        [
            "GET /instances?per_page=500",
            "GET /instances?per_page=500&cursor=bmV4dF9fMjMw",
            "GET /instances?per_page=500&cursor=%2B%2F%3D",
        ]
    );
}

#[tokio::test]
async fn a_cursor_that_comes_back_ends_the_list_with_an_error() {
    let server = serve([page(&["a"], "x"), page(&["b"], "y"), page(&["c"], "x")]).await;
    let error = server.client.instances().list(None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Vultr's answer to `GET /instances` has another form than expected: \
         the list comes back to a page it had already"
    );
    assert_eq!(error.kind(), Kind::Form);
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_alone() {
    let server = serve([page(&["a"], "x"), refusal(500, "no"), page(&["b"], "")]).await;
    assert_eq!(server.client.instances().list(None).await.unwrap().len(), 2);
    assert_eq!(
        server.calls(),
        [
            "GET /instances?per_page=500",
            "GET /instances?per_page=500&cursor=x",
            "GET /instances?per_page=500&cursor=x",
        ]
    );
}

#[tokio::test]
async fn a_list_that_breaks_off_is_no_list() {
    let server = serve([page(&["a"], "x"), refusal(403, "no")]).await;
    let error = server.client.instances().list(None).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
}

#[tokio::test]
async fn a_list_without_paging_is_one_page() {
    let server = serve([
        ok(json!({ "vpcs": [{ "id": "v" }] })),
        ok(json!({ "vpcs": [] })),
    ])
    .await;
    assert_eq!(server.client.vpcs().list().await.unwrap().len(), 1);
    assert_eq!(server.client.vpcs().list().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_list_without_its_field_is_no_empty_list() {
    let server = serve([ok(json!({ "servers": [] }))]).await;
    let error = server.client.instances().list(None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Vultr's answer to `GET /instances` has another form than expected: there is no `instances`"
    );
}

#[tokio::test]
async fn a_tag_is_sent_as_it_is_and_must_match_exactly() {
    let server = serve([ok(json!({ "instances": [
        { "id": "a", "tags": ["edge/cluster=ams é"] },
        { "id": "b", "tags": ["Edge/Cluster=AMS é"] },
        { "id": "c", "tags": [] },
    ] }))])
    .await;
    let all = server
        .client
        .instances()
        .list(Some("edge/cluster=ams é"))
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].id.as_str(), "a");
    assert_eq!(
        server.calls(),
        ["GET /instances?tag=edge%2Fcluster%3Dams+%C3%A9&per_page=500"]
    );
}

#[tokio::test]
async fn bare_metal_is_filtered_here() {
    let server = serve([ok(json!({ "bare_metals": [
        { "id": "a", "tags": ["x"] },
        { "id": "b", "tags": ["y"] },
    ] }))])
    .await;
    let all = server.client.bare_metals().list(Some("y")).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(server.calls(), ["GET /bare-metals?per_page=500"]);
}
