//! Reading lists of tasks and blocks.

use std::sync::Arc;

use edgewright_yaml::{Data, Diagnostic, Map as YamlMap, Node};

use super::fields::wrong_type;
use super::keywords::{self, On};
use super::model::{Block, Step};
use super::{Around, Loader, inherit};

impl Loader<'_> {
    /// Reads a list of tasks and blocks; nothing is an empty list.
    pub(super) fn steps(&mut self, node: &Node, what: &str, around: &Around) -> Vec<Step> {
        match &node.data {
            Data::Null => Vec::new(),
            Data::List(items) => items
                .iter()
                .flat_map(|item| self.step(item, around))
                .collect(),
            _ => {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::type",
                        format!("{what} must be a list of tasks, not {}", node.kind()),
                    )
                    .at(&node.span, "expected `- name: …`"),
                );
                Vec::new()
            }
        }
    }

    fn step(&mut self, node: &Node, around: &Around) -> Vec<Step> {
        let Some(map) = node.as_map() else {
            self.problems.push(
                Diagnostic::error(
                    "playbook::type",
                    format!("a task must be a mapping, not {}", node.kind()),
                )
                .at(&node.span, "expected `name: …` and a module"),
            );
            return Vec::new();
        };
        if map.get("block").is_some() {
            return self.block(map, around).into_iter().collect();
        }
        if let Some((key, _)) = map.entry("rescue").or_else(|| map.entry("always")) {
            self.problems.push(
                Diagnostic::error("playbook::block", format!("`{}` without `block`", key.name))
                    .at(&key.span, "belongs to a block"),
            );
            return Vec::new();
        }
        self.task(node, map, around)
    }

    fn block(&mut self, map: &YamlMap, around: &Around) -> Option<Step> {
        if around.handler {
            if let Some((key, _)) = map.entry("block") {
                self.problems.push(
                    keywords::refused(key, "write the handlers one by one")
                        .note("a block cannot be notified"),
                );
            }
            return None;
        }
        for (key, _) in map.iter() {
            if keywords::meaning(&key.name, On::Block).is_none() {
                self.problems.push(keywords::unknown(key, On::Block));
            }
        }
        let mut inherited = inherit::read(map, On::Block, &around.inherited, &mut self.problems);
        inherit::vars(map, &mut inherited, &mut self.problems);
        if let Some((key, _)) = map.entry("notify") {
            self.problems
                .push(keywords::refused(key, "write it at the tasks"));
        }
        let around = Around {
            inherited,
            ..around.clone()
        };
        let mut part = |name: &str| match map.get(name) {
            Some(node) if node.as_list().is_some() || node.data == Data::Null => {
                self.steps(node, name, &around)
            }
            Some(node) => {
                self.problems
                    .push(wrong_type(name, node, "a list of tasks"));
                Vec::new()
            }
            None => Vec::new(),
        };
        let body = part("block");
        let rescue = part("rescue");
        let always = part("always");
        // Where tags leave nothing to do, nothing can fail and nothing follows.
        (!body.is_empty() || !rescue.is_empty() || !always.is_empty()).then(|| {
            Step::Block(Arc::new(Block {
                body,
                rescue,
                always,
            }))
        })
    }
}
