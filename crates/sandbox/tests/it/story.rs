//! The whole of it once: up, two hosts in a VPC, the front-end, packages, monitoring, faults, down.

use crate::rig::{HostKey, Instance, Sandbox, run, text, until};
use edgewright_opennebula::HostState;
use serde_json::{Value, json};

const DEBIAN_12: u32 = 2136;

/// Debian 13's number in the catalogue.
async fn debian_13(sandbox: &Sandbox) -> u32 {
    let (_, answer) = sandbox.vultr("GET", "/os?per_page=500", None).await;
    let systems = answer["os"].as_array().unwrap();
    let found = systems
        .iter()
        .find(|os| os["name"].as_str().unwrap().starts_with("Debian 13"));
    u32::try_from(found.unwrap()["id"].as_u64().unwrap()).unwrap()
}

#[tokio::test]
async fn a_sandbox_from_up_to_down() {
    let sandbox = Sandbox::up();
    let key = HostKey::new(sandbox.path());
    let vpc = json!({ "region": "ams", "description": "underlay" });
    let (status, answer) = sandbox.vultr("POST", "/vpcs", Some(vpc)).await;
    assert_eq!(status, 201, "{answer}");
    let vpc = answer["vpc"]["id"].as_str().unwrap();

    let other = debian_13(&sandbox).await;
    let (one, two) = tokio::join!(
        sandbox.instance("lab-0", DEBIAN_12, vpc, &key),
        sandbox.instance("lab-1", other, vpc, &key),
    );
    one.answers().await;
    two.answers().await;

    hosts_are_real(&one, &two, &key);
    the_verbs_know_them(&sandbox, &one, &two);
    the_node_package_installs(&sandbox, &one);
    oneadmin_monitors(&sandbox, &one, &key).await;
    machines_have_power_buttons(&sandbox, &one).await;
    faults_happen_once(&sandbox).await;
    a_removed_instance_is_gone(&sandbox, &two).await;
    down_leaves_nothing(&sandbox);
}

fn hosts_are_real(one: &Instance, two: &Instance, key: &HostKey) {
    assert!(one.ssh("cat /etc/os-release").contains("VERSION_ID=\"12\""));
    assert!(two.ssh("cat /etc/os-release").contains("VERSION_ID=\"13\""));
    for host in [one, two] {
        // Exactly the key that was sent, and no other.
        let offered = host.ssh("cat /etc/ssh/ssh_host_*_key.pub");
        assert_eq!(
            offered.split_whitespace().collect::<Vec<_>>()[..2],
            key.public.split_whitespace().collect::<Vec<_>>()[..2]
        );
        assert_eq!(offered.lines().count(), 1);
        assert_eq!(
            host.ssh("cloud-init status --wait")
                .trim()
                .trim_start_matches('.')
                .trim(),
            "status: done"
        );
        assert_eq!(
            host.ssh("systemctl is-system-running --wait").trim(),
            "running"
        );
        assert_eq!(host.ssh("sysctl -n net.ipv4.ip_forward").trim(), "0");
        assert_eq!(
            host.ssh("sysctl -q -w net.ipv4.ip_forward=1 && sysctl -n net.ipv4.ip_forward")
                .trim(),
            "1"
        );
        let nic = format!(
            "ip -o -4 address show to {}/32 | awk '{{ print $2 }}'",
            host.private
        );
        let nic = host.ssh(&nic).trim().to_owned();
        assert_eq!(
            host.ssh(&format!("cat /sys/class/net/{nic}/mtu")).trim(),
            "1450"
        );
    }
    for (from, to) in [(one, two), (two, one)] {
        // The largest packet that a VPC takes: 1450 bytes with both headers.
        from.ssh(&format!("ping -c 1 -W 2 -M do -s 1422 {}", to.private));
        from.ssh(&format!("ping -c 1 -W 2 {}", to.public));
    }
}

