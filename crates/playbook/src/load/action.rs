//! Reading what a task does: arguments of modules, `meta`, `include_vars`.

use std::collections::BTreeMap;
use std::sync::Arc;

use edgewright_protocol::check::{ArgumentError, names};
use edgewright_protocol::free_form;
use edgewright_protocol::modules;
use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Diagnostic, Node, Span, nearest};

use super::fields::{self, bad_name, is_name, spanned, wrong_type};
use super::model::{Action, Meta};
use super::task::{Draft, short};
use super::{Around, Loader};
use crate::value::{from_node, refuse_tags};

/// What `meta` may be told.
const METAS: &[(&str, Meta)] = &[
    ("clear_facts", Meta::ClearFacts),
    ("end_host", Meta::EndHost),
    ("end_play", Meta::EndPlay),
    ("end_role", Meta::EndRole),
    ("flush_handlers", Meta::FlushHandlers),
    ("noop", Meta::Noop),
    ("reset_connection", Meta::ResetConnection),
];

/// Arguments as they are written, and where.
type Args = (Map, BTreeMap<Arc<str>, Span>);

impl Loader<'_> {
    /// Reads what a task does. `outer` is what surrounds it without its own keywords.
    pub(super) fn action(&mut self, draft: &Draft<'_>, outer: &Around) -> Option<Action> {
        match short(&draft.key.name) {
            "include_tasks" => self.include_tasks(draft, outer),
            "include_role" => self.include_role(draft, outer),
            "include_vars" => self.include_vars(draft),
            "meta" => self.meta(draft),
            _ => self.module(draft),
        }
    }

    fn module(&mut self, draft: &Draft<'_>) -> Option<Action> {
        let spec = modules::find(&draft.key.name)?;
        let (args, spans) = self.arguments(spec, draft)?;
        if spec.name == "set_fact" {
            self.facts(draft, &args, &spans);
        } else {
            self.judge(spec, draft, &args, &spans);
        }
        if spec.name == "assert" {
            self.assertions(draft);
        }
        Some(Action::Module {
            spec,
            args: Arc::new(args),
            spans: Arc::new(spans),
        })
    }

    /// Arguments of the module's key and of `args`; the former win.
    fn arguments(&mut self, spec: &'static ModuleSpec, draft: &Draft<'_>) -> Option<Args> {
        let mut args = Map::new();
        let mut spans = BTreeMap::new();
        if let Some(node) = draft.map.get("args") {
            let Data::Map(_) = &node.data else {
                self.problems.push(wrong_type("args", node, "a mapping"));
                return None;
            };
            self.mapping(node, &mut args, &mut spans);
        }
        match &draft.args.data {
            Data::Null => {}
            Data::Map(_) => self.mapping(draft.args, &mut args, &mut spans),
            Data::Str(line) => self.line(spec, draft.args, line, &mut args, &mut spans)?,
            Data::Int(_) | Data::Float(_) | Data::Bool(_) if spec.free_form.is_some() => {
                let line = draft.args.span.text().to_owned();
                self.line(spec, draft.args, &line, &mut args, &mut spans)?;
            }
            _ => {
                self.problems.push(wrong_type(
                    &draft.key.name,
                    draft.args,
                    "a mapping of options",
                ));
                return None;
            }
        }
        Some((args, spans))
    }

    fn mapping(&mut self, node: &Node, args: &mut Map, spans: &mut BTreeMap<Arc<str>, Span>) {
        refuse_tags(node, &mut self.problems);
        fields::templates(node, &mut self.problems);
        for (key, value) in node
            .as_map()
            .into_iter()
            .flat_map(edgewright_yaml::Map::iter)
        {
            args.insert(Arc::clone(&key.name), from_node(value));
            spans.insert(Arc::clone(&key.name), key.span.clone());
        }
    }

    fn line(
        &mut self,
        spec: &'static ModuleSpec,
        node: &Node,
        line: &str,
        args: &mut Map,
        spans: &mut BTreeMap<Arc<str>, Span>,
    ) -> Option<()> {
        let parsed = match free_form::parse(spec, line) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.problems.push(
                    Diagnostic::error("playbook::arguments", error.to_string())
                        .at(&node.span, "these arguments"),
                );
                return None;
            }
        };
        fields::templates(node, &mut self.problems);
        let origin: Arc<str> = node.span.to_string().into();
        for (name, value) in parsed {
            let name: Arc<str> = name.into();
            let text = value.as_str().unwrap_or_default();
            let value = if node.tag.as_deref() == Some("unsafe") {
                Value::plain(text)
            } else {
                Value::written(text, Some(Arc::clone(&origin)))
            };
            args.insert(Arc::clone(&name), value);
            spans.insert(name, node.span.clone());
        }
        Some(())
    }

    /// Complains about arguments that the module does not take.
    fn judge(
        &mut self,
        spec: &'static ModuleSpec,
        draft: &Draft<'_>,
        args: &Map,
        spans: &BTreeMap<Arc<str>, Span>,
    ) {
        // A mapping as the content of a file is written as JSON.
        let is_content = |name: &str, value: &Value| {
            spec.name == "copy" && name == "content" && value.as_str().is_none()
        };
        let json = args
            .iter()
            .map(|(name, value)| {
                let value = if is_content(name, value) {
                    "".into()
                } else {
                    value.to_json()
                };
                (name.to_string(), value)
            })
            .collect();
        for error in names(spec, &json, holds_template) {
            let span = error
                .option()
                .and_then(|name| spans.get(name))
                .unwrap_or(&draft.key.span);
            let complaint = Diagnostic::error("playbook::arguments", error.to_string());
            self.problems.push(match &error {
                ArgumentError::Unknown { option, .. } => {
                    let known: Vec<&str> = spec
                        .options()
                        .filter(|option| !option.doc.starts_with("Set by the control machine"))
                        .flat_map(|option| {
                            [option.name]
                                .into_iter()
                                .chain(option.aliases.iter().copied())
                        })
                        .filter(|name| !name.starts_with('_'))
                        .collect();
                    match nearest(option, known.iter().copied()) {
                        Some(near) => complaint
                            .at(span, "not known")
                            .help(format!("did you mean `{near}`?")),
                        None => complaint
                            .at(span, "not known")
                            .help(format!("its options are {}", known.join(", "))),
                    }
                }
                ArgumentError::Missing { .. } | ArgumentError::OneOf { .. } => {
                    complaint.at(span, "in this task")
                }
                _ => complaint.at(span, "given here"),
            });
        }
    }

    /// The variables that `set_fact` sets.
    fn facts(&mut self, draft: &Draft<'_>, args: &Map, spans: &BTreeMap<Arc<str>, Span>) {
        let mut named = args
            .keys()
            .filter(|name| &***name != "cacheable")
            .peekable();
        if named.peek().is_none() {
            self.problems.push(
                Diagnostic::error("playbook::arguments", "`set_fact` sets nothing")
                    .at(&draft.key.span, "expected `name: value` lines"),
            );
        }
        for name in named {
            // A name may be a template; then what it defines is not known beforehand.
            if edgewright_template::is_template(name) {
                self.incomplete = true;
            } else if is_name(name) {
                self.defined.insert(Arc::clone(name));
            } else if let Some(span) = spans.get(name) {
                let key = edgewright_yaml::Key {
                    name: Arc::clone(name),
                    span: span.clone(),
                };
                self.problems.push(bad_name(&key));
            }
        }
    }

    /// The conditions of `assert`.
    fn assertions(&mut self, draft: &Draft<'_>) {
        let node = draft.args.as_map().and_then(|map| map.get("that"));
        if let Some(node) = node.filter(|node| !fields::is_template(node)) {
            fields::conditions(node, "that", &mut self.problems);
        }
    }

    fn meta(&mut self, draft: &Draft<'_>) -> Option<Action> {
        let word = match &draft.args.data {
            Data::Str(word) => word.trim(),
            _ => "",
        };
        if let Some((_, meta)) = METAS.iter().find(|(name, _)| *name == word) {
            return Some(Action::Meta(*meta));
        }
        let known: Vec<&str> = METAS.iter().map(|(name, _)| *name).collect();
        let complaint = Diagnostic::error(
            "playbook::unsupported",
            format!("`meta: {word}` is not supported"),
        )
        .at(&draft.args.span, "used here");
        self.problems
            .push(match nearest(word, known.iter().copied()) {
                Some(near) => complaint.help(format!("did you mean `{near}`?")),
                None => complaint.help(format!("there are {}", known.join(", "))),
            });
        None
    }

    fn include_vars(&mut self, draft: &Draft<'_>) -> Option<Action> {
        let node = draft.args;
        let mut name = None;
        let file = match &node.data {
            Data::Str(text) if !text.contains('=') || fields::is_template(node) => spanned(node),
            Data::Map(map) => {
                for (key, value) in map.iter() {
                    match (&*key.name, value.as_str()) {
                        ("file" | "_raw_params", Some(_)) => {}
                        ("name", Some(text)) if is_name(text) => name = Some(Arc::from(text)),
                        _ => {
                            self.problems.push(
                                Diagnostic::error(
                                    "playbook::unsupported",
                                    format!("`{}` of `include_vars` is not supported", key.name),
                                )
                                .at(&key.span, "expected `file` and `name`"),
                            );
                            return None;
                        }
                    }
                }
                match map.get("file").or_else(|| map.get("_raw_params")) {
                    Some(file) => spanned(file),
                    None => {
                        self.problems.push(
                            Diagnostic::error(
                                "playbook::arguments",
                                "`include_vars` needs the option `file`",
                            )
                            .at(&draft.key.span, "in this task"),
                        );
                        return None;
                    }
                }
            }
            _ => {
                self.problems
                    .push(wrong_type("include_vars", node, "the name of a file"));
                return None;
            }
        };
        fields::templates(node, &mut self.problems);
        match &name {
            Some(name) => self.defined.extend([Arc::clone(name)]),
            None => self.included_names(&file, draft),
        }
        Some(Action::IncludeVars { file, name })
    }
}

/// Whether a value, or anything in it, is a template.
fn holds_template(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => edgewright_template::is_template(text),
        serde_json::Value::Array(items) => items.iter().any(holds_template),
        serde_json::Value::Object(map) => map.values().any(holds_template),
        _ => false,
    }
}
