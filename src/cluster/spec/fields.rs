//! Reading a mapping key by key, with every complaint collected and every unknown key refused.

use edgewright_yaml::{Data, Diagnostic, Diagnostics, Map, Node, nearest};

/// One mapping of the cluster file that is being read.
pub struct Fields<'n> {
    map: &'n Map,
    known: &'static [&'static str],
    faults: &'n mut Diagnostics,
}

impl<'n> Fields<'n> {
    /// Starts reading; complains at once about keys that are not among `known`.
    pub fn new(map: &'n Map, known: &'static [&'static str], faults: &'n mut Diagnostics) -> Self {
        for (key, _) in map.iter() {
            if known.contains(&&*key.name) {
                continue;
            }
            let fault =
                Diagnostic::error("spec::unknown-key", format!("unknown key `{}`", key.name));
            faults.push(match nearest(&key.name, known.iter().copied()) {
                Some(near) => fault.at(&key.span, format!("did you mean `{near}`?")),
                None => fault
                    .at(&key.span, "not known here")
                    .help(format!("known keys are {}", quoted(known))),
            });
        }
        Self { map, known, faults }
    }

    /// The value under a key, if it is written and not empty.
    pub fn node(&self, name: &'static str) -> Option<&'n Node> {
        debug_assert!(
            self.known.contains(&name),
            "`{name}` is read but not declared"
        );
        self.map.get(name).filter(|node| node.data != Data::Null)
    }

    /// Adds a complaint.
    pub fn fault(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// Where further complaints go, for a mapping inside this one.
    pub fn faults(&mut self) -> &mut Diagnostics {
        self.faults
    }

    /// A text, or complains that it is something else. Numbers count as text where they are written plainly.
    pub fn text(&mut self, name: &'static str) -> Option<(String, &'n Node)> {
        let node = self.node(name)?;
        match scalar_text(node) {
            Some(text) => Some((text, node)),
            None => {
                self.wrong_type(name, "text", node);
                None
            }
        }
    }

    /// A mapping, or complains that it is something else.
    pub fn map(&mut self, name: &'static str) -> Option<&'n Map> {
        let node = self.node(name)?;
        let map = node.as_map();
        if map.is_none() {
            self.wrong_type(name, "a mapping", node);
        }
        map
    }

    /// A whole number between two bounds, or complains.
    pub fn number(&mut self, name: &'static str, least: u32, most: u32) -> Option<u32> {
        let node = self.node(name)?;
        let number = integer(node).and_then(|value| u32::try_from(value).ok());
        match number {
            Some(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                let message = format!("`{name}` must be a whole number from {least} to {most}");
                self.fault(
                    Diagnostic::error("spec::number", message).at(&node.span, "this is not"),
                );
                None
            }
        }
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<(String, &'n Node)>> {
        let node = self.node(name)?;
        let items: Vec<&Node> = node
            .as_list()
            .map_or_else(|| vec![node], |list| list.iter().collect());
        let mut texts = Vec::new();
        for item in items {
            match scalar_text(item) {
                Some(text) => texts.push((text, item)),
                None => self.wrong_type(name, "a list of texts", item),
            }
        }
        Some(texts)
    }

    /// One of a few words, or complains with all of them.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let (text, node) = self.text(name)?;
        let found = choices
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let label = nearest(&text, words.iter().copied()).map_or_else(
                || "not one of them".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.fault(
                Diagnostic::error(
                    "spec::choice",
                    format!("`{name}` must be one of {}", quoted(&words)),
                )
                .at(&node.span, label),
            );
        }
        found
    }

    /// Complains about the type of a value.
    pub fn wrong_type(&mut self, name: &str, expected: &str, node: &Node) {
        let message = format!("`{name}` must be {expected}, not {}", node.kind());
        self.fault(
            Diagnostic::error("spec::type", message).at(&node.span, format!("expected {expected}")),
        );
    }
}

/// The text of a scalar as it was meant: what is quoted as it is, numbers as they are written.
pub fn scalar_text(node: &Node) -> Option<String> {
    match &node.data {
        Data::Str(text) => Some(text.to_string()),
        Data::Int(_) | Data::Float(_) => Some(node.span.text().to_owned()),
        _ => None,
    }
}

/// An integer, whether written plainly or in quotes.
pub fn integer(node: &Node) -> Option<i64> {
    match &node.data {
        Data::Int(value) => Some(*value),
        Data::Str(text) => text.parse().ok(),
        _ => None,
    }
}

/// Names in backticks, joined as a sentence joins them.
pub fn quoted(names: &[&str]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.pop() {
        None => String::new(),
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} and {last}", quoted.join(", ")),
    }
}
