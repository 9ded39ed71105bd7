//! What goes wrong on hosts: each ends in bounded time, says what to do, and the next application goes on.

use crate::sandbox::Sandbox;

const FILE: &str = "plugin: edgewright.cluster\nname: bad\nprovider: {vultr: {region: ams}}\nhosts: {count: 2}\npublic_ips: 0\n";

#[test]
fn one_bad_host_does_not_hold_up_the_other() {
    let sandbox = Sandbox::up();
    let file = sandbox.file("bad.edge.yml", FILE);
    sandbox
        .edgewright(&["cluster", "apply", "--yes", &file])
        .exits(0);
    let hosts = sandbox.hosts();
    let [good, bad] = hosts.as_slice() else {
        panic!("two hosts")
    };
    // Another key than the one that was pinned: the host is not spoken to.
    bad.says("cp /etc/ssh/ssh_host_ed25519_key /root/kept && rm /etc/ssh/ssh_host_ed25519_key && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh");
    good.says("sysctl -w net.ipv4.ip_forward=0");
    let ran = sandbox.edgewright(&["cluster", "apply", &file]).exits(1);
    assert!(
        ran.stderr
            .contains("answered with another host key: SHA256:"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("edgewright/hostkey="), "{}", ran.stderr);
    assert_eq!(good.says("sysctl -n net.ipv4.ip_forward"), "1");
    bad.says("cp /root/kept /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh");
    sandbox.edgewright(&["cluster", "apply", &file]).exits(0);
    sandbox
        .edgewright(&["cluster", "destroy", "--yes", &file])
        .exits(0);
}
