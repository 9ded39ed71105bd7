//! Memory, processors, uptime, mounts, and what kind of machine it is.

use serde_json::{Map, Value, json};

use super::text;

pub(crate) fn gather(facts: &mut Map<String, Value>) {
    let memory = text("/proc/meminfo");
    let megabytes = |name: &str| {
        let line = memory
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next())
            .and_then(|kb| kb.parse::<u64>().ok())
            .unwrap_or(0)
            / 1024
    };
    let mut put = |name: &str, value: Value| facts.insert(name.to_owned(), value);
    put("memtotal_mb", megabytes("MemTotal").into());
    put("memfree_mb", megabytes("MemFree").into());
    put("swaptotal_mb", megabytes("SwapTotal").into());
    put("swapfree_mb", megabytes("SwapFree").into());
    put(
        "memory_mb",
        json!({
            "real": {"total": megabytes("MemTotal"), "free": megabytes("MemFree"),
                "used": megabytes("MemTotal").saturating_sub(megabytes("MemFree"))},
            "nocache": {"free": megabytes("MemFree") + megabytes("Cached") + megabytes("Buffers"),
                "used": megabytes("MemTotal")
                    .saturating_sub(megabytes("MemFree") + megabytes("Cached") + megabytes("Buffers"))},
            "swap": {"total": megabytes("SwapTotal"), "free": megabytes("SwapFree"),
                "used": megabytes("SwapTotal").saturating_sub(megabytes("SwapFree")),
                "cached": megabytes("SwapCached")},
        }),
    );
    processors(&mut put);
    let load = text("/proc/loadavg");
    let mut load = load.split(' ').map(|word| word.parse().unwrap_or(0.0_f64));
    let mut next = || load.next().unwrap_or(0.0);
    let (one, five, fifteen) = (next(), next(), next());
    put("loadavg", json!({"1m": one, "5m": five, "15m": fifteen}));
    let uptime = text("/proc/uptime")
        .split('.')
        .next()
        .and_then(|seconds| seconds.parse::<u64>().ok())
        .unwrap_or(0);
    put("uptime_seconds", uptime.into());
    put("mounts", mounts());
    for (name, file) in DMI {
        let found = Some(text(&format!("/sys/class/dmi/id/{file}")));
        let found = found.filter(|found| !found.is_empty());
        put(name, found.unwrap_or_else(|| "NA".to_owned()).into());
    }
}

/// Facts that the firmware tells, and the files that the kernel shows them in.
const DMI: [(&str, &str); 17] = [
    ("bios_date", "bios_date"),
    ("bios_vendor", "bios_vendor"),
    ("bios_version", "bios_version"),
    ("board_asset_tag", "board_asset_tag"),
    ("board_name", "board_name"),
    ("board_serial", "board_serial"),
    ("board_vendor", "board_vendor"),
    ("board_version", "board_version"),
    ("chassis_asset_tag", "chassis_asset_tag"),
    ("chassis_serial", "chassis_serial"),
    ("chassis_vendor", "chassis_vendor"),
    ("chassis_version", "chassis_version"),
    ("product_name", "product_name"),
    ("product_serial", "product_serial"),
    ("product_uuid", "product_uuid"),
    ("product_version", "product_version"),
    ("system_vendor", "sys_vendor"),
];

fn processors(put: &mut impl FnMut(&str, Value) -> Option<Value>) {
    let all = text("/proc/cpuinfo");
    let pairs = || {
        all.lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
    };
    let values = |wanted: &str| -> Vec<String> {
        pairs()
            .filter(|(name, _)| *name == wanted)
            .map(|(_, value)| value.to_owned())
            .collect()
    };
    let number = |name: &str| {
        values(name)
            .first()
            .and_then(|text| text.parse::<usize>().ok())
    };
    let count = values("processor").len().max(1);
    let mut sockets = values("physical id");
    sockets.sort_unstable();
    sockets.dedup();
    let sockets = sockets.len().max(1);
    let cores = number("cpu cores").unwrap_or(count / sockets).max(1);
    let threads = number("siblings").map_or(1, |siblings| (siblings / cores).max(1));
    let named: Vec<&str> = pairs()
        .filter(|(name, _)| matches!(*name, "processor" | "vendor_id" | "model name"))
        .map(|(_, value)| value)
        .collect();
    let usable = std::thread::available_parallelism().map_or(count, std::num::NonZero::get);
    put("processor", json!(named));
    put("processor_count", sockets.into());
    put("processor_cores", cores.into());
    put("processor_threads_per_core", threads.into());
    put("processor_vcpus", count.into());
    put("processor_nproc", usable.into());
}

fn mounts() -> Value {
    let table = text("/proc/mounts");
    let rows = table.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (device, mount, kind, options) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let real = device.starts_with('/') || device.contains(":/") || kind == "fuse.fuse-overlayfs" || mount == "/";
        let size = rustix::fs::statvfs(mount).ok().filter(|_| real)?;
        Some(json!({
            "device": device, "mount": mount, "fstype": kind, "options": options,
            "block_size": size.f_bsize, "block_total": size.f_blocks, "block_available": size.f_bavail,
            "block_used": size.f_blocks.saturating_sub(size.f_bavail), "inode_total": size.f_files,
            "inode_available": size.f_favail, "inode_used": size.f_files.saturating_sub(size.f_favail),
            "dump": 0, "passno": 0, "uuid": "N/A",
            "size_total": size.f_frsize * size.f_blocks, "size_available": size.f_frsize * size.f_bavail,
        }))
    });
    Value::Array(rows.collect())
}

pub(crate) fn virtualization(facts: &mut Map<String, Value>) {
    let vendor = text("/sys/class/dmi/id/sys_vendor");
    let product = text("/sys/class/dmi/id/product_name");
    let (kind, role) = if std::path::Path::new("/.dockerenv").exists() {
        ("docker", "guest")
    } else if std::fs::read("/proc/1/environ")
        .is_ok_and(|environment| environment.windows(10).any(|part| part == b"container="))
    {
        ("container", "guest")
    } else if vendor == "QEMU" || product.contains("KVM") || vendor == "Vultr" {
        ("kvm", "guest")
    } else if std::path::Path::new("/dev/kvm").exists() {
        ("kvm", "host")
    } else {
        ("NA", "NA")
    };
    let guest: Vec<&str> = match (kind, role) {
        ("docker", _) => vec!["container", "docker"],
        (kind, "guest") => vec![kind],
        _ => vec![],
    };
    let host = if role == "host" { vec![kind] } else { vec![] };
    facts.insert("virtualization_tech_guest".to_owned(), json!(guest));
    facts.insert("virtualization_tech_host".to_owned(), json!(host));
    facts.insert("virtualization_type".to_owned(), kind.into());
    facts.insert("virtualization_role".to_owned(), role.into());
}
