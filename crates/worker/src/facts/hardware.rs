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
    let processors = text("/proc/cpuinfo");
    let count = processors
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let usable = std::thread::available_parallelism().map_or(count, std::num::NonZero::get);
    put("processor_count", count.max(1).into());
    put("processor_cores", 1.into());
    put("processor_threads_per_core", 1.into());
    put("processor_vcpus", count.max(1).into());
    put("processor_nproc", usable.into());
    let uptime = text("/proc/uptime")
        .split('.')
        .next()
        .and_then(|seconds| seconds.parse::<u64>().ok())
        .unwrap_or(0);
    put("uptime_seconds", uptime.into());
    put("mounts", mounts());
    for (name, file) in [
        ("product_name", "product_name"),
        ("system_vendor", "sys_vendor"),
        ("bios_version", "bios_version"),
    ] {
        put(
            name,
            Some(text(&format!("/sys/class/dmi/id/{file}")))
                .filter(|found| !found.is_empty())
                .unwrap_or_else(|| "NA".to_owned())
                .into(),
        );
    }
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
    facts.insert("virtualization_type".to_owned(), kind.into());
    facts.insert("virtualization_role".to_owned(), role.into());
}
