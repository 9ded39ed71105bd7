//! Reading playbooks and plays.

use std::path::Path;
use std::sync::Arc;

use edgewright_template::{Map, Scope, Value};
use edgewright_yaml::{Data, Diagnostic, Map as YamlMap, Node, SourceFile, Span};

use super::fields::{self, boolean, checked, is_template, texts, wrong_type};
use super::keywords::{self, Keyword, On};
use super::model::{Inherited, Order, Play, Spanned, Step, Strategy, Task};
use super::place::Place;
use super::role::tasks_of;
use super::{Around, Loader, PlaybookSource, inherit};
use crate::value::merged;

/// Deepest chain of playbooks that import each other.
const MAX_DEPTH: usize = 16;

impl Loader<'_> {
    /// Reads a playbook.
    pub(super) fn playbook(&mut self, source: &PlaybookSource) -> Vec<Play> {
        match source {
            PlaybookSource::File(path) => {
                let place = Place::Disk(path.clone());
                let node = self.yaml(&place, None);
                self.plays(
                    node.as_ref(),
                    &place,
                    &parent(path),
                    &Inherited::default(),
                    0,
                )
            }
            PlaybookSource::Embedded { name, text } => {
                let node = self.parse(SourceFile::new(name.as_str(), text.as_str()));
                let place = Place::Disk(name.into());
                let directory = match &self.options.embedded {
                    Some(source) => Place::Embedded(Arc::clone(source), String::new()),
                    None => Place::Disk(".".into()),
                };
                self.plays(node.as_ref(), &place, &directory, &Inherited::default(), 0)
            }
        }
    }

    fn plays(
        &mut self,
        node: Option<&Node>,
        file: &Place,
        directory: &Place,
        outer: &Inherited,
        depth: usize,
    ) -> Vec<Play> {
        let Some(node) = node.filter(|node| node.data != Data::Null) else {
            // What cannot be read has been complained about.
            if self.problems.is_empty() {
                self.problems.push(
                    Diagnostic::error("playbook::empty", format!("the playbook `{file}` is empty"))
                        .help("a playbook is a list of plays: `- hosts: all`"),
                );
            }
            return Vec::new();
        };
        let Some(items) = node.as_list() else {
            self.problems.push(
                Diagnostic::error(
                    "playbook::type",
                    format!("a playbook must be a list of plays, not {}", node.kind()),
                )
                .at(&node.span, "expected `- hosts: …`"),
            );
            return Vec::new();
        };
        let mut plays = Vec::new();
        for item in items {
            let Some(map) = item.as_map() else {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::type",
                        format!("a play must be a mapping, not {}", item.kind()),
                    )
                    .at(&item.span, "expected `hosts: …`"),
                );
                continue;
            };
            let import = map
                .iter()
                .find(|(key, _)| super::task::short(&key.name) == "import_playbook");
            match import {
                Some((key, file)) => {
                    plays.extend(self.import(map, &key.name, file, directory, outer, depth));
                }
                None => plays.extend(self.play(item, map, directory, outer)),
            }
        }
        plays
    }

    fn import(
        &mut self,
        map: &YamlMap,
        name: &str,
        file: &Node,
        directory: &Place,
        outer: &Inherited,
        depth: usize,
    ) -> Vec<Play> {
        for (key, _) in map.iter() {
            if !matches!(&*key.name, "name" | "tags" | "vars" | "when") && &*key.name != name {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::import",
                        format!("`{}` has no meaning with `import_playbook`", key.name),
                    )
                    .at(&key.span, "not allowed here"),
                );
            }
        }
        let Some(named) = fields::text(file, "import_playbook", &mut self.problems) else {
            return Vec::new();
        };
        let mut inherited = inherit::read(map, On::Block, outer, &mut self.problems);
        inherit::vars(map, &mut inherited, &mut self.problems);
        let around = Self::around(&inherited, directory);
        let Some(path) = self.known_text(
            named.value.as_str().unwrap_or_default(),
            &around,
            &file.span,
        ) else {
            return Vec::new();
        };
        if depth >= MAX_DEPTH {
            self.problems.push(
                Diagnostic::error("playbook::import", format!("`{path}` imports itself"))
                    .at(&file.span, "leads back to the file"),
            );
            return Vec::new();
        }
        let place = directory.join(&path);
        let before = self.problems.0.len();
        let node = self.yaml(&place, Some(&file.span));
        if node.is_none() && self.problems.0.len() > before {
            return Vec::new();
        }
        self.plays(
            node.as_ref(),
            &place,
            &place.parent(),
            &inherited,
            depth + 1,
        )
    }

    fn around(inherited: &Inherited, directory: &Place) -> Around {
        Around {
            inherited: inherited.clone(),
            role: None,
            place: directory.clone(),
            play: directory.clone(),
            handler: false,
            chain: Vec::new(),
        }
    }

    fn play(
        &mut self,
        node: &Node,
        map: &YamlMap,
        directory: &Place,
        outer: &Inherited,
    ) -> Option<Play> {
        for (key, _) in map.iter() {
            if keywords::meaning(&key.name, On::Play).is_none() {
                self.problems.push(keywords::unknown(key, On::Play));
            }
        }
        let hosts = self.hosts(node, map)?;
        let name = map.get("name").filter(|node| node.data != Data::Null);
        let name = name.and_then(|node| fields::text(node, "name", &mut self.problems));
        let mut inherited = inherit::read(map, On::Play, outer, &mut self.problems);
        let mut vars = (*inherited.vars).clone();
        inherited.vars = Arc::default();
        if let Some(node) = map.get("vars") {
            vars = merged(&vars, &fields::vars(node, "`vars`", &mut self.problems));
        }
        let strategy = self.strategy(map, &inherited);
        self.play_roles.clear();
        self.handlers.clear();
        let vars = Arc::new(vars);
        self.play_vars = Arc::clone(&vars);
        let around = Self::around(&inherited, directory);
        let sections = self.sections(map, &around);
        let mut handlers = std::mem::take(&mut self.handlers);
        handlers.extend(self.own_handlers(map, &around));
        Some(Play {
            name: name.unwrap_or_else(|| called(&hosts)),
            strategy,
            order: self.order(map),
            gather_facts: self.gathers(map, &vars),
            gather: self.gather(map),
            force_handlers: boolean(map, "force_handlers", false, &mut self.problems),
            vars_files: self.vars_files(map, directory),
            vars,
            inherited,
            roles: std::mem::take(&mut self.play_roles),
            sections,
            handlers,
            place: directory.clone(),
            span: hosts.span.clone(),
            hosts,
        })
    }

    fn sections(&mut self, map: &YamlMap, around: &Around) -> Vec<Vec<Step>> {
        let pre = self.section(map, "pre_tasks", around);
        let mut main = Vec::new();
        if let Some(node) = map.get("roles") {
            for role in self.role_uses(node, "roles", around, &[]) {
                self.play_roles.push(Arc::clone(&role.role));
                self.handlers.extend(role.handlers);
                main.extend(role.steps);
            }
        }
        main.extend(self.section(map, "tasks", around));
        let post = self.section(map, "post_tasks", around);
        vec![pre, main, post]
    }

    fn section(&mut self, map: &YamlMap, name: &str, around: &Around) -> Vec<Step> {
        map.get(name)
            .map(|node| self.steps(node, &format!("`{name}`"), around))
            .unwrap_or_default()
    }

    fn own_handlers(&mut self, map: &YamlMap, around: &Around) -> Vec<Arc<Task>> {
        let around = Around {
            handler: true,
            ..around.clone()
        };
        tasks_of(self.section(map, "handlers", &around))
    }

    fn hosts(&mut self, node: &Node, map: &YamlMap) -> Option<Spanned<Value>> {
        let Some(hosts) = map.get("hosts") else {
            self.problems.push(
                Diagnostic::error("playbook::hosts", "a play without hosts")
                    .at(&start(node), "the key `hosts` is missing"),
            );
            return None;
        };
        let parts = texts(hosts, "hosts", &mut self.problems);
        let pattern: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.value.as_str())
            .collect();
        if pattern.iter().all(|part| part.trim().is_empty()) {
            if hosts.data == Data::Null
                || hosts.as_str().is_some()
                || hosts.as_list().is_some_and(<[Node]>::is_empty)
            {
                self.problems.push(
                    Diagnostic::error("playbook::hosts", "a play without hosts")
                        .at(&hosts.span, "names no host"),
                );
            }
            return None;
        }
        let origin: Arc<str> = hosts.span.to_string().into();
        let written = |text: &&str| Value::written(*text, Some(Arc::clone(&origin)));
        let value = match pattern.as_slice() {
            [one] => written(one),
            several => several.iter().map(written).collect::<Vec<_>>().into(),
        };
        Some(Spanned {
            value,
            span: hosts.span.clone(),
        })
    }

    fn strategy(&mut self, map: &YamlMap, inherited: &Inherited) -> Strategy {
        let Some(node) = map.get("strategy").filter(|node| node.data != Data::Null) else {
            return Strategy::Linear;
        };
        let strategy = match node.as_str().map(super::task::short) {
            Some("linear") => Strategy::Linear,
            Some("free") => Strategy::Free,
            _ => {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::unsupported",
                        format!("the strategy `{}` is not supported", node.span.text()),
                    )
                    .at(&node.span, "expected `linear` or `free`"),
                );
                Strategy::Linear
            }
        };
        if strategy == Strategy::Free
            && let Some(value) = inherited.settings.get(Keyword::AnyErrorsFatal)
            && value.value != Value::Bool(false)
        {
            self.problems.push(
                Diagnostic::error(
                    "playbook::strategy",
                    "`any_errors_fatal` has no meaning with the strategy `free`",
                )
                .at(&value.span, "used here")
                .label(&node.span, "no host waits for another"),
            );
        }
        strategy
    }

    fn order(&mut self, map: &YamlMap) -> Order {
        let Some(node) = map.get("order").filter(|node| node.data != Data::Null) else {
            return Order::Inventory;
        };
        match node.as_str() {
            Some("inventory") => Order::Inventory,
            Some("reverse_inventory") => Order::ReverseInventory,
            Some("sorted") => Order::Sorted,
            Some("reverse_sorted") => Order::ReverseSorted,
            _ => {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::unsupported",
                        format!("the order `{}` is not supported", node.span.text()),
                    )
                    .at(
                        &node.span,
                        "expected inventory, reverse_inventory, sorted or reverse_sorted",
                    ),
                );
                Order::Inventory
            }
        }
    }

    fn gathers(&mut self, map: &YamlMap, vars: &Arc<Map>) -> bool {
        let Some(node) = map.get("gather_facts").filter(|node| is_template(node)) else {
            return boolean(map, "gather_facts", true, &mut self.problems);
        };
        let scope = Scope::new(vec![
            Arc::new(self.options.extra_vars.clone()),
            Arc::clone(vars),
        ]);
        let value = edgewright_template::evaluate(&checked(node, &mut self.problems).value, &scope);
        match value {
            Ok(Value::Bool(value)) => value,
            Ok(other) => other
                .as_str()
                .and_then(fields::boolean_word)
                .unwrap_or(true),
            Err(error) => {
                self.problems.push(
                    Diagnostic::error("playbook::static", error.message.clone())
                        .at(&node.span, "must be known before the playbook runs")
                        .help("variables of the play and those given with `-e` may be used here"),
                );
                true
            }
        }
    }

    /// Arguments of the task that gathers facts.
    fn gather(&mut self, map: &YamlMap) -> Map {
        let mut args = Map::new();
        if let Some(node) = map
            .get("gather_subset")
            .filter(|node| node.data != Data::Null)
        {
            texts(node, "gather_subset", &mut self.problems);
            args.insert(
                "gather_subset".into(),
                checked(node, &mut self.problems).value,
            );
        }
        if let Some(node) = map
            .get("gather_timeout")
            .filter(|node| node.data != Data::Null)
        {
            if !matches!(node.data, Data::Int(_)) {
                self.problems
                    .push(wrong_type("gather_timeout", node, "a number"));
            }
            args.insert(
                "gather_timeout".into(),
                checked(node, &mut self.problems).value,
            );
        }
        args
    }

    fn vars_files(&mut self, map: &YamlMap, directory: &Place) -> Vec<Vec<Spanned<Value>>> {
        let Some(node) = map.get("vars_files").filter(|node| node.data != Data::Null) else {
            return Vec::new();
        };
        let items: Vec<&Node> = node
            .as_list()
            .map_or_else(|| vec![node], |list| list.iter().collect());
        let mut files = Vec::new();
        for item in items {
            let choices = texts(item, "vars_files", &mut self.problems);
            for choice in &choices {
                fields::templates(item, &mut self.problems);
                self.known_vars(choice, &choices, directory);
            }
            files.push(choices);
        }
        files
    }

    /// Reads a file of variables whose name is known, for its faults and its names.
    fn known_vars(
        &mut self,
        choice: &Spanned<Value>,
        choices: &[Spanned<Value>],
        directory: &Place,
    ) {
        let name = choice.value.as_str().unwrap_or_default();
        if edgewright_template::is_template(name) {
            self.incomplete = true;
            return;
        }
        let found = [directory.join("vars"), directory.clone()]
            .iter()
            .map(|place| place.join(name))
            .find(Place::is_file);
        let Some(place) = found else {
            // Of several files, some may be missing.
            if choices.len() == 1 {
                self.problems.push(
                    Diagnostic::error("playbook::file", format!("there is no file `{name}`"))
                        .at(&choice.span, "named here")
                        .note(format!("searched in `{directory}/vars`, `{directory}`")),
                );
                self.incomplete = true;
            }
            return;
        };
        if let Some(node) = self.yaml(&place, Some(&choice.span)) {
            let vars = fields::vars(&node, "a file of variables", &mut self.problems);
            self.defined.extend(vars.keys().cloned());
        }
    }
}

/// What a play without a name is called: its hosts.
fn called(hosts: &Spanned<Value>) -> Spanned<Value> {
    let value = match &hosts.value {
        Value::List(items) => {
            let parts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Value::written(parts.join(","), Some(hosts.span.to_string().into()))
        }
        other => other.clone(),
    };
    Spanned {
        value,
        span: hosts.span.clone(),
    }
}

fn parent(path: &Path) -> Place {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Place::Disk(parent.unwrap_or(Path::new(".")).to_owned())
}

/// The first key of a play, or where it begins.
fn start(node: &Node) -> Span {
    let first = node
        .as_map()
        .and_then(|map| map.iter().next().map(|(key, _)| key.span.clone()));
    first.unwrap_or_else(|| fields::start_of(node))
}
