//! The repository of packages, from a container that is no host of the sandbox.

use crate::rig::Sandbox;
use testcontainers::core::ExecCommand;
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};

/// The image of Debian 12 that a sandbox uses, and Docker's name for its public network.
fn names(sandbox: &Sandbox) -> (String, String) {
    let settings = fs_err::read(sandbox.path().join("settings.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_slice(&settings).unwrap();
    let word = |pointer| {
        settings
            .pointer(pointer)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    (word("/images/0/1"), word("/public_name"))
}

#[tokio::test]
async fn apt_accepts_what_is_signed_and_nothing_else() {
    let sandbox = Sandbox::up();
    let (image, network) = names(&sandbox);
    let (name, tag) = image.split_once(':').unwrap();
    let container = GenericImage::new(name, tag)
        .with_cmd(["sleep", "300"])
        .with_network(network)
        .start()
        .await
        .unwrap();
    let run = async |script: String| {
        let mut done = container
            .exec(ExecCommand::new([
                "sh",
                "-c",
                &format!("exec 2>&1; {script}"),
            ]))
            .await
            .unwrap();
        let said = String::from_utf8(done.stdout_to_vec().await.unwrap()).unwrap();
        (done.exit_code().await.unwrap(), said)
    };

    let repository = sandbox.env("EDGEWRIGHT_OPENNEBULA_REPOSITORY").to_owned();
    let source = format!("{repository}/7.0/Debian/12 stable opennebula");
    let (status, said) = run(format!(
        "cd /etc/apt; rm -f sources.list; /usr/lib/apt/apt-helper download-file {repository}/repo2.key trusted.gpg.d/o.asc \
         && echo 'deb {source}' > sources.list.d/o.list && apt-get update"
    ))
    .await;
    assert_eq!(status, Some(0), "{said}");
    let (status, said) =
        run("apt-cache policy opennebula-node-kvm opennebula-node-lxc".to_owned()).await;
    assert_eq!(
        (status, said.matches("Candidate: 7.0.2-1").count()),
        (Some(0), 2),
        "{said}"
    );

    let (status, said) =
        run("rm -r /etc/apt/trusted.gpg.d/o.asc /var/lib/apt/lists/*; apt-get update".to_owned())
            .await;
    assert_ne!(status, Some(0), "{said}");
    assert!(said.contains("is not signed"), "{said}");
    container.rm().await.unwrap();
}
