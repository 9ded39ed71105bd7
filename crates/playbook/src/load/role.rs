//! Uses of roles: variables laid over each other, dependencies first, then the role's own tasks.
//!
//! Called for `roles:` of plays, for `dependencies:` of roles, and for imports and includes of roles.

use std::fmt::Write as _;
use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Diagnostic, Map as YamlMap, Node, Span};

use super::fields::{self, bad_name, is_name, wrong_type};
use super::keywords::{self, On};
use super::model::{Action, Inherited, LoadedRole, Role, RoleUse, Spanned, Step, Task};
use super::place::Place;
use super::role_files::Files;
use super::{Around, Loader, inherit};
use crate::value::{from_node, merged};

/// Deepest chain of roles that need each other.
const MAX_DEPTH: usize = 32;

/// A role that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Its name, or the path of its directory.
    pub name: String,
    /// Where it is named.
    pub span: Span,
    /// Which of its files.
    pub files: Files,
    /// Variables given inline.
    pub params: Map,
    /// Variables given under `vars`.
    pub vars: Map,
    /// Conditions and tags that stand at the use itself.
    pub own: Vec<Arc<str>>,
    /// Whether its arguments are checked.
    pub checked: bool,
    /// Whether a second use that is the same is left out.
    pub once: bool,
}

