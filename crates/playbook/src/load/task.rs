//! Reading tasks and blocks, with what is around them.

use std::sync::Arc;

use edgewright_protocol::{free_form, modules};
use edgewright_template::{Map, Value};
use edgewright_yaml::{
    Data, Diagnostic, Diagnostics, Key, Map as YamlMap, Node, Span, load_file, nearest,
};

use super::Place;
use super::keywords::{BLOCK, TASK};
use super::model::{Action, Become, Block, Condition, Item, Loop, Role, Tags, Task, TaskName};
use super::role;
use crate::data;

/// What plays, roles and blocks say about the tasks in them.
#[derive(Clone, Default)]
pub(super) struct Around {
    pub role: Option<Arc<Role>>,
    pub when: Vec<Condition>,
    pub tags: Tags,
    pub vars: Map,
    pub settings: Settings,
}

/// Keywords that tasks take over from what is around them unless they have their own.
#[derive(Clone, Default)]
pub(super) struct Settings {
    become_user: Become,
    environment: Vec<Value>,
    ignore_errors: Option<Value>,
    check_mode: Option<Value>,
    diff: Option<Value>,
    no_log: Option<Value>,
    timeout: Option<Value>,
    notify: Vec<String>,
}

impl Settings {
    fn read(map: &YamlMap, faults: &mut Diagnostics) -> Self {
        let value = |name: &str| {
            map.get(name)
                .filter(|node| node.data != Data::Null)
                .map(data::value)
        };
        let environment = match map.get("environment").map(data::value) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(list)) => list.to_vec(),
            Some(one) => vec![one],
        };
        let notify = map
            .get("notify")
            .map(|node| texts(node, "notify", faults))
            .unwrap_or_default();
        Self {
            become_user: Become {
                enabled: value("become"),
                user: value("become_user"),
                method: value("become_method"),
            },
            environment,
            ignore_errors: value("ignore_errors"),
            check_mode: value("check_mode"),
            diff: value("diff"),
            no_log: value("no_log"),
            timeout: value("timeout"),
            notify: notify.into_iter().map(|(text, _)| text).collect(),
        }
    }

    fn inside(self, outer: &Self) -> Self {
        let outer = outer.clone();
        Self {
            become_user: Become {
                enabled: self.become_user.enabled.or(outer.become_user.enabled),
                user: self.become_user.user.or(outer.become_user.user),
                method: self.become_user.method.or(outer.become_user.method),
            },
            environment: outer
                .environment
                .into_iter()
                .chain(self.environment)
                .collect(),
            ignore_errors: self.ignore_errors.or(outer.ignore_errors),
            check_mode: self.check_mode.or(outer.check_mode),
            diff: self.diff.or(outer.diff),
            no_log: self.no_log.or(outer.no_log),
            timeout: self.timeout.or(outer.timeout),
            notify: outer.notify.into_iter().chain(self.notify).collect(),
        }
    }
}

impl Around {
    /// What a play says.
    pub fn of_play(map: &YamlMap, faults: &mut Diagnostics) -> Self {
        Self {
            tags: tags(map, faults),
            settings: Settings::read(map, faults),
            ..Self::default()
        }
    }

    /// This, with something inside it.
    pub fn with(&self, inner: &Self) -> Self {
        let mut around = self.clone();
        around.role = inner.role.clone().or(around.role);
        around.when.extend(inner.when.iter().cloned());
        around.tags.extend(inner.tags.iter().cloned());
        around.vars.extend(inner.vars.clone());
        around.settings = inner.settings.clone().inside(&self.settings);
        around
    }

    fn with_block(&self, map: &YamlMap, faults: &mut Diagnostics) -> Self {
        self.with(&Self {
            role: None,
            when: conditions(map, "when", faults),
            tags: tags(map, faults),
            vars: super::play::variables(map, faults),
            settings: Settings::read(map, faults),
        })
    }
}

/// Reads a list of tasks and blocks.
pub(super) fn items(
    node: &Node,
    around: &Around,
    place: &Place<'_>,
    faults: &mut Diagnostics,
) -> Vec<Item> {
    match &node.data {
        Data::Null => Vec::new(),
        Data::List(list) => list
            .iter()
            .flat_map(|node| item(node, around, place, faults))
            .collect(),
        _ => {
            faults.push(
                Diagnostic::error(
                    "playbook::type",
                    format!("tasks are a list, not {}", node.kind()),
                )
                .at(&node.span, "expected `- module: …`"),
            );
            Vec::new()
        }
    }
}

