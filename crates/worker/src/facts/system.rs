//! Distribution, kernel, names, users, times and SSH host keys.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{civil, distribution, text};
use crate::accounts;

pub(crate) fn minimum(facts: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| facts.insert(name.to_owned(), value);
    let name = rustix::system::uname();
    let shown = |part: &std::ffi::CStr| Value::from(part.to_string_lossy());
    put("system", shown(name.sysname()));
    put("kernel", shown(name.release()));
    put("kernel_version", shown(name.version()));
    put("machine", shown(name.machine()));
    put("architecture", shown(name.machine()));
    put("userspace_bits", (usize::BITS).to_string().into());
    let node = name.nodename().to_string_lossy().into_owned();
    let fqdn = fqdn(&node);
    put("nodename", node.clone().into());
    put(
        "hostname",
        node.split('.').next().unwrap_or_default().into(),
    );
    put(
        "domain",
        fqdn.split_once('.').map_or("", |(_, domain)| domain).into(),
    );
    put("fqdn", fqdn.into());
    for (name, value) in distribution::facts(&text("/etc/os-release"), &text("/etc/debian_version"))
    {
        put(name, value.into());
    }
    let systemd = std::path::Path::new("/run/systemd/system").exists();
    put(
        "service_mgr",
        if systemd {
            "systemd".to_owned()
        } else {
            text("/proc/1/comm")
        }
        .into(),
    );
    put(
        "pkg_mgr",
        if std::path::Path::new("/usr/bin/apt-get").exists() {
            "apt"
        } else {
            "unknown"
        }
        .into(),
    );
    put("machine_id", text("/etc/machine-id").into());
    put("selinux", json!({"status": "disabled"}));
    put(
        "apparmor",
        json!({"status": if std::path::Path::new("/sys/kernel/security/apparmor").exists() { "enabled" } else { "disabled" }}),
    );
    put(
        "env",
        std::env::vars_os()
            .map(|(k, v)| {
                (
                    k.to_string_lossy().into_owned(),
                    Value::from(v.to_string_lossy()),
                )
            })
            .collect::<Map<_, _>>()
            .into(),
    );
    put("date_time", date_time());
    let uid = rustix::process::geteuid().as_raw();
    if let Some(user) = accounts::user(&uid.to_string()) {
        put("user_id", user.name.into());
        put("user_uid", user.uid.into());
        put("user_gid", user.gid.into());
        put("user_dir", user.home.into());
        put("user_shell", user.shell.into());
        put("user_gecos", user.comment.into());
    }
    let command_line = text("/proc/cmdline");
    put(
        "cmdline",
        command_line
            .split_whitespace()
            .map(|word| match word.split_once('=') {
                Some((key, value)) => (key.to_owned(), Value::from(value)),
                None => (word.to_owned(), true.into()),
            })
            .collect::<Map<_, _>>()
            .into(),
    );
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let line = text(&format!("/etc/ssh/ssh_host_{kind}_key.pub"));
        let mut words = line.split_whitespace();
        if let (Some(word), Some(key)) = (words.next(), words.next()) {
            put(&format!("ssh_host_key_{kind}_public"), key.into());
            put(&format!("ssh_host_key_{kind}_public_keytype"), word.into());
        }
    }
}

/// The name with its domain, if `/etc/hosts` knows one.
fn fqdn(node: &str) -> String {
    let hosts = text("/etc/hosts");
    let line = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .find(|line| line.split_whitespace().skip(1).any(|name| name == node));
    line.and_then(|line| line.split_whitespace().nth(1))
        .unwrap_or(node)
        .to_owned()
}

fn date_time() -> Value {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let (year, month, day) = civil(now.as_secs() / 86_400);
    let of_day = now.as_secs() % 86_400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    json!({
        "year": format!("{year:04}"), "month": format!("{month:02}"), "day": format!("{day:02}"),
        "hour": format!("{hour:02}"), "minute": format!("{minute:02}"), "second": format!("{second:02}"),
        "epoch": now.as_secs().to_string(), "epoch_int": now.as_secs().to_string(),
        "date": format!("{year:04}-{month:02}-{day:02}"), "time": format!("{hour:02}:{minute:02}:{second:02}"),
        "iso8601": format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        "tz": "UTC", "tz_offset": "+0000",
    })
}
