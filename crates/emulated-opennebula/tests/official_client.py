"""Makes, changes and removes every object an edge cluster needs, with pyone as it comes from its package.

Run by tests/it/pyone.rs, which gives the address and the session in the environment.
"""
import os

import pyone

one = pyone.OneServer(os.environ["ONE_XMLRPC"], session=os.environ["ONE_SESSION"])


def expect(what, found, wanted):
    """Ends the test unless both are equal."""
    if found != wanted:
        raise SystemExit(f"{what}: expected {wanted!r}, found {found!r}")


def refused(kind, call, *arguments):
    """Ends the test unless the call is refused in this way; returns the text."""
    try:
        call(*arguments)
    except kind as error:
        return str(error)
    raise SystemExit(f"{call} was not refused")


expect("version", one.system.version(), "7.0.2")

# Cluster
cluster = one.cluster.allocate("edge-py")
one.cluster.update(cluster, {"TEMPLATE": {"PROVISION": {"ID": "7", "STATE": "RUNNING"}}}, 1)
expect("cluster attribute", one.cluster.info(cluster).TEMPLATE["PROVISION"]["ID"], "7")
refused(pyone.OneInternalException, one.cluster.allocate, "edge-py")
refused(pyone.OneNoExistsException, one.cluster.info, 9999)
refused(pyone.OneApiException, one.cluster.update, cluster, "A=\"1\"", 2)
one.cluster.rename(cluster, "edge-python")
expect("clusters", [found.NAME for found in one.clusterpool.info().CLUSTER], ["edge-python", "default"])

# Host
host = one.host.allocate("198.18.0.5", "lxc", "lxc", cluster)
one.host.update(host, 'EC2_PUBLIC_IP="198.18.0.5"', 1)
one.host.status(host, 2)
expect("host state", one.host.info(host).STATE, 8)
one.host.status(host, 0)
expect("hosts", [found.ID for found in one.hostpool.info().HOST], [host])
expect("members", list(one.cluster.info(cluster).HOSTS.ID), [host])

# Datastore
datastore = one.datastore.allocate({"NAME": "edge-py", "TYPE": "SYSTEM_DS", "TM_MAD": "ssh", "REPLICA_HOST": "198.18.0.5"}, cluster)
one.datastore.update(datastore, 'REPLICA_HOST="198.18.0.6"', 1)
expect("replica", one.datastore.info(datastore).TEMPLATE["REPLICA_HOST"], "198.18.0.6")
one.datastore.enable(datastore, False)
expect("datastore state", one.datastore.info(datastore).STATE, 1)
expect("datastores", len(one.datastorepool.info().DATASTORE), 4)

# Virtual network
vnet = one.vn.allocate({"TEMPLATE": {
    "NAME": "edge-py", "VN_MAD": "bridge",
    "AR": {"TYPE": "IP4", "IP": "198.18.1.1", "SIZE": "4"},
}}, cluster)
one.vn.add_ar(vnet, 'AR=[TYPE="IP4", IP="198.18.2.1", SIZE="2"]')
one.vn.update_ar(vnet, 'AR=[AR_ID="1", CUSTOM="x"]')
one.vn.hold(vnet, 'LEASES=[IP="198.18.1.2"]')
ranges = one.vn.info(vnet).AR_POOL.AR
expect("ranges", [found.IP for found in ranges], ["198.18.1.1", "198.18.2.1"])
expect("lease", ranges[0].LEASES.LEASE[0].IP, "198.18.1.2")
refused(pyone.OneActionException, one.vn.delete, vnet)
one.vn.release(vnet, 'LEASES=[IP="198.18.1.2"]')
one.vn.rm_ar(vnet, 1)
one.vn.update(vnet, 'DNS="198.18.0.1"', 1)
one.vn.lock(vnet, 1, False)
refused(pyone.OneAuthorizationException, one.vn.delete, vnet)
one.vn.unlock(vnet)
expect("networks", [found.NAME for found in one.vnpool.info(-2, -1, -1).VNET], ["edge-py"])

# Virtual network template
template = one.vntemplate.allocate({
    "NAME": "edge-py", "VN_MAD": "vxlan", "PHYDEV": "enp1s0", "AUTOMATIC_VLAN_ID": "YES", "CLUSTER_IDS": str(cluster),
})
one.vntemplate.update(template, 'VXLAN_MODE="evpn"', 1)
private = one.vntemplate.instantiate(template, "blue", 'AR=[TYPE="IP4", IP="198.18.3.2", SIZE="2"]')
expect("instance", one.vn.info(private).TEMPLATE["VXLAN_MODE"], "evpn")
refused(pyone.OneException, one.vntemplate.instantiate, template, "blue", "")
expect("templates", len(one.vntemplatepool.info(-2, -1, -1).VNTEMPLATE), 1)

# Document
document = one.document.allocate({"TEMPLATE": {"NAME": "edge-py", "PROVISION_BODY": '{"state":2}'}}, 103)
expect("document in clear", one.document.info(document, True).TEMPLATE["PROVISION_BODY"], '{"state":2}')
one.document.update(document, {"TEMPLATE": {"BODY": '{"state":4}'}}, 0)
one.document.lock(document, 1, True)
refused(pyone.OneActionException, one.document.lock, document, 1, True)
refused(pyone.OneAuthorizationException, one.document.delete, document)
one.document.unlock(document)
expect("documents", [found.NAME for found in one.documentpool.info(-2, -1, -1, 103).DOCUMENT], ["edge-py"])

# Users, machines and images
expect("user", one.user.info(-1).NAME, "oneadmin")
user = one.user.allocate("alice", "alicepw", "core", [])
expect("users", len(one.userpool.info().USER), 3)
image = one.image.allocate('NAME="img"\nPATH="/var/tmp/img.raw"', 1, False)
expect("images", [found.ID for found in one.imagepool.info(-2, -1, -1).IMAGE], [image])
one.image.delete(image)
machine = one.vm.allocate(f'NAME="vm"\nCPU="1"\nMEMORY="128"\nNIC=[NETWORK_ID="{vnet}"]', False)
one.vm.deploy(machine, host, False, datastore, "")
expect("machine's host", one.vm.info(machine).HISTORY_RECORDS.HISTORY[0].HID, host)
refused(pyone.OneActionException, one.host.delete, host)
one.vm.action("terminate-hard", machine)
expect("machines", len(one.vmpool.info(-2, -1, -1, -1).VM), 0)

# Everything goes
one.document.delete(document)
one.vntemplate.delete(template)
one.vn.delete(private)
one.vn.delete(vnet)
one.datastore.delete(datastore)
one.host.delete(host)
one.user.delete(user)
one.cluster.delete(cluster)
refused(pyone.OneNoExistsException, one.cluster.info, cluster)
print("pyone made, changed and removed every object")