fn item(node: &Node, around: &Around, place: &Place<'_>, faults: &mut Diagnostics) -> Vec<Item> {
    let Some(map) = node.as_map() else {
        faults.push(
            Diagnostic::error(
                "playbook::type",
                format!("a task is a mapping, not {}", node.kind()),
            )
            .at(&node.span, "expected `module: arguments`"),
        );
        return Vec::new();
    };
    if map.get("block").is_some() {
        return vec![Item::Block(Arc::new(block(map, around, place, faults)))];
    }
    let Some((key, value)) = module_key(map, faults) else {
        if !map
            .iter()
            .any(|(key, _)| TASK.refused.contains(&&*key.name))
        {
            faults.push(
                Diagnostic::error("playbook::no-module", "this task does nothing")
                    .at(&node.span, "no module is named")
                    .help("a task names one module, for example `ansible.builtin.debug:`"),
            );
        }
        return Vec::new();
    };
    match key
        .name
        .strip_prefix("ansible.builtin.")
        .unwrap_or(&key.name)
    {
        "import_tasks" => static_tasks(value, map, around, place, faults),
        "include_tasks" => dynamic(map, around, faults, |around, faults| {
            static_tasks(value, &YamlMap::default(), around, place, faults)
        }),
        "import_role" => {
            let around = around.with_block(map, faults);
            role::call(value, &around.vars, &around, place, faults).unwrap_or_default()
        }
        "include_role" => dynamic(map, around, faults, |around, faults| {
            role::call(value, &around.vars, around, place, faults).unwrap_or_default()
        }),
        _ => task(map, key, value, around, faults)
            .map(|task| Item::Task(Arc::new(task)))
            .into_iter()
            .collect(),
    }
}

/// An include: its condition is asked once, and its tags choose it, not what is in it.
fn dynamic(
    map: &YamlMap,
    around: &Around,
    faults: &mut Diagnostics,
    read: impl FnOnce(&Around, &mut Diagnostics) -> Vec<Item>,
) -> Vec<Item> {
    for name in ["loop", "with_items", "register", "until"] {
        if let Some((key, _)) = map.entry(name) {
            faults.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    format!("`{name}` on an include is not supported yet"),
                )
                .at(
                    &key.span,
                    "refused, since leaving it out would change what is done",
                ),
            );
        }
    }
    let mut when = around.when.clone();
    when.extend(conditions(map, "when", faults));
    let own = tags(map, faults);
    let mut tags = around.tags.clone();
    tags.extend(own);
    let mut vars = around.vars.clone();
    vars.extend(super::play::variables(map, faults));
    let inner = Around {
        when: Vec::new(),
        tags: tags.clone(),
        vars,
        ..around.clone()
    };
    let name = map
        .get("name")
        .and_then(Node::as_str)
        .unwrap_or("include")
        .to_owned();
    let tasks = read(&inner, faults);
    vec![Item::Block(Arc::new(Block {
        tasks,
        rescue: Vec::new(),
        always: Vec::new(),
        when,
        include: Some(name),
        tags,
    }))]
}

fn static_tasks(
    value: &Node,
    map: &YamlMap,
    around: &Around,
    place: &Place<'_>,
    faults: &mut Diagnostics,
) -> Vec<Item> {
    let file = match value.as_map() {
        Some(inner) => inner.get("file").and_then(Node::as_str),
        None => value.as_str(),
    };
    let Some(file) = file.filter(|file| !edgewright_template::is_template(file)) else {
        faults.push(
            Diagnostic::error(
                "playbook::unsupported",
                "only the name of a file can be given here yet",
            )
            .at(&value.span, "expected the path of a file of tasks"),
        );
        return Vec::new();
    };
    let around = around.with_block(map, faults);
    let role = around
        .role
        .as_ref()
        .map(|role| role.directory.join("tasks").join(file));
    let beside = value
        .span
        .file
        .path()
        .parent()
        .map(|directory| directory.join(file));
    let candidates = role
        .into_iter()
        .chain(beside)
        .chain([place.directory.join(file)]);
    let Some(path) = candidates.into_iter().find(|path| path.is_file()) else {
        faults.push(
            Diagnostic::error(
                "playbook::file-missing",
                format!("there is no file `{file}`"),
            )
            .at(&value.span, "named here"),
        );
        return Vec::new();
    };
    match load_file(&path) {
        Ok(Some(node)) => items(&node, &around, place, faults),
        Ok(None) => Vec::new(),
        Err(errors) => {
            faults.extend(errors);
            Vec::new()
        }
    }
}

