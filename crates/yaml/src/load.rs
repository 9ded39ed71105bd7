//! From text to [`Node`]s.
//!
//! The grammar is `saphyr-parser`'s; this module builds the tree, resolves anchors, merge keys and tags, and
//! refuses what would be read in silence otherwise: duplicate keys, several documents, keys that are not text.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as ParserSpan, Tag};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::{Data, Key, Map, Node};
use crate::scalar;
use crate::source::{SourceFile, Span};

/// Deepest nesting that is read; more is refused before it can exhaust the stack.
pub const MAX_DEPTH: usize = 128;

/// Most nodes of one file, aliases counted as often as they are used.
pub const MAX_NODES: usize = 1_000_000;

/// Reads and parses a file; `None` when it holds no document.
///
/// # Errors
/// Every fault found, or that the file cannot be read.
pub fn load_file(path: &Path) -> Result<Option<Node>, Diagnostics> {
    let source = SourceFile::read(path).map_err(|error| {
        Diagnostic::error(
            "yaml::unreadable",
            format!("cannot read `{}`: {}", path.display(), reason(&error)),
        )
        .help("check the path and the permissions of the file")
    })?;
    load(&source)
}

/// An I/O error without the path, which the message already has.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// Parses text; `None` when it holds no document.
///
/// # Errors
/// Every fault found; a fault of the grammar ends the reading.
pub fn load(source: &Arc<SourceFile>) -> Result<Option<Node>, Diagnostics> {
    let mut builder = Builder::new(source);
    for event in Parser::new_from_str(source.text()) {
        match event {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                builder.grammar(*error.marker(), error.info());
                break;
            }
        }
        if builder.stopped {
            break;
        }
    }
    if builder.faults.is_empty() {
        Ok(builder.root)
    } else {
        Err(builder.faults)
    }
}

enum Open {
    List {
        items: Vec<Node>,
        start: usize,
    },
    Map {
        entries: Vec<(Key, Node)>,
        merges: Vec<Node>,
        key: Option<Node>,
        start: usize,
    },
}

struct Frame {
    open: Open,
    anchor: usize,
    tag: Option<String>,
}

