//! Imports, which are done while reading, and includes, which are done when a host reaches them.
//!
//! What an include names is read beforehand where the name is known, so that its faults are found too. `run` calls
//! [`Loader::tasks_file`] and [`Loader::role`] for the others.

use std::sync::Arc;

use edgewright_template::{Map, Value};
use edgewright_yaml::{Data, Diagnostic, Map as YamlMap, Node, Span};

use super::fields::{self, boolean, checked, wrong_type};
use super::inherit;
use super::keywords::{self, On};
use super::model::{Action, Inherited, RoleFrom, Spanned, Step};
use super::place::Place;
use super::role::Wanted;
use super::role_files::Files;
use super::task::Draft;
use super::{Around, Loader};
use crate::value::merged;

/// Keywords of an include; those of its tasks stand under `apply`.
const INCLUDE: &[&str] = &[
    "args",
    "ignore_errors",
    "loop",
    "loop_control",
    "name",
    "no_log",
    "register",
    "run_once",
    "tags",
    "timeout",
    "vars",
    "when",
];

/// Keywords that say something about a single task, which an import is not.
const NOT_IMPORT: &[&str] = &[
    "args",
    "changed_when",
    "delay",
    "failed_when",
    "listen",
    "loop",
    "loop_control",
    "notify",
    "register",
    "retries",
    "until",
];

/// Options of an include or import of a role.
struct RoleArgs<'n> {
    name: Spanned<Value>,
    from: RoleFrom,
    apply: Option<&'n Node>,
}

