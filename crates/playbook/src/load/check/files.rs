//! Files that tasks name: whether they are there, and whether templates can be read.

use std::path::Path;
use std::sync::Arc;

use edgewright_template::{Value, is_template};
use edgewright_yaml::{Diagnostic, SourceFile, Span};

use super::Place;
use crate::load::files::places;
use crate::load::model::{Action, Task};
use crate::load::place::Place as Directory;
use crate::load::{Loader, Play};

/// The template file of a task, where its name is known.
pub(super) fn template_of(play: &Play, task: &Task) -> Option<Directory> {
    let Action::Module { spec, args, .. } = &task.action else {
        return None;
    };
    let name = args.get("src").and_then(Value::as_str)?;
    if spec.name != "template" || is_template(name) {
        return None;
    }
    let searched = places(task, &play.place, "templates");
    searched
        .iter()
        .map(|place| place.join(name))
        .find(Directory::is_file)
}

/// Complains about files that are not there, and templates that are broken.
pub(super) fn check(play: &Play, place: &Place<'_>, loader: &mut Loader<'_>) {
    let Action::Module { spec, args, spans } = &place.task.action else {
        return;
    };
    let part = match spec.name {
        "template" => "templates",
        "copy" if args.get("remote_src").is_none() => "files",
        _ => return,
    };
    let Some(name) = args.get("src").and_then(Value::as_str) else {
        return;
    };
    if is_template(name) {
        return;
    }
    let span = spans.get("src").unwrap_or(&place.task.span);
    let searched = places(place.task, &play.place, part);
    let found = searched.iter().map(|place| place.join(name));
    let found = found
        .into_iter()
        .find(|place| place.is_file() || place.path().is_some_and(Path::is_dir));
    match found {
        None => {
            let list: Vec<String> = searched.iter().map(|place| format!("`{place}`")).collect();
            loader.problems.push(
                Diagnostic::error("playbook::file", format!("there is no file `{name}`"))
                    .at(span, "named here")
                    .note(format!("searched in {}", list.join(", "))),
            );
        }
        Some(found) if !found.is_file() => loader.problems.push(
            Diagnostic::error("playbook::unsupported", format!("`{name}` is a directory"))
                .at(span, "named here")
                .help("name the files one by one, for example with `loop`"),
        ),
        Some(found) if spec.name == "template" => template(&found, loader),
        Some(_) => {}
    }
}

fn template(place: &Directory, loader: &mut Loader<'_>) {
    let Ok(source) = place.text() else {
        return;
    };
    if let Some(line) = source
        .text()
        .lines()
        .next()
        .filter(|line| line.starts_with("#jinja2:"))
    {
        let span = Span {
            file: Arc::clone(&source),
            start: 0,
            end: line.len(),
        };
        loader.problems.push(
            Diagnostic::error(
                "playbook::unsupported",
                "settings in the first line of a template are not supported",
            )
            .at(&span, "used here")
            .help("use the options `trim_blocks` and `lstrip_blocks` of the task"),
        );
    }
    if let Err(error) = edgewright_template::check(source.text(), &place.to_string()) {
        loader.problems.push(
            Diagnostic::error("template::syntax", error.message.clone())
                .at(&line_span(&source, error.line.unwrap_or(1)), "in this line"),
        );
    }
}

/// A line of a file, without the white space around it.
fn line_span(source: &Arc<SourceFile>, line: usize) -> Span {
    let start = source.line_start(line);
    let text = source
        .text()
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let start = start + (text.len() - text.trim_start().len());
    Span {
        file: Arc::clone(source),
        start,
        end: start + text.trim().len(),
    }
}