fn block(map: &YamlMap, around: &Around, place: &Place<'_>, faults: &mut Diagnostics) -> Block {
    BLOCK.check(map, faults);
    let around = around.with_block(map, faults);
    let mut part = |name: &str| {
        map.get(name)
            .map(|node| items(node, &around, place, faults))
            .unwrap_or_default()
    };
    let (tasks, rescue, always) = (part("block"), part("rescue"), part("always"));
    Block {
        tasks,
        rescue,
        always,
        when: Vec::new(),
        include: None,
        tags: Tags::new(),
    }
}

/// The one key of a task that is no keyword.
fn module_key<'m>(map: &'m YamlMap, faults: &mut Diagnostics) -> Option<(&'m Key, &'m Node)> {
    let mut found = None;
    for (key, value) in map.iter() {
        if TASK.read.contains(&&*key.name) {
            continue;
        }
        if let Some(fault) = TASK.refuse(key) {
            faults.push(fault);
            continue;
        }
        if let Some((first, _)) = found {
            let first: &Key = first;
            let known = |key: &Key| is_module(&key.name);
            if known(first) && !known(key) {
                faults.push(TASK.unknown(key));
                continue;
            }
            if !known(first) && known(key) {
                faults.push(TASK.unknown(first));
                found = Some((key, value));
                continue;
            }
            faults.push(
                Diagnostic::error("playbook::two-modules", "this task names two modules")
                    .at(&key.span, "the second")
                    .label(&first.span, "the first"),
            );
            continue;
        }
        found = Some((key, value));
    }
    found
}

fn is_module(name: &str) -> bool {
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    modules::find(name).is_some()
        || [
            "meta",
            "import_tasks",
            "include_tasks",
            "import_role",
            "include_role",
        ]
        .contains(&short)
}

fn task(
    map: &YamlMap,
    key: &Key,
    value: &Node,
    around: &Around,
    faults: &mut Diagnostics,
) -> Option<Task> {
    let inner = around.with_block(map, faults);
    let (action, args) = action(map, key, value, faults)?;
    let name = TaskName {
        written: map
            .get("name")
            .map_or_else(|| Value::plain(&*key.name), data::value),
        role: around.role.as_ref().map(|role| role.name.clone()),
    };
    let value_of = |name: &str| map.get(name).map(data::value);
    let register = match map.get("register").map(|node| (node.as_str(), node)) {
        None => None,
        Some((Some(name), _)) if is_variable(name) => Some(name.to_owned()),
        Some((_, node)) => {
            faults.push(
                Diagnostic::error(
                    "playbook::register",
                    "`register` must be the name of a variable",
                )
                .at(&node.span, "expected letters, digits and underscores"),
            );
            None
        }
    };
    let listen = map
        .get("listen")
        .map(|node| texts(node, "listen", faults))
        .unwrap_or_default();
    let settings = inner.settings;
    Some(Task {
        name,
        at: key.span.clone(),
        action,
        args,
        args_at: value.span.clone(),
        when: inner.when,
        repeat: repeat(map, faults),
        register,
        notify: settings.notify,
        listen: listen.into_iter().map(|(text, _)| text).collect(),
        tags: inner.tags,
        vars: Arc::new(inner.vars),
        role: around.role.clone(),
        become_user: settings.become_user,
        environment: settings.environment,
        changed_when: conditions(map, "changed_when", faults),
        failed_when: conditions(map, "failed_when", faults),
        until: conditions(map, "until", faults),
        retries: value_of("retries"),
        delay: value_of("delay"),
        ignore_errors: settings.ignore_errors,
        check_mode: settings.check_mode,
        diff: settings.diff,
        no_log: settings.no_log,
        timeout: settings.timeout,
    })
}