impl Loader<'_> {
    /// The file that `import_tasks` or `include_tasks` names, and `apply`.
    fn file_args<'n>(&mut self, draft: &Draft<'n>) -> Option<(Spanned<Value>, Option<&'n Node>)> {
        let what = &draft.key.name;
        let node = draft.args;
        let map = match &node.data {
            Data::Str(_) => return Some((checked(node, &mut self.problems), None)),
            Data::Map(map) => map,
            _ => {
                self.problems
                    .push(wrong_type(what, node, "the name of a file"));
                return None;
            }
        };
        for (key, _) in map.iter() {
            if !matches!(&*key.name, "file" | "_raw_params" | "apply") {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::arguments",
                        format!("`{what}` has no option `{}`", key.name),
                    )
                    .at(&key.span, "not known")
                    .help("its options are file, apply; variables stand under `vars`"),
                );
            }
        }
        let Some(file) = map.get("file").or_else(|| map.get("_raw_params")) else {
            self.problems.push(
                Diagnostic::error(
                    "playbook::arguments",
                    format!("`{what}` needs the option `file`"),
                )
                .at(&draft.key.span, "in this task"),
            );
            return None;
        };
        Some((
            fields::text(file, "file", &mut self.problems)?,
            map.get("apply"),
        ))
    }

    pub(super) fn import_tasks(&mut self, draft: &Draft<'_>) -> Vec<Step> {
        self.no_single(draft);
        let Some((file, apply)) = self.file_args(draft) else {
            return Vec::new();
        };
        self.no_apply(apply);
        let Some(name) = self.known_text(
            file.value.as_str().unwrap_or_default(),
            &draft.around,
            &file.span,
        ) else {
            return Vec::new();
        };
        self.tasks_file(&name, &file.span, &draft.around)
            .unwrap_or_default()
    }

    fn no_single(&mut self, draft: &Draft<'_>) {
        for (key, _) in draft.map.iter() {
            if NOT_IMPORT.contains(&&*key.name) || key.name.starts_with("with_") {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::import",
                        format!("`{}` has no meaning with `{}`", key.name, draft.key.name),
                    )
                    .at(&key.span, "an import is replaced by its tasks")
                    .help("use the `include_…` of the same name"),
                );
            }
        }
    }

    fn no_apply(&mut self, apply: Option<&Node>) {
        if let Some(node) = apply {
            self.problems.push(
                Diagnostic::error("playbook::import", "an import has no `apply`")
                    .at(&node.span, "its tasks inherit what stands at the import"),
            );
        }
    }

    /// Reads a file of tasks. `around` is what they inherit and what stands around the import or include.
    pub(crate) fn tasks_file(
        &mut self,
        name: &str,
        span: &Span,
        around: &Around,
    ) -> Option<Vec<Step>> {
        let found = task_file(name, around);
        let Some(file) = found else {
            self.incomplete = true;
            self.problems.push(
                Diagnostic::error("playbook::file", format!("there is no file `{name}`"))
                    .at(span, "named here")
                    .note(format!("searched in `{}`", around.place)),
            );
            return None;
        };
        let id = file.to_string();
        if around.chain.contains(&id) {
            self.problems.push(
                Diagnostic::error("playbook::import", format!("`{name}` imports itself"))
                    .at(span, "leads back to the file"),
            );
            return None;
        }
        let node = self.yaml(&file, Some(span))?;
        let mut chain = around.chain.clone();
        chain.push(id);
        let around = Around {
            place: file.parent(),
            chain,
            ..around.clone()
        };
        Some(self.steps(&node, "a file of tasks", &around))
    }

    pub(super) fn include_tasks(&mut self, draft: &Draft<'_>, outer: &Around) -> Option<Action> {
        self.include_keywords(draft);
        let (file, apply) = self.file_args(draft)?;
        let around = self.included(draft, outer, apply);
        let name = file.value.as_str().unwrap_or_default();
        let known = !edgewright_template::is_template(name);
        // A file that includes itself ends by a condition: it is read again when a host gets there.
        let again = known
            && task_file(name, &around)
                .is_some_and(|file| around.chain.contains(&file.to_string()));
        let loaded = if known && !again {
            Some(Arc::new(self.tasks_file(name, &file.span, &around)?))
        } else {
            self.incomplete = self.incomplete || !known;
            None
        };
        Some(Action::IncludeTasks {
            file,
            apply: Box::new(around.inherited),
            loaded,
        })
    }

    fn include_keywords(&mut self, draft: &Draft<'_>) {
        for (key, _) in draft.map.iter() {
            let keyword = keywords::meaning(&key.name, On::Task).is_some();
            if keyword
                && !INCLUDE.contains(&&*key.name)
                && !(draft.around.handler && &*key.name == "listen")
            {
                self.problems.push(
                    Diagnostic::error(
                        "playbook::include",
                        format!("`{}` has no meaning with `{}`", key.name, draft.key.name),
                    )
                    .at(&key.span, "not allowed here")
                    .help("put it under `apply`, for the tasks that are included"),
                );
            }
        }
    }

    /// What included tasks inherit: from around the include, from `apply`, and its variables as parameters.
    fn included(&mut self, draft: &Draft<'_>, outer: &Around, apply: Option<&Node>) -> Around {
        let mut inherited = outer.inherited.clone();
        if let Some(node) = apply {
            match node.as_map() {
                Some(map) => inherited = self.applied(map, &inherited),
                None => self
                    .problems
                    .push(wrong_type("apply", node, "a mapping of keywords")),
            }
        }
        let own = Self::own_vars(draft.map);
        inherited.vars = Arc::new(merged(&inherited.vars, &own));
        inherited.include_vars = Arc::new(merged(&inherited.include_vars, &own));
        Around {
            inherited,
            ..outer.clone()
        }
    }

    fn applied(&mut self, map: &YamlMap, outer: &Inherited) -> Inherited {
        for (key, _) in map.iter() {
            if keywords::meaning(&key.name, On::Block).is_none() {
                self.problems.push(keywords::unknown(key, On::Block));
            }
        }
        let mut inherited = inherit::read(map, On::Block, outer, &mut self.problems);
        inherit::vars(map, &mut inherited, &mut self.problems);
        inherited
    }

    /// The `vars` of a task; complaints about them are made where the task itself is read.
    fn own_vars(map: &YamlMap) -> Map {
        let mut unheard = edgewright_yaml::Diagnostics::default();
        map.get("vars")
            .map(|node| fields::vars(node, "`vars`", &mut unheard))
            .unwrap_or_default()
    }

    fn role_args<'n>(&mut self, draft: &Draft<'n>) -> Option<RoleArgs<'n>> {
        let what = &draft.key.name;
        let Data::Map(map) = &draft.args.data else {
            self.problems
                .push(wrong_type(what, draft.args, "a mapping with `name`"));
            return None;
        };
        let mut from = RoleFrom::default();
        let mut apply = None;
        for (key, node) in map.iter() {
            match &*key.name {
                "name" | "role" => {}
                "tasks_from" => from.tasks = fields::text(node, "tasks_from", &mut self.problems),
                "handlers_from" => from.handlers = fields::text(node, "handlers_from", &mut self.problems),
                "vars_from" => from.vars = fields::text(node, "vars_from", &mut self.problems),
                "defaults_from" => from.defaults = fields::text(node, "defaults_from", &mut self.problems),
                "rolespec_validate" => from.unchecked = !boolean(map, "rolespec_validate", true, &mut self.problems),
                "allow_duplicates" | "public" => self.role_flag(key, map),
                "apply" => apply = Some(node),
                name => self.problems.push(
                    Diagnostic::error("playbook::arguments", format!("`{what}` has no option `{name}`"))
                        .at(&key.span, "not known")
                        .help("its options are name, tasks_from, handlers_from, vars_from, defaults_from, rolespec_validate, apply"),
                ),
            }
        }
        let Some(node) = map.get("name").or_else(|| map.get("role")) else {
            self.problems.push(
                Diagnostic::error(
                    "playbook::arguments",
                    format!("`{what}` needs the option `name`"),
                )
                .at(&draft.key.span, "in this task"),
            );
            return None;
        };
        let name = fields::text(node, "name", &mut self.problems)?;
        Some(RoleArgs { name, from, apply })
    }

    /// `allow_duplicates` and `public` are supported with the values that they have anyway.
    fn role_flag(&mut self, key: &edgewright_yaml::Key, map: &YamlMap) {
        let default = &*key.name == "allow_duplicates";
        if boolean(map, &key.name, default, &mut self.problems) != default {
            self.problems.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    format!("`{}: {}` is not supported", key.name, !default),
                )
                .at(&key.span, "used here")
                .help(
                    "an imported role is public, an included one is not; either may be used again",
                ),
            );
        }
    }

    fn wanted(&mut self, args: &RoleArgs<'_>, vars: Map, around: &Around) -> Option<Wanted> {
        let mut text = |value: &Option<Spanned<Value>>| -> Option<Option<String>> {
            match value {
                None => Some(None),
                Some(value) => self
                    .known_text(
                        value.value.as_str().unwrap_or_default(),
                        around,
                        &value.span,
                    )
                    .map(Some),
            }
        };
        let files = Files {
            tasks: text(&args.from.tasks)?,
            handlers: text(&args.from.handlers)?,
            vars: text(&args.from.vars)?,
            defaults: text(&args.from.defaults)?,
        };
        let name = text(&Some(args.name.clone()))??;
        Some(Wanted {
            name,
            span: args.name.span.clone(),
            files,
            params: Map::new(),
            vars,
            own: Vec::new(),
            checked: !args.from.unchecked,
            once: false,
        })
    }

    pub(super) fn import_role(&mut self, draft: &Draft<'_>) -> Vec<Step> {
        self.no_single(draft);
        let Some(args) = self.role_args(draft) else {
            return Vec::new();
        };
        self.no_apply(args.apply);
        let vars = draft
            .map
            .get("vars")
            .map(|node| fields::vars(node, "`vars`", &mut self.problems))
            .unwrap_or_default();
        let Some(wanted) = self.wanted(&args, vars, &draft.around) else {
            return Vec::new();
        };
        let parents = parents(&draft.around);
        let Some(loaded) = self.role(&wanted, &draft.around, &parents) else {
            return Vec::new();
        };
        self.play_roles.push(Arc::clone(&loaded.role));
        self.handlers.extend(loaded.handlers);
        loaded.steps
    }

    pub(super) fn include_role(&mut self, draft: &Draft<'_>, outer: &Around) -> Option<Action> {
        self.include_keywords(draft);
        let args = self.role_args(draft)?;
        let around = self.included(draft, outer, args.apply);
        let texts = [
            Some(&args.name),
            args.from.tasks.as_ref(),
            args.from.handlers.as_ref(),
            args.from.vars.as_ref(),
            args.from.defaults.as_ref(),
        ];
        let known = texts
            .iter()
            .flatten()
            .all(|text| !text.value.has_templates());
        let text = |value: Option<&Spanned<Value>>| {
            value
                .and_then(|value| value.value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let id = format!(
            "role {} {}",
            text(Some(&args.name)),
            text(args.from.tasks.as_ref())
        );
        let again = outer.chain.contains(&id);
        let loaded = if known && !again {
            let vars = Self::own_vars(draft.map);
            let wanted = self.wanted(&args, vars, &around)?;
            let mut inner = around.clone();
            inner.chain.push(id);
            Some(Arc::new(self.role(&wanted, &inner, &parents(outer))?))
        } else {
            self.incomplete = self.incomplete || !known;
            None
        };
        Some(Action::IncludeRole {
            role: args.name,
            from: Box::new(args.from),
            apply: Box::new(around.inherited),
            loaded,
        })
    }

    /// Names that `include_vars` will define, where its file is known; else anything may be defined.
    pub(super) fn included_names(&mut self, file: &Spanned<Value>, draft: &Draft<'_>) {
        let name = file.value.as_str().unwrap_or_default();
        if edgewright_template::is_template(name) {
            self.incomplete = true;
            return;
        }
        let Some(place) = vars_file(name, &draft.around) else {
            self.problems.push(
                Diagnostic::error("playbook::file", format!("there is no file `{name}`"))
                    .at(&file.span, "named here"),
            );
            self.incomplete = true;
            return;
        };
        if let Some(node) = self.yaml(&place, Some(&file.span)) {
            let vars = fields::vars(&node, "a file of variables", &mut self.problems);
            self.defined.extend(vars.keys().cloned());
        }
    }
}

/// The roles around a task, the outermost first.
pub(crate) fn parents(around: &Around) -> Vec<Arc<super::model::RoleUse>> {
    around
        .role
        .iter()
        .flat_map(|role| role.parents.iter().cloned().chain([Arc::clone(role)]))
        .collect()
}

/// A file of tasks: beside the one that names it, in the role, beside the playbook.
fn task_file(name: &str, around: &Around) -> Option<Place> {
    let part = if around.handler { "handlers" } else { "tasks" };
    let role = around.role.as_ref().map(|role| role.role.place.join(part));
    [Some(around.place.clone()), role, Some(around.play.clone())]
        .into_iter()
        .flatten()
        .map(|place| place.join(name))
        .find(Place::is_file)
}

/// A file of variables: in `vars` of the role, beside the tasks, in `vars` of the playbook, beside the playbook.
pub(crate) fn vars_file(name: &str, around: &Around) -> Option<Place> {
    let role = around.role.as_ref().map(|role| role.role.place.clone());
    let mut places = Vec::new();
    for place in role
        .into_iter()
        .chain([around.place.clone(), around.play.clone()])
    {
        places.push(place.join("vars"));
        places.push(place);
    }
    places
        .into_iter()
        .map(|place| place.join(name))
        .find(Place::is_file)
}
