//! Reads the kind of a failure out of an answer: by status, then by text, since Vultr sends no codes.

use super::{Asked, Denial, Kind, VultrError};
use serde_json::Value;
use std::time::Duration;

/// Characters shown of an answer that is not Vultr's.
const EXCERPT: usize = 200;

/// An answer with a status that is no success.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a str,
}

/// The error an answer means.
///
/// Only an answer of Vultr's own form is believed when it says that something is not there, is not allowed or is wrong: a
/// proxy's page with 404 must never look as if an instance were gone.
pub(crate) fn classify(asked: &Asked, answer: &Answer<'_>) -> VultrError {
    let status = answer.status;
    let (kind, text) = match own_text(answer.body) {
        Some(text) => (kind_of(asked, answer, &text), text),
        None => (kind_of_foreign(answer), excerpt(answer.body)),
    };
    VultrError::new(asked, kind)
        .with_status(status)
        .with_text(text)
}

/// The text of `{"error": …, "status": …}`.
fn own_text(body: &str) -> Option<String> {
    match serde_json::from_str::<Value>(body)
        .ok()?
        .get_mut("error")?
        .take()
    {
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn kind_of(asked: &Asked, answer: &Answer<'_>, text: &str) -> Kind {
    let lower = text.to_lowercase();
    match answer.status {
        429 => Kind::RateLimited {
            retry_after: answer.retry_after,
        },
        401 => Kind::Unauthorized(denial(text)),
        _ if lower.contains("currently locked") && asked.is_about_one() => Kind::Locked,
        _ if says_quota(&lower) => Kind::Quota,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        500.. => Kind::Server,
        409 => Kind::Conflict,
        _ if says_conflict(&lower) => Kind::Conflict,
        _ if says_not_there(asked, &lower) => Kind::NotFound,
        300..=399 => Kind::NotJson,
        _ => Kind::Invalid,
    }
}

fn kind_of_foreign(answer: &Answer<'_>) -> Kind {
    match answer.status {
        429 => Kind::RateLimited {
            retry_after: answer.retry_after,
        },
        500.. => Kind::Server,
        _ => Kind::NotJson,
    }
}

/// `Unauthorized IP address: 198.18.0.1` or `Invalid API token.`
fn denial(text: &str) -> Denial {
    match text.split_once("IP address") {
        Some((_, rest)) => {
            let address = rest.trim_matches(|c: char| c.is_whitespace() || ":.".contains(c));
            Denial::Address(address.parse().ok())
        }
        None => Denial::Key,
    }
}

fn says_quota(lower: &str) -> bool {
    let words = || lower.split(|c: char| !c.is_alphanumeric());
    let limit = words().any(|word| matches!(word, "limit" | "limits" | "quota"));
    let of_a_field = words().any(|word| {
        matches!(
            word,
            "rate" | "character" | "characters" | "length" | "bytes"
        )
    });
    lower.contains("reached the maximum") || (limit && !of_a_field)
}

fn says_conflict(lower: &str) -> bool {
    says_already_attached(lower)
        || says_still_in_use(lower)
        || says_already_defined(lower)
        || lower.contains("unable to detach")
        || lower.contains("pending destruction")
}

/// Reserved IPs: `IP is already attached to a server`, `… address is already attached to another server`.
pub(super) fn says_already_attached(text: &str) -> bool {
    text.contains("already attached")
}

/// VPCs: `The following servers are attached to this VPC network: …`.
pub(super) fn says_still_in_use(text: &str) -> bool {
    text.to_lowercase().contains("attached to this vpc network")
}

/// Firewall rules: `This rule is already defined `.
pub(super) fn says_already_defined(text: &str) -> bool {
    text.contains("already defined")
}

/// Some objects that do not exist answer 400; the same texts come when another object's call names them, where they mean
/// that the call is wrong. So the path must be that of the object.
fn says_not_there(asked: &Asked, lower: &str) -> bool {
    const TEXTS: [(&str, &str); 7] = [
        ("/instances/", "instance not found"),
        ("/instances/", "invalid instance id"),
        ("/reserved-ips/", "invalid reserved-ip id"),
        ("/ssh-keys/", "invalid ssh key"),
        ("/startup-scripts/", "invalid startup script id"),
        ("/vpcs/", "invalid vpc id"),
        ("/firewalls/", "firewall rule id not found"),
    ];
    TEXTS
        .iter()
        .any(|(path, text)| asked.path.starts_with(path) && lower.contains(text))
}

/// The title of a page, or the beginning of something else that is not Vultr's, on one line.
pub(crate) fn excerpt(body: &str) -> String {
    let body = title(body).unwrap_or(body);
    let words: Vec<&str> = body.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

fn title(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title).filter(|title| !title.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(call: &str, status: u16, text: &str) -> Kind {
        let (method, path) = call.split_once(' ').unwrap();
        let asked = Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            endpoint: String::new(),
        };
        let body = serde_json::json!({ "status": status, "error": text }).to_string();
        let answer = Answer {
            status,
            retry_after: None,
            body: &body,
        };
        classify(&asked, &answer).kind()
    }

    #[test]
    fn a_limit_of_the_account_is_told_from_other_limits() {
        for text in [
            "You have reached the maximum number of VPCs",
            "This would exceed your account limit",
            "Monthly fee limit exceeded.",
            "Quota exceeded",
        ] {
            assert_eq!(kind("POST /vpcs", 400, text), Kind::Quota, "{text}");
        }
        for text in [
            "user_scheme must be one of root, limited",
            "Label is over the limit of 255 characters",
            "Description exceeds the length limit",
        ] {
            assert_eq!(kind("POST /vpcs", 400, text), Kind::Invalid, "{text}");
        }
    }

    #[test]
    fn a_limit_is_one_whatever_the_status() {
        let text =
            "Server add failed: You have reached the maximum number of active virtual machines";
        for status in [400, 403, 409, 500] {
            assert_eq!(
                kind("POST /instances", status, text),
                Kind::Quota,
                "{status}"
            );
        }
    }

    #[test]
    fn too_many_calls_is_no_limit_of_the_account() {
        let retry_after = None;
        assert_eq!(
            kind("GET /instances", 429, "rate limit exceeded"),
            Kind::RateLimited { retry_after }
        );
    }

    #[test]
    fn a_machine_that_is_going_already_is_a_conflict() {
        assert_eq!(
            kind("DELETE /instances/i", 400, "Server is pending destruction"),
            Kind::Conflict
        );
    }

    #[test]
    fn a_long_page_is_cut_between_characters() {
        let shown = excerpt(&"é ".repeat(300));
        assert_eq!(shown.chars().count(), EXCERPT + 1);
        assert!(shown.ends_with('…'));
    }
}
