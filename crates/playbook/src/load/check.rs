//! What can be known to fail before any host is touched.

use std::collections::BTreeSet;

use edgewright_protocol::check::{ArgumentError, names};
use edgewright_protocol::spec::ModuleSpec;
use edgewright_template::{TemplateError, Value};
use edgewright_yaml::{Diagnostic, Diagnostics, Span, nearest};

use super::ProjectOptions;
use super::model::{Action, Condition, Play, Task};

/// Names that every template may use.
const MAGIC: &[&str] = &[
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_failed_result",
    "ansible_failed_task",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_name",
    "ansible_version",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_hostname",
    "inventory_hostname_short",
    "item",
    "lookup",
    "omit",
    "play_hosts",
    "playbook_dir",
    "q",
    "query",
    "role_name",
    "role_path",
    "range",
    "namespace",
    "dict",
    "debug",
    "now",
    "undef",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "ansible_search_path",
];

/// Checks all plays.
pub(super) fn check(plays: &[Play], options: &ProjectOptions, faults: &mut Diagnostics) {
    let mut registered: BTreeSet<String> = options.known_variables.iter().cloned().collect();
    for play in plays {
        for task in play.tasks().chain(&play.handlers) {
            registered.extend(task.register.clone());
            if matches!(task.action, Action::Module(spec) if spec.name == "set_fact") {
                registered.extend(task.args.keys().map(ToString::to_string));
            }
        }
    }
    for play in plays {
        let handlers: BTreeSet<String> = play
            .handlers
            .iter()
            .flat_map(|handler| {
                let name = handler.name.written.as_str().unwrap_or_default().to_owned();
                let full = handler
                    .name
                    .role
                    .as_ref()
                    .map(|role| format!("{role} : {name}"));
                handler.listen.iter().cloned().chain([name]).chain(full)
            })
            .collect();
        for task in play.tasks().chain(&play.handlers) {
            arguments(task, faults);
            notified(task, &handlers, faults);
            files(task, play, faults);
            let known = Known {
                play,
                task,
                registered: &registered,
            };
            templates(task, &known, faults);
        }
    }
}

fn arguments(task: &Task, faults: &mut Diagnostics) {
    let Action::Module(spec) = task.action else {
        return;
    };
    if spec.name == "set_fact" {
        return;
    }
    let args = task
        .args
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_json()))
        .collect();
    let is_template = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => edgewright_template::is_template(text),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => true,
        _ => false,
    };
    for error in names(spec, &args, is_template) {
        faults.push(argument_fault(spec, task, &error));
    }
}

fn argument_fault(spec: &ModuleSpec, task: &Task, error: &ArgumentError) -> Diagnostic {
    let at = error
        .option()
        .and_then(|name| find(&task.args_at, name))
        .unwrap_or_else(|| task.at.clone());
    let fault = Diagnostic::error("playbook::arguments", error.to_string());
    match error {
        ArgumentError::Unknown { option, .. } => {
            let known: Vec<&str> = spec.options().map(|option| option.name).collect();
            match nearest(option, known.iter().copied()) {
                Some(near) => fault.at(&at, format!("did you mean `{near}`?")),
                None => fault
                    .at(&at, "not known here")
                    .help(format!("its options are {}", known.join(", "))),
            }
        }
        _ => fault.at(&at, "in this task"),
    }
}

/// The place of an option's name within the arguments.
fn find(within: &Span, name: &str) -> Option<Span> {
    let text = within.text();
    let at = text.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().last());
        let after = text
            .get(at + name.len()..)
            .and_then(|after| after.chars().next());
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        free(before) && matches!(after, Some(':' | '='))
    })?;
    Some(Span {
        file: within.file.clone(),
        start: within.start + at,
        end: within.start + at + name.len(),
    })
}

