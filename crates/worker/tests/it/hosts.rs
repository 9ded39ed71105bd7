//! Units, users, keys, packages and kernel parameters on a real host. The answers are those that ansible-core 2.19 gave
//! to the same tasks on the same host, recorded by running both.

use serde_json::{Value, json};

use crate::container::Host;

/// The answer without what differs each time.
fn answer(mut result: Value) -> Value {
    let map = result.as_object_mut().unwrap();
    for name in ["status", "uid", "start", "end", "delta"] {
        map.remove(name);
    }
    result
}

const UNIT: &str = "printf '[Service]\\nExecStart=/bin/sleep 1000\\nExecReload=/bin/true\\n[Install]\\n\
                    WantedBy=multi-user.target\\n' > /etc/systemd/system/tsvc.service; systemctl daemon-reload";

#[test]
fn units_are_started_enabled_and_left_alone() {
    let Some(host) = Host::start() else { return };
    host.shell(UNIT);
    let mut worker = host.worker();
    let wanted = json!({"name": "tsvc", "state": "started", "enabled": true});
    let answered = json!({"changed": true, "name": "tsvc", "enabled": true, "state": "started"});
    let checked = worker.run_as("systemd", &wanted, &json!({"check": true}));
    assert_eq!(answer(checked), answered);
    let before = host.try_shell("systemctl is-active tsvc");
    assert_eq!(before.stdout, b"inactive\n");
    let first = worker.run("systemd", &wanted);
    assert_eq!(first["status"]["ActiveState"], "inactive");
    assert_eq!(first["status"]["UnitFileState"], "disabled");
    assert_eq!(answer(first), answered);
    assert_eq!(
        host.shell("systemctl is-active tsvc; systemctl is-enabled tsvc"),
        "active\nenabled\n"
    );
    let second = worker.run("systemd", &wanted);
    assert_eq!(
        second["status"]["MainPID"],
        host.shell("systemctl show -P MainPID tsvc").trim()
    );
    assert_eq!(
        answer(second),
        json!({"changed": false, "name": "tsvc", "enabled": true, "state": "started"})
    );
    for (state, changed, told) in [
        ("reloaded", true, "started"),
        ("restarted", true, "started"),
        ("stopped", true, "stopped"),
        ("stopped", false, "stopped"),
    ] {
        let result = worker.run("systemd", &json!({"name": "tsvc", "state": state}));
        assert_eq!(
            answer(result),
            json!({"changed": changed, "name": "tsvc", "state": told})
        );
    }
}

#[test]
fn a_converged_unit_costs_no_program() {
    let Some(host) = Host::start() else { return };
    let mut worker = host.worker();
    // Whoever starts systemctl now fails.
    host.shell("chmod 000 /usr/bin/systemctl; mv /usr/bin/systemctl /usr/bin/away");
    let wanted = json!({"name": "dbus", "state": "started"});
    let result = worker.run("systemd", &wanted);
    assert_eq!(
        answer(result),
        json!({"changed": false, "name": "dbus", "state": "started"})
    );
}

#[test]
fn units_that_are_not_there_or_fail_are_told_with_the_reason() {
    let Some(host) = Host::start() else { return };
    let mut worker = host.worker();
    for args in [
        json!({"name": "nosuch", "state": "started"}),
        json!({"name": "nosuch", "state": "stopped"}),
        json!({"name": "nosuch", "enabled": false}),
    ] {
        let result = worker.run("systemd", &args);
        assert_eq!(
            result,
            json!({"changed": false, "failed": true, "msg": "Could not find the requested service nosuch: there is no \
                unit `nosuch.service` on this host"})
        );
    }
    host.shell(
        "printf '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c \"echo the port is taken; exit 3\"\\n' > \
         /etc/systemd/system/tsvc.service; systemctl daemon-reload",
    );
    let result = worker.run("systemd", &json!({"name": "tsvc", "state": "started"}));
    let said = result["msg"].as_str().unwrap();
    assert!(
        said.starts_with("cannot start `tsvc.service`; its journal ends with: "),
        "{said}"
    );
    assert!(said.contains("the port is taken"), "{said}");
    assert_eq!(result["failed"], true);
}

