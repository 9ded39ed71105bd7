//! What cloud-init reads in a host: user-data as it came, and the facts that Vultr's metadata would give.
//!
//! Called by `machines` and `frontend`; `container` copies the files into `/var/lib/cloud/seed/nocloud`.

use serde_json::json;

/// Files of the data source NoCloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seed {
    /// Id of the instance: a new one makes cloud-init begin anew.
    pub instance_id: String,
    /// The host's name.
    pub hostname: String,
    /// Keys that may log in as root.
    pub public_keys: Vec<String>,
    /// User-data, as it came.
    pub user_data: Vec<u8>,
    /// A script to run at every boot.
    pub startup_script: Option<String>,
}

impl Seed {
    /// Name and content of each file.
    pub fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        // JSON is YAML.
        let metadata = json!({
            "instance-id": self.instance_id,
            "local-hostname": self.hostname,
            "public-keys": self.public_keys,
        });
        let mut files = vec![
            ("meta-data", metadata.to_string().into_bytes()),
            ("user-data", self.user_data.clone()),
        ];
        if let Some(script) = &self.startup_script {
            files.push(("vendor-data", vendor_data(script).into_bytes()));
        }
        files
    }
}

/// Vultr runs a startup script at every boot; so does `bootcmd`, with the script written anew each time.
fn vendor_data(script: &str) -> String {
    let write = "cat > /run/startup-script <<'EDGEWRIGHT-END'\n".to_owned()
        + script.trim_end()
        + "\nEDGEWRIGHT-END\nchmod 0700 /run/startup-script\n/run/startup-script\n";
    let config = json!({ "bootcmd": [["/bin/sh", "-c", write]] });
    format!("#cloud-config\n{config}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_is_passed_on_unchanged() {
        let seed = Seed {
            instance_id: "i-1".to_owned(),
            hostname: "lab-0".to_owned(),
            public_keys: vec!["ssh-ed25519 AAAA me".to_owned()],
            user_data: b"#!/bin/sh\n\xff".to_vec(),
            startup_script: None,
        };
        assert_eq!(
            seed.files(),
            [
                (
                    "meta-data",
                    br#"{"instance-id":"i-1","local-hostname":"lab-0","public-keys":["ssh-ed25519 AAAA me"]}"#
                        .to_vec()
                ),
                ("user-data", b"#!/bin/sh\n\xff".to_vec()),
            ]
        );
    }

    #[test]
    fn a_startup_script_runs_at_every_boot() {
        let seed = Seed {
            startup_script: Some("#!/bin/bash\necho hi\n".to_owned()),
            ..Seed::default()
        };
        let (name, content) = seed.files().pop().unwrap();
        assert_eq!(name, "vendor-data");
        let text = String::from_utf8(content).unwrap();
        assert!(
            text.starts_with("#cloud-config\n{\"bootcmd\":[[\"/bin/sh\",\"-c\","),
            "{text}"
        );
        assert!(text.contains("echo hi"), "{text}");
    }
}
