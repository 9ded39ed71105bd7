//! Finding roles and reading the files in them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use edgewright_template::Map;
use edgewright_yaml::{Data, Diagnostic, Node, Span, nearest};

use super::fields::{self, boolean};
use super::model::Role;
use super::place::Place;
use super::{Around, Loader};
use crate::value::merged;

/// Endings of files whose name is not said, and of files whose name is said.
const MAIN: &[&str] = &[".yml", ".yaml", ".json", ""];
const NAMED: &[&str] = &["", ".yml", ".yaml", ".json"];

/// What `meta/main.yml` may hold.
const META: &[&str] = &[
    "allow_duplicates",
    "argument_specs",
    "collections",
    "dependencies",
    "galaxy_info",
];

/// Names of files of a role, where they are not called `main`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    /// In `tasks`.
    pub tasks: Option<String>,
    /// In `handlers`.
    pub handlers: Option<String>,
    /// In `vars`.
    pub vars: Option<String>,
    /// In `defaults`.
    pub defaults: Option<String>,
}

/// A role's own files beside its tasks and handlers.
pub(super) struct Read {
    /// The role.
    pub role: Arc<Role>,
    /// The roles that it needs, as they are written.
    pub dependencies: Option<Node>,
}

impl Loader<'_> {
    /// The directory of a role.
    pub(super) fn find_role(&mut self, name: &str, around: &Around, span: &Span) -> Option<Place> {
        let mut searched = Vec::new();
        let embedded = self
            .options
            .embedded
            .as_ref()
            .map(|source| Place::Embedded(Arc::clone(source), String::new()));
        let mut places = Vec::new();
        if let Place::Embedded(..) = around.play {
            places.extend(embedded.clone());
        }
        if let Place::Disk(_) = around.play {
            places.push(around.play.join("roles"));
        }
        places.extend(self.options.roles_path.iter().cloned().map(Place::Disk));
        places.extend(around.role.iter().map(|role| role.role.place.parent()));
        if let Place::Disk(_) = around.play {
            places.push(around.play.clone());
            places.extend(embedded);
        }
        for place in places {
            let found = place.join(name);
            if !name.is_empty() && found.is_dir() {
                return Some(found);
            }
            if !searched
                .iter()
                .any(|known: &Place| known.to_string() == place.to_string())
            {
                searched.push(place);
            }
        }
        let mut complaint =
            Diagnostic::error("playbook::role", format!("there is no role `{name}`"))
                .at(span, "named here");
        let known: Vec<String> = searched.iter().flat_map(Place::names).collect();
        if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
            complaint = complaint.help(format!("did you mean `{near}`?"));
        }
        let list: Vec<String> = searched.iter().map(|place| format!("`{place}`")).collect();
        self.problems
            .push(complaint.note(format!("searched in {}", list.join(", "))));
        self.incomplete = true;
        None
    }

    /// A file of a part of a role: `main`, or the one that is named.
    pub(super) fn role_file(
        &mut self,
        role: &Place,
        part: &str,
        named: Option<&str>,
        span: &Span,
    ) -> Option<Place> {
        let directory = role.join(part);
        let endings = if named.is_some() { NAMED } else { MAIN };
        let name = named.unwrap_or("main");
        let found = endings
            .iter()
            .map(|ending| directory.join(&format!("{name}{ending}")))
            .find(Place::is_file);
        if found.is_none() && named.is_some() {
            self.incomplete = true;
            self.problems.push(
                Diagnostic::error(
                    "playbook::file",
                    format!("there is no file `{directory}/{name}.yml`"),
                )
                .at(span, "named here"),
            );
        }
        found
    }

    /// Reads everything of a role but tasks and handlers.
    pub(super) fn read_role(
        &mut self,
        name: &str,
        place: &Place,
        files: &Files,
        span: &Span,
    ) -> Read {
        let defaults = self.role_vars(place, "defaults", files.defaults.as_deref(), span);
        let vars = self.role_vars(place, "vars", files.vars.as_deref(), span);
        let mut allow_duplicates = false;
        let mut dependencies = None;
        let mut specs = BTreeMap::new();
        if let Some(file) = self.role_file(place, "meta", None, span)
            && let Some(node) = self.yaml(&file, None)
        {
            if let Some(map) = node.as_map() {
                for (key, value) in map.iter() {
                    self.meta_key(key, value);
                }
                allow_duplicates = boolean(map, "allow_duplicates", false, &mut self.problems);
                dependencies = map.get("dependencies").cloned();
                specs = map.get("argument_specs").map(specs_of).unwrap_or_default();
            } else {
                self.problems
                    .push(fields::wrong_type("meta/main.yml", &node, "a mapping"));
            }
        }
        let file = ["yml", "yaml"]
            .iter()
            .map(|ending| place.join(&format!("meta/argument_specs.{ending}")))
            .find(Place::is_file);
        if let Some(node) = file.and_then(|file| self.yaml(&file, None)) {
            match node.as_map().and_then(|map| map.get("argument_specs")) {
                Some(found) => specs = specs_of(found),
                None => self.problems.push(fields::wrong_type(
                    "argument_specs.yml",
                    &node,
                    "a mapping with `argument_specs`",
                )),
            }
        }
        let bare = Path::new(name)
            .file_name()
            .map_or(name.into(), |name| name.to_string_lossy().into_owned());
        Read {
            role: Arc::new(Role {
                name: bare.into(),
                place: place.clone(),
                defaults: Arc::new(defaults),
                vars: Arc::new(vars),
                argument_specs: specs,
                allow_duplicates,
            }),
            dependencies,
        }
    }

    fn meta_key(&mut self, key: &edgewright_yaml::Key, value: &Node) {
        if !META.contains(&&*key.name) {
            let complaint = Diagnostic::error(
                "playbook::unknown-keyword",
                format!("`meta/main.yml` has no key `{}`", key.name),
            )
            .at(&key.span, "not known");
            self.problems
                .push(match nearest(&key.name, META.iter().copied()) {
                    Some(near) => complaint.help(format!("did you mean `{near}`?")),
                    None => complaint,
                });
        }
        if &*key.name == "collections" && value.as_list().is_some_and(|list| !list.is_empty()) {
            self.problems.push(super::keywords::refused(
                key,
                "write the full names of modules",
            ));
        }
    }

    fn role_vars(&mut self, role: &Place, part: &str, named: Option<&str>, span: &Span) -> Map {
        let directory = role.join(part).join(named.unwrap_or("main"));
        let mut files = Vec::new();
        if let Some(path) = directory.path().filter(|path| path.is_dir()) {
            files = listing(path);
        } else {
            files.extend(self.role_file(role, part, named, span));
        }
        let mut all = Map::new();
        for file in files {
            if let Some(node) = self.yaml(&file, None) {
                all = merged(
                    &all,
                    &fields::vars(&node, "a file of variables", &mut self.problems),
                );
            }
        }
        all
    }
}

/// Files of variables in a directory and those below it, by name.
fn listing(directory: &Path) -> Vec<Place> {
    let mut paths: Vec<_> = fs_err::read_dir(directory)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(listing(&path));
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !name.starts_with('.') && matches!(ending.as_str(), "" | "yml" | "yaml" | "json") {
            files.push(Place::Disk(path));
        }
    }
    files
}

fn specs_of(node: &Node) -> BTreeMap<Arc<str>, Arc<Node>> {
    let Data::Map(map) = &node.data else {
        return BTreeMap::new();
    };
    map.iter()
        .map(|(key, value)| (Arc::clone(&key.name), Arc::new(value.clone())))
        .collect()
}