fn is_variable(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn action(
    map: &YamlMap,
    key: &Key,
    value: &Node,
    faults: &mut Diagnostics,
) -> Option<(Action, Map)> {
    if matches!(&*key.name, "meta" | "ansible.builtin.meta") {
        let action = match value.as_str() {
            Some("flush_handlers") => Action::FlushHandlers,
            Some("end_host") => Action::EndHost,
            Some("noop") => Action::Noop,
            _ => {
                faults.push(
                    Diagnostic::error("playbook::meta", "this meta action is not supported yet")
                        .at(
                            &value.span,
                            "expected `flush_handlers`, `end_host` or `noop`",
                        ),
                );
                return None;
            }
        };
        return Some((action, Map::new()));
    }
    let Some(spec) = modules::find(&key.name) else {
        let fault = Diagnostic::error(
            "playbook::unknown-module",
            format!("unknown module `{}`", key.name),
        );
        let names = modules::ALL
            .iter()
            .map(|spec| spec.name)
            .chain(TASK.read.iter().copied());
        let short = key.name.rsplit('.').next().unwrap_or(&key.name);
        faults.push(match nearest(short, names) {
            Some(near) => fault.at(&key.span, format!("did you mean `{near}`?")),
            None => fault.at(&key.span, "not known here"),
        });
        return None;
    };
    let mut args = match &value.data {
        Data::Null => Map::new(),
        Data::Map(args) => data::map(args),
        Data::Str(line) => match free_form::parse(spec, line) {
            Ok(pairs) => {
                let origin: Arc<str> = value.span.to_string().into();
                let text =
                    |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                pairs
                    .iter()
                    .map(|(name, value)| {
                        (
                            Arc::from(name.as_str()),
                            Value::written(text(value), Some(Arc::clone(&origin))),
                        )
                    })
                    .collect()
            }
            Err(error) => {
                faults.push(
                    Diagnostic::error("playbook::arguments", error.to_string())
                        .at(&value.span, "these arguments"),
                );
                return None;
            }
        },
        _ => {
            faults.push(
                Diagnostic::error(
                    "playbook::arguments",
                    format!("arguments are a mapping or a text, not {}", value.kind()),
                )
                .at(&value.span, "expected `name: value` lines"),
            );
            return None;
        }
    };
    if let Some(Data::Map(more)) = map.get("args").map(|node| &node.data) {
        // What the module's own line says wins over `args`.
        for (name, value) in data::map(more) {
            args.entry(name).or_insert(value);
        }
    }
    Some((Action::Module(spec), args))
}

fn repeat(map: &YamlMap, faults: &mut Diagnostics) -> Option<Loop> {
    let (name, node) = ["loop", "with_items", "with_list"]
        .iter()
        .find_map(|name| Some((*name, map.get(name)?)))?;
    let mut repeat = Loop {
        over: data::value(node),
        flatten: name == "with_items",
        variable: "item".to_owned(),
        index: None,
        label: None,
    };
    let Some(control) = map.get("loop_control") else {
        return Some(repeat);
    };
    for (key, value) in control.as_map().into_iter().flat_map(YamlMap::iter) {
        match (&*key.name, value.as_str()) {
            ("loop_var", Some(name)) => name.clone_into(&mut repeat.variable),
            ("index_var", Some(name)) => repeat.index = Some(name.to_owned()),
            ("label", _) => repeat.label = Some(data::value(value)),
            _ => faults.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    format!("`{}` of `loop_control` is not supported yet", key.name),
                )
                .at(&key.span, "expected `loop_var`, `index_var` or `label`"),
            ),
        }
    }
    Some(repeat)
}

/// Tags under `tags`: a list, or a text with commas.
fn tags(map: &YamlMap, faults: &mut Diagnostics) -> Tags {
    let found = map
        .get("tags")
        .map(|node| texts(node, "tags", faults))
        .unwrap_or_default();
    found
        .iter()
        .flat_map(|(text, _)| text.split(','))
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

/// Conditions: one, or a list of them.
pub(super) fn conditions(map: &YamlMap, name: &str, faults: &mut Diagnostics) -> Vec<Condition> {
    let Some(node) = map.get(name) else {
        return Vec::new();
    };
    let nodes: Vec<&Node> = node
        .as_list()
        .map_or_else(|| vec![node], |list| list.iter().collect());
    let mut found = Vec::new();
    for node in nodes {
        match &node.data {
            Data::Str(_) | Data::Bool(_) => found.push(Condition {
                expression: data::value(node),
                at: node.span.clone(),
            }),
            Data::Int(_) | Data::Float(_) | Data::Null | Data::List(_) | Data::Map(_) => faults
                .push(
                    Diagnostic::error(
                        "playbook::condition",
                        format!("`{name}` must be a condition, not {}", node.kind()),
                    )
                    .at(&node.span, "expected an expression"),
                ),
        }
    }
    found
}

/// A text or a list of texts, each with its place.
pub(super) fn texts(node: &Node, name: &str, faults: &mut Diagnostics) -> Vec<(String, Span)> {
    let nodes: Vec<&Node> = node
        .as_list()
        .map_or_else(|| vec![node], |list| list.iter().collect());
    let mut found = Vec::new();
    for node in nodes {
        match &node.data {
            Data::Str(text) => found.push((text.to_string(), node.span.clone())),
            Data::Int(_) | Data::Float(_) => {
                found.push((node.span.text().to_owned(), node.span.clone()))
            }
            Data::Null => {}
            Data::Bool(_) | Data::List(_) | Data::Map(_) => faults.push(
                Diagnostic::error(
                    "playbook::type",
                    format!(
                        "`{name}` must be a text or a list of texts, not {}",
                        node.kind()
                    ),
                )
                .at(&node.span, "expected a text"),
            ),
        }
    }
    found
}
