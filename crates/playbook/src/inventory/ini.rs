//! Inventories in INI form.
//!
//! Called by [`super::source`].

use std::sync::Arc;

use edgewright_template::Value;
use edgewright_yaml::{Diagnostic, Diagnostics, SourceFile, Span};

use super::{Inventory, literal, ranges};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Hosts,
    Vars,
    Children,
}

/// Reads a file into an inventory.
pub fn read(source: &Arc<SourceFile>, inventory: &mut Inventory, problems: &mut Diagnostics) {
    let mut reader = Reader {
        source,
        inventory,
        problems,
        group: "ungrouped".to_owned(),
        section: Section::Hosts,
        pending: Vec::new(),
    };
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        reader.line(line, start);
        start += line.len();
    }
    reader.finish();
}

struct Reader<'r> {
    source: &'r Arc<SourceFile>,
    inventory: &'r mut Inventory,
    problems: &'r mut Diagnostics,
    group: String,
    section: Section,
    /// Groups that `:vars` or `:children` mentioned, and where.
    pending: Vec<(String, Span)>,
}

impl Reader<'_> {
    fn span(&self, start: usize, text: &str) -> Span {
        Span {
            file: Arc::clone(self.source),
            start,
            end: start + text.len(),
        }
    }

    fn complain(&mut self, span: &Span, message: impl Into<String>, label: &str) {
        self.problems
            .push(Diagnostic::error("inventory::ini", message).at(span, label));
    }

    fn line(&mut self, line: &str, start: usize) {
        let text = line.trim();
        let start = start + (line.len() - line.trim_start().len());
        if text.is_empty() || text.starts_with(['#', ';']) {
            return;
        }
        if let Some(inner) = text.strip_prefix('[')
            && let Some((head, rest)) = inner.split_once(']')
            && (rest.trim().is_empty() || rest.trim_start().starts_with('#'))
        {
            self.header(head, start);
            return;
        }
        match self.section {
            Section::Hosts => self.hosts(text, start),
            Section::Vars => self.variable(text, start),
            Section::Children => self.child(text, start),
        }
    }

    fn header(&mut self, head: &str, start: usize) {
        let span = self.span(start + 1, head);
        let (name, section) = match head.split_once(':') {
            None => (head, Section::Hosts),
            Some((name, "vars")) => (name, Section::Vars),
            Some((name, "children")) => (name, Section::Children),
            Some((_, other)) => {
                let message = format!("a section of kind `{other}` is not known");
                self.complain(
                    &span,
                    message,
                    "`[group]`, `[group:vars]` or `[group:children]`",
                );
                return;
            }
        };
        name.trim().clone_into(&mut self.group);
        self.section = section;
        if section == Section::Vars && self.inventory.group(&self.group).is_none() {
            self.pending.push((self.group.clone(), span));
        } else {
            self.inventory.add_group(&self.group);
        }
        // Variables of a group that is defined further down are kept.
        if section == Section::Vars {
            self.inventory.add_group(&self.group);
        } else {
            let group = self.group.clone();
            self.pending.retain(|(name, _)| *name != group);
        }
    }

    fn child(&mut self, text: &str, start: usize) {
        let name = text.split_whitespace().next().unwrap_or(text).to_owned();
        let span = self.span(start, &name);
        let group = self.group.clone();
        if self.inventory.group(&name).is_none() {
            self.pending.push((name.clone(), span.clone()));
        }
        if let Err(error) = self.inventory.add_child(&group, &name) {
            self.complain(&span, error.to_string(), "a circle");
        }
    }

    fn variable(&mut self, text: &str, start: usize) {
        let Some((name, value)) = text.split_once('=') else {
            let span = self.span(start, text);
            self.complain(&span, "expected `name=value`", "no `=` here");
            return;
        };
        let group = self.group.clone();
        self.inventory
            .set_group_var(&group, name.trim(), literal::read(value.trim()));
    }

    fn hosts(&mut self, text: &str, start: usize) {
        let span = self.span(start, text);
        let words = match words(text) {
            Ok(words) => words,
            Err(message) => {
                self.complain(&span, message, "in this line");
                return;
            }
        };
        let mut words = words.into_iter();
        let Some(pattern) = words.next() else { return };
        let (pattern, port) = split_port(&pattern);
        let names = match ranges::expand(pattern) {
            Ok(names) => names,
            Err(error) => {
                self.complain(&span, error.to_string(), "this range");
                return;
            }
        };
        let mut vars: Vec<(String, Value)> = Vec::new();
        if let Some(port) = port {
            vars.push(("ansible_port".to_owned(), Value::Int(port)));
        }
        for word in words {
            match word.split_once('=') {
                Some((name, value)) => vars.push((name.to_owned(), literal::read(value))),
                None => {
                    let message = format!("expected `name=value` behind the host, not `{word}`");
                    self.complain(&span, message, "in this line");
                }
            }
        }
        let group = self.group.clone();
        for host in names {
            self.inventory.add_host(&host, &group);
            for (name, value) in &vars {
                self.inventory.set_host_var(&host, name, value.clone());
            }
        }
    }

    fn finish(self) {
        for (name, span) in self.pending {
            self.problems.push(
                Diagnostic::error(
                    "inventory::undefined-group",
                    format!("group `{name}` is used but not defined"),
                )
                .at(&span, "no section of this name")
                .help(format!("add a section `[{name}]`")),
            );
        }
    }
}

/// `host:port`, not `::1`, not a range.
fn split_port(pattern: &str) -> (&str, Option<i64>) {
    let behind_bracket = pattern.rfind(']').map_or(0, |at| at + 1);
    let tail = pattern.get(behind_bracket..).unwrap_or("");
    match tail.rsplit_once(':') {
        Some((head, port)) if !head.contains(':') => match port.parse::<u16>() {
            Ok(port) => {
                let end = behind_bracket + head.len();
                (pattern.get(..end).unwrap_or(pattern), Some(i64::from(port)))
            }
            Err(_) => (pattern, None),
        },
        _ => (pattern, None),
    }
}

/// Words as a shell splits them, without its escapes in single quotes; `#` begins a comment.
fn words(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('"') | None, '\\') => {
                let escaped = characters.next().ok_or("a backslash ends the line")?;
                let word = word.get_or_insert_default();
                if quote.is_some() && !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, '#') => break,
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            (Some(_) | None, _) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    words.extend(word);
    Ok(words)
}