struct Builder<'s> {
    source: &'s Arc<SourceFile>,
    /// Byte offset of every character, since the parser counts characters.
    offsets: Option<Vec<usize>>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, (Node, usize)>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    last_end: usize,
    faults: Diagnostics,
    stopped: bool,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Arc<SourceFile>) -> Self {
        let text = source.text();
        let offsets = (!text.is_ascii()).then(|| {
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect()
        });
        Self {
            source,
            offsets,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            nodes: 0,
            last_end: 0,
            faults: Diagnostics::default(),
            stopped: false,
        }
    }

    fn offset(&self, characters: usize) -> usize {
        match &self.offsets {
            None => characters.min(self.source.text().len()),
            Some(offsets) => offsets
                .get(characters)
                .copied()
                .unwrap_or(self.source.text().len()),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: Arc::clone(self.source),
            start,
            end: end.max(start),
        }
    }

    fn fault(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    fn stop(&mut self, fault: Diagnostic) {
        self.fault(fault);
        self.stopped = true;
    }

    fn grammar(&mut self, marker: saphyr_parser::Marker, info: &str) {
        let text = self.source.text();
        let at = self.offset(marker.index());
        let line = self.source.line_column(at).0;
        // A tab in the indentation is by far the most common cause and the parser names it in many ways.
        let tab = [line, line.saturating_sub(1)]
            .into_iter()
            .filter(|line| *line > 0)
            .find_map(|line| {
                let start = self.source.line_start(line);
                let indent = text
                    .get(start..)?
                    .bytes()
                    .take_while(|b| matches!(b, b' ' | b'\t'))
                    .count();
                text.get(start..start + indent)?
                    .find('\t')
                    .map(|tab| start + tab)
            });
        if let Some(tab) = tab {
            self.stop(
                Diagnostic::error("yaml::tab", "a tab cannot indent YAML")
                    .at(&self.span(tab, tab + 1), "this is a tab")
                    .help("indent with spaces, two for each level"),
            );
            return;
        }
        let end = text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(at, |c| at + c.len_utf8());
        self.stop(
            Diagnostic::error("yaml::syntax", format!("this is not valid YAML: {info}"))
                .at(&self.span(at, end), "noticed here")
                .help("the cause is often a line or two above: a quote or bracket left open, a missing `: `, wrong indentation"),
        );
    }

    fn event(&mut self, event: Event<'_>, at: ParserSpan) {
        let (start, end) = (self.offset(at.start.index()), self.offset(at.end.index()));
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.stop(
                        Diagnostic::error(
                            "yaml::several-documents",
                            "the file holds more than one YAML document",
                        )
                        .at(
                            &self.span(start, end.max(start + 1)),
                            "the second starts here",
                        )
                        .help("split the file, or remove the line `---`"),
                    );
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, tag.as_deref(), start, end);
                self.last_end = node.span.end;
                self.close(node, anchor);
            }
            Event::SequenceStart(anchor, tag) => self.open(
                Open::List {
                    items: Vec::new(),
                    start,
                },
                anchor,
                tag.as_deref(),
                start,
            ),
            Event::MappingStart(anchor, tag) => {
                self.open(
                    Open::Map {
                        entries: Vec::new(),
                        merges: Vec::new(),
                        key: None,
                        start,
                    },
                    anchor,
                    tag.as_deref(),
                    start,
                );
            }
            Event::SequenceEnd | Event::MappingEnd => self.end_collection(end),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some((mut node, size)) => {
                    node.span = self.span(start, end);
                    self.last_end = end;
                    self.count(size, start);
                    self.close(node, 0);
                }
                None => self.stop(
                    Diagnostic::error(
                        "yaml::alias",
                        "this alias refers to an anchor that is not complete before it",
                    )
                    .at(&self.span(start, end), "used here"),
                ),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn count(&mut self, nodes: usize, at: usize) {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES && !self.stopped {
            self.stop(
                Diagnostic::error(
                    "yaml::too-large",
                    format!("the file expands to more than {MAX_NODES} values"),
                )
                .at(&self.span(at, at + 1), "the limit is passed here")
                .help("do not nest aliases of aliases"),
            );
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        start: usize,
        end: usize,
    ) -> Node {
        self.count(1, start);
        let (tag, core) = self.tag(tag, start);
        let data = match (core.as_deref(), style) {
            (Some("str"), _) => Data::Str(text.into()),
            (_, ScalarStyle::Plain) if tag.is_none() => scalar::resolve(text),
            _ => Data::Str(text.into()),
        };
        // The parser lets a block scalar end at the start of the next token: keep the visible part.
        let trimmed = self
            .source
            .text()
            .get(start..end)
            .map_or(end, |text| start + text.trim_end().len());
        Node {
            data,
            span: self.span(start, trimmed.max(start)),
            tag,
        }
    }

    /// Splits a tag into ours (`!vault`) and YAML's own (`!!str`); others are refused.
    fn tag(&mut self, tag: Option<&Tag>, at: usize) -> (Option<String>, Option<String>) {
        let Some(tag) = tag else { return (None, None) };
        if tag.is_yaml_core_schema() {
            return (None, Some(tag.suffix.clone()));
        }
        match tag.suffix.as_str() {
            "vault" | "vault-encrypted" => (Some("vault".to_owned()), None),
            "unsafe" => (Some("unsafe".to_owned()), None),
            "" => (None, Some("str".to_owned())),
            other => {
                self.fault(
                    Diagnostic::error("yaml::unknown-tag", format!("unknown tag `!{other}`"))
                        .at(&self.span(at, at + 1), "on this value")
                        .help("known tags are `!vault` and `!unsafe`"),
                );
                (None, None)
            }
        }
    }

    fn open(&mut self, open: Open, anchor: usize, tag: Option<&Tag>, at: usize) {
        self.count(1, at);
        let (tag, _) = self.tag(tag, at);
        self.stack.push(Frame { open, anchor, tag });
        if self.stack.len() > MAX_DEPTH {
            self.stop(
                Diagnostic::error(
                    "yaml::too-deep",
                    format!("values are nested more than {MAX_DEPTH} deep"),
                )
                .at(&self.span(at, at + 1), "here"),
            );
        }
    }

    fn end_collection(&mut self, event_end: usize) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let (data, start) = match frame.open {
            Open::List { items, start } => (Data::List(items), start),
            Open::Map {
                entries,
                merges,
                start,
                ..
            } => (Data::Map(merged(entries, merges)), start),
        };
        // Flow collections end with a bracket of their own; block ones with their last element.
        let flow = self
            .source
            .text()
            .as_bytes()
            .get(start)
            .is_some_and(|b| matches!(b, b'[' | b'{'));
        let end = if flow {
            event_end
        } else {
            self.last_end.max(start)
        };
        self.last_end = end;
        let node = Node {
            data,
            span: self.span(start, end),
            tag: frame.tag,
        };
        self.close(node, frame.anchor);
    }

    /// Hands a finished node to the collection around it.
    fn close(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            let size = size(&node);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(frame) = self.stack.last_mut() else {
            if self.documents <= 1 {
                self.root = Some(node);
            }
            return;
        };
        match &mut frame.open {
            Open::List { items, .. } => items.push(node),
            Open::Map {
                entries,
                merges,
                key,
                ..
            } => match key.take() {
                None => *key = Some(node),
                Some(name) => {
                    let fault = add(entries, merges, name, node);
                    if let Some(fault) = fault {
                        self.fault(fault);
                    }
                }
            },
        }
    }
}

