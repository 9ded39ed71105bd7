//! Variables that nothing defines: no file, no task, no host, nothing given from outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Diagnostic, Span, nearest};

use super::{Place, Sure, certain, files};
use crate::load::model::{Action, Condition, Task};
use crate::load::{Loader, Play};
use crate::value::merged;
use crate::vars::MAGIC;

/// Names that templates know without a variable.
const GLOBALS: &[&str] = &[
    "cycler",
    "debug",
    "dict",
    "false",
    "joiner",
    "lipsum",
    "lookup",
    "namespace",
    "none",
    "now",
    "omit",
    "q",
    "query",
    "range",
    "self",
    "true",
    "undef",
    "vars",
];

/// Deepest chain of variables that is followed.
const MAX_CHAIN: usize = 32;

/// What the hosts of a play know.
pub(super) struct Known<'p> {
    play: &'p Play,
    hosts: Vec<Map>,
    roles: Map,
    defaults: Map,
    told: BTreeSet<String>,
}

/// A use of variables: the text, where it is written, and the task that has it.
struct Use<'u> {
    names: BTreeSet<String>,
    span: Option<Span>,
    place: &'u Place<'u>,
    chain: Vec<String>,
}

impl<'p> Known<'p> {
    pub fn new(play: &'p Play, hosts: Vec<Map>) -> Self {
        let (mut roles, mut defaults) = (Map::new(), Map::new());
        for role in &play.roles {
            roles = merged(&roles, &role.exported);
            defaults = merged(&defaults, &role.defaults);
        }
        Self {
            play,
            hosts,
            roles,
            defaults,
            told: BTreeSet::new(),
        }
    }

    /// Judges everything that a task is sure to evaluate.
    pub fn check(&mut self, place: &Place<'_>, loader: &mut Loader<'_>) {
        let task = place.task;
        if place.sure == Sure::No {
            return;
        }
        if let Some(first) = task.inherited.when.first() {
            // Elements of loops are not known, and a loop without any never asks.
            if task.repeat.is_none() {
                self.condition(first, place, loader);
            }
            return;
        }
        if let Some(repeat) = &task.repeat {
            self.value(&repeat.over.value, place, loader);
            let filled = repeat
                .over
                .value
                .as_list()
                .is_some_and(|list| !list.is_empty());
            if !filled {
                return;
            }
        }
        for environment in &task.inherited.environment {
            self.value(&environment.value, place, loader);
        }
        for setting in task.inherited.settings.0.values() {
            self.value(&setting.value, place, loader);
        }
        match &task.action {
            Action::Module { spec, args, .. } => {
                for (name, value) in args.iter() {
                    match (spec.name, &**name) {
                        // Shown as undefined, and no fault.
                        ("debug", "var") => {}
                        ("assert", "that") => self.assertion(value, place, loader),
                        _ => self.value(value, place, loader),
                    }
                }
                self.template_file(place, loader);
            }
            Action::IncludeTasks { file, .. } | Action::IncludeVars { file, .. } => {
                self.value(&file.value, place, loader);
            }
            Action::IncludeRole { role, .. } => self.value(&role.value, place, loader),
            Action::Meta(_) | Action::ValidateArguments(..) => {}
        }
    }

    fn assertion(&mut self, value: &Value, place: &Place<'_>, loader: &mut Loader<'_>) {
        let first = value.as_list().map_or(Some(value), <[Value]>::first);
        if let Some(text) = first.and_then(Value::as_str)
            && !edgewright_template::is_template(text)
        {
            let names = certain::of_expression(text);
            self.uses(
                &Use {
                    names,
                    span: None,
                    place,
                    chain: Vec::new(),
                },
                loader,
            );
        }
    }

    fn condition(&mut self, condition: &Condition, place: &Place<'_>, loader: &mut Loader<'_>) {
        let names = certain::of_expression(&condition.text);
        let span = Some(condition.span.clone());
        self.uses(
            &Use {
                names,
                span,
                place,
                chain: Vec::new(),
            },
            loader,
        );
    }

    fn template_file(&mut self, place: &Place<'_>, loader: &mut Loader<'_>) {
        let Some(source) =
            files::template_of(self.play, place.task).and_then(|file| file.text().ok())
        else {
            return;
        };
        let mut names = certain::of_template(source.text());
        names.retain(|name| !name.starts_with("template_"));
        let span = Some(Span {
            start: 0,
            end: source.text().len(),
            file: source,
        });
        self.uses(
            &Use {
                names,
                span,
                place,
                chain: Vec::new(),
            },
            loader,
        );
    }

    fn value(&mut self, value: &Value, place: &Place<'_>, loader: &mut Loader<'_>) {
        self.follow(value, place, &[], loader);
    }

    /// Judges every template in a value.
    fn follow(
        &mut self,
        value: &Value,
        place: &Place<'_>,
        chain: &[String],
        loader: &mut Loader<'_>,
    ) {
        match value {
            Value::Text(text) if text.is_template() => {
                let names = certain::of_template(text.as_str());
                let span = text.origin().and_then(|origin| span_of(origin, loader));
                self.uses(
                    &Use {
                        names,
                        span,
                        place,
                        chain: chain.to_vec(),
                    },
                    loader,
                );
            }
            // What is in a variable's value is looked at only where it is used.
            Value::List(items) if chain.is_empty() => {
                items
                    .iter()
                    .for_each(|item| self.follow(item, place, chain, loader));
            }
            Value::Map(map) if chain.is_empty() => {
                map.values()
                    .for_each(|item| self.follow(item, place, chain, loader));
            }
            _ => {}
        }
    }

