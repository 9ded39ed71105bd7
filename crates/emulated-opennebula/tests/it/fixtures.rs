//! Short stories of calls and their answers, texts in full: clusters, hosts, datastores, networks.

use crate::params;
use crate::story::Story;
use edgewright_opennebula::wire::Value;

#[tokio::test]
async fn all_wrong_logins_get_one_answer() {
    for session in [
        "nobody:opennebula",
        "oneadmin:wrong",
        "oneadmin",
        "",
        "serveradmin:",
        "oneadmin:",
    ] {
        let story = Story {
            session: session.to_owned(),
            ..Story::new()
        };
        let expected = "0x0100 User couldn't be authenticated, aborting call. (-1)";
        assert_eq!(
            story.call("one.system.version", params![]).await,
            expected,
            "{session}"
        );
    }
}

#[tokio::test]
async fn a_call_without_a_session_or_with_a_number_there_is_a_fault() {
    let story = Story::new();
    let none = story
        .emulator
        .call("one.system.version", &[])
        .await
        .unwrap_err();
    assert_eq!(
        (none.code, none.text.as_str()),
        (-501, "Not enough parameters")
    );
    let number = story
        .emulator
        .call("one.system.version", &[Value::Int(1)])
        .await
        .unwrap_err();
    assert_eq!(
        (number.code, number.text.as_str()),
        (-501, "Parameter that is supposed to be a string is not")
    );
}

#[tokio::test]
async fn unknown_methods_are_faults_and_further_parameters_are_ignored() {
    let story = Story::new();
    assert_eq!(
        story.call("one.nope", params![]).await,
        "fault -506 Method 'one.nope' not defined"
    );
    assert_eq!(
        story.call("one.system.version", params!["x", 1]).await,
        "7.0.2"
    );
}

#[tokio::test]
async fn numbers_of_64_bits_are_refused() {
    let story = Story::new();
    let expected = "fault -501 Parameter that is supposed to be integer is not";
    assert_eq!(
        story.call("one.cluster.info", vec![Value::Long(0)]).await,
        expected
    );
}

#[tokio::test]
async fn clusters_begin_at_100_and_their_names_are_unique() {
    let story = Story::new();
    assert_eq!(
        story.call("one.cluster.allocate", params!["edge"]).await,
        "100"
    );
    let taken = "0x2000 NAME is already taken by CLUSTER 100. (-1)";
    assert_eq!(
        story.call("one.cluster.allocate", params!["edge"]).await,
        taken
    );
    let collision =
        "0x0800 cluster cannot be renamed to default because it collides with cluster 0 (-1)";
    assert_eq!(
        story
            .call("one.cluster.rename", params![100, "default"])
            .await,
        collision
    );
}

#[tokio::test]
async fn a_cluster_is_deleted_only_when_empty() {
    let story = Story::new();
    story.ok("one.cluster.allocate", params!["edge"]).await;
    story
        .ok(
            "one.host.allocate",
            params!["198.18.0.5", "lxc", "lxc", 100],
        )
        .await;
    story.ok("one.cluster.adddatastore", params![100, 1]).await;
    let hosts = "0x0800 Cannot delete cluster. Cluster 100 is not empty, it contains 1 hosts. (-1)";
    assert_eq!(story.call("one.cluster.delete", params![100]).await, hosts);
    assert_eq!(
        story.call("one.cluster.delhost", params![100, 0]).await,
        "0"
    );
    let datastores =
        "0x0800 Cannot delete cluster. Cluster 100 is not empty, it contains 1 datastores. (-1)";
    assert_eq!(
        story.call("one.cluster.delete", params![100]).await,
        datastores
    );
    story.ok("one.cluster.deldatastore", params![100, 1]).await;
    assert_eq!(story.call("one.cluster.delete", params![100]).await, "100");
    assert_eq!(
        story.call("one.cluster.info", params![100]).await,
        "0x0400 Error getting cluster [100]. (100)"
    );
}

#[tokio::test]
async fn an_update_merges_or_replaces() {
    let story = Story::new();
    story.ok("one.cluster.allocate", params!["edge"]).await;
    story
        .ok(
            "one.cluster.update",
            params![100, "A=\"1\"\nV=[X=\"1\", Y=\"2\"]", 0],
        )
        .await;
    story
        .ok(
            "one.cluster.update",
            params![100, "<T><V><Z>3</Z></V><B>b</B></T>", 1],
        )
        .await;
    let expected =
        "<TEMPLATE><A><![CDATA[1]]></A><B><![CDATA[b]]></B><V><Z><![CDATA[3]]></Z></V></TEMPLATE>";
    assert_eq!(
        story
            .part(
                "one.cluster.info",
                params![100],
                "<TEMPLATE>",
                "</TEMPLATE>"
            )
            .await,
        expected
    );
    assert_eq!(
        story
            .call("one.cluster.update", params![100, "A=\"1\"", 2])
            .await,
        "0x1000 Wrong update type (-1)"
    );
}

