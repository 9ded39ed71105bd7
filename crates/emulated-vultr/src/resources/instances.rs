//! `/instances`: the list and its filters. The rest is in `machines`.

use super::machines::page;
use crate::answer::Outcome;
use crate::desk::Desk;
use crate::request::Request;

/// `GET /instances`. Every filter wants the whole value; a tag may be in another case.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let is = |name: &str, value: &str| request.parameter(name).is_none_or(|it| it == value);
    page(desk, request, "instances", |machine| {
        let address = if machine.addressed {
            machine.main_ip.to_string()
        } else {
            "0.0.0.0".to_owned()
        };
        let lower = |text: &str| text.to_lowercase();
        is("label", &machine.label)
            && is("region", &machine.region)
            && is("hostname", &machine.hostname)
            && is("firewall_group_id", &machine.firewall_group)
            && is("main_ip", &address)
            && request
                .parameter("tag")
                .is_none_or(|wanted| machine.tags.iter().any(|tag| lower(tag) == lower(wanted)))
    })
}
