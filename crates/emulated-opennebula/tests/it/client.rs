//! The typed client against the emulated server: every object an edge cluster needs, made, changed and removed.

use crate::common::{client_as, client_of, fresh, pair, start_unmonitored};
use edgewright_opennebula::{
    Client, Code, DatastoreId, DatastoreState, DatastoreType, Decrypt, Filter, HostState,
    LockLevel, LockMode, OneError, Template, Update, VmFilter, VnetState,
};

#[tokio::test]
async fn a_cluster_is_made_filled_emptied_and_deleted() {
    let (_, client) = pair().await;
    let clusters = client.clusters();
    let id = clusters.allocate("edge-ams").await.unwrap();
    let template = Template::new()
        .with("DESCRIPTION", "Vultr edge cluster")
        .with_vector(
            "PROVISION",
            [("PROVIDER_NAME", "vultr"), ("PLAN", "vc2-1c-1gb")],
        );
    clusters.update(id, &template, Update::Merge).await.unwrap();
    let host = client
        .hosts()
        .allocate("198.18.0.5", "lxc", "lxc", None)
        .await
        .unwrap();
    clusters.add_host(id, host).await.unwrap();
    clusters
        .add_datastore(id, DatastoreId::IMAGES)
        .await
        .unwrap();
    let seen = clusters.info(id).await.unwrap();
    assert_eq!(
        (seen.name.as_str(), seen.hosts, seen.datastores),
        ("edge-ams", vec![host], vec![DatastoreId::IMAGES])
    );
    assert_eq!(
        seen.template.vector("PROVISION").unwrap().get("PLAN"),
        Some("vc2-1c-1gb")
    );
    assert_eq!(
        clusters.delete(id).await.unwrap_err().code(),
        Some(Code::Action)
    );
    clusters.remove_host(id, host).await.unwrap();
    clusters
        .remove_datastore(id, DatastoreId::IMAGES)
        .await
        .unwrap();
    clusters.delete(id).await.unwrap();
    assert!(clusters.info(id).await.unwrap_err().is_not_found(id));
}

