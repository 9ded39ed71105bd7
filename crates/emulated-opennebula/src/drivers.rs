//! The drivers of a default installation, and what `oned` derives from them.
//!
//! The tables are the `TM_MAD_CONF`, `DS_MAD_CONF` and `VN_MAD_CONF` of release 7.0. Called when datastores and networks are
//! created or changed; errors are the server's texts.

use crate::state::Datastore;

/// A transfer driver.
struct Transfer {
    name: &'static str,
    link: &'static str,
    copy: &'static str,
    shared: bool,
    migrate: bool,
    orphans: &'static str,
    /// Attributes taken over as they are, such as `DRIVER`.
    extra: &'static [(&'static str, &'static str)],
}

const fn transfer(name: &'static str, link: &'static str, copy: &'static str) -> Transfer {
    Transfer {
        name,
        link,
        copy,
        shared: true,
        migrate: true,
        orphans: "NO",
        extra: &[],
    }
}

const RAW: &[(&str, &str)] = &[("DRIVER", "raw")];

const BLOCK: &[(&str, &str)] = &[("DRIVER", "raw"), ("DISK_TYPE", "BLOCK")];

/// What images get that may also be copied to hosts.
const ALSO_SSH: [(&str, &str); 4] = [
    ("TM_MAD_SYSTEM", "ssh"),
    ("LN_TARGET_SSH", "SYSTEM"),
    ("CLONE_TARGET_SSH", "SYSTEM"),
    ("DISK_TYPE_SSH", "FILE"),
];

const QCOW2: &[(&str, &str)] = &[
    ("DRIVER", "qcow2"),
    ALSO_SSH[0],
    ALSO_SSH[1],
    ALSO_SSH[2],
    ALSO_SSH[3],
];

const CEPH: &[(&str, &str)] = &[
    ("DRIVER", "raw"),
    ("TM_MAD_SYSTEM", "ssh,shared"),
    ALSO_SSH[1],
    ALSO_SSH[2],
    ALSO_SSH[3],
    ("LN_TARGET_SHARED", "NONE"),
    ("CLONE_TARGET_SHARED", "SELF"),
    ("DISK_TYPE_SHARED", "RBD"),
];

const DEV: &[(&str, &str)] = &[
    ("DRIVER", "raw"),
    ("TM_MAD_SYSTEM", "ssh,shared"),
    ALSO_SSH[1],
    ALSO_SSH[2],
    ALSO_SSH[3],
    ("LN_TARGET_SHARED", "NONE"),
    ("CLONE_TARGET_SHARED", "SELF"),
    ("DISK_TYPE_SHARED", "FILE"),
];

const TRANSFERS: [Transfer; 12] = [
    transfer("dummy", "NONE", "SYSTEM"),
    Transfer {
        extra: RAW,
        ..transfer("lvm", "NONE", "SELF")
    },
    Transfer {
        orphans: "FORMAT",
        extra: &ALSO_SSH,
        ..transfer("shared", "NONE", "SYSTEM")
    },
    Transfer {
        extra: BLOCK,
        ..transfer("fs_lvm", "SYSTEM", "SYSTEM")
    },
    Transfer {
        orphans: "YES",
        extra: BLOCK,
        ..transfer("fs_lvm_ssh", "SYSTEM", "SYSTEM")
    },
    Transfer {
        orphans: "FORMAT",
        extra: QCOW2,
        ..transfer("qcow2", "NONE", "SYSTEM")
    },
    Transfer {
        shared: false,
        orphans: "YES",
        ..transfer("ssh", "SYSTEM", "SYSTEM")
    },
    Transfer {
        shared: false,
        orphans: "FORMAT",
        ..transfer("local", "SYSTEM", "SYSTEM")
    },
    Transfer {
        migrate: false,
        orphans: "mixed",
        extra: CEPH,
        ..transfer("ceph", "NONE", "SELF")
    },
    Transfer {
        migrate: false,
        extra: RAW,
        ..transfer("iscsi_libvirt", "NONE", "SELF")
    },
    Transfer {
        extra: DEV,
        ..transfer("dev", "NONE", "NONE")
    },
    Transfer {
        orphans: "LINEAR",
        extra: BLOCK,
        ..transfer("netapp", "NONE", "SELF")
    },
];

