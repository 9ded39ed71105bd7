//! Short stories of calls and their answers, texts in full: documents, locks, users and their rights, saved states.

use crate::params;
use crate::story::Story;
use edgewright_emulated_opennebula::{Config, Emulator};

#[tokio::test]
async fn documents_may_share_names_and_are_listed_by_type() {
    let story = Story::new();
    assert_eq!(
        story
            .call("one.document.allocate", params!["NAME=\"a\"", 103])
            .await,
        "0"
    );
    assert_eq!(
        story
            .call("one.document.allocate", params!["NAME=\"a\"", 102])
            .await,
        "1"
    );
    assert_eq!(
        story.call("one.document.allocate", params!["", 103]).await,
        "2"
    );
    let pool = story
        .ok("one.documentpool.info", params![-2, -1, -1, 103])
        .await;
    let names: Vec<_> = pool
        .match_indices("<NAME>")
        .map(|(at, _)| &pool[at + 6..at + 7])
        .collect();
    assert_eq!(names, ["d", "a"]);
    let flag = "0x1000 Incorrect filter_flag (-1)";
    assert_eq!(
        story
            .call("one.documentpool.info", params![-9, -1, -1, 103])
            .await,
        flag
    );
}

#[tokio::test]
async fn a_page_of_a_pool_counts_from_the_newest() {
    let story = Story::new();
    for _ in 0..5 {
        story.ok("one.document.allocate", params!["", 1]).await;
    }
    let page = story
        .ok("one.documentpool.info", params![-2, 1, -2, 1])
        .await;
    let ids: Vec<_> = page
        .match_indices("<ID>")
        .map(|(at, _)| &page[at + 4..at + 5])
        .collect();
    assert_eq!(ids, ["3", "2"]);
}

#[tokio::test]
async fn the_encrypted_body_is_readable_only_when_an_admin_asks() {
    let story = Story::new();
    story
        .ok(
            "one.document.allocate",
            params!["PROVISION_BODY=\"secret\"\nPLAIN=\"p\"", 103],
        )
        .await;
    let hidden = story.ok("one.document.info", params![0]).await;
    assert!(
        !hidden.contains("secret") && hidden.contains("<PLAIN><![CDATA[p]]>"),
        "{hidden}"
    );
    assert!(
        story
            .ok("one.document.info", params![0, true])
            .await
            .contains("<![CDATA[secret]]>")
    );
}

#[tokio::test]
async fn a_lock_stops_everybody_and_testing_tells_its_time() {
    let story = Story::new();
    story.ok("one.document.allocate", params!["", 103]).await;
    story.ok("one.document.lock", params![0, 1, true]).await;
    let locked = "0x0200 User [0] : DOCUMENT is locked. [0]. (-1)";
    assert_eq!(
        story
            .call("one.document.update", params![0, "A=\"1\"", 1])
            .await,
        locked
    );
    assert_eq!(story.call("one.document.delete", params![0]).await, locked);
    let again = story.call("one.document.lock", params![0, 1, true]).await;
    let time = again
        .strip_prefix("0x0800 ")
        .and_then(|rest| rest.strip_suffix(" (-1)"))
        .unwrap();
    assert!(time.parse::<i64>().unwrap() > 1_700_000_000, "{again}");
    story.ok("one.document.info", params![0]).await;
    story.ok("one.document.unlock", params![0]).await;
    assert_eq!(story.call("one.document.delete", params![0]).await, "0");
}

#[tokio::test]
async fn a_lock_of_the_admin_level_lets_updates_through() {
    let story = Story::new();
    story.ok("one.document.allocate", params!["", 103]).await;
    story.ok("one.document.lock", params![0, 3, false]).await;
    assert_eq!(
        story
            .call("one.document.update", params![0, "A=\"1\"", 1])
            .await,
        "0"
    );
    assert_eq!(
        story.call("one.document.lock", params![0, 9, false]).await,
        "0x0800 Wrong lock level specified (-1)"
    );
}

#[tokio::test]
async fn other_users_may_do_what_the_rules_say_and_no_more() {
    let story = Story::new();
    let alice = story.as_user("alice").await;
    let cases = [
        (
            "one.cluster.info",
            params![0],
            "0x0200 User [2] : Not authorized to perform USE CLUSTER [0]. (-1)",
        ),
        (
            "one.cluster.allocate",
            params!["x"],
            "0x0200 User [2] : Not authorized to perform CREATE CLUSTER. (-1)",
        ),
        (
            "one.datastore.update",
            params![1, "A=\"1\"", 1],
            "0x0200 User [2] : Not authorized to perform MANAGE DATASTORE [1]. (-1)",
        ),
        (
            "one.user.info",
            params![0],
            "0x0200 User [2] : Not authorized to perform USE USER [0]. (-1)",
        ),
        ("one.document.allocate", params!["NAME=\"hers\"", 103], "0"),
        (
            "one.clusterpool.info",
            params![],
            "<CLUSTER_POOL></CLUSTER_POOL>",
        ),
    ];
    for (method, params, expected) in cases {
        assert_eq!(alice.call(method, params).await, expected, "{method}");
    }
    assert!(
        alice
            .ok("one.user.info", params![-1])
            .await
            .contains("<NAME>alice</NAME>")
    );
    assert!(
        alice
            .ok("one.datastore.info", params![1])
            .await
            .contains("<NAME>default</NAME>")
    );
}

