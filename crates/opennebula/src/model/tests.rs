//! Tests of reading objects: order does not matter, what is missing is empty, what is wrong is named.

use super::*;

#[test]
fn a_host_is_read_by_name_in_any_order() {
    let body = "<HOST><TEMPLATE><ERROR>Mon : no route</ERROR></TEMPLATE><VMS><ID>7</ID></VMS><STATE>3</STATE>\
        <CLUSTER>edge</CLUSTER><CLUSTER_ID>100</CLUSTER_ID><VM_MAD>lxc</VM_MAD><IM_MAD>lxc</IM_MAD>\
        <HOST_SHARE><TOTAL_CPU>800</TOTAL_CPU></HOST_SHARE><NAME>198.18.0.5</NAME><ID>4</ID><NEWER/></HOST>";
    let host: Host = read_object(body).unwrap();
    assert_eq!(
        (host.id.number(), host.name.as_str(), host.state),
        (4, "198.18.0.5", HostState::Error)
    );
    assert_eq!(
        (host.cluster.number(), host.vms, host.share.total_cpu),
        (100, vec![VmId::from(7)], 800)
    );
    assert_eq!(host.template.scalar("error"), Some("Mon : no route"));
}

#[test]
fn a_network_has_its_ranges_leases_and_lock() {
    let body = "<VNET><ID>7</ID><NAME>n</NAME><STATE>1</STATE><VLAN_ID>9</VLAN_ID><PARENT_NETWORK_ID/>\
        <LOCK><LOCKED>1</LOCKED><OWNER>0</OWNER><TIME>12</TIME></LOCK><AR_POOL><AR><AR_ID>0</AR_ID>\
        <IP>198.18.1.1</IP><SIZE>4</SIZE><TYPE>IP4</TYPE><VULTR_IP_ID>u-1</VULTR_IP_ID><LEASES>\
        <LEASE><IP>198.18.1.1</IP><VM>3</VM></LEASE><LEASE><IP>198.18.1.2</IP><VM>-1</VM></LEASE>\
        <LEASE><IP>198.18.1.3</IP><VNET>8</VNET></LEASE></LEASES></AR></AR_POOL></VNET>";
    let network: VirtualNetwork = read_object(body).unwrap();
    let range = &network.ranges[0];
    let holders: Vec<_> = range.leases.iter().map(|lease| lease.holder).collect();
    assert_eq!(
        holders,
        [
            LeaseHolder::Vm(3.into()),
            LeaseHolder::Held,
            LeaseHolder::Vnet(8.into())
        ]
    );
    assert_eq!(range.attributes.scalar("VULTR_IP_ID"), Some("u-1"));
    assert_eq!(range.first(), Some(std::net::Ipv4Addr::new(198, 18, 1, 1)));
    assert_eq!((network.vlan_id, network.parent), (Some(9), None));
    assert_eq!(
        network.lock,
        Some(Lock {
            level: 1,
            owner: 0.into(),
            time: 12
        })
    );
}

#[test]
fn a_missing_id_is_named() {
    let error = read_object::<Cluster>("<CLUSTER><NAME>a</NAME></CLUSTER>").unwrap_err();
    assert_eq!(error.to_string(), "`CLUSTER` has no `ID`");
}

#[test]
fn a_number_that_is_none_is_named_with_its_object() {
    let error =
        read_object::<Host>("<HOST><ID>4</ID><NAME>a</NAME><STATE>up</STATE></HOST>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`STATE` of `HOST 4` is `up`, not a number"
    );
}

#[test]
fn a_huge_number_is_refused_not_wrapped() {
    let error =
        read_object::<Cluster>("<CLUSTER><ID>4294967296</ID><NAME>a</NAME></CLUSTER>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`ID` of `CLUSTER 4294967296` is `4294967296`, not a number"
    );
}

#[test]
fn another_object_than_the_one_asked_for_is_refused() {
    let error = read_object::<Host>("<VNET><ID>1</ID></VNET>").unwrap_err();
    assert_eq!(error.to_string(), "it is a `VNET`, not a `HOST`");
    assert!(read_pool::<Host>("<HOST><ID>1</ID></HOST>").is_err());
}

#[test]
fn a_pool_steps_over_quotas_between_users() {
    let body = "<USER_POOL><USER><ID>0</ID><NAME>oneadmin</NAME><GID>0</GID></USER><QUOTAS><ID>0</ID></QUOTAS></USER_POOL>";
    let users: Vec<User> = read_pool(body).unwrap();
    assert!(users.len() == 1 && users[0].is_admin());
}

#[test]
fn the_master_key_is_not_shown() {
    let body = "<OPENNEBULA_CONFIGURATION><ONE_KEY>s3cret</ONE_KEY>\
        <VN_MAD_CONF><NAME>vxlan</NAME></VN_MAD_CONF></OPENNEBULA_CONFIGURATION>";
    let config: SystemConfig = read_object(body).unwrap();
    assert_eq!(config.drivers("VN_MAD_CONF").collect::<Vec<_>>(), ["vxlan"]);
    assert_eq!(
        format!("{config:?}"),
        "SystemConfig(2 attributes, ONE_KEY=***)"
    );
}