fn notified(task: &Task, handlers: &BTreeSet<String>, faults: &mut Diagnostics) {
    for name in task
        .notify
        .iter()
        .filter(|name| !edgewright_template::is_template(name))
    {
        if !handlers.contains(name) {
            let near = nearest(name, handlers.iter().map(String::as_str));
            let label = near.map_or_else(
                || "this task notifies it".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            faults.push(
                Diagnostic::error("playbook::handler", format!("there is no handler `{name}`"))
                    .at(&task.at, label),
            );
        }
    }
}

fn files(task: &Task, play: &Play, faults: &mut Diagnostics) {
    let Action::Module(spec) = task.action else {
        return;
    };
    let part = match spec.name {
        "template" => "templates",
        "copy" if task.args.get("remote_src").is_none() => "files",
        _ => return,
    };
    let Some(src) = task.args.get("src").and_then(Value::as_str) else {
        return;
    };
    if edgewright_template::is_template(src) {
        return;
    }
    match crate::run::find_file(task, &play.directory, part, src) {
        None => faults.push(
            Diagnostic::error(
                "playbook::file-missing",
                format!("there is no file `{src}`"),
            )
            .at(&task.args_at, "needed by this task")
            .help(format!(
                "it is looked for in `{part}` of the role and beside the playbook"
            )),
        ),
        Some(path) if spec.name == "template" => {
            if let Ok(text) = fs_err::read_to_string(&path)
                && let Err(error) = edgewright_template::check(&text, &path.to_string_lossy())
            {
                let source = edgewright_yaml::SourceFile::new(path, text);
                let start = source.line_start(error.line.unwrap_or(1));
                let length = source
                    .text()
                    .get(start..)
                    .and_then(|rest| rest.lines().next())
                    .map_or(0, str::len);
                let at = Span {
                    file: source,
                    start,
                    end: start + length,
                };
                faults.push(
                    Diagnostic::error("template::syntax", error.message).at(&at, "in this line"),
                );
            }
        }
        Some(_) => {}
    }
}

struct Known<'p> {
    play: &'p Play,
    task: &'p Task,
    registered: &'p BTreeSet<String>,
}

impl Known<'_> {
    fn has(&self, name: &str) -> bool {
        let task = self.task;
        let role = task.role.as_ref();
        MAGIC.contains(&name)
            || name.starts_with("ansible_")
            || self.registered.contains(name)
            || task.vars.contains_key(name)
            || task
                .repeat
                .as_ref()
                .is_some_and(|l| l.variable == name || l.index.as_deref() == Some(name))
            || [
                &self.play.vars,
                &self.play.vars_files,
                &self.play.role_defaults,
                &self.play.role_vars,
            ]
            .iter()
            .any(|layer| layer.contains_key(name))
            || role.is_some_and(|role| {
                [&role.defaults, &role.vars, &role.params]
                    .iter()
                    .any(|layer| layer.contains_key(name))
            })
    }

    fn names(&self) -> Vec<String> {
        let role = self
            .task
            .role
            .iter()
            .flat_map(|role| role.defaults.keys().chain(role.vars.keys()));
        let play = self
            .play
            .vars
            .keys()
            .chain(self.play.vars_files.keys())
            .chain(self.play.role_defaults.keys());
        role.chain(play)
            .map(ToString::to_string)
            .chain(self.registered.iter().cloned())
            .collect()
    }
}

fn templates(task: &Task, known: &Known<'_>, faults: &mut Diagnostics) {
    for condition in task
        .when
        .iter()
        .chain(&task.changed_when)
        .chain(&task.failed_when)
        .chain(&task.until)
    {
        condition_written(condition, faults);
    }
    let args_at = &task.args_at;
    for value in task.args.values() {
        texts_of(value, &mut |text| {
            if let Err(error) = edgewright_template::check(text, "") {
                faults.push(broken(&error, args_at));
                return;
            }
            undefined(text, args_at, known, faults);
        });
    }
}

fn condition_written(condition: &Condition, faults: &mut Diagnostics) {
    let Some(text) = condition.expression.as_str() else {
        return;
    };
    if edgewright_template::is_template(text) {
        faults.push(
            Diagnostic::error(
                "playbook::condition",
                "a condition is an expression already, without `{{` and `}}`",
            )
            .at(&condition.at, "remove the braces"),
        );
    } else if let Err(error) = edgewright_template::check_condition(text) {
        faults.push(broken(&error, &condition.at));
    }
}

fn broken(error: &TemplateError, at: &Span) -> Diagnostic {
    Diagnostic::error("template::syntax", error.message.clone()).at(at, "here")
}

fn texts_of(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Text(text) if text.is_template() => visit(text.as_str()),
        Value::List(list) => list.iter().for_each(|item| texts_of(item, visit)),
        Value::Map(map) => map.values().for_each(|item| texts_of(item, visit)),
        _ => {}
    }
}

/// Complains about a variable that no file and no task defines. Inventory variables are named by the caller.
fn undefined(text: &str, at: &Span, known: &Known<'_>, faults: &mut Diagnostics) {
    // What is asked with `default` or `is defined` may be missing.
    if text.contains("default") || text.contains(" d(") || text.contains("defined") {
        return;
    }
    for name in edgewright_template::references(text)
        .into_iter()
        .filter(|name| !known.has(name))
    {
        let names = known.names();
        let fault = Diagnostic::error("playbook::undefined", format!("`{name}` is undefined"));
        faults.push(match nearest(&name, names.iter().map(String::as_str)) {
            Some(near) => fault.at(at, format!("did you mean `{near}`?")),
            None => fault
                .at(at, "used here")
                .help("define it in the inventory, in `vars`, or with `-e NAME=VALUE`"),
        });
    }
}