#[tokio::test]
async fn a_failed_update_changes_nothing() {
    let story = Story::new();
    let before = story.ok("one.datastore.info", params![1]).await;
    let expected =
        "0x2000 Cannot update template. TM_MAD named \"nope\" is not defined in oned.conf (-1)";
    assert_eq!(
        story
            .call(
                "one.datastore.update",
                params![1, "TM_MAD=\"nope\"\nX=\"1\"", 1]
            )
            .await,
        expected
    );
    assert_eq!(story.ok("one.datastore.info", params![1]).await, before);
}

#[tokio::test]
async fn an_update_with_a_key_that_cannot_be_stored_succeeds_and_is_lost() {
    let story = Story::new();
    story.ok("one.cluster.allocate", params!["edge"]).await;
    story
        .ok("one.cluster.update", params![100, "9A=\"1\"", 0])
        .await;
    let kept = story
        .part(
            "one.cluster.info",
            params![100],
            "<TEMPLATE>",
            "</TEMPLATE>",
        )
        .await;
    assert!(kept.contains("RESERVED_CPU"), "{kept}");
}

#[tokio::test]
async fn host_names_are_checked_when_registering() {
    let story = Story::new();
    let cases = [
        (
            "a",
            "HOSTNAME length should be greater than 1, but smaller than 64 characters",
        ),
        ("-ab", "first character can't be '-'"),
        ("ab.", "last character can't be '.'"),
        ("fd00::1", "':' is invalid character for a HOSTNAME"),
        ("two words", "' ' is invalid character for a HOSTNAME"),
    ];
    for (name, text) in cases {
        let expected = format!("0x2000 Invalid HOSTNAME, {text} (-1)");
        assert_eq!(
            story
                .call("one.host.allocate", params![name, "kvm", "kvm", 0])
                .await,
            expected
        );
    }
    let cluster = "0x0400 Error getting cluster [9999]. (9999)";
    assert_eq!(
        story
            .call("one.host.allocate", params!["ok", "kvm", "kvm", 9999])
            .await,
        cluster
    );
}

#[tokio::test]
async fn reserved_capacity_of_a_cluster_shows_at_once_in_its_hosts() {
    let story = Story::new();
    story
        .ok("one.host.allocate", params!["198.18.0.5", "kvm", "kvm", 0])
        .await;
    story.emulator.probe_all().await;
    story
        .ok(
            "one.cluster.update",
            params![0, "RESERVED_CPU=\"10%\"\nRESERVED_MEM=\"1024\"", 1],
        )
        .await;
    let share = story
        .part("one.host.info", params![0], "<MAX_MEM>", "</MAX_CPU>")
        .await;
    assert_eq!(share, "<MAX_MEM>16776192</MAX_MEM><MAX_CPU>720</MAX_CPU>");
}

#[tokio::test]
async fn a_host_with_a_running_machine_is_not_deleted() {
    let story = Story::new();
    story
        .ok("one.host.allocate", params!["198.18.0.5", "kvm", "kvm", 0])
        .await;
    let vm = story.emulator.place_vm(0.into(), None).unwrap();
    let expected = "0x0800 Cannot delete host. Can not remove a host with running VMs (-1)";
    assert_eq!(story.call("one.host.delete", params![0]).await, expected);
    assert_eq!(
        story
            .part("one.host.info", params![0], "<VMS>", "</VMS>")
            .await,
        "<VMS><ID>0</ID></VMS>"
    );
    story.emulator.remove_vm(vm).unwrap();
    assert_eq!(story.call("one.host.delete", params![0]).await, "0");
    assert!(story.emulator.place_vm(0.into(), None).is_err());
}

#[tokio::test]
async fn datastores_are_checked_against_the_drivers() {
    let story = Story::new();
    let cases = [
        ("NAME=\"d\"\nTM_MAD=\"ssh\"", "No DS_MAD in template."),
        ("NAME=\"d\"\nDS_MAD=\"fs\"", "No TM_MAD in template."),
        (
            "NAME=\"d\"\nDS_MAD=\"x\"\nTM_MAD=\"ssh\"",
            "DS_MAD named \"x\" is not defined in oned.conf",
        ),
        (
            "NAME=\"d\"\nTYPE=\"SYSTEM_DS\"\nDS_MAD=\"fs\"",
            "SYSTEM datastores cannot have DS_MAD defined.",
        ),
        (
            "NAME=\"d\"\nDS_MAD=\"rsync\"\nTM_MAD=\"ssh\"",
            "Datastore template is missing the \"RSYNC_HOST\" attribute or it's empty.",
        ),
        (
            "NAME=\"d\"\nDS_MAD=\"fs\"\nTM_MAD=\"ssh\"\nDISK_TYPE=\"X\"",
            "Unknown DISK_TYPE in template.",
        ),
    ];
    for (template, text) in cases {
        let expected = format!("0x2000 {text} (-1)");
        assert_eq!(
            story
                .call("one.datastore.allocate", params![template, 0])
                .await,
            expected,
            "{template}"
        );
    }
}

