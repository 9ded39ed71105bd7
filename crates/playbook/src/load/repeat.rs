//! Reading loops: `loop`, `with_…`, `loop_control`.

use std::sync::Arc;

use edgewright_yaml::{Data, Diagnostic, Diagnostics, Map as YamlMap, Node, nearest};

use super::fields::{boolean, checked, conditions, is_name, is_template, spanned, wrong_type};
use super::model::{Repeat, RepeatKind};

/// The ways to write a loop.
const KINDS: &[(&str, RepeatKind)] = &[
    ("loop", RepeatKind::Loop),
    ("with_dict", RepeatKind::Dict),
    ("with_flattened", RepeatKind::Flattened),
    ("with_indexed_items", RepeatKind::Indexed),
    ("with_items", RepeatKind::Items),
    ("with_list", RepeatKind::List),
    ("with_nested", RepeatKind::Nested),
    ("with_together", RepeatKind::Together),
];

/// What may stand under `loop_control`.
const CONTROL: &[&str] = &[
    "break_when",
    "extended",
    "index_var",
    "label",
    "loop_var",
    "pause",
];

/// Whether a key of a task says what it is repeated for.
pub(super) fn is_loop(name: &str) -> bool {
    name == "loop" || name.starts_with("with_")
}

/// Reads the loop of a task.
pub(super) fn read(map: &YamlMap, problems: &mut Diagnostics) -> Option<Repeat> {
    let mut found: Option<Repeat> = None;
    for (key, node) in map.iter().filter(|(key, _)| is_loop(&key.name)) {
        let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == &*key.name) else {
            problems.push(
                Diagnostic::error(
                    "playbook::unsupported",
                    format!("the loop `{}` is not supported", key.name),
                )
                .at(&key.span, "used here")
                .help("write it as `loop` with a list"),
            );
            continue;
        };
        if let Some(first) = &found {
            problems.push(
                Diagnostic::error("playbook::loop", "a task has one loop at most")
                    .at(&key.span, "the second")
                    .label(&first.over.span, "the first"),
            );
            continue;
        }
        if *kind == RepeatKind::Loop && node.as_list().is_none() && !is_template(node) {
            problems.push(wrong_type("loop", node, "a list or a template for one"));
        }
        found = Some(Repeat {
            kind: *kind,
            over: checked(node, problems),
            var: "item".into(),
            index_var: None,
            label: None,
            pause: None,
            extended: false,
            break_when: Vec::new(),
        });
    }
    match (map.get("loop_control"), &mut found) {
        (Some(node), Some(repeat)) => control(node, repeat, problems),
        (Some(node), None) if node.data != Data::Null => {
            problems.push(
                Diagnostic::error("playbook::loop", "`loop_control` without a loop")
                    .at(&node.span, "it has no meaning here"),
            );
        }
        _ => {}
    }
    found
}

fn control(node: &Node, repeat: &mut Repeat, problems: &mut Diagnostics) {
    let Some(map) = node.as_map() else {
        problems.push(wrong_type("loop_control", node, "a mapping"));
        return;
    };
    for (key, value) in map.iter() {
        match &*key.name {
            "loop_var" => {
                if let Some(name) = variable(value, "loop_var", problems) {
                    repeat.var = name;
                }
            }
            "index_var" => repeat.index_var = variable(value, "index_var", problems),
            "label" => repeat.label = Some(checked(value, problems).value),
            "pause" => {
                let number = matches!(value.data, Data::Int(_) | Data::Float(_));
                if !number && !is_template(value) {
                    problems.push(wrong_type("pause", value, "a number"));
                }
                repeat.pause = Some(spanned(value).value);
            }
            "extended" => repeat.extended = boolean(map, "extended", false, problems),
            "break_when" => repeat.break_when = conditions(value, "break_when", problems),
            name => {
                let complaint = Diagnostic::error(
                    "playbook::unknown-keyword",
                    format!("`loop_control` has no keyword `{name}`"),
                )
                .at(&key.span, "not known");
                problems.push(match nearest(name, CONTROL.iter().copied()) {
                    Some(near) => complaint.help(format!("did you mean `{near}`?")),
                    None => complaint,
                });
            }
        }
    }
}

fn variable(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Arc<str>> {
    match &node.data {
        Data::Str(name) if is_name(name) => Some(Arc::clone(name)),
        _ => {
            problems.push(wrong_type(what, node, "the name of a variable"));
            None
        }
    }
}
