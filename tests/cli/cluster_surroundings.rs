//! This machine and the front-end: a state directory that cannot be written, and a front-end that lets nobody in.
use crate::world::World;

const SSH: &str = "plugin: edgewright.cluster\nname: lab\nprovider: {vultr: {region: ams}}\n\
    opennebula: {frontend: oneadmin@127.0.0.1:9}\nhosts: 2\n";

#[test]
fn a_state_directory_that_cannot_be_made() {
    let world = World::start();
    world.refuses_at_once(
        world.cli().env("EDGEWRIGHT_STATE_DIR", "lab.yml/state"),
        "
            warning[log::create]: this run is not logged: failed to create directory `lab.yml/state/logs`: Not a directory (os error 20)
             |
             = help: name a directory that can be written to: `export EDGEWRIGHT_STATE_DIR=DIRECTORY`
            error[journal::unusable]: cannot make the state directory: failed to create directory `lab.yml/state`: Not a directory (os error 20)
             |
             = help: free space, or name another directory with `EDGEWRIGHT_STATE_DIR`; nothing that costs money is ordered without a journal
            ",
    );
}

#[test]
fn a_login_key_that_is_none() {
    let world = World::start();
    let cli = world
        .cli()
        .file("key", "nothing\n")
        .env("EDGEWRIGHT_SSH_KEY", "key");
    world.refuses_at_once(cli, "
        error[keys::unusable]: the login key `key` cannot be used: Could not read key
         |
         = help: name another one with `ssh: {identity_file: PATH}` or `EDGEWRIGHT_SSH_KEY`; beside an encrypted key its `.pub` file must lie
        ");
}

#[test]
fn a_front_end_that_is_not_there_is_not_waited_for() {
    let world = World::start();
    let started = std::time::Instant::now();
    world.refuses(|world| world.cli().file("lab.yml", SSH), "
        error[transport::connect]: cannot connect to `frontend` at 127.0.0.1:9: Connection refused (os error 111)
         |
         = help: the host is up and nobody listens there: check the port, and that sshd runs
         = note: `frontend` is what `opennebula: {frontend: …}` or `EDGEWRIGHT_FRONTEND` names, else the host of the endpoint
        ");
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn a_front_end_without_a_key_of_oneadmin() {
    let world = World::start();
    world.refuses(
        |world| {
            world
                .cli()
                .file("bin/cat", "#!/bin/sh\nexec /bin/cat \"$@\"\n")
        },
        "
            error[opennebula::oneadmin-key]: oneadmin has no public key on the front-end: /bin/cat: '/var/lib/one/.ssh/id_*.pub': No such file or directory
             |
             = help: on the front-end, as oneadmin, type `ssh-keygen -t ed25519`
            ",
    );
}

#[test]
fn a_front_end_that_is_no_host() {
    let world = World::start();
    let file = SSH.replace("oneadmin@127.0.0.1:9", "'a b'");
    world.refuses_at_once(world.cli().file("lab.yml", &file), "
        error[spec::frontend]: the front-end is not a host
         --> lab.yml:4:24
          |
        4 | opennebula: {frontend: 'a b'}
          |                        ^^^^^ expected `[USER@]HOST[:PORT]`
          |
          = help: write `frontend: USER@HOST:PORT`, or `frontend: local` when this machine is the front-end
        ");
}