/// Datastore drivers and the attributes they require.
const DATASTORES: [(&str, &[&str]); 12] = [
    ("ceph", &["DISK_TYPE", "BRIDGE_LIST"]),
    ("dev", &["DISK_TYPE"]),
    ("iscsi_libvirt", &["DISK_TYPE", "ISCSI_HOST"]),
    ("dummy", &[]),
    ("fs", &[]),
    ("lvm", &["DISK_TYPE", "BRIDGE_LIST"]),
    ("restic", &["RESTIC_PASSWORD"]),
    ("rsync", &["RSYNC_HOST", "RSYNC_USER"]),
    (
        "netapp",
        &[
            "NETAPP_HOST",
            "NETAPP_USER",
            "NETAPP_PASS",
            "NETAPP_AGGREGATES",
            "NETAPP_SVM",
            "NETAPP_IGROUP",
            "NETAPP_TARGET",
        ],
    ),
    ("shared", &[]),
    ("ssh", &[]),
    ("vmfs", &["BRIDGE_LIST"]),
];

/// Network drivers and the kind of bridge they use.
const NETWORKS: [(&str, &str); 9] = [
    ("dummy", "linux"),
    ("802.1Q", "linux"),
    ("fw", "linux"),
    ("ovswitch", "openvswitch"),
    ("vxlan", "linux"),
    ("ovswitch_vxlan", "openvswitch"),
    ("bridge", "linux"),
    ("elastic", "linux"),
    ("nodeport", "linux"),
];

/// The kind of bridge of a network driver.
pub(crate) fn bridge_type(vn_mad: &str) -> Result<&'static str, String> {
    let found = NETWORKS.iter().find(|(name, _)| *name == vn_mad);
    found
        .map(|(_, bridge)| *bridge)
        .ok_or_else(|| format!("VN_MAD named \"{vn_mad}\" is not defined in oned.conf"))
}

/// All drivers, for the server's configuration: key and name.
pub(crate) fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    let datastores = DATASTORES.iter().map(|(name, _)| ("DS_MAD_CONF", *name));
    let transfers = TRANSFERS
        .iter()
        .map(|transfer| ("TM_MAD_CONF", transfer.name));
    let networks = NETWORKS.iter().map(|(name, _)| ("VN_MAD_CONF", *name));
    datastores.chain(transfers).chain(networks)
}

/// Works out a new datastore's type, drivers and disks from its attributes.
pub(crate) fn set_up_datastore(datastore: &mut Datastore) -> Result<(), String> {
    datastore.kind = kind_of(&datastore.attributes.text("TYPE"));
    let ds_mad = datastore.attributes.text("DS_MAD");
    if datastore.kind == Datastore::SYSTEM {
        if !ds_mad.is_empty() {
            return Err("SYSTEM datastores cannot have DS_MAD defined.".to_owned());
        }
        "-".clone_into(&mut datastore.ds_mad);
    } else if ds_mad.is_empty() {
        return Err("No DS_MAD in template.".to_owned());
    } else {
        datastore.ds_mad = ds_mad;
    }
    check_ds_mad(datastore)?;
    if datastore.kind == Datastore::BACKUP {
        "-".clone_into(&mut datastore.tm_mad);
    } else {
        datastore.tm_mad = datastore.attributes.text("TM_MAD");
        apply_transfer(datastore)?;
    }
    datastore.attributes.remove("BASE_PATH");
    let disk_type = datastore.attributes.take("DISK_TYPE");
    set_disk_type(datastore, &disk_type)?;
    if datastore.attributes.text("SAFE_DIRS").is_empty()
        && datastore.attributes.text("RESTRICTED_DIRS").is_empty()
    {
        datastore.attributes.replace("SAFE_DIRS", "/var/tmp");
        datastore.attributes.replace("RESTRICTED_DIRS", "/");
    }
    Ok(())
}

/// Works out again what depends on attributes after they changed; what is half done after an error must be thrown away.
pub(crate) fn update_datastore(datastore: &mut Datastore) -> Result<(), String> {
    let kind = datastore.attributes.text("TYPE");
    if datastore.meta.id == 0 {
        datastore.kind = Datastore::SYSTEM;
    } else if datastore.kind != Datastore::BACKUP && !kind.is_empty() {
        datastore.kind = kind_of(&kind);
    }
    datastore
        .attributes
        .replace("TYPE", kind_name(datastore.kind));
    let disk_type = datastore.attributes.take("DISK_TYPE");
    if !disk_type.is_empty() {
        set_disk_type(datastore, &disk_type)?;
    }
    let tm_mad = datastore.attributes.text("TM_MAD");
    if tm_mad.is_empty() || datastore.kind == Datastore::BACKUP {
        datastore
            .attributes
            .replace("TM_MAD", datastore.tm_mad.clone());
    } else {
        if datastore.kind == Datastore::SYSTEM && tm_mad != datastore.tm_mad {
            datastore.capacity = [0; 3];
        }
        datastore.tm_mad = tm_mad;
        apply_transfer(datastore)?;
    }
    if datastore.kind == Datastore::SYSTEM {
        "-".clone_into(&mut datastore.ds_mad);
        datastore.attributes.remove("DS_MAD");
    } else if datastore.attributes.text("DS_MAD").is_empty() {
        datastore
            .attributes
            .replace("DS_MAD", datastore.ds_mad.clone());
    } else {
        datastore.ds_mad = datastore.attributes.text("DS_MAD");
    }
    check_ds_mad(datastore)
}

