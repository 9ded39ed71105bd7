//! What belongs to a cluster is written on the things themselves: the marks, and how they are read back.
//!
//! Called by `observe` (to find what is there) and `reconcile` (to mark what is made). Vultr keeps tags verbatim and
//! finds them by whole value; what has no tags there carries the cluster's mark as its label or description.
//! OpenNebula's objects carry it in their `PROVISION` vector.

use super::spec::{ClusterName, HostName};

const CLUSTER: &str = "edgewright/cluster=";
const HOST: &str = "edgewright/host=";
const OPERATION: &str = "edgewright/op=";
const HOST_KEY: &str = "edgewright/hostkey=";

/// Member of OpenNebula's `PROVISION` vectors that holds the cluster's name.
pub const PROVISION_MEMBER: &str = "EDGEWRIGHT";

/// The mark of a cluster: tag of its instances, label or description of everything else at Vultr.
pub fn cluster(name: &ClusterName) -> String {
    format!("{CLUSTER}{}", name.as_str())
}

/// All tags of an instance.
pub fn tags(
    cluster_name: &ClusterName,
    host: &HostName,
    operation: &str,
    fingerprint: &str,
) -> Vec<String> {
    vec![
        cluster(cluster_name),
        format!("{HOST}{}", host.as_str()),
        format!("{OPERATION}{operation}"),
        format!("{HOST_KEY}{fingerprint}"),
    ]
}

/// The host that an instance is, by its tags.
pub fn host_of(tags: &[String]) -> Option<HostName> {
    value(tags, HOST).and_then(|name| HostName::new(name).ok())
}

/// The fingerprint of the host key that an instance was given, by its tags.
pub fn fingerprint_of(tags: &[String]) -> Option<&str> {
    value(tags, HOST_KEY)
}

/// Whether tags say that an instance belongs to a cluster. Vultr's own filter ignores case; this does not.
pub fn belongs(tags: &[String], name: &ClusterName) -> bool {
    value(tags, CLUSTER) == Some(name.as_str())
}

fn value<'t>(tags: &'t [String], key: &str) -> Option<&'t str> {
    tags.iter().find_map(|tag| tag.strip_prefix(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_back_as_they_were_written() {
        let (cluster, host) = (
            ClusterName::new("ams").unwrap(),
            HostName::new("edge-0").unwrap(),
        );
        let tags = tags(&cluster, &host, "7", "SHA256:aB/c+D");
        assert_eq!(host_of(&tags), Some(host));
        assert_eq!(fingerprint_of(&tags), Some("SHA256:aB/c+D"));
        assert!(belongs(&tags, &cluster));
        assert!(!belongs(&tags, &ClusterName::new("ams2").unwrap()));
    }

    #[test]
    fn tags_of_strangers_are_nobodys() {
        let tags = ["edgewright".to_owned(), "host=a".to_owned()];
        assert_eq!(host_of(&tags), None);
        assert_eq!(fingerprint_of(&tags), None);
    }
}
