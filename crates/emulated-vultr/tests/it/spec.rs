//! Holds answers against Vultr's OpenAPI document, which errs in places; each such place stands in [`KNOWN`].
//!
//! The document is not part of the repository. Without it the tests run all the same and say that this part is skipped.

use serde_json::Value;
use std::path::Path;
use std::sync::Mutex;

/// What is called otherwise: the call, the document's name, and the real one, which is in the document's own examples.
const RENAMED: &[(&str, &str, &str)] = &[
    ("GET /plans-metal: ", "plans", "plans_metal"),
    ("POST /bare-metals: ", "baremetal", "bare_metal"),
];

/// Where the document of April 2025 and the real service differ, and why. A `*` stands for any characters.
pub const KNOWN: &[(&str, &str)] = &[
    // Declared, and not so sent.
    (
        "GET /plans-metal: plans[].disk should be string",
        "an integer, as in the document's own example",
    ),
    (
        "* /instances*.v6_networks is not sent",
        "flat instead: v6_network, v6_main_ip, v6_network_size",
    ),
    ("GET /plans: plans[].name is not sent", "never sent"),
    (
        "GET */ipv4: ipv4s[].mac_address is not sent",
        "not seen on a production instance",
    ),
    (
        "GET /firewalls*.instance_count is not sent",
        "missing while an instance uses the group",
    ),
    (
        "GET /startup-scripts: startup_scripts[].script is not sent",
        "only shown alone, as in the document's own examples",
    ),
    (
        "GET */bandwidth: bandwidth.2020-10-1* is not sent",
        "these are days of an example",
    ),
    (
        "GET /billing/pending-charges: pending_charges[].* is not sent",
        "rows are those of an invoice, as in the document's own example",
    ),
    // Sent, and not declared.
    (
        "GET /billing/pending-charges: pending_charges[].* is not declared",
        "rows are those of an invoice",
    ),
    (
        "* /instances*.v6_network is not declared",
        "instead of v6_networks, as in the document's own examples",
    ),
    ("* /instances*.v6_main_ip is not declared", "the same"),
    ("* /instances*.v6_network_size is not declared", "the same"),
    ("* /*.snapshot_id is not declared", "later"),
    ("* /instances*.vpc_only is not declared", "later"),
    ("GET *.vpcs is not declared", "later"),
    (
        "GET *.pending_charges is not declared",
        "in the document's own examples",
    ),
    (
        "PATCH /instances/{instance-id}: job_ids is not declared",
        "later",
    ),
    (
        "POST /instances/{instance-id}/ipv4: ipv4 is not declared",
        "the schema is empty",
    ),
    (
        "GET /instances/jobs/* is not declared",
        "the document does not have the call",
    ),
    (
        "* /bare-metals*.features is not declared",
        "in the document's own examples",
    ),
    (
        "* /bare-metals*.mdisk_mode is not declared",
        "in the document's own examples",
    ),
    ("* /bare-metals*.power_status is not declared", "later"),
    (
        "GET /bare-metals/{baremetal-id}: bare_metal.internal_ip is not declared",
        "later",
    ),
    (
        "GET /bare-metals/{baremetal-id}: bare_metal.kvm is not declared",
        "later",
    ),
    (
        "GET /bare-metals/{baremetal-id}/vpcs: meta is not declared",
        "as with instances",
    ),
    (
        "* /firewalls/*.direction is not declared",
        "seen on the wire",
    ),
    (
        "* /firewalls/*.loadbalancer_id is not declared",
        "seen on the wire",
    ),
    ("GET /plans*: plans[].hourly_cost is not declared", "later"),
    (
        "GET /plans*: plans[].hourly_cost_preemptible is not declared",
        "later",
    ),
    (
        "GET /plans: plans[].monthly_cost_preemptible is not declared",
        "later",
    ),
    ("GET /plans*: plans[].invoice_type is not declared", "later"),
    ("GET /plans: plans[].location_cost is not declared", "later"),
    (
        "GET /regions/{region-id}/availability: available_vpc_only_plans is not declared",
        "later",
    ),
    (
        "GET /regions: regions[].connectivity is not declared",
        "later",
    ),
];

/// The OpenAPI document.
pub struct Spec {
    document: Value,
    /// Differences found so far.
    pub found: Mutex<Vec<String>>,
}

