//! A host whose key is not the one that is known is not spoken to; the message says how to accept one on purpose.

use std::process::Command;
use std::time::Duration;

use edgewright_transport::{HostKeys, SshTarget, TransportError, connect, connect_when_ready};

use crate::common::{host, refusal, shown, workers};
use crate::sshd::{Setup, Sshd};

#[tokio::test]
async fn another_key_than_the_pinned_one() {
    let sshd = Sshd::start();
    let (wrong, right) = (sshd.fingerprint("stranger"), sshd.fingerprint("host"));
    let error = refusal(sshd.target("login", HostKeys::Fingerprints(vec![wrong.clone()]))).await;
    assert_eq!(
        shown(&error),
        format!(
            "`edge-0` at 127.0.0.1:{} answered with another host key: {right} instead of {wrong}\n\
             help: somebody may stand between you and the host, or it was reinstalled; if \
             `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console says the new fingerprint, put \
             it where the old one is: the variable `edgewright_host_key`, or the tag `edgewright/hostkey=…` of the \
             instance",
            sshd.port
        )
    );
}

#[tokio::test]
async fn another_key_than_the_one_in_known_hosts() {
    let sshd = Sshd::start();
    let file = sshd.path("known_hosts");
    let text = format!("[127.0.0.1]:{} {}\n", sshd.port, sshd.public("stranger"));
    fs_err::write(&file, text).unwrap();
    let error = refusal(sshd.target("login", HostKeys::KnownHosts(vec![file.clone()]))).await;
    let (wrong, right) = (sshd.fingerprint("stranger"), sshd.fingerprint("host"));
    assert_eq!(
        shown(&error),
        format!(
            "`edge-0` at 127.0.0.1:{port} answered with another host key: {right} instead of {wrong}\n\
             help: somebody may stand between you and the host, or it was reinstalled; if \
             `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console says the new fingerprint, \
             replace {file}:1 by: [127.0.0.1]:{port} {key}",
            port = sshd.port,
            file = file.display(),
            key = sshd.public("host"),
        )
    );
}

#[tokio::test]
async fn no_key_is_known_and_the_line_to_add_works() {
    let sshd = Sshd::start();
    let file = sshd.path("known_hosts");
    let target = sshd.target("login", HostKeys::KnownHosts(vec![file.clone()]));
    let error = refusal(target.clone()).await;
    let line = format!("[127.0.0.1]:{} {}", sshd.port, sshd.public("host"));
    assert_eq!(
        shown(&error),
        format!(
            "no host key is known for `edge-0` at 127.0.0.1:{port}; it answered with {right}\n\
             help: compare the fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` says on the \
             host's console, then add this line to {file}: {line}",
            port = sshd.port,
            right = sshd.fingerprint("host"),
            file = file.display(),
        )
    );
    fs_err::write(&file, format!("{line}\n")).unwrap();
    connect(&host(target), &workers()).await.unwrap();
}

#[tokio::test]
async fn no_fingerprint_came_with_the_host() {
    let sshd = Sshd::start();
    let error = refusal(sshd.target("login", HostKeys::Fingerprints(Vec::new()))).await;
    assert_eq!(
        shown(&error),
        format!(
            "no host key is known for `edge-0` at 127.0.0.1:{}; it answered with {}\n\
             help: compare the fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` says on the \
             host's console, then give it as `edgewright_host_key`",
            sshd.port,
            sshd.fingerprint("host"),
        )
    );
}

#[tokio::test]
async fn a_revoked_key_is_refused_even_when_it_is_known() {
    let sshd = Sshd::start();
    let file = sshd.path("known_hosts");
    let key = sshd.public("host");
    let text = format!("[127.0.0.1]:{} {key}\n@revoked * {key}\n", sshd.port);
    fs_err::write(&file, text).unwrap();
    let error = refusal(sshd.target("login", HostKeys::KnownHosts(vec![file.clone()]))).await;
    assert_eq!(
        shown(&error),
        format!(
            "`edge-0` at 127.0.0.1:{} answered with a host key that is revoked: {}\n\
             help: somebody else may hold this key: give the host another one (`ssh-keygen -A` after removing the \
             old files in /etc/ssh), or remove the mark at {}:2 if it is a mistake",
            sshd.port,
            sshd.fingerprint("host"),
            file.display(),
        )
    );
}

#[tokio::test]
async fn hashed_known_hosts_are_read() {
    let sshd = Sshd::start();
    let file = sshd.path("known_hosts");
    let text = format!("[127.0.0.1]:{} {}\n", sshd.port, sshd.public("host"));
    fs_err::write(&file, text).unwrap();
    let hashed = Command::new("ssh-keygen")
        .arg("-Hf")
        .arg(&file)
        .output()
        .unwrap();
    assert!(hashed.status.success(), "{hashed:?}");
    assert!(fs_err::read_to_string(&file).unwrap().starts_with("|1|"));
    let target = sshd.target("login", HostKeys::KnownHosts(vec![file]));
    connect(&host(target), &workers()).await.unwrap();
}

#[tokio::test]
async fn of_several_host_keys_the_one_that_is_known_is_asked_for() {
    let kinds = &["ed25519", "ecdsa", "rsa"];
    let sshd = Sshd::with(&Setup {
        host_keys: kinds,
        ..Setup::default()
    });
    for kind in kinds {
        let file = sshd.path(&format!("known_{kind}"));
        let key = sshd.public(&format!("host_{kind}"));
        fs_err::write(&file, format!("[127.0.0.1]:{} {key}\n", sshd.port)).unwrap();
        let target = sshd.target("login", HostKeys::KnownHosts(vec![file]));
        let session = connect(&host(target), &workers()).await.unwrap();
        assert_eq!(session.host_key(), Some(key.as_str()));
    }
}

#[tokio::test]
async fn a_key_that_changes_between_two_connections_is_noticed() {
    let first = Sshd::start();
    let target = first.pinned();
    connect(&host(target.clone()), &workers()).await.unwrap();
    let second = Sshd::start();
    // The same name and the same pin lead to another machine.
    let moved = SshTarget {
        port: second.port,
        ..target
    };
    // Waiting out a wrong key is for hosts that have just been made.
    let start = std::time::Instant::now();
    let (moved, workers) = (host(moved), workers());
    let waited = connect_when_ready(
        &moved,
        &workers,
        Duration::from_secs(30),
        Duration::ZERO,
        |attempt| panic!("{}", attempt.error),
    );
    match waited.await {
        Err(TransportError::HostKeyMismatch { .. }) => {}
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("spoke to another machine"),
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}
