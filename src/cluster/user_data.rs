//! What an instance is told at its first boot, as cloud-init reads it.
//!
//! Called by `reconcile::vultr`. It carries the host's private key: who may read user-data (the account's users, and every
//! program on the instance) is said in docs/architecture.md.

use super::keys::HostKey;

/// A `#cloud-config` document with a host key of ours and the keys that may log in as root.
pub fn render(host_key: &HostKey, authorized: &[String]) -> String {
    // JSON is YAML; cloud-init reads it behind its first line.
    let document = serde_json::json!({
        "disable_root": false,
        "package_update": false,
        "package_upgrade": false,
        "ssh_authorized_keys": authorized,
        "ssh_deletekeys": true,
        "ssh_keys": {
            "ed25519_private": host_key.private.expose(),
            "ed25519_public": host_key.public,
        },
        "ssh_pwauth": false,
    });
    format!("#cloud-config\n{document:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_yaml_with_the_keys_in_it() {
        let key = HostKey::generate().unwrap();
        let text = render(&key, &["ssh-ed25519 AAAA me".to_owned()]);
        let (head, body) = text.split_once('\n').unwrap();
        assert_eq!(head, "#cloud-config");
        let source = edgewright_yaml::SourceFile::new("user-data", body);
        let node = edgewright_yaml::load(&source).unwrap().unwrap();
        let map = node.as_map().unwrap();
        let keys = map.get("ssh_keys").unwrap().as_map().unwrap();
        assert_eq!(
            keys.get("ed25519_private").unwrap().as_str(),
            Some(key.private.expose())
        );
        assert_eq!(
            map.get("ssh_authorized_keys")
                .unwrap()
                .as_list()
                .unwrap()
                .len(),
            1
        );
    }
}