#[test]
fn users_and_their_keys() {
    let Some(host) = Host::start() else { return };
    host.shell("groupadd -g 7000 tg");
    let mut worker = host.worker();
    let wanted = json!({"name": "tu", "uid": 7100, "group": "tg", "groups": ["adm", "dip"], "comment": "T U",
        "shell": "/bin/bash", "home": "/home/tu"});
    let first = worker.run("user", &wanted);
    assert_eq!(
        first,
        json!({"changed": true, "name": "tu", "state": "present", "create_home": true, "system": false,
            "groups": "adm,dip", "uid": 7100, "group": 7000, "comment": "T U", "home": "/home/tu",
            "shell": "/bin/bash"})
    );
    assert_eq!(
        host.shell("id -nG tu; stat -c %U /home/tu"),
        "tg adm dip\ntu\n"
    );
    assert_eq!(worker.run("user", &wanted)["changed"], false);
    let fewer = worker.run("user", &json!({"name": "tu", "groups": ["adm"]}));
    assert_eq!(
        (&fewer["changed"], host.shell("id -nG tu").as_str()),
        (&json!(true), "tg adm\n")
    );
    let more = json!({"name": "tu", "groups": ["dip"], "append": true});
    assert_eq!(worker.run("user", &more)["changed"], true);
    assert_eq!(worker.run("user", &more)["changed"], false);
    let missing = worker.run("user", &json!({"name": "tu", "group": "nosuch"}));
    assert_eq!(missing["msg"], "Group nosuch does not exist on this host");

    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOLtdr+ZtZj55qyp4fD0DdeUjFT9GnMTHCXrN6XhZiru";
    let keys = "stat -c '%U %a' /home/tu/.ssh /home/tu/.ssh/authorized_keys; cat /home/tu/.ssh/authorized_keys";
    let wanted = json!({"user": "tu", "key": format!("{key} me@x")});
    assert_eq!(worker.run("authorized_key", &wanted)["changed"], true);
    assert_eq!(host.shell(keys), format!("tu 700\ntu 600\n{key} me@x\n"));
    assert_eq!(worker.run("authorized_key", &wanted)["changed"], false);
    let optional = json!({"user": "tu", "key": format!("{key} me@x"), "key_options": "no-pty"});
    assert_eq!(worker.run("authorized_key", &optional)["changed"], true);
    assert_eq!(
        host.shell(keys),
        format!("tu 700\ntu 600\nno-pty {key} me@x\n")
    );

    let gone = json!({"name": "tu", "state": "absent", "remove": true});
    assert_eq!(
        worker.run("user", &gone),
        json!({"changed": true, "name": "tu", "state": "absent", "remove": true, "force": false})
    );
    assert_eq!(
        worker.run("user", &gone),
        json!({"changed": false, "name": "tu", "state": "absent"})
    );
}

#[test]
fn parameters_of_the_kernel() {
    let Some(host) = Host::start() else { return };
    host.shell("sysctl -q -w net.ipv4.ip_forward=0");
    let mut worker = host.worker();
    let file = "/etc/sysctl.d/99-t.conf";
    let wanted = json!({"name": "net.ipv4.ip_forward", "value": "1", "sysctl_file": file, "sysctl_set": true});
    let state = "cat /etc/sysctl.d/99-t.conf; sysctl -n net.ipv4.ip_forward";
    let checked = worker.run_as("sysctl", &wanted, &json!({"check": true}));
    assert_eq!(checked, json!({"changed": true}));
    assert_eq!(worker.run("sysctl", &wanted), json!({"changed": true}));
    assert_eq!(host.shell(state), "net.ipv4.ip_forward=1\n1\n");
    assert_eq!(worker.run("sysctl", &wanted), json!({"changed": false}));
    // What somebody turned off by hand is turned on again.
    host.shell("sysctl -q -w net.ipv4.ip_forward=0");
    assert_eq!(worker.run("sysctl", &wanted), json!({"changed": true}));
    assert_eq!(host.shell(state), "net.ipv4.ip_forward=1\n1\n");
    let unknown =
        json!({"name": "net.ipv4.nosuch", "value": "1", "sysctl_file": file, "sysctl_set": true});
    assert_eq!(
        worker.run("sysctl", &unknown),
        json!({"changed": false, "failed": true, "msg": "the kernel of this host has no parameter `net.ipv4.nosuch`"})
    );
    assert_eq!(host.shell(state), "net.ipv4.ip_forward=1\n1\n");
    let gone = json!({"name": "net.ipv4.ip_forward", "state": "absent", "sysctl_file": file});
    assert_eq!(worker.run("sysctl", &gone), json!({"changed": true}));
    assert_eq!(worker.run("sysctl", &gone), json!({"changed": false}));
}