#[tokio::test]
async fn what_is_not_an_admins_is_hidden_or_kept() {
    let story = Story::new();
    let alice = story.as_user("alice").await;
    story
        .ok(
            "one.vn.allocate",
            params!["NAME=\"n\"\nVN_MAD=\"bridge\"", 0],
        )
        .await;
    story.ok("one.vn.chown", params![0, 2, -1]).await;
    let expected =
        "0x2000 Cannot update template. User Template includes a restricted attribute BRIDGE (-1)";
    assert_eq!(
        alice
            .call("one.vn.update", params![0, "BRIDGE=\"b\"", 1])
            .await,
        expected
    );
    assert_eq!(
        alice
            .call("one.vn.update", params![0, "BRIDGE=\"b\"\nX=\"1\"", 0])
            .await,
        "0"
    );
    let bridge = alice
        .part("one.vn.info", params![0], "<BRIDGE>", "</BRIDGE>")
        .await;
    assert_eq!(bridge, "<BRIDGE><![CDATA[onebr0]]></BRIDGE>");
}

#[tokio::test]
async fn only_the_owner_of_a_lock_or_an_admin_takes_it_off() {
    let story = Story::new();
    let alice = story.as_user("alice").await;
    alice.ok("one.document.allocate", params!["", 103]).await;
    story.ok("one.document.lock", params![0, 1, false]).await;
    let expected = "0x0800 Cannot unlock: Lock is owned by another user (-1)";
    assert_eq!(
        alice.call("one.document.unlock", params![0]).await,
        expected
    );
    let taken = "0x0800 Error trying to lock the resource. (-1)";
    assert_eq!(
        alice.call("one.document.lock", params![0, 1, false]).await,
        taken
    );
}

#[tokio::test]
async fn a_token_stands_for_the_password_and_a_disabled_user_stays_out() {
    let story = Story::new();
    let alice = story.as_user("alice").await;
    let token = alice
        .ok("one.user.login", params!["alice", "", 3600, -1])
        .await;
    let by_token = Story {
        emulator: story.emulator.clone(),
        session: format!("alice:{token}"),
    };
    assert_eq!(
        by_token.call("one.system.version", params![]).await,
        "7.0.2"
    );
    story.ok("one.user.passwd", params![2, "new"]).await;
    assert!(
        alice
            .call("one.system.version", params![])
            .await
            .starts_with("0x0100")
    );
    story.ok("one.user.enable", params![2, false]).await;
    assert!(
        by_token
            .call("one.system.version", params![])
            .await
            .starts_with("0x0100")
    );
}

#[tokio::test]
async fn permissions_are_changed_bit_by_bit() {
    let story = Story::new();
    let alice = story.as_user("alice").await;
    story.ok("one.document.allocate", params!["", 103]).await;
    let denied = "0x0200 User [2] : Not authorized to perform USE DOCUMENT [0]. (-1)";
    assert_eq!(alice.call("one.document.info", params![0]).await, denied);
    story
        .ok(
            "one.document.chmod",
            params![0, -1, -1, -1, -1, -1, -1, 1, -1, -1],
        )
        .await;
    alice.ok("one.document.info", params![0]).await;
}

#[tokio::test]
async fn a_state_survives_saving_and_restoring() {
    let story = Story::new();
    story.ok("one.cluster.allocate", params!["edge"]).await;
    story
        .ok(
            "one.host.allocate",
            params!["198.18.0.5", "kvm", "kvm", 100],
        )
        .await;
    let network = "NAME=\"n\"\nVN_MAD=\"bridge\"\nAR=[TYPE=\"IP4\", IP=\"198.18.1.1\", SIZE=\"2\"]";
    story.ok("one.vn.allocate", params![network, 100]).await;
    story
        .ok("one.document.allocate", params!["A=\"1\"\nA=\"2\"", 103])
        .await;
    story.emulator.probe_all().await;
    let saved = serde_json::to_string(&story.emulator.snapshot().unwrap()).unwrap();
    let config = Config {
        password: "another".to_owned(),
        ..Config::default()
    };
    let emulator = Emulator::builder(config)
        .restored(&serde_json::from_str(&saved).unwrap())
        .unwrap();
    let restored = Story {
        emulator,
        ..Story::new()
    };
    for (method, params) in [
        ("one.cluster.info", params![100]),
        ("one.host.info", params![0]),
        ("one.vn.info", params![0]),
        ("one.document.info", params![0]),
        ("one.datastorepool.info", params![]),
    ] {
        assert_eq!(
            restored.ok(method, params.clone()).await,
            story.ok(method, params).await
        );
    }
    assert_eq!(
        restored.call("one.cluster.allocate", params!["next"]).await,
        "101"
    );
}

#[tokio::test]
async fn a_saved_state_of_another_kind_is_refused() {
    let error = Emulator::builder(Config::default())
        .restored(&serde_json::json!({"clusters": 7}))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the saved state of the emulated OpenNebula cannot be read"
    );
}

#[tokio::test]
async fn ids_are_not_given_twice() {
    let story = Story::new();
    story.ok("one.cluster.allocate", params!["a"]).await;
    story.ok("one.cluster.delete", params![100]).await;
    assert_eq!(
        story.call("one.cluster.allocate", params!["a"]).await,
        "101"
    );
}
