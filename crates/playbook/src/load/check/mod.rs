//! What can be known to fail before any host is touched: handlers and files that are not there, broken template files,
//! variables that nothing defines.
//!
//! Called once everything is read. `undefined` judges variables, `certain` says which of them a text is sure to need:
//! a complaint about something that would never have been evaluated would refuse a good playbook.

mod certain;
mod files;
mod undefined;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use edgewright_template::is_template;
use edgewright_yaml::{Diagnostic, nearest};

use self::undefined::Known;
use super::keywords::Keyword;
use super::model::{Action, Step, Task};
use super::{Loader, Play};
use crate::inventory::{Inventory, VarsFiles, pattern};

/// Whether something is sure to be done, and its failure to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// When a host gets there, it does it, and a failure is the end of it.
    Yes,
    /// It may be left out, or a failure may be taken care of.
    No,
}

/// A task and what is known of where it stands.
pub(super) struct Place<'p> {
    pub task: &'p Arc<Task>,
    pub sure: Sure,
    /// Names that includes around it give.
    pub given: Vec<Arc<str>>,
}

/// Looks through all plays.
pub(super) fn check(plays: &[Play], inventory: &Inventory, loader: &mut Loader<'_>) {
    let mut directories: Vec<PathBuf> = Vec::new();
    for path in plays.iter().filter_map(|play| play.place.path()) {
        if !directories.iter().any(|known| known == path) {
            directories.push(path.to_owned());
        }
    }
    let mut inventory = inventory.clone();
    inventory.add_implicit_localhost("localhost");
    let before = loader.problems.0.len();
    let files = VarsFiles::read(&inventory, &directories, &mut loader.problems);
    loader.incomplete |= loader.problems.0.len() > before;
    for play in plays {
        let places = places(play);
        handlers(play, &places, loader);
        for place in &places {
            files::check(play, place, loader);
        }
    }
    // What could not be read may define what is missing.
    if loader.incomplete || loader.problems.has_errors() {
        return;
    }
    for play in plays {
        let hosts = hosts(play, &inventory, loader);
        if hosts.is_empty() {
            continue;
        }
        let vars = hosts
            .iter()
            .map(|host| files.host_variables(&inventory, host, &directories))
            .collect();
        let mut known = Known::new(play, vars);
        for place in places(play) {
            known.check(&place, loader);
        }
    }
}

/// The hosts of a play, where they are known beforehand.
fn hosts(play: &Play, inventory: &Inventory, loader: &Loader<'_>) -> Vec<Arc<str>> {
    let scope = edgewright_template::Scope::new(vec![
        Arc::new(loader.options.extra_vars.clone()),
        Arc::clone(&play.vars),
    ]);
    let wanted = edgewright_template::evaluate(&play.hosts.value, &scope).ok();
    wanted
        .map(|wanted| pattern::of_value(&wanted))
        .and_then(|wanted| pattern::choose(inventory, &wanted).ok())
        .map(|chosen| chosen.hosts.into_iter().collect())
        .unwrap_or_default()
}

/// All tasks of a play with where they stand, handlers last.
fn places(play: &Play) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    for section in &play.sections {
        walk(section, Sure::Yes, &[], &mut found);
    }
    for handler in &play.handlers {
        visit(handler, Sure::No, &[], &mut found);
    }
    found
}

fn walk<'p>(steps: &'p [Step], sure: Sure, given: &[Arc<str>], found: &mut Vec<Place<'p>>) {
    for step in steps {
        match step {
            Step::Task(task) => visit(task, sure, given, found),
            Step::Block(block) => {
                let body = if block.rescue.is_empty() {
                    sure
                } else {
                    Sure::No
                };
                walk(&block.body, body, given, found);
                walk(&block.rescue, Sure::No, given, found);
                walk(&block.always, sure, given, found);
            }
        }
    }
}

fn visit<'p>(task: &'p Arc<Task>, sure: Sure, given: &[Arc<str>], found: &mut Vec<Place<'p>>) {
    let settings = &task.inherited.settings;
    let ignored = settings.get(Keyword::IgnoreErrors).is_some() || task.failed_when.is_some();
    let sure = if ignored { Sure::No } else { sure };
    found.push(Place {
        task,
        sure,
        given: given.to_vec(),
    });
    let steps: &[Step] = match &task.action {
        Action::IncludeTasks {
            loaded: Some(steps),
            ..
        } => steps,
        Action::IncludeRole {
            loaded: Some(role), ..
        } => {
            for handler in &role.handlers {
                visit(handler, Sure::No, given, found);
            }
            &role.steps
        }
        _ => return,
    };
    let mut given = given.to_vec();
    if let Some(repeat) = &task.repeat {
        given.push(Arc::clone(&repeat.var));
        given.extend(repeat.index_var.clone());
    }
    let once = task.inherited.when.is_empty() && task.repeat.is_none();
    walk(steps, if once { sure } else { Sure::No }, &given, found);
}

/// Complains about notifications that no handler hears.
fn handlers(play: &Play, places: &[Place<'_>], loader: &mut Loader<'_>) {
    let later = |task: &Task| {
        matches!(
            task.action,
            Action::IncludeRole { loaded: None, .. } | Action::IncludeTasks { loaded: None, .. }
        )
    };
    if places.iter().any(|place| later(place.task)) {
        return;
    }
    let mut names = BTreeSet::new();
    let all = places
        .iter()
        .map(|place| place.task)
        .filter(|task| task.handler);
    for handler in all.chain(&play.handlers) {
        names.extend(handler.listen.iter().map(ToString::to_string));
        let Some(name) = handler.name.as_ref().and_then(|name| name.value.as_str()) else {
            continue;
        };
        if is_template(name) {
            return;
        }
        names.insert(name.to_owned());
        names.extend(
            handler
                .role
                .iter()
                .map(|role| format!("{} : {name}", role.role.name)),
        );
    }
    for notification in places.iter().flat_map(|place| &place.task.notify) {
        let name = notification.value.as_str().unwrap_or_default();
        if is_template(name) || names.contains(name) {
            continue;
        }
        let complaint =
            Diagnostic::error("playbook::handler", format!("there is no handler `{name}`"))
                .at(&notification.span, "notified here");
        loader
            .problems
            .push(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => complaint.help(format!("did you mean `{near}`?")),
            None => complaint.help(
                "handlers stand under `handlers` of the play, or in `handlers/main.yml` of a role",
            ),
        });
    }
}