    fn uses(&mut self, uses: &Use<'_>, loader: &mut Loader<'_>) {
        for name in &uses.names {
            if uses.chain.contains(name) || uses.chain.len() > MAX_CHAIN {
                continue;
            }
            if Self::is_free(name, uses.place, loader) {
                continue;
            }
            let values = self.values(name, uses.place.task);
            if values.is_empty() {
                self.complain(name, uses, loader);
                continue;
            }
            let mut chain = uses.chain.clone();
            chain.push(name.clone());
            // Where hosts differ, one that has a good value is enough to say nothing.
            for value in values.iter().take(1) {
                self.follow(value, uses.place, &chain, loader);
            }
        }
    }

    /// Whether a name may have any value.
    fn is_free(name: &str, place: &Place<'_>, loader: &Loader<'_>) -> bool {
        let of_loop = place.task.repeat.as_ref().is_some_and(|repeat| {
            &*repeat.var == name || repeat.index_var.as_deref() == Some(name)
        });
        of_loop
            || name.starts_with("ansible_")
            || MAGIC.contains(&name)
            || GLOBALS.contains(&name)
            || loader.defined.contains(name)
            || loader.options.extra_vars.contains_key(name)
            || place.given.iter().any(|given| &**given == name)
    }

    /// The values that a name may have, the strongest first.
    fn values(&self, name: &str, task: &Task) -> Vec<Value> {
        let role = task.role.as_ref();
        let mut layers: Vec<&Map> = vec![&task.inherited.include_vars];
        layers.extend(role.map(|role| &*role.params));
        layers.push(&task.inherited.vars);
        layers.extend(role.map(|role| &*role.vars));
        layers.extend([&self.roles, &*self.play.vars]);
        layers.extend(&self.hosts);
        layers.extend(role.map(|role| &*role.defaults));
        layers.push(&self.defaults);
        layers
            .iter()
            .filter_map(|layer| layer.get(name))
            .cloned()
            .collect()
    }

    fn names(&self, task: &Task, loader: &Loader<'_>) -> BTreeSet<Arc<str>> {
        let role = task.role.as_ref();
        let mut names: BTreeSet<Arc<str>> = loader.defined.clone();
        let of_role = role.iter().flat_map(|role| {
            role.vars
                .keys()
                .chain(role.defaults.keys())
                .chain(role.params.keys())
        });
        names.extend(of_role.cloned());
        names.extend(task.inherited.vars.keys().cloned());
        names.extend(
            self.play
                .vars
                .keys()
                .chain(self.roles.keys())
                .chain(self.defaults.keys())
                .cloned(),
        );
        names.extend(self.hosts.iter().flat_map(Map::keys).cloned());
        names
    }

    fn complain(&mut self, name: &str, uses: &Use<'_>, loader: &mut Loader<'_>) {
        let span = uses.span.as_ref().and_then(|span| word(span, name));
        let span = span.or_else(|| uses.span.clone()).unwrap_or_else(|| {
            let Action::Module { spans, .. } = &uses.place.task.action else {
                return uses.place.task.span.clone();
            };
            spans.get("that").unwrap_or(&uses.place.task.span).clone()
        });
        if !self.told.insert(format!("{name} {span}")) {
            return;
        }
        let names = self.names(uses.place.task, loader);
        let mut complaint =
            Diagnostic::error("playbook::undefined", format!("`{name}` is undefined"))
                .at(&span, "used here");
        complaint = match nearest(name, names.iter().map(|name| &**name)) {
            Some(near) => complaint.help(format!("did you mean `{near}`?")),
            None => {
                complaint.help("define it in the inventory, under `vars`, or with `-e NAME=VALUE`")
            }
        };
        if let Some(first) = uses.chain.first() {
            let task = &uses.place.task.span;
            complaint = complaint.note(format!(
                "needed by `{}`, which the task at {task} uses",
                uses.chain.last().unwrap_or(first)
            ));
        }
        loader.problems.push(complaint);
    }
}

/// The place that an origin names.
fn span_of(origin: &str, loader: &Loader<'_>) -> Option<Span> {
    let (rest, column) = origin.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let file = Arc::clone(loader.sources.get(path)?);
    let start = file.line_start(line);
    let text = file.text().get(start..)?;
    let skipped: usize = text
        .chars()
        .take(column.saturating_sub(1))
        .map(char::len_utf8)
        .sum();
    Some(Span {
        start: start + skipped,
        end: file.text().len(),
        file,
    })
}

/// The first place of a word in a range.
fn word(span: &Span, name: &str) -> Option<Span> {
    let text = span.text();
    let free = |c: Option<char>| {
        c.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '\'' | '"'))
    };
    let at = text.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = text
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|after| after.chars().next());
        free(before) && after.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })?;
    Some(Span {
        file: Arc::clone(&span.file),
        start: span.start + at,
        end: span.start + at + name.len(),
    })
}
