//! `/account` and `/billing/pending-charges`.

use crate::answer::{Outcome, Reply};
use crate::desk::Desk;
use crate::machine::{charges, hours_since};
use crate::machines::MachineKind;
use crate::marks::stamp;
use crate::request::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Dollars a month that a reserved IPv4 address costs.
const RESERVED_COST: f64 = 3.0;
/// Hours of a month that are paid for.
const PAID_HOURS: f64 = 672.0;

/// `GET /account`.
#[expect(clippy::unnecessary_wraps, reason = "all handlers are of one type")]
pub fn get(desk: &mut Desk<'_>, _: &Request) -> Outcome {
    let pending: f64 = rows(desk)
        .iter()
        .filter_map(|row| row["total"].as_f64())
        .sum();
    Ok(Reply::ok(json!({ "account": {
        "name": "Emulated Account",
        "email": "admin@example.com",
        "acls": [
            "manage_users", "subscriptions_view", "subscriptions", "billing", "support", "provisioning", "dns", "abuse",
            "upgrade", "firewall", "alerts", "objstore", "loadbalancer",
        ],
        "balance": -100.55,
        "pending_charges": cents(pending),
        "last_payment_date": "2026-09-01T00:00:00+00:00",
        "last_payment_amount": -150.25,
    }})))
}

/// `GET /billing/pending-charges`.
#[expect(clippy::unnecessary_wraps, reason = "all handlers are of one type")]
pub fn pending_charges(desk: &mut Desk<'_>, _: &Request) -> Outcome {
    Ok(Reply::ok(json!({ "pending_charges": rows(desk) })))
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

fn rows(desk: &Desk<'_>) -> Vec<Value> {
    let machines = desk
        .books
        .machines
        .iter()
        .filter(|(_, machine)| !machine.gone)
        .map(|(_, machine)| {
            let product = match machine.kind {
                MachineKind::Virtual => "Vultr Cloud Compute",
                MachineKind::Metal => "Vultr Bare Metal",
            };
            let monthly = f64::from(machine.offer.cost());
            row(
                product,
                &machine.label,
                machine.created,
                monthly,
                charges(machine),
            )
        });
    let reserved = desk.books.reserved.iter().map(|(_, reserved)| {
        let hours = f64::from(hours_since(reserved.created));
        let total = cents(RESERVED_COST * hours / PAID_HOURS);
        row(
            "Reserved IP",
            &reserved.label,
            reserved.created,
            RESERVED_COST,
            total,
        )
    });
    machines.chain(reserved).collect()
}

fn row(product: &str, label: &str, created: Timestamp, monthly: f64, total: f64) -> Value {
    json!({
        "description": format!("{product} ({label})"),
        "start_date": stamp(created),
        "end_date": stamp(Timestamp::now()),
        "units": hours_since(created),
        "unit_type": "hours",
        "unit_price": (monthly / PAID_HOURS * 10_000.0).round() / 10_000.0,
        "total": total,
        "product": product,
    })
}
