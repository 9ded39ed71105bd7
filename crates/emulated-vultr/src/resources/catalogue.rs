//! `/regions`, `/plans`, `/plans-metal`, `/os`: public, and the same for everyone.

use crate::answer::{Outcome, Refusal, Reply};
use crate::catalogue::{self, METAL_PLANS, Offer, PLANS, REGIONS, SYSTEMS};
use crate::desk::Desk;
use crate::pool::page_of;
use crate::request::Request;
use crate::texts;
use serde_json::json;

/// Types that plans can be asked for by.
const TYPES: &[&str] = &[
    "all", "vbm", "vdc", "vhp", "vhf", "vc2", "voc", "vcg", "vdg", "vdm", "vx1", "voc-g", "voc-s",
    "voc-c", "voc-m",
];

/// `GET /regions`.
pub fn regions(_: &mut Desk<'_>, request: &Request) -> Outcome {
    let rows = REGIONS.iter().map(|region| {
        let value = json!({
            "id": region.id,
            "city": region.city,
            "country": region.country,
            "continent": region.continent,
            "options": ["ddos_protection", "block_storage_high_perf", "kubernetes", "load_balancers"],
            "connectivity": ["public_ip", "private_ip"],
        });
        (region.id.to_owned(), value)
    });
    page_of(request, "regions", rows.collect())
}

/// The type in a request, `all` if there is none.
fn wanted(request: &Request) -> Result<&str, Refusal> {
    let wanted = request.parameter("type").unwrap_or("all");
    if TYPES.contains(&wanted) {
        return Ok(wanted);
    }
    let list = TYPES.join(", ");
    Err(Refusal::bad(format!("Please provide a valid type: {list}")))
}

fn is_of(offer: Offer, wanted: &str) -> bool {
    wanted == "all" || wanted == offer.family()
}

/// `GET /regions/{id}/availability`.
pub fn availability(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let region =
        catalogue::region(request.id()).ok_or_else(|| Refusal::bad(texts::INVALID_REGION))?;
    let wanted = wanted(request)?;
    let plans: Vec<&str> = Offer::all()
        .filter(|offer| is_of(*offer, wanted) && offer.is_offered(region.id))
        .map(Offer::id)
        .filter(|plan| {
            let key = (region.id.to_owned(), (*plan).to_owned());
            !desk.books.sold_out.contains(&key)
        })
        .collect();
    let virtual_plans: Vec<&str> = plans
        .iter()
        .copied()
        .filter(|plan| !plan.starts_with("vbm"))
        .collect();
    Ok(Reply::ok(json!({
        "available_plans": plans,
        "available_vpc_only_plans": virtual_plans,
    })))
}

/// `GET /plans`.
pub fn plans(_: &mut Desk<'_>, request: &Request) -> Outcome {
    let wanted = wanted(request)?;
    let rows = PLANS
        .iter()
        .filter(|plan| is_of(Offer::Virtual(plan), wanted))
        .map(|plan| (plan.id.to_owned(), plan.show()));
    page_of(request, "plans", rows.collect())
}

/// `GET /plans-metal`.
pub fn plans_metal(_: &mut Desk<'_>, request: &Request) -> Outcome {
    let rows = METAL_PLANS
        .iter()
        .map(|plan| (plan.id.to_owned(), plan.show()));
    page_of(request, "plans_metal", rows.collect())
}

/// `GET /os`.
pub fn systems(_: &mut Desk<'_>, request: &Request) -> Outcome {
    let rows = SYSTEMS.iter().map(|system| {
        let value = json!({
            "id": system.id,
            "name": system.name,
            "arch": "x64",
            "family": system.family,
        });
        (system.id.to_string(), value)
    });
    page_of(request, "os", rows.collect())
}