/// Makes a repository with one package in two versions in the container, without a network.
const REPOSITORY: &str = "set -e; cd /tmp; for v in 1.0 2.0; do mkdir -p p/DEBIAN; \
    printf 'Package: edgewright-toy\\nVersion: '$v'\\nArchitecture: all\\nMaintainer: t <t@example.org>\\nDescription: t\\n' \
    > p/DEBIAN/control; mkdir -p /srv/repo; dpkg-deb -b p /srv/repo/edgewright-toy_$v.deb >/dev/null; done; cd /srv/repo; \
    : > Packages; for d in *.deb; do dpkg-deb -f $d >> Packages; echo Filename: ./$d >> Packages; \
    echo Size: $(stat -c %s $d) >> Packages; echo SHA256: $(sha256sum $d | cut -d' ' -f1) >> Packages; echo >> Packages; \
    done; rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*";

const TOY: &str = "dpkg-query -W -f '${db:Status-Abbrev} ${Version}' edgewright-toy";

#[test]
fn packages_and_their_repositories() {
    let Some(host) = Host::start() else { return };
    host.shell(REPOSITORY);
    let mut worker = host.worker();
    let repo = "deb [trusted=yes] file:/srv/repo ./";
    let wanted = json!({"repo": repo, "filename": "toy"});
    assert_eq!(
        worker.run("apt_repository", &wanted),
        json!({"changed": true, "sources_added": ["/etc/apt/sources.list.d/toy.list"], "sources_removed": [],
            "repo": repo, "state": "present"})
    );
    assert_eq!(worker.run("apt_repository", &wanted)["changed"], false);

    let old = json!({"name": "edgewright-toy=1.*"});
    let checked = worker.run_as("apt", &old, &json!({"check": true}));
    assert_eq!(checked["changed"], true);
    let shown = worker.run_as("apt", &old, &json!({"check": true, "diff": true}));
    assert_eq!(
        shown["diff"]["prepared"],
        "The following NEW packages will be installed:\n  edgewright-toy\n\
         0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded."
    );
    assert!(!host.try_shell(TOY).status.success());
    assert_eq!(worker.run("apt", &old)["changed"], true);
    assert_eq!(host.shell(TOY), "ii  1.0");
    assert_eq!(worker.run("apt", &old)["changed"], false);
    assert_eq!(
        worker.run("apt", &json!({"name": "edgewright-toy"}))["changed"],
        false
    );
    let latest = json!({"name": "edgewright-toy", "state": "latest"});
    assert_eq!(worker.run("apt", &latest)["changed"], true);
    assert_eq!(host.shell(TOY), "ii  2.0");
    assert_eq!(worker.run("apt", &latest)["changed"], false);

    let pattern = json!({"name": "edgewright-t*"});
    assert_eq!(worker.run("apt", &pattern)["changed"], false);

    // A host that is as it should be starts no program: apt-get is away.
    host.shell("mv /usr/bin/apt-get /usr/bin/away");
    let there = json!({"name": ["edgewright-toy", "dbus"]});
    assert_eq!(worker.run("apt", &there)["changed"], false);
    host.shell("mv /usr/bin/away /usr/bin/apt-get");

    let gone = json!({"name": "edgewright-toy", "state": "absent"});
    assert_eq!(worker.run("package", &gone)["changed"], true);
    assert_eq!(worker.run("package", &gone)["changed"], false);
    let missing = worker.run("apt", &json!({"name": "edgewright-none"}));
    assert!(
        missing["msg"]
            .as_str()
            .unwrap()
            .starts_with("No package matching 'edgewright-none' is available: "),
        "{missing}"
    );
}

