//! Reading one task: which module, with what, and when.

use std::sync::Arc;

use edgewright_protocol::modules;
use edgewright_yaml::{Data, Diagnostic, Key, Map as YamlMap, Node, nearest};

use super::fields::{self, bad_name, checked, conditions, is_name, is_template, texts, wrong_type};
use super::keywords::{self, Meaning, On};
use super::model::{Action, Condition, Spanned, Step, Task};
use super::{Around, Loader, inherit, repeat};
use edgewright_template::Value;

/// Actions that are no modules.
const ACTIONS: &[&str] = &[
    "import_role",
    "import_tasks",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
];

/// A task that is being read.
pub(super) struct Draft<'n> {
    /// All its keys.
    pub map: &'n YamlMap,
    /// The key that names its action.
    pub key: &'n Key,
    /// Its arguments.
    pub args: &'n Node,
    /// What surrounds it, its own keywords laid over.
    pub around: Around,
}

/// A name without the collections that stand for Ansible itself.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("ansible.builtin.")
        .or_else(|| name.strip_prefix("ansible.legacy."))
        .unwrap_or(name)
}

fn is_action(name: &str) -> bool {
    ACTIONS.contains(&short(name)) || modules::find(name).is_some()
}

impl Loader<'_> {
    /// Reads a task; an import becomes the tasks that it imports.
    pub(super) fn task(&mut self, node: &Node, map: &YamlMap, around: &Around) -> Vec<Step> {
        let Some((key, args)) = self.action_key(node, map) else {
            // Names that it gives are known all the same: what uses them is not to blame.
            self.register(map);
            return Vec::new();
        };
        let mut inherited = inherit::read(map, On::Task, &around.inherited, &mut self.problems);
        let outer = around;
        let mut around = Around {
            inherited: inherited.clone(),
            ..around.clone()
        };
        let draft = |around: Around| Draft {
            map,
            key,
            args,
            around,
        };
        match short(&key.name) {
            "import_tasks" => {
                inherit::vars(map, &mut around.inherited, &mut self.problems);
                return self.import_tasks(&draft(around));
            }
            "import_role" => return self.import_role(&draft(around)),
            _ => {}
        }
        inherit::vars(map, &mut inherited, &mut self.problems);
        around.inherited = inherited;
        let Some(action) = self.action(&draft(around.clone()), outer) else {
            self.register(map);
            return Vec::new();
        };
        let task = self.finish(node, &draft(around), action);
        if !outer.handler && !self.chosen(&task.inherited.tags) {
            return Vec::new();
        }
        vec![Step::Task(Arc::new(task))]
    }

    /// The key that names the action; complaints about every key that is neither that nor a keyword.
    fn action_key<'n>(&mut self, node: &Node, map: &'n YamlMap) -> Option<(&'n Key, &'n Node)> {
        let others: Vec<(&Key, &Node)> = map
            .iter()
            .filter(|(key, _)| {
                keywords::meaning(&key.name, On::Task).is_none() && !repeat::is_loop(&key.name)
            })
            .collect();
        for (key, _) in map.iter() {
            if matches!(&*key.name, "action" | "local_action")
                && let Some(Meaning::Refused(why)) = keywords::meaning(&key.name, On::Task)
            {
                self.problems.push(keywords::refused(key, why));
                return None;
            }
        }
        let mut actions = others.iter().filter(|(key, _)| is_action(&key.name));
        match (actions.next(), actions.next()) {
            (Some((first, _)), Some((second, _))) => {
                self.problems.push(
                    Diagnostic::error("playbook::modules", "a task does one thing")
                        .at(&second.span, "the second module")
                        .label(&first.span, "the first module"),
                );
                None
            }
            (Some((key, args)), None) => {
                for (other, _) in others.iter().filter(|(other, _)| other != key) {
                    self.problems.push(keywords::unknown(other, On::Task));
                }
                Some((key, args))
            }
            (None, _) => {
                self.no_action(node, &others);
                None
            }
        }
    }

    fn no_action(&mut self, node: &Node, others: &[(&Key, &Node)]) {
        let Some((key, _)) = others.first() else {
            self.problems.push(
                Diagnostic::error("playbook::no-module", "a task without a module")
                    .at(&node.span, "nothing says what to do"),
            );
            return;
        };
        let name = &*key.name;
        if matches!(short(name), "import_playbook") {
            self.problems.push(
                Diagnostic::error("playbook::place", "`import_playbook` stands among tasks")
                    .at(&key.span, "belongs among plays"),
            );
            return;
        }
        let complaint = Diagnostic::error(
            "playbook::unknown-module",
            format!("there is no module `{name}`"),
        )
        .at(&key.span, "not known");
        let bare = name.rsplit('.').next().unwrap_or(name);
        let known = modules::ALL.iter().map(|spec| spec.name);
        let near = nearest(bare, known.chain(ACTIONS.iter().copied()));
        let keyword = nearest(name, keywords::names(On::Task));
        self.problems.push(match (near, keyword) {
            (Some(near), _) if near == bare => match modules::find(near) {
                Some(spec) => complaint.help(format!("did you mean `{}.{near}`?", spec.collection)),
                None => complaint,
            },
            (Some(near), _) => complaint.help(format!("did you mean `{near}`?")),
            (None, Some(keyword)) => {
                complaint.help(format!("did you mean the keyword `{keyword}`?"))
            }
            (None, None) => complaint.help(format!(
                "there are {}",
                modules::ALL
                    .iter()
                    .map(|spec| spec.name)
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        });
    }

    /// The name under `register`.
    fn register(&mut self, map: &YamlMap) -> Option<Arc<str>> {
        let node = map.get("register")?;
        match &node.data {
            Data::Str(name) if is_name(name) => {
                self.defined.insert(Arc::clone(name));
                Some(Arc::clone(name))
            }
            Data::Str(name) => {
                let key = Key {
                    name: Arc::clone(name),
                    span: node.span.clone(),
                };
                self.problems.push(bad_name(&key));
                None
            }
            Data::Null => None,
            _ => {
                self.problems
                    .push(wrong_type("register", node, "the name of a variable"));
                None
            }
        }
    }

    fn finish(&mut self, node: &Node, draft: &Draft<'_>, action: Action) -> Task {
        let (map, around) = (draft.map, &draft.around);
        let name = map
            .get("name")
            .filter(|node| node.data != Data::Null)
            .and_then(|node| fields::text(node, "name", &mut self.problems));
        let listed = |node: Option<&Node>, what: &str, loader: &mut Self| {
            node.map(|node| conditions(node, what, &mut loader.problems))
        };
        let changed_when = listed(map.get("changed_when"), "changed_when", self);
        let failed_when = listed(map.get("failed_when"), "failed_when", self);
        let until: Vec<Condition> = listed(map.get("until"), "until", self).unwrap_or_default();
        let notify = map
            .get("notify")
            .map(|node| texts(node, "notify", &mut self.problems))
            .unwrap_or_default();
        let repeat = repeat::read(map, &mut self.problems);
        let empty = |list: &Option<Vec<Condition>>| list.as_ref().is_some_and(Vec::is_empty);
        Task {
            name,
            span: map
                .iter()
                .next()
                .map_or_else(|| node.span.clone(), |(key, _)| key.span.clone()),
            action_name: Arc::clone(&draft.key.name),
            action,
            inherited: around.inherited.clone(),
            repeat,
            register: self.register(map),
            changed_when: changed_when.clone().filter(|_| !empty(&changed_when)),
            failed_when: failed_when.clone().filter(|_| !empty(&failed_when)),
            until,
            retries: self.number(map, "retries"),
            delay: self.number(map, "delay"),
            notify,
            listen: self.listen(map, around),
            role: around.role.clone(),
            place: around.place.clone(),
            handler: around.handler,
        }
    }

    fn number(&mut self, map: &YamlMap, name: &str) -> Option<Spanned<Value>> {
        let node = map.get(name)?;
        let number = match &node.data {
            Data::Int(_) | Data::Float(_) => true,
            Data::Str(text) => text.parse::<f64>().is_ok() || is_template(node),
            Data::Null => return None,
            _ => false,
        };
        if !number {
            self.problems.push(wrong_type(name, node, "a number"));
            return None;
        }
        Some(checked(node, &mut self.problems))
    }

    fn listen(&mut self, map: &YamlMap, around: &Around) -> Vec<Arc<str>> {
        let Some((key, node)) = map.entry("listen") else {
            return Vec::new();
        };
        if !around.handler {
            self.problems.push(
                Diagnostic::error("playbook::place", "`listen` stands at a task")
                    .at(&key.span, "belongs to a handler"),
            );
            return Vec::new();
        }
        texts(node, "listen", &mut self.problems)
            .iter()
            .filter_map(|topic| topic.value.as_str().map(Arc::from))
            .collect()
    }
}
