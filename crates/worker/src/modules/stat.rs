//! `stat`: tells what is known of a file.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::accounts;
use crate::blobs::hex;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::checksum;

#[derive(Deserialize)]
pub(super) struct Args {
    path: PathBuf,
    #[serde(default)]
    follow: bool,
    #[serde(default)]
    get_checksum: bool,
    #[serde(default)]
    checksum_algorithm: String,
}

/// Bits of a file's mode, by the names of return values.
const BITS: [(&str, u32); 11] = [
    ("rusr", 0o400),
    ("wusr", 0o200),
    ("xusr", 0o100),
    ("rgrp", 0o040),
    ("wgrp", 0o020),
    ("xgrp", 0o010),
    ("roth", 0o004),
    ("woth", 0o002),
    ("xoth", 0o001),
    ("isuid", 0o4000),
    ("isgid", 0o2000),
];

pub(super) fn run(_context: &Context<'_>, args: &Args) -> ModuleResult {
    let look = if args.follow {
        fs::metadata(&args.path)
    } else {
        fs::symlink_metadata(&args.path)
    };
    let metadata = match look {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Outcome::changed(false).with("stat", json!({"exists": false})));
        }
        Err(error) => return Err(Failure::io("look at", &args.path, &error)),
    };
    let stat = described(args, &metadata);
    Ok(Outcome::changed(false).with("stat", stat))
}

fn described(args: &Args, metadata: &fs::Metadata) -> Map<String, Value> {
    let mode = metadata.mode();
    let kind = metadata.file_type();
    let mut stat = Map::new();
    let mut put = |name: &str, value: Value| stat.insert(name.to_owned(), value);
    put("exists", true.into());
    put("path", args.path.to_string_lossy().into());
    put("mode", format!("{:04o}", mode & 0o7777).into());
    put("isdir", kind.is_dir().into());
    put("isreg", kind.is_file().into());
    put("islnk", kind.is_symlink().into());
    put("isblk", kind.is_block_device().into());
    put("ischr", kind.is_char_device().into());
    put("isfifo", kind.is_fifo().into());
    put("issock", kind.is_socket().into());
    put("uid", metadata.uid().into());
    put("gid", metadata.gid().into());
    put("size", metadata.size().into());
    put("inode", metadata.ino().into());
    put("dev", metadata.dev().into());
    put("nlink", metadata.nlink().into());
    put("blocks", metadata.blocks().into());
    put("block_size", metadata.blksize().into());
    put("device_type", metadata.rdev().into());
    // What `file` would say; it is not asked.
    put("mimetype", "unknown".into());
    put("charset", "unknown".into());
    for (name, seconds, nanos) in [
        ("atime", metadata.atime(), metadata.atime_nsec()),
        ("mtime", metadata.mtime(), metadata.mtime_nsec()),
        ("ctime", metadata.ctime(), metadata.ctime_nsec()),
    ] {
        put(
            name,
            format!("{seconds}.{nanos:09}")
                .parse::<f64>()
                .unwrap_or_default()
                .into(),
        );
    }
    for (name, bit) in BITS {
        put(name, (mode & bit != 0).into());
    }
    let access = |what| rustix::fs::access(&args.path, what).is_ok();
    put("readable", access(rustix::fs::Access::READ_OK).into());
    put("writeable", access(rustix::fs::Access::WRITE_OK).into());
    put("executable", access(rustix::fs::Access::EXEC_OK).into());
    if let Some(name) = accounts::user_name(metadata.uid()) {
        put("pw_name", name.into());
    }
    if let Some(name) = accounts::group_name(metadata.gid()) {
        put("gr_name", name.into());
    }
    if kind.is_symlink() {
        put(
            "lnk_target",
            fs::read_link(&args.path)
                .map(|to| to.to_string_lossy().into_owned())
                .unwrap_or_default()
                .into(),
        );
        put("lnk_source", end(&args.path).to_string_lossy().into());
    }
    if kind.is_file()
        && args.get_checksum
        && let Ok(content) = fs::read(&args.path)
    {
        let sum = if args.checksum_algorithm == "sha256" {
            hex(&Sha256::digest(&content))
        } else {
            checksum(&content)
        };
        put("checksum", sum.into());
    }
    stat
}

/// Where a link leads in the end, whether anything is there or not.
fn end(link: &Path) -> PathBuf {
    if let Ok(end) = fs::canonicalize(link) {
        return end;
    }
    let parent = link.parent().unwrap_or(Path::new("/"));
    let parent = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
    let target = parent.join(fs::read_link(link).unwrap_or_default());
    let mut end = PathBuf::new();
    for part in target.components() {
        if part == Component::ParentDir {
            end.pop();
        } else if part != Component::CurDir {
            end.push(part);
        }
    }
    end
}
