//! A front-end that answers with another key, or lets nobody in: nothing is touched.

use crate::sandbox::{Ran, Sandbox};

/// Applies with one variable of the environment changed; nothing may be touched.
fn apply(sandbox: &Sandbox, file: &str, variable: &str, value: &str) -> Ran {
    let mut command = sandbox.command(&["cluster", "apply", "--yes", file]);
    let ran = Ran::of(&command.env(variable, value).output().unwrap());
    let mutating = |call: &&serde_json::Value| call["mutating"] == true;
    assert_eq!(sandbox.calls().iter().filter(mutating).count(), 0);
    ran.exits(2)
}

pub fn lets_nobody_in(sandbox: &Sandbox, file: &str) {
    let front_end = sandbox.variable("EDGEWRIGHT_FRONTEND").to_owned();
    let address = front_end.rsplit('@').next().unwrap();
    let stranger = sandbox.file(
        "stranger",
        &format!("{address} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Nf6e7mYyS3l1oZ3v0x3mXn1b0a8q9w7v6u5t4s3r2\n"),
    );
    let shown = |ran: &Ran| {
        let text = ran
            .stderr
            .replace(address, "[FRONTEND]")
            .replace(&stranger, "[FILE]");
        super::without_keys(&text)
    };
    let known_hosts = "EDGEWRIGHT_FRONTEND_KNOWN_HOSTS";
    let ran = apply(sandbox, file, known_hosts, &stranger);
    assert_eq!(shown(&ran), "error[transport::connect]: `frontend` at [FRONTEND]:22 answered with another host key: [KEY] instead of [KEY]
 |
 = help: somebody may stand between you and the host, or it was reinstalled; if `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console says the new fingerprint, replace [FILE]:1 by: [FRONTEND] ssh-ed25519 [KEY]
 = note: `frontend` is what `opennebula: {frontend: …}` or `EDGEWRIGHT_FRONTEND` names, else the host of the endpoint
");
    let stranger = sandbox.file("stranger", "");
    let ran = apply(sandbox, file, known_hosts, &stranger);
    assert_eq!(shown(&ran), "error[transport::connect]: no host key is known for `frontend` at [FRONTEND]:22; it answered with [KEY]
 |
 = help: compare the fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` says on the host's console, then add this line to [FILE]: [FRONTEND] ssh-ed25519 [KEY]
 = note: `frontend` is what `opennebula: {frontend: …}` or `EDGEWRIGHT_FRONTEND` names, else the host of the endpoint
");
    // The hosts' login key is one that the front-end has never seen.
    let key = sandbox.variable("EDGEWRIGHT_SSH_KEY");
    let ran = apply(sandbox, file, "EDGEWRIGHT_FRONTEND_KEY", key);
    assert_eq!(shown(&ran).replace(key, "[FILE]"), "error[transport::connect]: `frontend` at [FRONTEND]:22 lets nobody log in as `oneadmin` with what was tried: key [FILE] ([KEY])
 |
 = help: add one of these keys to `authorized_keys` of `oneadmin`, or name another with `identity_file` or `ansible_ssh_private_key_file`
 = note: `frontend` is what `opennebula: {frontend: …}` or `EDGEWRIGHT_FRONTEND` names, else the host of the endpoint
");
}
