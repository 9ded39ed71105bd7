//! Builds the worker for both architectures and compresses it, for `src/lib.rs` to embed.
//!
//! A cargo of its own with a target directory of its own: the one that runs this script holds the lock of the
//! other. `EDGEWRIGHT_WORKER_DIR` names a directory with finished binaries and skips the build.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = here
        .ancestors()
        .nth(2)
        .ok_or("this crate lies in crates/ of the workspace")?
        .to_owned();
    for source in [
        "crates/worker/src",
        "crates/worker/Cargo.toml",
        "crates/protocol/src",
        "crates/protocol/Cargo.toml",
    ] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(source).display()
        );
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=EDGEWRIGHT_WORKER_DIR");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    if env::var_os("EDGEWRIGHT_WORKER_DIR").is_none()
        && let Some(line) = missing_targets()?
    {
        println!(
            "cargo::error=the worker runs on hosts of two architectures, and Rust's library for one is not here; type: {line}"
        );
        return Ok(());
    }
    let binaries = match env::var("EDGEWRIGHT_WORKER_DIR") {
        Ok(directory) => MACHINES
            .map(|machine| Path::new(&directory).join(format!("edgewright-worker-{machine}"))),
        Err(_) => build(&workspace, &target_directory(&out)?)?,
    };
    let mut table = String::from("&[\n");
    for (machine, binary) in MACHINES.iter().zip(binaries) {
        let bytes = fs_err::read(&binary)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes)?;
        let packed = out.join(format!("{machine}.gz"));
        fs_err::write(&packed, encoder.finish()?)?;
        let digest = Sha256::digest(&bytes)
            .iter()
            .try_fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").map(|()| text)
            })?;
        writeln!(
            table,
            "Worker {{ machine: {machine:?}, digest: {digest:?}, size: {}, gzip: include_bytes!({:?}) }},",
            grouped(bytes.len()),
            packed.to_string_lossy(),
        )?;
    }
    table.push(']');
    fs_err::write(out.join("workers.rs"), table)?;
    Ok(())
}

/// A number as this project writes it: `1_088_776`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// One directory for all profiles of the outer build, so that the workers are built once.
fn target_directory(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    // OUT_DIR is TARGET/PROFILE/build/PACKAGE-HASH/out.
    let target = out
        .ancestors()
        .nth(4)
        .ok_or("the build directory is not where cargo puts it")?;
    Ok(target.join("worker"))
}

/// The line that installs the targets that are not there, if any is not.
fn missing_targets() -> Result<Option<String>, Box<dyn Error>> {
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(compiler)
        .args(["--print", "sysroot"])
        .output()?;
    let sysroot = String::from_utf8(output.stdout)?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib");
    let missing: Vec<String> = MACHINES
        .map(|machine| format!("{machine}-unknown-linux-musl"))
        .into_iter()
        .filter(|triple| !library.join(triple).join("lib").is_dir())
        .collect();
    Ok((!missing.is_empty()).then(|| format!("rustup target add {}", missing.join(" "))))
}

fn build(workspace: &Path, target: &Path) -> Result<[PathBuf; 2], Box<dyn Error>> {
    let triples = MACHINES.map(|machine| format!("{machine}-unknown-linux-musl"));
    let mut cargo = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.current_dir(workspace).args([
        "build",
        "--quiet",
        "--package",
        "edgewright-worker",
        "--bin",
        "edgewright-worker",
    ]);
    cargo
        .args(["--profile", "worker", "--target-dir"])
        .arg(target);
    for triple in &triples {
        cargo.args(["--target", triple]);
    }
    // What the outer cargo set for itself must not reach the inner one.
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_outer_build(&name.to_string_lossy())) {
        cargo.env_remove(name);
    }
    if !cargo.status()?.success() {
        return Err("the worker could not be built; the compiler's reason stands above".into());
    }
    Ok(triples.map(|triple| target.join(triple).join("worker/edgewright-worker")))
}

fn is_of_outer_build(name: &str) -> bool {
    let cargo = name.starts_with("CARGO_")
        && name != "CARGO_HOME"
        && !name.starts_with("CARGO_NET")
        && !name.starts_with("CARGO_HTTP");
    cargo
        || matches!(
            name,
            "RUSTC_WORKSPACE_WRAPPER"
                | "RUSTC_WRAPPER"
                | "CLIPPY_ARGS"
                | "RUSTFLAGS"
                | "TARGET"
                | "PROFILE"
        )
}
