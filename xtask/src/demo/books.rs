//! What both sides hold, by their own lists, asked with curl.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::command::Run;
use crate::failure::Failure;
use crate::sandbox::Sandbox;
use crate::say;

/// Lists of the Vultr API, each with the member of the answer that holds it.
const VULTR: [(&str, &str); 7] = [
    ("instances", "instances"),
    ("bare-metals", "bare_metals"),
    ("vpcs", "vpcs"),
    ("firewalls", "firewall_groups"),
    ("reserved-ips", "reserved_ips"),
    ("ssh-keys", "ssh_keys"),
    ("startup-scripts", "startup_scripts"),
];

/// Methods of OpenNebula that list, each with what follows the session among its parameters.
const OPENNEBULA: [(&str, &[i32]); 6] = [
    ("one.clusterpool.info", &[]),
    ("one.hostpool.info", &[]),
    ("one.datastorepool.info", &[]),
    ("one.vnpool.info", &[-2, -1, -1]),
    ("one.vntemplatepool.info", &[-2, -1, -1]),
    ("one.vmpool.info", &[-2, -1, -1, -1]),
];

/// The names or ids in every list of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books(BTreeMap<String, Vec<String>>);

impl Books {
    /// Asks both sides.
    ///
    /// # Errors
    /// [`Failure::Command`] of curl, or [`Failure::Unreadable`].
    pub fn of(sandbox: &Sandbox) -> Result<Self, Failure> {
        let mut lists = BTreeMap::new();
        for (path, member) in VULTR {
            // Secrets go through pipes: the arguments of a program are open to everybody.
            let line = format!(
                "printf 'Authorization: Bearer %s\\n' \"$VULTR_API_KEY\" \
                 | curl -sSf -H @- \"$VULTR_API_ENDPOINT/{path}?per_page=500\""
            );
            let text = Run::shell(&line).envs(sandbox.environment()).read()?;
            let answer: Value =
                serde_json::from_str(&text).map_err(|error| Failure::Unreadable(line, error))?;
            lists.insert(format!("Vultr /{path}"), ids(&answer, member));
        }
        for (method, parameters) in OPENNEBULA {
            let line = format!(
                "printf %s '{}' | curl -sSf -H 'Content-Type: text/xml' --data @- \"$ONE_XMLRPC\"",
                call(method, parameters)
            );
            let text = Run::shell(&line).envs(sandbox.environment()).read()?;
            lists.insert(format!("OpenNebula {method}"), names(&text));
        }
        Ok(Self(lists))
    }

    /// Shows them.
    pub fn show(&self) {
        let rows: Vec<Vec<String>> = self
            .0
            .iter()
            .map(|(list, entries)| {
                let entries = if entries.is_empty() {
                    "-".to_owned()
                } else {
                    entries.join(", ")
                };
                vec![list.clone(), entries]
            })
            .collect();
        say::table(&rows);
    }
}

fn ids(answer: &Value, member: &str) -> Vec<String> {
    let entries = answer[member].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry["id"].as_str().map(str::to_owned))
        .collect();
    ids.sort();
    ids
}

/// A call, to stand between single quotes of a shell.
fn call(method: &str, parameters: &[i32]) -> String {
    let session = "'\"$(cat \"$ONE_AUTH\")\"'";
    let mut text = format!(
        "<methodCall><methodName>{method}</methodName><params>\
         <param><value><string>{session}</string></value></param>"
    );
    for number in parameters {
        text.push_str("<param><value><int>");
        text.push_str(&number.to_string());
        text.push_str("</int></value></param>");
    }
    text + "</params></methodCall>"
}

/// The names in a list of OpenNebula, which stands in its answer as text.
fn names(answer: &str) -> Vec<String> {
    let text = answer.replace("&lt;", "<").replace("&gt;", ">");
    let mut names: Vec<String> = text
        .split("<NAME>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</NAME>"))
        .map(|(name, _)| {
            name.trim_start_matches("<![CDATA[")
                .trim_end_matches("]]>")
                .to_owned()
        })
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_an_answer_within_an_answer() {
        let answer = "<string>&lt;CLUSTER_POOL&gt;&lt;CLUSTER&gt;&lt;NAME&gt;default&lt;/NAME&gt;&lt;/CLUSTER&gt;\
            <NAME><![CDATA[a b]]></NAME></string>";
        assert_eq!(names(answer), ["a b", "default"]);
    }

    #[test]
    fn a_call_gets_its_session_from_the_shell() {
        let line = format!("printf %s '{}'", call("one.vnpool.info", &[-2]));
        let home = tempfile::tempdir().unwrap();
        fs_err::write(home.path().join("auth"), "me:secret\n").unwrap();
        let text = Run::shell(&line)
            .env("ONE_AUTH", home.path().join("auth"))
            .read()
            .unwrap();
        assert_eq!(
            text,
            "<methodCall><methodName>one.vnpool.info</methodName><params>\
             <param><value><string>me:secret</string></value></param>\
             <param><value><int>-2</int></value></param></params></methodCall>"
        );
    }
}
