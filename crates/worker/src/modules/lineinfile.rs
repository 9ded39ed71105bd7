//! `lineinfile`: keeps one line in a file.

use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::attributes::{Changed, Wanted};
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::{Options, make_directories, replace, resolve};

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each of the module's options"
)]
pub(super) struct Args {
    path: PathBuf,
    line: Option<String>,
    regexp: Option<String>,
    search_string: Option<String>,
    #[serde(default)]
    state: String,
    insertafter: Option<String>,
    insertbefore: Option<String>,
    #[serde(default)]
    firstmatch: bool,
    #[serde(default)]
    create: bool,
    #[serde(default)]
    backrefs: bool,
    #[serde(default)]
    backup: bool,
    validate: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

enum Find {
    Expression(Regex),
    Text(String),
}

impl Find {
    fn is_in(&self, line: &str) -> bool {
        match self {
            Self::Expression(expression) => expression.is_match(line),
            Self::Text(text) => line.contains(text.as_str()),
        }
    }
}

fn expression(text: &str) -> Result<Regex, Failure> {
    Regex::new(text).map_err(|error| {
        Failure::new(format!(
            "the regular expression `{text}` cannot be used: {error}"
        ))
    })
}

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let path = resolve(&args.path);
    let before = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::io("read", &path, &error)),
    };
    if before.is_none() {
        if args.state == "absent" {
            return Ok(Outcome::changed(false).with("msg", "file not present"));
        }
        if !args.create {
            return Err(Failure::new(format!(
                "`{}` is not there; `create: true` makes it",
                path.display()
            ))
            .with("rc", 257));
        }
    }
    let text = before.clone().unwrap_or_default();
    // Lines keep their ends: those of files from elsewhere stay as they are.
    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let edit = if args.state == "absent" {
        removed(args, lines)?
    } else {
        kept(args, lines)?
    };
    let new = edit.lines.concat();
    let mut outcome = Outcome::changed(edit.changed || before.is_none());
    let mut attributes = Changed::default();
    if outcome.changed {
        if path.exists() {
            // What will be different, told before the file is replaced together with it.
            attributes = args.wanted.apply(&path, true)?;
        }
        if !context.check {
            if let Some(parent) = path.parent().filter(|_| before.is_none()) {
                make_directories(parent)?;
            }
            let options = Options {
                validate: args.validate.as_deref(),
                backup: args.backup,
            };
            if let Some(backup) = replace(context, &path, new.as_bytes(), &args.wanted, &options)? {
                outcome = outcome.with("backup", backup.to_string_lossy());
            }
        }
    } else if path.exists() {
        attributes = args.wanted.apply(&path, context.check)?;
        outcome.changed = attributes.any();
    }
    let mut message = edit.message;
    if attributes.any() {
        let and = if message.is_empty() { "" } else { " and " };
        message += and;
        message += "ownership, perms or SE linux context changed";
    }
    if context.diff {
        outcome = outcome.with("diff", difference(&args.path, &text, &new, attributes));
    }
    if let Some(found) = edit.found {
        outcome = outcome.with("found", found);
    }
    Ok(outcome.with("msg", message))
}

/// The content and the attributes, each before and after.
fn difference(path: &Path, before: &str, after: &str, attributes: Changed) -> Value {
    let of = |what: &str| format!("{} ({what})", path.display());
    let mut second =
        json!({"before_header": of("file attributes"), "after_header": of("file attributes")});
    if attributes.any() {
        second["before"] = Value::Object(attributes.before);
        second["after"] = Value::Object(attributes.after);
    }
    json!([
        {"before": before, "after": after, "before_header": of("content"), "after_header": of("content")},
        second,
    ])
}

/// What became of the lines.
struct Edit {
    lines: Vec<String>,
    changed: bool,
    message: String,
    /// Number of lines that were removed.
    found: Option<usize>,
}

fn finder(args: &Args) -> Result<Option<Find>, Failure> {
    Ok(match (&args.regexp, &args.search_string) {
        (Some(text), _) => Some(Find::Expression(expression(text)?)),
        (None, Some(text)) => Some(Find::Text(text.clone())),
        (None, None) => None,
    })
}

/// A line without its end, and the end.
fn parted(line: &str) -> (&str, &str) {
    let bare = line.trim_end_matches(['\r', '\n']);
    line.split_at(bare.len())
}

fn removed(args: &Args, lines: Vec<String>) -> Result<Edit, Failure> {
    let find = finder(args)?;
    if find.is_none() && args.line.is_none() {
        return Err(Failure::new(
            "`line`, `regexp` or `search_string` is needed for removing a line",
        ));
    }
    let stays = |line: &String| {
        let (bare, _) = parted(line);
        !match &find {
            Some(find) => find.is_in(bare),
            None => args.line.as_deref() == Some(bare),
        }
    };
    let count = lines.len();
    let lines: Vec<String> = lines.into_iter().filter(stays).collect();
    let found = count - lines.len();
    Ok(Edit {
        lines,
        changed: found > 0,
        message: if found > 0 {
            format!("{found} line(s) removed")
        } else {
            String::new()
        },
        found: Some(found),
    })
}

