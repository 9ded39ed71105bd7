//! What a task returned, as far as a reader needs it.
//!
//! Used by [`super::lines`].

use edgewright_playbook::events::{Status, TaskInfo};
use serde_json::{Map, Value};
use similar::TextDiff;

use super::ink::Ink;

/// Return values that say nothing about a failure.
const USUAL: [&str; 12] = [
    "changed",
    "failed",
    "msg",
    "stdout",
    "stdout_lines",
    "stderr",
    "stderr_lines",
    "start",
    "end",
    "delta",
    "diff",
    "invocation",
];

/// Whether a module is there to say something.
pub fn speaks(action: &str) -> bool {
    matches!(action.rsplit('.').next(), Some("debug"))
}

/// A status in one word of always the same width.
pub fn word(ink: Ink, status: Status) -> String {
    match status {
        Status::Ok => ink.green("ok     "),
        Status::Changed => ink.yellow("changed"),
        Status::Skipped => ink.dim("skipped"),
        Status::Failed => ink.red("FAILED "),
        Status::Ignored => ink.yellow("ignored"),
        Status::Unreachable => ink.red("UNREACHABLE"),
    }
}

/// The lines below a task's own line.
pub fn body(
    ink: Ink,
    verbosity: u8,
    task: &TaskInfo,
    status: Status,
    result: &Map<String, Value>,
) -> Vec<String> {
    let mut lines = Vec::new();
    match status {
        Status::Failed | Status::Ignored => {
            lines.push(format!("at {}, module `{}`", task.place, task.action));
            field(&mut lines, result, "msg");
            if let Some(code) = result.get("rc").filter(|code| !code.is_null()) {
                lines.push(format!("rc: {code}"));
            }
            field(&mut lines, result, "stderr");
            field(&mut lines, result, "stdout");
            field(&mut lines, result, "censored");
        }
        Status::Unreachable => field(&mut lines, result, "msg"),
        Status::Ok | Status::Changed | Status::Skipped => {
            if speaks(&task.action) {
                said(&mut lines, result);
            } else if status == Status::Skipped {
                field(&mut lines, result, "skip_reason");
                field(&mut lines, result, "false_condition");
            }
        }
    }
    if let Some(found) = result.get("diff") {
        diff(ink, &mut lines, found);
    }
    if verbosity > 1 {
        for (name, value) in result.iter().filter(|(name, _)| name.as_str() != "diff") {
            let known = matches!(status, Status::Failed | Status::Ignored)
                && USUAL.contains(&name.as_str());
            if !known {
                lines.push(format!("{name}: {value}"));
            }
        }
    }
    lines
}

/// `name: value`; a text of several lines below its name, indented.
fn field(lines: &mut Vec<String>, result: &Map<String, Value>, name: &str) {
    let text = match result.get(name) {
        None | Some(Value::Null) => return,
        Some(Value::String(text)) => text.trim_end().to_owned(),
        Some(other) => other.to_string(),
    };
    if text.is_empty() {
        return;
    }
    if text.contains('\n') {
        lines.push(format!("{name}:"));
        lines.extend(text.lines().map(|line| format!("    {line}")));
    } else {
        lines.push(format!("{name}: {text}"));
    }
}

/// What `debug` says: its message, or the variable it was asked for.
fn said(lines: &mut Vec<String>, result: &Map<String, Value>) {
    for (name, value) in result {
        if matches!(name.as_str(), "changed" | "failed") || name.starts_with("_ansible") {
            continue;
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).unwrap_or_default(),
        };
        let prefix = if name == "msg" {
            String::new()
        } else {
            format!("{name}: ")
        };
        lines.extend(format!("{prefix}{text}").lines().map(str::to_owned));
    }
}

/// What `--diff` shows: one difference or a list of them, each as before and after, or prepared by the module.
fn diff(ink: Ink, lines: &mut Vec<String>, found: &Value) {
    match found {
        Value::Array(several) => several.iter().for_each(|one| diff(ink, lines, one)),
        Value::Object(one) => {
            if let Some(prepared) = one.get("prepared").and_then(Value::as_str) {
                lines.extend(prepared.trim_end().lines().map(|line| painted(ink, line)));
            }
            let (before, after) = (side(one.get("before")), side(one.get("after")));
            if before == after {
                return;
            }
            let header = |name: &str| {
                let header = one.get(name).and_then(Value::as_str).unwrap_or_default();
                let side = name.trim_end_matches("_header");
                format!("{side}: {header}")
                    .trim_end_matches(": ")
                    .to_owned()
            };
            let (from, to) = (header("before_header"), header("after_header"));
            let text = TextDiff::from_lines(&before, &after)
                .unified_diff()
                .header(&from, &to)
                .to_string();
            lines.extend(text.lines().map(|line| painted(ink, line)));
        }
        _ => {}
    }
}

/// One side of a difference as text; mappings, such as a file's mode and owner, as JSON with a line a key.
fn side(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => {
            let mut text = serde_json::to_string_pretty(other).unwrap_or_default();
            text.push('\n');
            text
        }
    }
}

fn painted(ink: Ink, line: &str) -> String {
    match line.as_bytes().first() {
        Some(b'+') => ink.green(line),
        Some(b'-') => ink.red(line),
        Some(b'@') => ink.dim(line),
        _ => line.to_owned(),
    }
}
