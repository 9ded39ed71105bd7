//! Reads the XML syntax, losing what `oned` loses: empty elements, values in several pieces, a second level of nesting.

use super::{Attributes, Value};
use edgewright_opennebula::xml::Element;

/// Reads any root element; nothing if the text is not XML.
pub(super) fn parse(text: &str) -> Option<Attributes> {
    let root = Element::parse(text).ok()?;
    let mut attributes = Attributes::default();
    for child in root.children() {
        if child.children().is_empty() {
            if child.runs() == 1 {
                attributes.add(child.name(), Value::Single(child.text().to_owned()));
            }
        } else {
            attributes.add(child.name(), Value::Vector(members(child)));
        }
    }
    Some(attributes)
}

fn members(vector: &Element) -> std::collections::BTreeMap<String, String> {
    let kept = vector
        .children()
        .iter()
        .filter(|member| member.runs() > 0 && member.children().is_empty());
    kept.map(|member| (member.name().to_ascii_uppercase(), member.text().to_owned()))
        .collect()
}