#[tokio::test]
async fn a_host_is_registered_offline_and_enabled_later() {
    let (emulator, client) = pair().await;
    let hosts = client.hosts();
    let id = hosts
        .allocate("198.18.0.5", "qemu", "qemu", None)
        .await
        .unwrap();
    hosts.offline(id).await.unwrap();
    let key = "ssh-ed25519 AAAA \"quoted\" \\ back\nsecond line";
    let template = Template::new().with_vector("CONTEXT", [("SSH_PUBLIC_KEY", key)]);
    hosts.update(id, &template, Update::Merge).await.unwrap();
    hosts.rename(id, "198.18.0.6").await.unwrap();
    hosts.enable(id).await.unwrap();
    emulator.probe(id).await;
    let seen = hosts.list().await.unwrap().remove(0);
    assert_eq!(
        (seen.name.as_str(), seen.state, seen.vm_mad.as_str()),
        ("198.18.0.6", HostState::Monitored, "qemu")
    );
    assert_eq!(
        seen.template
            .vector("CONTEXT")
            .unwrap()
            .get("SSH_PUBLIC_KEY"),
        Some(key)
    );
    hosts.delete(id).await.unwrap();
    assert!(hosts.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn datastores_with_a_replica_host_are_made_and_changed() {
    let (_, client) = pair().await;
    let cluster = client.clusters().allocate("edge").await.unwrap();
    let template = Template::new()
        .with("NAME", "edge-system")
        .with("TYPE", "system_ds")
        .with("TM_MAD", "ssh")
        .with("SAFE_DIRS", "/var/tmp /tmp")
        .with("REPLICA_HOST", "198.18.0.5");
    let id = client
        .datastores()
        .allocate(&template, Some(cluster))
        .await
        .unwrap();
    let seen = client.datastores().info(id).await.unwrap();
    assert_eq!(
        (seen.kind, seen.state, seen.clusters),
        (DatastoreType::System, DatastoreState::Ready, vec![cluster])
    );
    assert_eq!(seen.template.scalar("REPLICA_HOST"), Some("198.18.0.5"));
    client.datastores().disable(id).await.unwrap();
    client.datastores().rename(id, "edge-2").await.unwrap();
    client
        .datastores()
        .update(
            id,
            &Template::new().with("REPLICA_HOST", "198.18.0.6"),
            Update::Merge,
        )
        .await
        .unwrap();
    let seen = client.datastores().list().await.unwrap().remove(0);
    assert_eq!(
        (seen.name.as_str(), seen.state),
        ("edge-2", DatastoreState::Disabled)
    );
    assert_eq!(seen.template.scalar("REPLICA_HOST"), Some("198.18.0.6"));
    client.datastores().enable(id).await.unwrap();
    client.datastores().delete(id).await.unwrap();
}

#[tokio::test]
async fn a_private_network_comes_from_its_template() {
    let (_, client) = pair().await;
    let cluster = client.clusters().allocate("edge").await.unwrap();
    let template = Template::new()
        .with("NAME", "edge-private")
        .with("VN_MAD", "vxlan")
        .with("PHYDEV", "enp1s0")
        .with("AUTOMATIC_VLAN_ID", "yes")
        .with("VXLAN_MODE", "evpn")
        .with("VXLAN_TEP", "local_ip")
        .with("IP_LINK_CONF", "nolearning=")
        .with("CLUSTER_IDS", cluster.to_string());
    let id = client.vntemplates().allocate(&template).await.unwrap();
    client
        .vntemplates()
        .update(
            id,
            &Template::new().with("GUEST_MTU", "1450"),
            Update::Merge,
        )
        .await
        .unwrap();
    client
        .vntemplates()
        .rename(id, "edge-private-2")
        .await
        .unwrap();
    let range = [("TYPE", "IP4"), ("IP", "198.18.100.2"), ("SIZE", "10")];
    let extra = Template::new().with_vector("AR", range);
    let vnet = client
        .vntemplates()
        .instantiate(id, "blue", &extra)
        .await
        .unwrap();
    let seen = client.vnets().info(vnet).await.unwrap();
    assert_eq!(
        (seen.state, seen.vlan_id, seen.clusters),
        (VnetState::Ready, Some(2), vec![cluster])
    );
    assert_eq!(
        (seen.template.scalar("GUEST_MTU"), seen.ranges[0].size),
        (Some("1450"), 10)
    );
    let taken = client
        .vntemplates()
        .instantiate(id, "blue", &extra)
        .await
        .unwrap_err();
    assert_eq!(
        (taken.code(), taken.is_name_taken()),
        (Some(Code::Allocate), Some(vnet.number()))
    );
    client.vntemplates().delete(id).await.unwrap();
    assert!(
        client
            .vntemplates()
            .list(Filter::All)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        client
            .vntemplates()
            .info(id)
            .await
            .unwrap_err()
            .is_not_found(id)
    );
}

#[tokio::test]
async fn a_document_keeps_json_exactly() {
    let (_, client) = pair().await;
    let json = r#"{"p":"C:\\dir","q":"say \"hi\"","n":"a\nb","u":"\u00f1 ñ","x":"<&>"}"#;
    let template = Template::new()
        .with("NAME", "edge")
        .with("PROVISION_BODY", json);
    let id = client
        .documents()
        .allocate(&template, 103.into())
        .await
        .unwrap();
    let clear = client.documents().info(id, Decrypt::Yes).await.unwrap();
    assert_eq!(clear.template.scalar("PROVISION_BODY"), Some(json));
    let stored = client.documents().info(id, Decrypt::No).await.unwrap();
    assert_ne!(stored.template.scalar("PROVISION_BODY"), Some(json));
    client
        .documents()
        .lock(id, LockLevel::Use, LockMode::Test)
        .await
        .unwrap();
    let second = client
        .documents()
        .lock(id, LockLevel::Use, LockMode::Test)
        .await
        .unwrap_err();
    assert_eq!(second.code(), Some(Code::Action));
    assert!(client.documents().delete(id).await.unwrap_err().is_locked());
    client.documents().unlock(id).await.unwrap();
    client
        .documents()
        .update(id, &Template::new().with("A", ""), Update::Replace)
        .await
        .unwrap();
    let listed = client
        .documents()
        .list(103.into(), Filter::Mine)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (listed.name.as_str(), listed.template.scalar("A")),
        ("edge", Some(""))
    );
    client.documents().delete(id).await.unwrap();
}

#[tokio::test]
async fn every_value_arrives_as_it_was_sent() {
    let (_, client) = pair().await;
    let id = client.clusters().allocate("edge").await.unwrap();
    let values = [
        "plain",
        " padded ",
        "",
        "a\nb",
        "tab\there",
        "\"",
        "\\",
        "\\\\",
        "\\\"",
        "a\\",
        "x\r\ny",
        "#",
        "[x]",
        "a=b, c",
        "<a>&amp;</a>",
        "]]",
        ">",
        "ñ 日本",
        "'",
    ];
    for value in values {
        let template = Template::new()
            .with("V", value)
            .with_vector("W", [("M", value)]);
        client
            .clusters()
            .update(id, &template, Update::Replace)
            .await
            .unwrap();
        let seen = client.clusters().info(id).await.unwrap().template;
        let expected = value.replace("\r\n", "\n");
        // Answers write values into CDATA sections, where a carriage return does not survive the reader.
        assert_eq!(seen.scalar("V"), Some(expected.as_str()), "{value:?}");
        assert_eq!(
            seen.vector("W").unwrap().get("M"),
            Some(expected.as_str()),
            "{value:?}"
        );
    }
}

#[tokio::test]
async fn users_machines_images_and_the_configuration_are_read() {
    let (emulator, client) = pair().await;
    let host = client
        .hosts()
        .allocate("198.18.0.5", "kvm", "kvm", None)
        .await
        .unwrap();
    let vm = emulator.place_vm(host, None).unwrap();
    assert_eq!(
        client
            .vms()
            .list(Filter::All, VmFilter::NotDone)
            .await
            .unwrap()[0]
            .host,
        Some(host)
    );
    emulator.remove_vm(vm).unwrap();
    assert!(
        client
            .vms()
            .list(Filter::All, VmFilter::NotDone)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        client
            .vms()
            .list(Filter::All, VmFilter::Any)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(client.images().list(Filter::All).await.unwrap().is_empty());
    assert!(client.users().info(None).await.unwrap().is_admin());
    let config = client.system().config().await.unwrap();
    assert!(
        config
            .drivers("VN_MAD_CONF")
            .any(|driver| driver == "vxlan")
    );
    assert!(!format!("{config:?}").contains(config.attributes().scalar("ONE_KEY").unwrap()));
}

#[tokio::test]
async fn a_wrong_password_is_an_authentication_error_with_help() {
    let address = start_unmonitored(&fresh()).await;
    let error = client_as(address, "oneadmin", "wrong")
        .system()
        .version()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::Authentication));
    assert_eq!(
        error.help(),
        Some(
            "check the user and the password in the file that `ONE_AUTH` names (default ~/.one/one_auth)"
        )
    );
    assert!(!error.to_string().contains("wrong"));
}

#[tokio::test]
async fn a_wrong_path_is_told() {
    let address = start_unmonitored(&fresh()).await;
    let endpoint =
        edgewright_opennebula::Endpoint::parse(&format!("http://{address}/other")).unwrap();
    let session = edgewright_opennebula::Session::new("oneadmin", "opennebula").unwrap();
    let error = Client::new(endpoint, session)
        .unwrap()
        .system()
        .version()
        .await
        .unwrap_err();
    assert!(
        matches!(error, OneError::Http { status: 404, .. }),
        "{error}"
    );
    assert_eq!(
        error.help(),
        Some("the path must be /RPC2: check `ONE_XMLRPC`")
    );
}

#[tokio::test]
async fn forty_calls_at_once_are_all_answered() {
    let client = client_of(start_unmonitored(&fresh()).await);
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..40 {
        let client = client.clone();
        calls.spawn(async move { client.clusters().allocate(&format!("edge-{number}")).await });
    }
    let mut ids: Vec<_> = calls
        .join_all()
        .await
        .into_iter()
        .map(|id| id.unwrap().number())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (100..140).collect::<Vec<_>>());
}