#[test]
fn what_an_interrupted_dpkg_left_is_mended_first() {
    let Some(host) = Host::start() else { return };
    host.shell(REPOSITORY);
    host.shell(
        "echo 'deb [trusted=yes] file:/srv/repo ./' > /etc/apt/sources.list; apt-get -q update",
    );
    // As dpkg leaves it when it is killed: unpacked, not configured, and its journal not yet merged.
    host.shell(
        "dpkg --unpack /srv/repo/edgewright-toy_2.0.deb >/dev/null; \
         dpkg -s dbus > /var/lib/dpkg/updates/0001",
    );
    let mut worker = host.worker();
    let result = worker.run("apt", &json!({"name": "edgewright-toy"}));
    assert_eq!(result["changed"], true, "{result}");
    assert_eq!(host.shell(TOY), "ii  2.0");
    assert_eq!(host.shell("ls -A /var/lib/dpkg/updates"), "");
}

#[test]
fn a_full_disk_under_apt_is_named() {
    let Some(host) = Host::start() else { return };
    host.shell(REPOSITORY);
    host.shell(
        "echo 'deb [trusted=yes] file:/srv/repo ./' > /etc/apt/sources.list; apt-get -q update; \
         mount -t tmpfs -o size=4k tmpfs /var/lib/dpkg/updates; mount -t tmpfs -o size=4k tmpfs /var/lib/dpkg/info; \
         head -c 4096 /dev/zero > /var/lib/dpkg/info/full",
    );
    let mut worker = host.worker();
    let result = worker.run("apt", &json!({"name": "edgewright-toy"}));
    let said = result["msg"].as_str().unwrap_or_default();
    assert!(
        said.starts_with(
            "`apt-get install` failed: the file system is full; free some space and run again: "
        ),
        "{result}"
    );
}

/// Runs `id -un` as root from the worker of another user.
fn become_root(host: &Host, user: &str, method: &str, password: Option<&str>) -> Value {
    let other = json!({"become_user": {"method": method, "user": "root", "password": password}});
    let mut worker = host.worker_of(user);
    let first = worker.run_as("command", &json!({"cmd": "id -un"}), &other);
    // The second task goes to the same worker, and the one that asked for nobody is the user's own.
    let own = worker.run("command", &json!({"cmd": "id -un"}));
    assert_eq!(own["stdout"], user);
    let again = worker.run_as("command", &json!({"cmd": "id -un"}), &other);
    assert_eq!(again.get("stdout"), first.get("stdout"));
    first
}

#[test]
fn other_users_become_root_with_and_without_a_password() {
    let Some(host) = Host::start() else { return };
    host.shell(
        "useradd -m free; useradd -m asked; echo 'asked:lamp-black-42' | chpasswd; echo 'root:lamp-white-43' | chpasswd; \
         echo 'free ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/t; echo 'asked ALL=(ALL) ALL' >> /etc/sudoers.d/t",
    );
    for (user, method, password) in [
        ("free", "sudo", None),
        ("free", "sudo", Some("never asked for")),
        ("asked", "sudo", Some("lamp-black-42")),
        ("asked", "su", Some("lamp-white-43")),
    ] {
        let result = become_root(&host, user, method, password);
        assert_eq!(result["stdout"], "root", "{user} {method}: {result}");
    }
    for (method, password, said) in [
        (
            "sudo",
            None,
            "cannot become `root`: sudo asks for a password; give it as `ansible_become_password`",
        ),
        (
            "sudo",
            Some("wrong"),
            "cannot become `root`: sudo does not take the password",
        ),
        (
            "su",
            Some("wrong"),
            "cannot become `root`: su: Authentication failure",
        ),
    ] {
        let result = become_root(&host, "asked", method, password);
        assert_eq!(result["msg"], said);
    }
    let result = become_root(&host, "nobody", "sudo", Some("x"));
    assert!(
        result["msg"]
            .as_str()
            .unwrap()
            .starts_with("cannot become `root`: sudo "),
        "{result}"
    );
}
