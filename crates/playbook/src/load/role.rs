//! Reading roles: where they lie, what is in them, and what they depend on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use edgewright_template::Map;
use edgewright_yaml::{Data, Diagnostic, Diagnostics, Node, Span, load_file};

use super::Place;
use super::model::{Item, Role, Task};
use super::task::{Around, conditions, items, texts};
use crate::data;
use crate::inventory::vars_file;

/// Keywords of an element of `roles`; everything else is a variable for the role.
const KEYWORDS: &[&str] = &[
    "role",
    "name",
    "when",
    "tags",
    "vars",
    "become",
    "become_user",
    "become_method",
    "environment",
];

/// Deepest chain of roles that depend on each other.
const MAX_DEPTH: usize = 16;

/// A role at one place where it is used.
pub(super) struct Use {
    role: Arc<Role>,
    dependencies: Vec<Use>,
    around: Around,
    at: Option<Span>,
}

/// Reads the list under `roles`.
pub(super) fn read_uses(node: &Node, place: &Place<'_>, faults: &mut Diagnostics) -> Vec<Use> {
    match &node.data {
        Data::Null => Vec::new(),
        Data::List(list) => list
            .iter()
            .filter_map(|item| read_use(item, place, faults, 0))
            .collect(),
        _ => {
            faults.push(
                Diagnostic::error(
                    "playbook::type",
                    format!("`roles` must be a list, not {}", node.kind()),
                )
                .at(&node.span, "expected names of roles"),
            );
            Vec::new()
        }
    }
}

fn read_use(node: &Node, place: &Place<'_>, faults: &mut Diagnostics, depth: usize) -> Option<Use> {
    let (name, at, params, around) = match &node.data {
        Data::Str(name) => (name.to_string(), &node.span, Map::new(), Around::default()),
        Data::Map(map) => {
            let named = map.get("role").or_else(|| map.get("name"));
            let Some((name, at)) =
                named.and_then(|node| node.as_str().map(|name| (name.to_owned(), &node.span)))
            else {
                faults.push(
                    Diagnostic::error("playbook::role", "this element of `roles` names no role")
                        .at(&node.span, "expected `role: NAME`"),
                );
                return None;
            };
            let mut params: Map = map
                .iter()
                .filter(|(key, _)| !KEYWORDS.contains(&&*key.name))
                .map(|(key, node)| (Arc::clone(&key.name), data::value(node)))
                .collect();
            params.extend(super::play::variables(map, faults));
            (name, at, params, Around::of_role(map, faults))
        }
        _ => {
            faults.push(
                Diagnostic::error(
                    "playbook::role",
                    format!(
                        "a role is named by a text or a mapping, not {}",
                        node.kind()
                    ),
                )
                .at(&node.span, "expected the name of a role"),
            );
            return None;
        }
    };
    let role = load_role(&name, at, params, place, faults)?;
    if depth >= MAX_DEPTH {
        faults.push(
            Diagnostic::error(
                "playbook::role-loop",
                format!("role `{name}` depends on itself"),
            )
            .at(at, "in a circle"),
        );
        return None;
    }
    let dependencies = dependencies(&role, place, faults, depth);
    Some(Use {
        role,
        dependencies,
        around,
        at: Some(at.clone()),
    })
}

fn dependencies(
    role: &Role,
    place: &Place<'_>,
    faults: &mut Diagnostics,
    depth: usize,
) -> Vec<Use> {
    let Some(path) = main_file(&role.directory.join("meta")) else {
        return Vec::new();
    };
    let node = match load_file(&path) {
        Ok(node) => node,
        Err(errors) => {
            faults.extend(errors);
            return Vec::new();
        }
    };
    let list = node
        .as_ref()
        .and_then(Node::as_map)
        .and_then(|map| map.get("dependencies"))
        .and_then(Node::as_list);
    list.unwrap_or_default()
        .iter()
        .filter_map(|item| read_use(item, place, faults, depth + 1))
        .collect()
}

