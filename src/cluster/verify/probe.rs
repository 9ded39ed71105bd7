//! What is run on hosts to look at the fabric: lines of POSIX shell, and the words they answer in.
//!
//! Called by `verify`. The probe is a guest without a guest: a network namespace behind a bridge and a VXLAN device of the
//! cluster's last VNI, as OpenNebula's driver makes them. Its addresses are link-local and stay in the namespace.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::cluster::fabric::{PING_OVERHEAD, VXLAN_OVERHEAD, VXLAN_PORT};
use crate::cluster::inventory::Member;

/// Takes a probe away, whether it is there or not.
const CLEAR: &str = "ip netns del ewprobe 2>/dev/null; ip link del ewprobe-host 2>/dev/null; \
                     ip link del ewprobe-vxlan 2>/dev/null; ip link del ewprobe-bridge 2>/dev/null";

/// Minutes after which a host takes a forgotten probe away by itself.
const FORGOTTEN: &str = "10min";

/// Address of a host within the probed network.
fn address(index: usize) -> Ipv4Addr {
    // At most 200 hosts a cluster.
    Ipv4Addr::new(169, 254, 77, u8::try_from(index + 1).unwrap_or(u8::MAX))
}

/// Makes the probe and answers the MTU of the NIC below it.
pub fn prepare(vni: u32, index: usize, local: Ipv4Addr) -> String {
    let address = address(index);
    format!(
        "{CLEAR}; set -e; \
         nic=$(ip -o -4 addr show to {local}/32 | awk '{{print $2; exit}}'); nic=${{nic%%@*}}; \
         [ -n \"$nic\" ] || {{ echo 'no NIC has the address {local}' >&2; exit 1; }}; \
         mtu=$(cat /sys/class/net/$nic/mtu); guest=$((mtu - {VXLAN_OVERHEAD})); \
         systemctl stop ewprobe-clear.timer >/dev/null 2>&1 || true; \
         systemd-run --quiet --collect --unit=ewprobe-clear --on-active={FORGOTTEN} /bin/sh -c '{CLEAR}' >/dev/null 2>&1 || true; \
         ip link add ewprobe-vxlan mtu $guest type vxlan id {vni} local {local} dstport {VXLAN_PORT} nolearning; \
         ip link add ewprobe-bridge mtu $guest type bridge; \
         ip link set ewprobe-bridge addrgenmode none; ip link set ewprobe-vxlan addrgenmode none; \
         ip link set ewprobe-vxlan master ewprobe-bridge; \
         ip netns add ewprobe; \
         ip link add ewprobe-host mtu $guest type veth peer name ewprobe-guest mtu $guest netns ewprobe; \
         ip link set ewprobe-host addrgenmode none; ip link set ewprobe-host master ewprobe-bridge; \
         ip -n ewprobe addr add {address}/24 dev ewprobe-guest; \
         ip -n ewprobe link set ewprobe-guest up; \
         for i in ewprobe-host ewprobe-vxlan ewprobe-bridge; do ip link set $i up; done; \
         echo $mtu"
    )
}

/// Looks at everything that a host can say, a line each: see [`super::judge`].
pub fn look(mtu: u32, members: &[Member], own: &Member) -> String {
    let size = mtu - VXLAN_OVERHEAD - PING_OVERHEAD;
    let mut script = String::from(
        "echo \"summary $(vtysh -c 'show bgp l2vpn evpn summary json' 2>&1 | tr -d '\\n')\"; \
         echo \"routes $(vtysh -c 'show bgp l2vpn evpn route type multicast' 2>&1 | tr -s '\\n' ' ')\"; \
         echo \"flood $(bridge fdb show dev ewprobe-vxlan 2>&1 | tr -s '\\n' ' ')\"; \
         echo \"forwarding $(cat /proc/sys/net/ipv4/ip_forward)\"; \
         if nft -s list table inet edgewright 2>&1 | cmp -s - /run/edgewright-firewall.listing; \
         then echo 'firewall same'; else echo 'firewall differs'; fi; ",
    );
    for (index, member) in members
        .iter()
        .enumerate()
        .filter(|(_, member)| member.name != own.name)
    {
        let address = address(index);
        // Writing to a string cannot fail.
        write!(
            script,
            "(echo \"ping {} $(ip netns exec ewprobe ping -n -q -c 2 -i 0.2 -W 1 -M do -s {size} {address} 2>&1 | tr -s '\\n' ' ')\") & ",
            member.name
        )
        .ok();
    }
    script.push_str("wait");
    script
}

/// Takes the probe away.
pub fn clear() -> String {
    format!("systemctl stop ewprobe-clear.timer >/dev/null 2>&1; {CLEAR}; true")
}

/// Logs in to the host that holds the replica, as oneadmin and as OpenNebula's drivers do.
pub fn replica(address: Ipv4Addr) -> String {
    format!(
        "runuser -u oneadmin -- ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 {address} true"
    )
}
