//! What goes wrong on hosts: the good ones finish, it ends in bounded time and says what to do, and the next application
//! goes on.
//!
//! One sandbox and one cluster for all of it. The cluster comes about through applications that are cut off, see
//! [`cut_off`]; on each bad day after that one host is broken and the other one damaged, and the damage must be repaired.

mod cut_off;
mod front_end;

use std::time::{Duration, Instant};

use crate::independent::agree;
use crate::sandbox::{Host, Ran, Sandbox};

const FILE: &str = "plugin: edgewright.cluster\nname: bad\nprovider: {vultr: {region: ams}}\nhosts: {count: 2}\npublic_ips: 1\n";

#[test]
fn bad_days() {
    let sandbox = Sandbox::up();
    let file = sandbox.file("bad.edge.yml", FILE);
    front_end::lets_nobody_in(&sandbox, &file);
    cut_off::everywhere(&sandbox, &file);
    let hosts = sandbox.hosts();
    agree(&hosts);
    let [good, bad] = hosts.as_slice() else {
        panic!("two hosts")
    };
    let day = Day {
        sandbox: &sandbox,
        file: &file,
        good,
        bad,
    };
    another_host_key(&day);
    no_login(&day);
    hanging(&day);
    full_disk(&day);
    apt_locked(&day);
    no_such_package(&day);
    agree(&hosts);
    sandbox
        .edgewright(&["cluster", "destroy", "--yes", &file])
        .exits(0);
    assert!(sandbox.hosts().is_empty());
}

/// A cluster of two, one of which is about to have a bad day.
struct Day<'s> {
    sandbox: &'s Sandbox,
    file: &'s str,
    good: &'s Host,
    bad: &'s Host,
}

impl Day<'_> {
    /// Applies while something is wrong with the bad host: this is what is said, the good one is repaired meanwhile, and
    /// all of it takes no longer than so many seconds.
    #[track_caller]
    fn goes_wrong(&self, file: &str, seconds: u64, stderr: &str) {
        self.good.says("sysctl -w net.ipv4.ip_forward=0");
        let started = Instant::now();
        let ran = self.sandbox.edgewright(&["cluster", "apply", file]);
        let took = started.elapsed();
        assert_eq!(self.shown(&ran.stderr), stderr, "stdout:\n{}", ran.stdout);
        let ran = ran.exits(1);
        assert!(
            took < Duration::from_secs(seconds),
            "{took:?}\n{}",
            ran.stdout
        );
        assert_eq!(self.good.says("sysctl -n net.ipv4.ip_forward"), "1");
    }

    /// Applies once the cause is gone: all is well again.
    #[track_caller]
    fn is_over(&self) -> Ran {
        self.sandbox
            .edgewright(&["cluster", "apply", self.file])
            .exits(0)
    }

    /// A text with names for what differs from run to run.
    fn shown(&self, text: &str) -> String {
        let text = text
            .replace(&self.good.public, "[GOOD]")
            .replace(&self.bad.public, "[BAD]")
            .replace(self.sandbox.variable("EDGEWRIGHT_SSH_KEY"), "[LOGIN]");
        without_keys(&text)
    }
}

/// A text with names for keys and processes.
fn without_keys(text: &str) -> String {
    let patterns = [
        (r"SHA256:[A-Za-z0-9+/]+", "[KEY]"),
        (r"ssh-ed25519 [A-Za-z0-9+/]+=*", "ssh-ed25519 [KEY]"),
        (r"process \d+", "process [PID]"),
    ];
    patterns
        .iter()
        .fold(text.to_owned(), |text, (pattern, name)| {
            regex_lite::Regex::new(pattern)
                .unwrap()
                .replace_all(&text, *name)
                .into_owned()
        })
}