fn kind_of(text: &str) -> i32 {
    match text.to_ascii_uppercase().as_str() {
        "SYSTEM_DS" => Datastore::SYSTEM,
        "FILE_DS" => Datastore::FILE,
        "BACKUP_DS" => Datastore::BACKUP,
        _ => Datastore::IMAGE,
    }
}

fn kind_name(kind: i32) -> &'static str {
    match kind {
        Datastore::SYSTEM => "SYSTEM_DS",
        Datastore::FILE => "FILE_DS",
        Datastore::BACKUP => "BACKUP_DS",
        _ => "IMAGE_DS",
    }
}

fn check_ds_mad(datastore: &Datastore) -> Result<(), String> {
    if datastore.kind == Datastore::SYSTEM {
        return Ok(());
    }
    let Some((_, required)) = DATASTORES
        .iter()
        .find(|(name, _)| *name == datastore.ds_mad)
    else {
        return Err(format!(
            "DS_MAD named \"{}\" is not defined in oned.conf",
            datastore.ds_mad
        ));
    };
    match required
        .iter()
        .find(|key| datastore.attributes.text(key).is_empty())
    {
        Some(key) => Err(format!(
            "Datastore template is missing the \"{key}\" attribute or it's empty."
        )),
        None => Ok(()),
    }
}

fn apply_transfer(datastore: &mut Datastore) -> Result<(), String> {
    if datastore.tm_mad.is_empty() {
        return Err("No TM_MAD in template.".to_owned());
    }
    let Some(transfer) = TRANSFERS
        .iter()
        .find(|transfer| transfer.name == datastore.tm_mad)
    else {
        return Err(format!(
            "TM_MAD named \"{}\" is not defined in oned.conf",
            datastore.tm_mad
        ));
    };
    let attributes = &mut datastore.attributes;
    let word = |truth: bool| if truth { "YES" } else { "NO" };
    if datastore.kind == Datastore::SYSTEM {
        attributes.replace("SHARED", word(transfer.shared));
        attributes.replace("DS_MIGRATE", word(transfer.migrate));
        attributes.remove("LN_TARGET");
        attributes.remove("CLONE_TARGET");
    } else {
        attributes.replace("LN_TARGET", transfer.link);
        attributes.replace("CLONE_TARGET", transfer.copy);
        for (key, value) in transfer.extra {
            attributes.replace(key, *value);
        }
        attributes.remove("SHARED");
    }
    attributes.replace("ALLOW_ORPHANS", transfer.orphans);
    attributes.replace("PERSISTENT_SNAPSHOTS", word(transfer.name != "fs_lvm_ssh"));
    Ok(())
}

/// Disk types by their numbers, and whether image and system datastores may have them.
const DISKS: [(&str, bool, bool); 6] = [
    ("FILE", true, true),
    ("CD_ROM", false, false),
    ("BLOCK", true, true),
    ("RBD", true, true),
    ("RBD_CDROM", false, false),
    ("GLUSTER", true, false),
];

fn set_disk_type(datastore: &mut Datastore, text: &str) -> Result<(), String> {
    if matches!(datastore.kind, Datastore::FILE | Datastore::BACKUP) {
        datastore.disk_type = 0;
        return Ok(());
    }
    let name = if text.is_empty() {
        "FILE".to_owned()
    } else {
        text.to_ascii_uppercase()
    };
    let Some(number) = DISKS.iter().position(|(known, ..)| *known == name) else {
        return Err("Unknown DISK_TYPE in template.".to_owned());
    };
    let (_, image, system) = DISKS[number];
    if datastore.kind == Datastore::IMAGE && !image {
        return Err("Invalid DISK_TYPE for an Image Datastore.".to_owned());
    }
    if datastore.kind == Datastore::SYSTEM && !system {
        return Err("Invalid DISK_TYPE for a System Datastore.".to_owned());
    }
    datastore.disk_type = i32::try_from(number).expect("there are six disk types");
    datastore.attributes.replace("DISK_TYPE", name);
    Ok(())
}