/// Finds a role and reads its variables.
pub(super) fn load_role(
    name: &str,
    at: &Span,
    params: Map,
    place: &Place<'_>,
    faults: &mut Diagnostics,
) -> Option<Arc<Role>> {
    let mut searched = vec![place.directory.join("roles")];
    searched.extend(place.options.roles_path.iter().cloned());
    searched.push(place.directory.clone());
    let Some(directory) = searched
        .iter()
        .map(|path| path.join(name))
        .find(|path| path.is_dir())
    else {
        let mut known: Vec<String> = searched
            .iter()
            .take(searched.len() - 1)
            .flat_map(|path| names(path))
            .collect();
        known.sort();
        let near = edgewright_yaml::nearest(name, known.iter().map(String::as_str));
        let label = near.map_or_else(
            || "not found".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let places: Vec<String> = searched
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        faults.push(
            Diagnostic::error(
                "playbook::role-missing",
                format!("there is no role `{name}`"),
            )
            .at(at, label)
            .note(format!("searched in {}", places.join(", "))),
        );
        return None;
    };
    let mut vars = |part: &str| {
        let Some(path) = main_file(&directory.join(part)) else {
            return Arc::default();
        };
        match vars_file(&path) {
            Ok(vars) => Arc::new(vars),
            Err(errors) => {
                faults.extend(errors);
                Arc::default()
            }
        }
    };
    let (defaults, vars) = (vars("defaults"), vars("vars"));
    Some(Arc::new(Role {
        name: name.to_owned(),
        directory,
        defaults,
        vars,
        params: Arc::new(params),
    }))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn main_file(directory: &Path) -> Option<PathBuf> {
    ["main.yml", "main.yaml", "main"]
        .iter()
        .map(|name| directory.join(name))
        .find(|path| path.is_file())
}

/// Reads a file of tasks or handlers of a role, with the role around them.
pub(super) fn role_items(
    role: &Arc<Role>,
    part: &str,
    file: Option<(&str, &Span)>,
    around: &Around,
    place: &Place<'_>,
    faults: &mut Diagnostics,
) -> Vec<Item> {
    let directory = role.directory.join(part);
    let path = match file {
        None => main_file(&directory),
        Some((name, at)) => {
            let found = ["", ".yml", ".yaml"]
                .iter()
                .map(|end| directory.join(format!("{name}{end}")))
                .find(|path| path.is_file());
            if found.is_none() {
                let message = format!("role `{}` has no file `{name}` in {part}", role.name);
                faults.push(
                    Diagnostic::error("playbook::file-missing", message).at(at, "named here"),
                );
            }
            found
        }
    };
    let Some(path) = path else { return Vec::new() };
    let around = Around {
        role: Some(Arc::clone(role)),
        ..around.clone()
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

impl Use {
    /// A role that tasks brought in.
    pub fn of(role: &Arc<Role>) -> Self {
        Self {
            role: Arc::clone(role),
            dependencies: Vec::new(),
            around: Around::default(),
            at: None,
        }
    }

    /// The role and, before it, all it depends on.
    pub fn with_dependencies(&self) -> Vec<Arc<Role>> {
        let mut roles: Vec<Arc<Role>> = self
            .dependencies
            .iter()
            .flat_map(Self::with_dependencies)
            .collect();
        roles.push(Arc::clone(&self.role));
        roles
    }

    /// Its tasks, those of its dependencies first.
    pub fn items(&self, around: &Around, place: &Place<'_>, faults: &mut Diagnostics) -> Vec<Item> {
        let around = around.with(&self.around);
        let mut all: Vec<Item> = self
            .dependencies
            .iter()
            .flat_map(|other| other.items(&around, place, faults))
            .collect();
        all.extend(role_items(
            &self.role, "tasks", None, &around, place, faults,
        ));
        if all.is_empty()
            && let Some(at) = self.at.as_ref().filter(|_| {
                main_file(&self.role.directory.join("tasks")).is_none()
                    && !self.role.directory.join("handlers").is_dir()
                    && !self.role.directory.join("defaults").is_dir()
            })
        {
            faults.push(
                Diagnostic::warning(
                    "playbook::empty-role",
                    format!("role `{}` does nothing", self.role.name),
                )
                .at(at, "it has no tasks/main.yml"),
            );
        }
        all
    }

    /// Its handlers, those of its dependencies first.
    pub fn handlers(
        &self,
        around: &Around,
        place: &Place<'_>,
        faults: &mut Diagnostics,
    ) -> Vec<Arc<Task>> {
        let mut all: Vec<Arc<Task>> = self
            .dependencies
            .iter()
            .flat_map(|other| other.handlers(around, place, faults))
            .collect();
        // Conditions and tags of the place where a role is used do not hold for its handlers.
        let around = Around {
            when: Vec::new(),
            ..around.clone()
        };
        let items = role_items(&self.role, "handlers", None, &around, place, faults);
        all.extend(items.iter().flat_map(Item::tasks).cloned());
        all
    }
}

/// Reads a task that brings in a role, and answers the role's tasks.
pub(super) fn call(
    node: &Node,
    vars: &Map,
    around: &Around,
    place: &Place<'_>,
    faults: &mut Diagnostics,
) -> Option<Vec<Item>> {
    let Some(map) = node.as_map() else {
        faults.push(
            Diagnostic::error(
                "playbook::type",
                format!("a role to include is a mapping, not {}", node.kind()),
            )
            .at(&node.span, "expected `name: ROLE`"),
        );
        return None;
    };
    for (key, _) in map
        .iter()
        .filter(|(key, _)| !["name", "role", "tasks_from"].contains(&&*key.name))
    {
        faults.push(
            Diagnostic::error(
                "playbook::unsupported",
                format!("`{}` of an included role is not supported yet", key.name),
            )
            .at(
                &key.span,
                "refused, since leaving it out would change what is done",
            ),
        );
    }
    let constant = |name: &str, faults: &mut Diagnostics| {
        let (text, at) = texts(map.get(name)?, name, faults).into_iter().next()?;
        if edgewright_template::is_template(&text) {
            faults.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    format!("a template in `{name}` is not supported yet"),
                )
                .at(&at, "expected the name itself"),
            );
            return None;
        }
        Some((text, at))
    };
    let named = constant("name", faults).or_else(|| constant("role", faults));
    let Some((name, at)) = named else {
        faults.push(
            Diagnostic::error("playbook::role", "no role is named")
                .at(&node.span, "expected `name: ROLE`"),
        );
        return None;
    };
    let role = load_role(&name, &at, vars.clone(), place, faults)?;
    let file = constant("tasks_from", faults);
    Some(role_items(
        &role,
        "tasks",
        file.as_ref().map(|(name, at)| (name.as_str(), at)),
        around,
        place,
        faults,
    ))
}

impl Around {
    /// What an element of `roles` says about the role's tasks.
    fn of_role(map: &edgewright_yaml::Map, faults: &mut Diagnostics) -> Self {
        let mut around = Self::of_play(map, faults);
        around.when = conditions(map, "when", faults);
        around
    }
}