fn kept(args: &Args, mut lines: Vec<String>) -> Result<Edit, Failure> {
    let Some(line) = args.line.clone() else {
        return Err(Failure::new("`line` is needed for keeping one"));
    };
    let find = finder(args)?;
    let chosen = |places: Vec<usize>| {
        if args.firstmatch {
            places.first().copied()
        } else {
            places.last().copied()
        }
    };
    let places = |is: &dyn Fn(&str) -> bool| {
        let all = lines.iter().enumerate();
        let places: Vec<usize> = all
            .filter(|(_, line)| is(parted(line).0))
            .map(|(at, _)| at)
            .collect();
        places
    };
    let matching = find
        .as_ref()
        .map(|find| places(&|line| find.is_in(line)))
        .unwrap_or_default();
    let found = chosen(matching)
        // A line that is there already is the one that is meant.
        .or_else(|| {
            places(&|candidate| !args.backrefs && candidate == line)
                .last()
                .copied()
        });
    if let Some(at) = found {
        let old = lines.get(at).cloned().unwrap_or_default();
        let new = match (&find, args.backrefs) {
            (Some(Find::Expression(expression)), true) => {
                expanded(expression, parted(&old).0, &line)
            }
            _ => line,
        };
        // An end of the line that stays is not made another one.
        let end = if parted(&old).0 == new && !parted(&old).1.is_empty() {
            parted(&old).1
        } else {
            "\n"
        };
        let new = format!("{new}{end}");
        let changed = new != old;
        if let Some(slot) = lines.get_mut(at) {
            *slot = new;
        }
        return Ok(edit(lines, changed, "line replaced"));
    }
    if args.backrefs {
        return Ok(edit(lines, false, ""));
    }
    let position = |text: &str| -> Result<Option<usize>, Failure> {
        let expression = expression(text)?;
        Ok(chosen(places(&|line| expression.is_match(line))))
    };
    let at = match (args.insertbefore.as_deref(), args.insertafter.as_deref()) {
        (Some("BOF"), _) => 0,
        (Some(text), _) => position(text)?.unwrap_or(lines.len()),
        (None, None | Some("EOF")) => lines.len(),
        (None, Some(text)) => position(text)?.map_or(lines.len(), |at| at + 1),
    };
    if let Some(before) = at.checked_sub(1).and_then(|before| lines.get_mut(before))
        && !before.ends_with('\n')
    {
        before.push('\n');
    }
    lines.insert(at, format!("{line}\n"));
    Ok(edit(lines, true, "line added"))
}

fn edit(lines: Vec<String>, changed: bool, message: &str) -> Edit {
    Edit {
        lines,
        changed,
        message: if changed { message } else { "" }.to_owned(),
        found: None,
    }
}

/// Fills `\1` and `\g<name>` of a replacement.
fn expanded(expression: &Regex, old: &str, replacement: &str) -> String {
    let Some(groups) = expression.captures(old) else {
        return replacement.to_owned();
    };
    let mut text = String::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at).unwrap_or_default());
        let behind = rest.get(at + 1..).unwrap_or_default();
        let named = behind
            .strip_prefix("g<")
            .and_then(|inner| inner.split_once('>'));
        if let Some((name, after)) = named {
            let group = name
                .parse()
                .ok()
                .and_then(|number| groups.get(number))
                .or_else(|| groups.name(name));
            text.push_str(group.map_or("", |group| group.as_str()));
            rest = after;
        } else if let Some(digit) = behind.chars().next().and_then(|c| c.to_digit(10)) {
            let group = usize::try_from(digit)
                .ok()
                .and_then(|number| groups.get(number));
            text.push_str(group.map_or("", |group| group.as_str()));
            rest = behind.get(1..).unwrap_or_default();
        } else {
            text.push('\\');
            rest = behind;
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, args: &Value) -> Vec<String> {
        let mut all = json!({"path": "/x", "state": "present"});
        all.as_object_mut()
            .unwrap()
            .extend(args.as_object().unwrap().clone());
        let args: Args = serde_json::from_value(all).unwrap();
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let edit = if args.state == "absent" {
            removed(&args, lines).unwrap()
        } else {
            kept(&args, lines).unwrap()
        };
        edit.lines.concat().lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_match_is_replaced() {
        assert_eq!(
            edit(
                "bgpd=no\nx\nbgpd=no",
                &json!({"regexp": "^bgpd=", "line": "bgpd=yes"})
            ),
            ["bgpd=no", "x", "bgpd=yes"]
        );
    }

    #[test]
    fn a_line_that_is_there_is_not_added_again() {
        assert_eq!(edit("a\nb", &json!({"line": "a"})), ["a", "b"]);
        assert_eq!(edit("a\nb", &json!({"line": "c"})), ["a", "b", "c"]);
    }

    #[test]
    fn lines_go_where_they_are_told() {
        assert_eq!(
            edit("a\nb\na", &json!({"line": "x", "insertafter": "^a"})),
            ["a", "b", "a", "x"]
        );
        assert_eq!(
            edit(
                "a\nb\na",
                &json!({"line": "x", "insertafter": "^a", "firstmatch": true})
            ),
            ["a", "x", "b", "a"]
        );
        assert_eq!(
            edit("a\nb", &json!({"line": "x", "insertbefore": "BOF"})),
            ["x", "a", "b"]
        );
    }

    #[test]
    fn groups_are_filled_and_without_a_match_nothing_happens() {
        assert_eq!(
            edit(
                "k=1",
                &json!({"regexp": "^(\\w)=(\\d)", "line": "\\1=\\g<2>0", "backrefs": true})
            ),
            ["k=10"]
        );
        assert_eq!(
            edit("y", &json!({"regexp": "^k", "line": "z", "backrefs": true})),
            ["y"]
        );
    }

    #[test]
    fn all_matching_lines_are_removed() {
        assert_eq!(
            edit("a1\nb\na2", &json!({"regexp": "^a", "state": "absent"})),
            ["b"]
        );
    }
}
