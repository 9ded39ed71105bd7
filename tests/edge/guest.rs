//! Guests without a hypervisor: a network namespace behind a bridge and a VXLAN device, made with `ip` alone.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::{Host, Ran};

/// A network of guests, one on each host. Taken away when it goes.
pub struct Guests {
    hosts: Vec<Host>,
    vni: u32,
}

/// A ping that runs until it is asked how it went.
pub struct Ping(Child);

/// What OpenNebula's driver does for a network with `VXLAN_MODE=evpn` and `VXLAN_TEP=local_ip`, and a guest behind it.
const UP: &str = "set -e; nic=$(ip -o -4 addr show to LOCAL/32 | awk '{print $2; exit}'); nic=${nic%@*}; \
    mtu=$(($(cat /sys/class/net/$nic/mtu) - 50)); \
    ip link add gVNI-x mtu $mtu type vxlan id VNI local LOCAL dstport 8472 nolearning; \
    ip link add gVNI-b mtu $mtu type bridge; ip link set gVNI-x master gVNI-b; \
    ip netns add gVNI; ip link add gVNI-h mtu $mtu type veth peer name eth0 mtu $mtu netns gVNI; \
    ip link set gVNI-h master gVNI-b; ip -n gVNI addr add 169.254.99.NUMBER/24 dev eth0; \
    ip -n gVNI link set eth0 up; for i in x b h; do ip link set gVNI-$i up; done";

const DOWN: &str = "ip netns del gVNI; ip link del gVNI-x; ip link del gVNI-b";

impl Guests {
    /// Starts one on each host.
    pub fn new(hosts: &[Host], vni: u32) -> Self {
        let guests = Self {
            hosts: hosts.to_vec(),
            vni,
        };
        for host in hosts {
            host.says(&guests.fill(UP, host));
        }
        guests
    }

    fn number(&self, host: &Host) -> usize {
        1 + self
            .hosts
            .iter()
            .position(|other| other.name == host.name)
            .unwrap()
    }

    fn fill(&self, script: &str, host: &Host) -> String {
        script
            .replace("VNI", &self.vni.to_string())
            .replace("LOCAL", &host.fabric)
            .replace("NUMBER", &self.number(host).to_string())
    }

    /// Waits until the kernel of a host floods to all others; returns its table.
    pub fn wait_for_routes(&self, host: &Host, hosts: &[Host]) -> String {
        let start = Instant::now();
        loop {
            let table = host.says(&format!("bridge fdb show dev g{}-x", self.vni));
            let knows =
                |other: &&Host| table.contains(&format!("00:00:00:00:00:00 dst {} ", other.fabric));
            let others = hosts.iter().filter(|other| other.name != host.name);
            if others.clone().filter(knows).count() == others.count() {
                return table;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{}: {table}",
                host.name
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn ping_line(&self, from: &Host, to: &Host, options: &str) -> String {
        let size = "$(($(ip netns exec gVNI cat /sys/class/net/eth0/mtu) - 28))"
            .replace("VNI", &self.vni.to_string());
        format!(
            "exec ip netns exec g{} ping -n -q -M do -s {size} {options} 169.254.99.{}",
            self.vni,
            self.number(to)
        )
        .replace(
            "exec ip",
            if from.name == to.name {
                "false; exec ip"
            } else {
                "exec ip"
            },
        )
    }

    /// Pings with packets of full size that must not be fragmented.
    pub fn ping(&self, from: &Host, to: &Host, options: &str) -> Ran {
        from.sh(&self.ping_line(from, to, options))
    }

    /// Pings ten times a second until [`Ping::lost`].
    pub fn keep_pinging(&self, from: &Host, to: &Host) -> Ping {
        let line = self.ping_line(from, to, "-i 0.1 -W 2");
        let child = Command::new("docker")
            .args([
                "exec",
                &from.container,
                "sh",
                "-c",
                &format!("echo $$ > /run/ping-{}; {line}", self.vni),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Ping(child)
    }

    /// Ends a ping that keeps on; returns how many packets were sent and how many came back.
    pub fn lost(&self, from: &Host, ping: Ping) -> (u32, u32) {
        from.says(&format!("kill -INT $(cat /run/ping-{})", self.vni));
        let output = ping.0.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let counts = text
            .lines()
            .find(|line| line.contains("packets transmitted"))
            .unwrap_or_else(|| panic!("{text}"));
        let number = |word: &str| {
            let part = counts.split(',').find(|part| part.contains(word)).unwrap();
            part.split_whitespace().next().unwrap().parse().unwrap()
        };
        (number("transmitted"), number("received"))
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        for host in &self.hosts {
            host.sh(&self.fill(DOWN, host));
        }
    }
}