impl Spec {
    /// Reads the document, if it is there.
    pub fn read() -> Option<Self> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/vultr-openapi.json");
        let Ok(text) = fs_err::read_to_string(&path) else {
            println!(
                "SKIPPED: no answer is held against the OpenAPI document, because there is no {}",
                path.display()
            );
            return None;
        };
        Some(Self {
            document: serde_json::from_str(&text).unwrap(),
            found: Mutex::default(),
        })
    }

    /// Holds an answer against the document.
    pub fn check(&self, method: &str, path: &str, status: u16, body: &Value) {
        if status >= 400 {
            assert_eq!(body["status"], status, "{method} {path}: {body}");
            assert!(body["error"].is_string(), "{method} {path}: {body}");
            return;
        }
        let path = path.split('?').next().unwrap();
        let mut differences = Vec::new();
        match self.template(path) {
            None => differences.push(format!("{method} {path} is not declared")),
            Some(template) => {
                let name = format!("{method} {template}: ");
                let operation = &self.document["paths"][&template][method.to_lowercase()];
                let declared = &operation["responses"][status.to_string()];
                assert!(
                    declared.is_object(),
                    "{name} status {status} is not declared"
                );
                let schema = &declared["content"]["application/json"]["schema"];
                if schema.is_null() {
                    assert!(body.is_null(), "{name} has a body: {body}");
                } else {
                    self.compare(&name, "", schema, body, &mut differences);
                }
            }
        }
        for difference in differences {
            assert!(
                KNOWN.iter().any(|(known, _)| is_like(&difference, known)),
                "not valid by the OpenAPI document: {difference}\n{body}"
            );
            let mut found = self.found.lock().unwrap();
            if !found.contains(&difference) {
                found.push(difference);
            }
        }
    }

    /// The declared path that a path is like; one without a parameter comes first.
    fn template(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let paths = self.document["paths"].as_object().unwrap();
        let mut like: Vec<&String> = paths
            .keys()
            .filter(|template| {
                let wanted: Vec<&str> = template.split('/').collect();
                wanted.len() == parts.len()
                    && wanted
                        .iter()
                        .zip(&parts)
                        .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
            })
            .collect();
        like.sort_by_key(|template| template.matches('{').count());
        like.first().map(|template| (*template).clone())
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                self.resolve(self.document.pointer(pointer).unwrap())
            }
            None => schema,
        }
    }

    fn compare(&self, name: &str, at: &str, schema: &Value, value: &Value, out: &mut Vec<String>) {
        let schema = self.resolve(schema);
        let kind = schema["type"].as_str().unwrap_or("any");
        let fits = match kind {
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        if !fits {
            out.push(format!("{name}{at} should be {kind}"));
            return;
        }
        if let Some(items) = value.as_array() {
            for item in items {
                self.compare(name, &format!("{at}[]"), &schema["items"], item, out);
            }
        }
        let (Some(fields), Some(declared)) = (value.as_object(), schema["properties"].as_object())
        else {
            return;
        };
        let below = |field: &str| {
            if at.is_empty() {
                field.to_owned()
            } else {
                format!("{at}.{field}")
            }
        };
        for (field, schema) in declared {
            match fields.get(real_name(name, field)) {
                Some(value) => self.compare(name, &below(field), schema, value, out),
                None => out.push(format!("{name}{} is not sent", below(field))),
            }
        }
        let is_declared = |field: &str| declared.keys().any(|it| real_name(name, it) == field);
        for field in fields.keys().filter(|field| !is_declared(field)) {
            out.push(format!("{name}{} is not declared", below(field)));
        }
    }
}

/// What a declared field is really called.
fn real_name<'a>(name: &str, field: &'a str) -> &'a str {
    let renamed = RENAMED
        .iter()
        .find(|(call, declared, _)| *call == name && *declared == field);
    renamed.map_or(field, |(_, _, real)| real)
}

/// Whether a text is like a pattern in which `*` stands for any characters.
pub fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len()).any(|at| tail.get(at..).is_some_and(|tail| is_like(tail, rest)))
        }),
    }
}

#[test]
fn a_wrong_answer_is_found() {
    let Some(spec) = Spec::read() else { return };
    let check = |value: Value| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            spec.check("GET", "/ssh-keys/1", 200, &value);
        }))
    };
    let key = |name: Value| serde_json::json!({ "ssh_key": { "id": "", "date_created": "", "name": name, "ssh_key": "" } });
    assert!(check(key("a".into())).is_ok());
    assert!(check(key(3.into())).is_err());
    assert!(check(serde_json::json!({ "ssh_key": {} })).is_err());
}
