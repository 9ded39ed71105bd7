//! Distribution, kernel, names, users, times and SSH host keys.

use std::os::unix::fs::MetadataExt;
use std::process::Command;
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
    put("userspace_architecture", shown(name.machine()));
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
    put(
        "fips",
        (text("/proc/sys/crypto/fips_enabled") == "1").into(),
    );
    put("is_chroot", is_chroot().into());
    put("local", local());
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
    user(&mut put);
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
    host_keys(&mut put);
}

fn user(put: &mut impl FnMut(&str, Value) -> Option<Value>) {
    let uid = rustix::process::geteuid().as_raw();
    put("effective_user_id", uid.into());
    put("real_user_id", rustix::process::getuid().as_raw().into());
    put(
        "effective_group_id",
        rustix::process::getegid().as_raw().into(),
    );
    put("real_group_id", rustix::process::getgid().as_raw().into());
    if let Some(user) = accounts::user(&uid.to_string()) {
        put("user_id", user.name.into());
        put("user_uid", user.uid.into());
        put("user_gid", user.gid.into());
        put("user_dir", user.home.into());
        put("user_shell", user.shell.into());
        put("user_gecos", user.comment.into());
    }
}

fn host_keys(put: &mut impl FnMut(&str, Value) -> Option<Value>) {
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
    let micros = now.subsec_micros();
    // 1970-01-01 was a Thursday.
    let weekday = usize::try_from((now.as_secs() / 86_400 + 4) % 7).unwrap_or(0);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    json!({
        "year": format!("{year:04}"), "month": format!("{month:02}"), "day": format!("{day:02}"),
        "hour": format!("{hour:02}"), "minute": format!("{minute:02}"), "second": format!("{second:02}"),
        "epoch": now.as_secs().to_string(), "epoch_int": now.as_secs().to_string(),
        "date": format!("{year:04}-{month:02}-{day:02}"), "time": format!("{hour:02}:{minute:02}:{second:02}"),
        "iso8601": format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        "iso8601_micro": format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"),
        "iso8601_basic": format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}{micros:06}"),
        "iso8601_basic_short": format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}"),
        "weekday": WEEKDAYS.get(weekday).copied().unwrap_or_default(), "weekday_number": weekday.to_string(),
        "tz": "UTC", "tz_dst": "UTC", "tz_offset": "+0000",
    })
}

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Whether the root of this process is another one than that of the first.
fn is_chroot() -> bool {
    let place = |path: &str| std::fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((place("/"), place("/proc/1/root/.")), (Ok(own), Ok(first)) if own != first)
}

/// Seconds that a program may take for facts of the host's own.
const LOCAL_LIMIT: &str = "10";

/// Facts of the host's own, from files in `/etc/ansible/facts.d`: JSON, or sections of `name = value`, or programs that
/// print either.
fn local() -> Value {
    let entries = std::fs::read_dir("/etc/ansible/facts.d");
    let paths = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "fact"));
    let facts = paths.map(|path| {
        let runs = std::fs::metadata(&path).is_ok_and(|found| found.mode() & 0o111 != 0);
        let said = if runs {
            Command::new("timeout")
                .arg(LOCAL_LIMIT)
                .arg(&path)
                .output()
                .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            std::fs::read_to_string(&path)
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let said = said.unwrap_or_default();
        let value = serde_json::from_str(&said).unwrap_or_else(|_| sections(&said));
        (name.into_owned(), value)
    });
    Value::Object(facts.collect())
}

/// Reads sections of pairs.
fn sections(text: &str) -> Value {
    let mut all = Map::new();
    let mut name = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section.clone_into(&mut name);
            all.entry(section).or_insert_with(|| json!({}));
        } else if let Some((key, value)) = line
            .split_once(['=', ':'])
            .filter(|_| !line.starts_with(['#', ';']))
            && let Some(section) = all.get_mut(&name).and_then(Value::as_object_mut)
        {
            section.insert(key.trim().to_lowercase(), value.trim().into());
        }
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_facts_are_read_in_sections() {
        assert_eq!(
            sections("# mine\n[edge]\nRole = client\nrack: 7\n[none]\n"),
            json!({"edge": {"role": "client", "rack": "7"}, "none": {}})
        );
    }
}