fn size(node: &Node) -> usize {
    match &node.data {
        Data::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Data::Map(map) => 1 + map.iter().map(|(_, value)| 1 + size(value)).sum::<usize>(),
        _ => 1,
    }
}

fn add(
    entries: &mut Vec<(Key, Node)>,
    merges: &mut Vec<Node>,
    name: Node,
    value: Node,
) -> Option<Diagnostic> {
    let text: Arc<str> = match &name.data {
        Data::Str(text) if &**text == "<<" && name.span.text() == "<<" => {
            let maps = match value.data {
                Data::List(items) => items,
                _ => vec![value],
            };
            let wrong = maps.iter().find(|map| map.as_map().is_none());
            let fault = wrong.map(|wrong| {
                Diagnostic::error(
                    "yaml::merge",
                    format!("`<<` merges mappings, this is {}", wrong.kind()),
                )
                .at(&wrong.span, "expected a mapping or a list of mappings")
            });
            merges.extend(maps);
            return fault;
        }
        Data::Str(text) => Arc::clone(text),
        // Numbers and booleans as keys are known by the text they were written with.
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Null => name.span.text().into(),
        Data::List(_) | Data::Map(_) => {
            return Some(
                Diagnostic::error("yaml::key", format!("a key must be text, this is {}", name.kind()))
                    .at(&name.span, "used as a key")
                    .help("quote it: a value that starts with `{{` needs quotes, or YAML takes it for a mapping"),
            );
        }
    };
    if let Some((first, _)) = entries.iter().find(|(key, _)| key.name == text) {
        return Some(
            Diagnostic::error(
                "yaml::duplicate-key",
                format!("the key `{text}` is written twice"),
            )
            .at(&name.span, "again here")
            .label(&first.span, "first written here")
            .help("keep one of them"),
        );
    }
    entries.push((
        Key {
            name: text,
            span: name.span,
        },
        value,
    ));
    None
}

/// Adds what `<<` brings; keys written in the mapping itself win, then the first merged mapping.
fn merged(mut entries: Vec<(Key, Node)>, merges: Vec<Node>) -> Map {
    let mut known: HashSet<Arc<str>> = entries
        .iter()
        .map(|(key, _)| Arc::clone(&key.name))
        .collect();
    for merge in merges {
        if let Data::Map(map) = merge.data {
            for (key, value) in map.0 {
                if known.insert(Arc::clone(&key.name)) {
                    entries.push((key, value));
                }
            }
        }
    }
    Map(entries)
}

#[cfg(test)]
mod tests;