/// Another key than the one that was pinned: the host is not spoken to.
fn another_host_key(day: &Day<'_>) {
    let key = "/etc/ssh/ssh_host_ed25519_key";
    day.bad.says(&format!(
        "mkdir /root/kept && mv {key} {key}.pub /root/kept && ssh-keygen -q -t ed25519 -N '' -f {key} && systemctl restart ssh"
    ));
    day.goes_wrong(day.file, 60, "error[transport::connect]: `edge-vhost1` at [BAD]:22 answered with another host key: [KEY] instead of [KEY]
 |
 = help: somebody may stand between you and the host, or it was reinstalled; if `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console says the new fingerprint, put it where the old one is: the variable `edgewright_host_key`, or the tag `edgewright/hostkey=…` of the instance
something failed; what was done stays; run the same command again to go on
");
    day.bad
        .says("mv /root/kept/* /etc/ssh && rmdir /root/kept && systemctl restart ssh");
    day.is_over();
}

/// Nobody is let in.
fn no_login(day: &Day<'_>) {
    day.bad
        .says("mv /root/.ssh/authorized_keys /root/.ssh/kept");
    day.goes_wrong(day.file, 60, "error[transport::connect]: `edge-vhost1` at [BAD]:22 lets nobody log in as `root` with what was tried: key [LOGIN] ([KEY])
 |
 = help: add one of these keys to `authorized_keys` of `root`, or name another with `identity_file` or `ansible_ssh_private_key_file`
something failed; what was done stays; run the same command again to go on
");
    day.bad
        .says("mv /root/.ssh/kept /root/.ssh/authorized_keys");
    day.is_over();
}

/// The host answers nothing any more; the network still takes connections for it.
fn hanging(day: &Day<'_>) {
    day.bad.docker("pause");
    day.goes_wrong(day.file, 120, "error[transport::connect]: the SSH handshake with `edge-vhost1` at [BAD]:22 took more than 10 s
 |
 = help: the host is very slow or hangs: look at its console
something failed; what was done stays; run the same command again to go on
");
    day.bad.docker("unpause");
    day.is_over();
}

/// No room for what a role has to write.
fn full_disk(day: &Day<'_>) {
    day.bad.says(
        "mount -t tmpfs -o size=64k tmpfs /etc/frr && touch /etc/frr/daemons && cat /dev/zero > /etc/frr/fill || true",
    );
    day.goes_wrong(day.file, 60, "error[cluster::host-failed]: edge-vhost1 could not be configured: frr : The BGP daemon is enabled: cannot write a file in `/etc/frr`: No space left on device (os error 28); the file system is full: free some space and run again
 |
 = help: put right what it says and apply again; what is done is not repeated
something failed; what was done stays; run the same command again to go on
");
    day.bad.says("umount /etc/frr");
    day.is_over();
}

/// Somebody else holds apt's lock, and does not let go in time.
fn apt_locked(day: &Day<'_>) {
    day.bad.says("apt-get remove -y opennebula-node-lxc");
    day.bad.says(
        "perl -e 'use Fcntl; open(F, \">>\", \"/var/lib/dpkg/lock-frontend\"); \
         $l = pack(\"s s x4 q q i x4\", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; \
          open(P, \">\", \"/run/locker\"); print P $$; close(P); \
         sleep 600' >/dev/null 2>&1 & sleep 1; test -s /run/locker",
    );
    let impatient = day.sandbox.file(
        "impatient.edge.yml",
        &format!("{FILE}vars: {{edgewright_apt_lock_timeout: 3}}\n"),
    );
    day.goes_wrong(&impatient, 60, "error[cluster::host-failed]: edge-vhost1 could not be configured: opennebula_node_lxc : Packages of the LXC node: `apt-get install` failed: process [PID] (perl) holds apt's lock for more than 3 s; wait for it to end, or raise `lock_timeout`: E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?
 |
 = help: put right what it says and apply again; what is done is not repeated
something failed; what was done stays; run the same command again to go on
");
    // With the usual patience the end of the other one is waited for.
    day.bad
        .says("(sleep 8; kill $(cat /run/locker)) >/dev/null 2>&1 &");
    day.is_over();
}

/// A package that no repository has; nothing else is wrong.
fn no_such_package(day: &Day<'_>) {
    let wrong = day.sandbox.file(
        "wrong.edge.yml",
        &format!("{FILE}vars: {{opennebula_node_lxc_packages: [no-such-package]}}\n"),
    );
    let ran = day.sandbox.edgewright(&["cluster", "apply", &wrong]);
    assert_eq!(day.shown(&ran.stderr), "error[cluster::host-failed]: edge-vhost0 could not be configured: opennebula_node_lxc : Packages of the LXC node: No package matching 'no-such-package' is available: no configured repository has it; check its name, and the repositories: E: Unable to locate package no-such-package
 |
 = help: put right what it says and apply again; what is done is not repeated
error[cluster::host-failed]: edge-vhost1 could not be configured: opennebula_node_lxc : Packages of the LXC node: No package matching 'no-such-package' is available: no configured repository has it; check its name, and the repositories: E: Unable to locate package no-such-package
 |
 = help: put right what it says and apply again; what is done is not repeated
something failed; what was done stays; run the same command again to go on
");
    ran.exits(1);
    day.is_over();
}