impl Loader<'_> {
    /// Reads `roles:` or `dependencies:`.
    pub(super) fn role_uses(
        &mut self,
        node: &Node,
        what: &str,
        around: &Around,
        parents: &[Arc<RoleUse>],
    ) -> Vec<LoadedRole> {
        let items = match &node.data {
            Data::Null => return Vec::new(),
            Data::List(items) => items,
            _ => {
                self.problems
                    .push(wrong_type(what, node, "a list of roles"));
                return Vec::new();
            }
        };
        let mut uses = Vec::new();
        for item in items {
            if let Some((wanted, around)) = self.role_item(item, around) {
                uses.extend(self.role(&wanted, &around, parents));
            }
        }
        uses
    }

    fn role_item(&mut self, node: &Node, around: &Around) -> Option<(Wanted, Around)> {
        let mut wanted = Wanted {
            name: String::new(),
            span: node.span.clone(),
            files: Files::default(),
            params: Map::new(),
            vars: Map::new(),
            own: Vec::new(),
            checked: true,
            once: true,
        };
        let map = match &node.data {
            Data::Str(name) => {
                wanted.name = self.known_text(name, around, &node.span)?;
                return Some((wanted, around.clone()));
            }
            Data::Map(map) => map,
            _ => {
                self.problems
                    .push(wrong_type("a role", node, "a name or a mapping"));
                return None;
            }
        };
        let Some(named) = map.get("role").or_else(|| map.get("name")) else {
            self.problems.push(
                Diagnostic::error("playbook::role", "a role without a name")
                    .at(&node.span, "the key `role` is missing"),
            );
            return None;
        };
        let name = fields::text(named, "role", &mut self.problems)?;
        wanted.name =
            self.known_text(name.value.as_str().unwrap_or_default(), around, &named.span)?;
        wanted.span = named.span.clone();
        let inherited = inherit::read(map, On::Role, &around.inherited, &mut self.problems);
        if let Some(vars) = map.get("vars") {
            wanted.vars = fields::vars(vars, "`vars`", &mut self.problems);
        }
        wanted.params = self.params(map);
        let outer = &around.inherited;
        let when = inherited.when.iter().skip(outer.when.len());
        wanted.own = when.map(|condition| Arc::clone(&condition.text)).collect();
        wanted
            .own
            .extend(inherited.tags.iter().skip(outer.tags.len()).cloned());
        Some((
            wanted,
            Around {
                inherited,
                ..around.clone()
            },
        ))
    }

    /// What is no keyword is a variable.
    fn params(&mut self, map: &YamlMap) -> Map {
        let mut params = Map::new();
        for (key, value) in map.iter() {
            if keywords::meaning(&key.name, On::Role).is_some() {
                continue;
            }
            if !is_name(&key.name) {
                self.problems.push(bad_name(key));
            }
            fields::templates(value, &mut self.problems);
            params.insert(Arc::clone(&key.name), from_node(value));
        }
        params
    }

    /// A text that must be known now: templates in it may use what is given from outside and variables of the play.
    pub(super) fn known_text(
        &mut self,
        text: &str,
        around: &Around,
        span: &Span,
    ) -> Option<String> {
        if !edgewright_template::is_template(text) {
            return Some(text.to_owned());
        }
        let scope = edgewright_template::Scope::new(vec![
            Arc::new(self.options.extra_vars.clone()),
            Arc::clone(&around.inherited.include_vars),
            Arc::clone(&around.inherited.vars),
            Arc::clone(&self.play_vars),
        ]);
        let value = edgewright_template::evaluate(&Value::written(text, None), &scope);
        match value {
            Ok(value) => Some(
                value
                    .as_str()
                    .map_or_else(|| value.to_json().to_string(), str::to_owned),
            ),
            Err(error) => {
                self.incomplete = true;
                self.problems.push(
                    Diagnostic::error("playbook::static", error.message.clone())
                        .at(span, "must be known before the playbook runs")
                        .help("variables of the play and those given with `-e` may be used here; an `include_…` may use all"),
                );
                None
            }
        }
    }

    /// Reads a role with its dependencies. `around` is what its tasks inherit.
    pub(crate) fn role(
        &mut self,
        wanted: &Wanted,
        around: &Around,
        parents: &[Arc<RoleUse>],
    ) -> Option<LoadedRole> {
        let place = self.find_role(&wanted.name, around, &wanted.span)?;
        if parents.len() > MAX_DEPTH
            || parents
                .iter()
                .any(|parent| parent.role.place.to_string() == place.to_string() && wanted.once)
        {
            self.problems.push(
                Diagnostic::error(
                    "playbook::role",
                    format!("role `{}` needs itself", wanted.name),
                )
                .at(&wanted.span, "leads back to it"),
            );
            return None;
        }
        let read = self.read_role(&wanted.name, &place, &wanted.files, &wanted.span);
        let role = Arc::clone(&read.role);
        let once = (wanted.once && !role.allow_duplicates).then(|| mark(wanted, &place));
        let alone = Arc::new(laid(&role, wanted, parents, &[], None));
        let chain: Vec<Arc<RoleUse>> = parents
            .iter()
            .cloned()
            .chain([Arc::clone(&alone)])
            .collect();
        let around = Around {
            role: Some(alone),
            ..around.clone()
        };
        let needed = match &read.dependencies {
            Some(node) => self.role_uses(node, "dependencies", &around, &chain),
            None => Vec::new(),
        };
        let uses: Vec<Arc<RoleUse>> = needed.iter().map(|role| Arc::clone(&role.role)).collect();
        let this = Arc::new(laid(&role, wanted, parents, &uses, once));
        let (mut steps, mut handlers) = (Vec::new(), Vec::new());
        for role in needed {
            steps.extend(role.steps);
            handlers.extend(role.handlers);
        }
        let around = Around {
            role: Some(Arc::clone(&this)),
            place: place.join("tasks"),
            ..around
        };
        steps.extend(self.validation(&this, wanted, &around));
        if let Some(file) =
            self.role_file(&place, "tasks", wanted.files.tasks.as_deref(), &wanted.span)
            && let Some(node) = self.yaml(&file, None)
        {
            let around = Around {
                place: file.parent(),
                ..around.clone()
            };
            steps.extend(self.steps(&node, "a file of tasks", &around));
        }
        handlers.extend(self.role_handlers(&place, wanted, &around));
        Some(LoadedRole {
            role: this,
            steps,
            handlers,
        })
    }

    fn role_handlers(&mut self, place: &Place, wanted: &Wanted, around: &Around) -> Vec<Arc<Task>> {
        let file = self.role_file(
            place,
            "handlers",
            wanted.files.handlers.as_deref(),
            &wanted.span,
        );
        let Some(file) = file else {
            return Vec::new();
        };
        let Some(node) = self.yaml(&file, None) else {
            return Vec::new();
        };
        let around = Around {
            place: file.parent(),
            handler: true,
            ..around.clone()
        };
        tasks_of(self.steps(&node, "a file of handlers", &around))
    }

    /// The task that checks a role's arguments, if it declares them for these tasks.
    fn validation(&self, this: &Arc<RoleUse>, wanted: &Wanted, around: &Around) -> Option<Step> {
        let entry = wanted.files.tasks.as_deref().unwrap_or("main");
        let spec = this
            .role
            .argument_specs
            .get(entry)
            .filter(|_| wanted.checked)?;
        let mut inherited = around.inherited.clone();
        inherited.tags.push("always".into());
        if !self.chosen(&inherited.tags) {
            return None;
        }
        let short = spec.as_map().and_then(|map| map.get("short_description"));
        let about = short
            .and_then(Node::as_str)
            .map_or_else(String::new, |text| format!(" - {text}"));
        let name = Value::plain(format!(
            "Validating arguments against arg spec '{entry}'{about}"
        ));
        Some(Step::Task(Arc::new(Task {
            action: Action::ValidateArguments(Arc::clone(this), Arc::clone(spec)),
            ..blank(
                "validate_argument_spec",
                name,
                &spec.span,
                inherited,
                around,
            )
        })))
    }
}

