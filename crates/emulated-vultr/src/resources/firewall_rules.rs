//! `/firewalls/{id}/rules`. Rules are numbered from 1, have no update, and may not be given twice.

use super::firewalls::MOST_RULES;
use crate::answer::{Outcome, Refusal, Reply};
use crate::books::{FirewallGroup, Rule};
use crate::desk::Desk;
use crate::pool::page_of;
use crate::request::{Body, Request};
use crate::texts;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::IpAddr;

const PROTOCOLS: &[&str] = &["icmp", "tcp", "udp", "gre", "esp", "ah"];

/// A rule. The protocol is in the case in which it came, and a source that was not given is the subnet.
fn show(rule: &Rule) -> Value {
    let source = if rule.source.is_empty() {
        &rule.subnet
    } else {
        &rule.source
    };
    json!({
        "id": rule.number,
        "type": rule.ip_type,
        "ip_type": rule.ip_type,
        "direction": "in",
        "action": "accept",
        "protocol": rule.protocol,
        "port": rule.port,
        "subnet": rule.subnet,
        "subnet_size": rule.subnet_size,
        "source": source,
        "loadbalancer_id": "",
        "notes": rule.notes,
    })
}

fn group<'a>(desk: &'a mut Desk<'_>, request: &Request) -> Result<&'a mut FirewallGroup, Refusal> {
    desk.books
        .groups
        .get_mut(request.id())
        .ok_or_else(|| Refusal::missing(texts::NO_GROUP))
}

/// `GET /firewalls/{id}/rules`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let rows = group(desk, request)?
        .rules
        .iter()
        .map(|rule| (rule.number.to_string(), show(rule)));
    page_of(request, "firewall_rules", rows.collect())
}

/// The parts of a rule, checked.
fn rule(body: &Body) -> Result<Rule, Refusal> {
    let ip_type = body.required("ip_type")?;
    let protocol = body.required("protocol")?;
    let subnet = body.required("subnet")?;
    let subnet_size = body.required_number("subnet_size")?;
    let port = body.text_or_empty("port")?;
    let widest = match (ip_type, subnet.parse()) {
        ("v4", Ok(IpAddr::V4(_))) => 32,
        ("v6", Ok(IpAddr::V6(_))) => 128,
        ("v4" | "v6", _) => return Err(Refusal::bad("Invalid subnet.")),
        _ => return Err(Refusal::bad("Invalid ip_type.")),
    };
    if subnet_size > widest {
        return Err(Refusal::bad("Invalid subnet size."));
    }
    let lower = protocol.to_ascii_lowercase();
    if !PROTOCOLS.contains(&lower.as_str()) {
        return Err(Refusal::bad("Invalid protocol."));
    }
    if matches!(lower.as_str(), "tcp" | "udp") != is_port(&port) {
        return Err(Refusal::bad("Invalid port."));
    }
    Ok(Rule {
        number: 0,
        ip_type: ip_type.to_owned(),
        protocol: protocol.to_owned(),
        port,
        subnet: subnet.to_owned(),
        subnet_size,
        source: body.text_or_empty("source")?,
        notes: body.text_or_empty("notes")?,
    })
}

/// Whether a text is a port, or two with a colon between.
fn is_port(text: &str) -> bool {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) => first >= 1 && first <= last,
        _ => false,
    }
}

fn is_same(one: &Rule, other: &Rule) -> bool {
    one.protocol.eq_ignore_ascii_case(&other.protocol)
        && (
            &one.ip_type,
            &one.port,
            &one.subnet,
            one.subnet_size,
            &one.source,
        ) == (
            &other.ip_type,
            &other.port,
            &other.subnet,
            other.subnet_size,
            &other.source,
        )
}

/// `POST /firewalls/{id}/rules`.
pub fn create(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let mut rule = rule(&request.body)?;
    let group = group(desk, request)?;
    if group.rules.iter().any(|old| is_same(old, &rule)) {
        return Err(Refusal::bad(texts::DUPLICATE_RULE));
    }
    if group.rules.len() >= MOST_RULES {
        return Err(Refusal::bad("Maximum number of rules reached"));
    }
    group.last_rule += 1;
    rule.number = group.last_rule;
    group.modified = Timestamp::now();
    let value = show(&rule);
    group.rules.push(rule);
    Ok(Reply::with(201, json!({ "firewall_rule": value })))
}

fn position(group: &FirewallGroup, request: &Request) -> Result<usize, Refusal> {
    let number = request.segment(3);
    group
        .rules
        .iter()
        .position(|rule| rule.number.to_string() == number)
        .ok_or_else(|| Refusal::missing(texts::NO_RULE))
}

/// `GET /firewalls/{id}/rules/{number}`.
pub fn get(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let group = group(desk, request)?;
    let index = position(group, request)?;
    let value = group.rules.get(index).map(show);
    Ok(Reply::ok(json!({ "firewall_rule": value })))
}

/// `DELETE /firewalls/{id}/rules/{number}`.
pub fn delete(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let group = group(desk, request)?;
    let index = position(group, request)?;
    group.rules.remove(index);
    group.modified = Timestamp::now();
    Ok(Reply::empty())
}