#[tokio::test]
async fn only_system_datastores_can_be_disabled() {
    let story = Story::new();
    assert_eq!(
        story.call("one.datastore.enable", params![0, false]).await,
        "0"
    );
    assert_eq!(
        story
            .part("one.datastore.info", params![0], "<STATE>", "</STATE>")
            .await,
        "<STATE>1</STATE>"
    );
    let expected = "0x2000 Only SYSTEM_DS can be disabled or enabled (-1)";
    assert_eq!(
        story.call("one.datastore.enable", params![1, false]).await,
        expected
    );
    let fault = "fault -501 Parameter that is supposed to be boolean is not";
    assert_eq!(
        story.call("one.datastore.enable", params![0, 1]).await,
        fault
    );
}

#[tokio::test]
async fn a_datastore_with_an_image_is_not_deleted() {
    let story = Story::new();
    story
        .ok(
            "one.image.allocate",
            params!["NAME=\"i\"\nPATH=\"/var/tmp/i\"", 1, false],
        )
        .await;
    let expected = "0x0800 Cannot delete datastore. Datastore 1 is not empty. (-1)";
    assert_eq!(
        story.call("one.datastore.delete", params![1]).await,
        expected
    );
    story.ok("one.image.delete", params![0]).await;
    assert_eq!(story.call("one.datastore.delete", params![1]).await, "1");
}

#[tokio::test]
async fn network_drivers_say_what_they_need() {
    let story = Story::new();
    let cases = [
        (
            "VN_MAD=\"bridge\"",
            "No NAME in template for Virtual Network.",
        ),
        ("NAME=\"n\"", "No VN_MAD in template for Virtual Network."),
        (
            "NAME=\"n\"\nVN_MAD=\"vxlan\"",
            "PHYDEV is mandatory for driver vxlan",
        ),
        (
            "NAME=\"n\"\nVN_MAD=\"vxlan\"\nPHYDEV=\"e\"",
            "VLAN_ID (or AUTOMATIC_VLAN_ID) is mandatory for driver vxlan",
        ),
        (
            "NAME=\"n\"\nVN_MAD=\"dummy\"",
            "BRIDGE is mandatory for driver dummy",
        ),
        (
            "NAME=\"n\"\nVN_MAD=\"x\"",
            "VN_MAD named \"x\" is not defined in oned.conf",
        ),
    ];
    for (template, text) in cases {
        let expected = format!("0x2000 {text} (-1)");
        assert_eq!(
            story.call("one.vn.allocate", params![template, 0]).await,
            expected,
            "{template}"
        );
    }
}

#[tokio::test]
async fn templates_of_networks_need_a_name_and_a_driver() {
    let story = Story::new();
    let good = "NAME=\"t\"\nVN_MAD=\"bridge\"\nCLUSTER_IDS=\"0\"";
    assert_eq!(
        story.call("one.vntemplate.allocate", params![good]).await,
        "0"
    );
    let taken = "0x2000 NAME is already taken by VN TEMPLATE 0. (-1)";
    assert_eq!(
        story.call("one.vntemplate.allocate", params![good]).await,
        taken
    );
    let nameless = "0x2000 Invalid NAME, it cannot be empty (-1)";
    assert_eq!(
        story
            .call("one.vntemplate.allocate", params!["VN_MAD=\"bridge\""])
            .await,
        nameless
    );
    let driverless = "0x2000 Error inserting Template in DB. VN_MAD is mandatory (-1)";
    assert_eq!(
        story
            .call("one.vntemplate.allocate", params!["NAME=\"u\""])
            .await,
        driverless
    );
}

#[tokio::test]
async fn a_network_made_from_a_template_takes_over_its_attributes() {
    let story = Story::new();
    story.ok("one.cluster.allocate", params!["edge"]).await;
    let template = "NAME=\"t\"\nVN_MAD=\"vxlan\"\nPHYDEV=\"e0\"\nAUTOMATIC_VLAN_ID=\"yes\"\nCLUSTER_IDS=\"100\"";
    story.ok("one.vntemplate.allocate", params![template]).await;
    let range = "AR=[TYPE=\"IP4\", IP=\"198.18.1.2\", SIZE=\"2\"]";
    assert_eq!(
        story
            .call("one.vntemplate.instantiate", params![0, "n", range])
            .await,
        "0"
    );
    let head = story
        .part("one.vn.info", params![0], "<CLUSTERS>", "</BRIDGE>")
        .await;
    assert_eq!(
        head,
        "<CLUSTERS><ID>100</ID></CLUSTERS><BRIDGE><![CDATA[onebr0]]></BRIDGE>"
    );
    let again = story
        .call("one.vntemplate.instantiate", params![0, "n", ""])
        .await;
    assert!(
        again.starts_with("0x4000 ") && again.contains("NAME is already taken by NET 0."),
        "{again}"
    );
    assert_eq!(
        story
            .call("one.vntemplate.instantiate", params![0, "", ""])
            .await,
        "1"
    );
    assert_eq!(
        story
            .part("one.vn.info", params![1], "<NAME>", "</NAME>")
            .await,
        "<NAME>t-1</NAME>"
    );
    let missing = "0x0400 Error getting virtual network template [7]. (7)";
    assert_eq!(
        story
            .call("one.vntemplate.instantiate", params![7, "x", ""])
            .await,
        missing
    );
}
