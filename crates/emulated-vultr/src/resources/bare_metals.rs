//! `/bare-metals`: the list. It knows fewer filters than that of instances: above all, none by tag. The rest is in `machines`.

use super::machines::page;
use crate::answer::Outcome;
use crate::desk::Desk;
use crate::request::Request;

/// `GET /bare-metals`.
pub fn list(desk: &mut Desk<'_>, request: &Request) -> Outcome {
    let is = |name: &str, value: &str| request.parameter(name).is_none_or(|it| it == value);
    page(desk, request, "bare_metals", |machine| {
        is("label", &machine.label)
            && is("region", &machine.region)
            && is("main_ip", &machine.main_ip.to_string())
    })
}