fn the_verbs_know_them(sandbox: &Sandbox, one: &Instance, two: &Instance) {
    let hosts = sandbox.lines(&["hosts", "--json"]);
    let about: Vec<_> = hosts
        .iter()
        .map(|host| {
            (
                host["name"].clone(),
                host["public_ip"].clone(),
                host["private_ip"].clone(),
            )
        })
        .collect();
    let expected = [("lab-0", one), ("lab-1", two)]
        .map(|(name, host)| (json!(name), json!(host.public), json!(host.private)));
    assert_eq!(about, expected);

    let calls = sandbox.lines(&["calls", "--json"]);
    let mutating: Vec<_> = calls
        .iter()
        .filter(|call| call["mutating"] == true)
        .collect();
    let told: Vec<_> = mutating
        .iter()
        .map(|call| {
            format!(
                "{} {} {} {}",
                call["api"], call["method"], call["path"], call["status"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            r#""vultr" "POST" "/v2/vpcs" 201"#,
            r#""vultr" "POST" "/v2/instances" 202"#,
            r#""vultr" "POST" "/v2/instances" 202"#,
        ]
    );
    let since = (calls.len() - 1).to_string();
    assert_eq!(
        sandbox.lines(&["calls", "--json", "--since", &since]),
        calls[calls.len() - 1..]
    );
    assert_eq!(sandbox.lines(&["status", "--json"])[0]["hosts"], 2);
    let seeds = fs_err::read_dir(sandbox.path().join("seeds")).unwrap();
    assert_eq!(
        seeds.count(),
        0,
        "user-data with private keys does not stay on this machine"
    );
    assert!(
        sandbox.verb(&["up"]).contains("is up in "),
        "a second `up` changes nothing"
    );
    assert_eq!(sandbox.lines(&["hosts", "--json"]), hosts);
}

fn the_node_package_installs(sandbox: &Sandbox, host: &Instance) {
    let repository = sandbox.env("EDGEWRIGHT_OPENNEBULA_REPOSITORY");
    let begun = std::time::Instant::now();
    host.ssh(&format!(
        "set -e; key=/etc/apt/keyrings/opennebula.asc; mkdir -p /etc/apt/keyrings
         /usr/lib/apt/apt-helper download-file {repository}/repo2.key $key
         echo \"deb [signed-by=$key] {repository}/7.0/Debian/12 stable opennebula\" > /etc/apt/sources.list.d/opennebula.list
         apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends opennebula-node-lxc"
    ));
    println!(
        "node package installed in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(
        host.ssh("id oneadmin").trim(),
        "uid=9869(oneadmin) gid=9869(oneadmin) groups=9869(oneadmin)"
    );
    host.ssh(
        "sudo -u oneadmin sudo -n ip link show && test -O / && test -d /var/lib/one/datastores",
    );
}

/// Everything between front-end and host is done as the roles do it, here by hand.
async fn oneadmin_monitors(sandbox: &Sandbox, host: &Instance, key: &HostKey) {
    let who = sandbox.on_frontend(
        "whoami; cat ~/.ssh/id_ed25519.pub; test -d ~/remotes/ipam -a -d ~/remotes/vnm",
    );
    assert!(who.status.success(), "{}", text(&who.stderr));
    let said = text(&who.stdout);
    let (name, login) = said.split_once('\n').unwrap();
    assert_eq!(name, "oneadmin");

    let hosts = sandbox.opennebula();
    let hosts = hosts.hosts();
    let id = hosts
        .allocate(&host.public, "lxc", "lxc", None)
        .await
        .unwrap();
    let error = until("the unknown host is in error", async || {
        let host = hosts.info(id).await.unwrap();
        host.error().map(str::to_owned)
    })
    .await;
    assert!(error.contains("Host key verification failed."), "{error}");

    let known = format!(
        "echo '{} {}' >> ~/.ssh/known_hosts",
        host.public, key.public
    );
    assert!(sandbox.on_frontend(&known).status.success());
    host.ssh(&format!(
        "install -d -o oneadmin -g oneadmin -m 0700 /var/lib/one/.ssh
         echo '{}' > /var/lib/one/.ssh/authorized_keys; chown oneadmin /var/lib/one/.ssh/authorized_keys",
        login.trim()
    ));
    hosts.enable(id).await.unwrap();
    let well = until("the host is monitored", async || {
        let host = hosts.info(id).await.unwrap();
        (host.state == HostState::Monitored).then_some(host)
    })
    .await;
    assert_eq!(well.template.scalar("HOSTNAME"), Some("lab-0"));
    assert_eq!(well.template.scalar("VERSION"), Some("7.0.2-1"));

    host.ssh("apt-get remove -q -y opennebula-node-lxc");
    hosts.enable(id).await.unwrap();
    let error = until("the host without its package is in error", async || {
        let host = hosts.info(id).await.unwrap();
        host.error().map(str::to_owned)
    })
    .await;
    assert!(
        error.ends_with(": the package opennebula-node-lxc is not installed"),
        "{error}"
    );
}

async fn machines_have_power_buttons(sandbox: &Sandbox, host: &Instance) {
    let boots = host.ssh("touch /root/kept; cat /proc/1/stat | cut -d ' ' -f 22");
    let (status, answer) = sandbox
        .vultr("POST", &format!("/instances/{}/reboot", host.id), None)
        .await;
    assert_eq!(status, 204, "{answer}");
    until("the host was started again", async || {
        let now = host.try_ssh("test -e /root/kept && cat /proc/1/stat | cut -d ' ' -f 22");
        (now.status.success() && text(&now.stdout) != boots).then_some(())
    })
    .await;
}

async fn faults_happen_once(sandbox: &Sandbox) {
    let said = sandbox.verb(&["fault", "vultr", "GET /v2/instances", "--status", "503"]);
    assert_eq!(said, "the next 1 calls like this will fail\n");
    assert_eq!(sandbox.vultr("GET", "/instances", None).await.0, 503);
    assert_eq!(sandbox.vultr("GET", "/instances", None).await.0, 200);
    sandbox.verb(&[
        "fault",
        "opennebula",
        "one.hostpool.info",
        "--status",
        "502",
        "--times",
        "9",
    ]);
    assert_eq!(
        sandbox.verb(&["fault", "--clear"]),
        "no fault is in force\n"
    );
    sandbox.opennebula().hosts().list().await.unwrap();
}

async fn a_removed_instance_is_gone(sandbox: &Sandbox, host: &Instance) {
    let (status, answer) = sandbox
        .vultr("DELETE", &format!("/instances/{}", host.id), None)
        .await;
    assert_eq!(status, 204, "{answer}");
    until("the container is gone", async || {
        let hosts = sandbox.lines(&["hosts", "--json"]);
        let names: Vec<&Value> = hosts.iter().map(|host| &host["name"]).collect();
        (names == ["lab-0"]).then_some(())
    })
    .await;
}

fn down_leaves_nothing(sandbox: &Sandbox) {
    let pid = sandbox.lines(&["status", "--json"])[0]["pid"].to_string();
    assert!(std::path::Path::new("/proc").join(&pid).exists());
    let begun = std::time::Instant::now();
    let said = sandbox.verb(&["down"]);
    println!("down after {:.1} s", begun.elapsed().as_secs_f64());
    assert!(
        said.contains("is down: 2 containers and 2 networks removed"),
        "{said}"
    );
    assert_eq!(sandbox.left(), "");
    // A process that has ended is in /proc until its parent, which is init, has looked.
    let state = fs_err::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
    assert!(!sandbox.path().join("env").exists());
    assert!(!sandbox.path().join("keys").exists());
    assert!(
        !sandbox.lines(&["calls", "--json"]).is_empty(),
        "the record of calls stays"
    );
    let status = run(sandbox.path(), &["status"]);
    assert_eq!(status.status.code(), Some(1));
    assert!(
        text(&status.stderr).starts_with("error: no sandbox runs in "),
        "{}",
        text(&status.stderr)
    );
}

#[tokio::test]
async fn two_sandboxes_do_not_meet_and_a_killed_one_is_cleared_away() {
    let (one, two) = (Sandbox::up(), Sandbox::up());
    let net = |sandbox: &Sandbox| sandbox.lines(&["status", "--json"])[0]["public_net"].clone();
    assert_ne!(net(&one), net(&two));
    let (status, answer) = one
        .vultr("POST", "/vpcs", Some(json!({ "region": "ams" })))
        .await;
    assert_eq!(status, 201, "{answer}");

    let pid = one.lines(&["status", "--json"])[0]["pid"].to_string();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status()
        .unwrap();
    assert!(killed.success());
    let status = run(one.path(), &["status"]);
    assert!(text(&status.stderr).starts_with("error: the sandbox's daemon does not answer on "));
    assert_ne!(one.left(), "");
    let said = one.verb(&["down"]);
    assert!(
        said.contains("1 containers and 2 networks removed"),
        "{said}"
    );
    assert_eq!(one.left(), "");
    assert_eq!(
        two.lines(&["status", "--json"])[0]["hosts"],
        0,
        "the other one runs on"
    );
}