/// A task that nobody wrote.
pub(crate) fn blank(
    action: &str,
    name: Value,
    span: &Span,
    inherited: Inherited,
    around: &Around,
) -> Task {
    Task {
        name: Some(Spanned {
            value: name,
            span: span.clone(),
        }),
        span: span.clone(),
        action_name: action.into(),
        action: Action::Meta(super::model::Meta::Noop),
        inherited,
        repeat: None,
        register: None,
        changed_when: None,
        failed_when: None,
        until: Vec::new(),
        retries: None,
        delay: None,
        notify: Vec::new(),
        listen: Vec::new(),
        role: around.role.clone(),
        place: around.place.clone(),
        handler: false,
    }
}

/// The tasks of a list without blocks.
pub(super) fn tasks_of(steps: Vec<Step>) -> Vec<Arc<Task>> {
    steps
        .into_iter()
        .filter_map(|step| match step {
            Step::Task(task) => Some(task),
            Step::Block(_) => None,
        })
        .collect()
}

/// What makes two uses of a role the same.
fn mark(wanted: &Wanted, place: &Place) -> Arc<str> {
    let mut text = format!("{place} {:?}", wanted.files);
    let json = |map: &Map| Value::from(map.clone()).to_json().to_string();
    // Writing to a string cannot fail.
    write!(
        text,
        " {} {} {:?}",
        json(&wanted.params),
        json(&wanted.vars),
        wanted.own
    )
    .unwrap_or_default();
    text.into()
}

/// A use of a role with everything that its tasks see.
fn laid(
    role: &Arc<Role>,
    wanted: &Wanted,
    parents: &[Arc<RoleUse>],
    needed: &[Arc<RoleUse>],
    mark: Option<Arc<str>>,
) -> RoleUse {
    let (mut defaults, mut vars, mut exported, mut params) =
        (Map::new(), Map::new(), Map::new(), Map::new());
    for dependency in needed {
        defaults = merged(&defaults, &dependency.defaults);
    }
    for parent in parents {
        defaults = merged(&defaults, &parent.role.defaults);
        vars = merged(&merged(&vars, &parent.own_vars), &parent.role.vars);
        exported = merged(&exported, &parent.role.vars);
        params = merged(&params, &parent.params);
    }
    for dependency in needed {
        vars = merged(&vars, &dependency.exported);
        exported = merged(&exported, &dependency.exported);
    }
    RoleUse {
        role: Arc::clone(role),
        params: Arc::new(merged(&params, &wanted.params)),
        own_vars: Arc::new(wanted.vars.clone()),
        vars: Arc::new(merged(&merged(&vars, &role.vars), &wanted.vars)),
        defaults: Arc::new(merged(&defaults, &role.defaults)),
        exported: Arc::new(merged(&exported, &role.vars)),
        parents: parents.to_vec(),
        mark,
    }
}
