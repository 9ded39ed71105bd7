//! `lineinfile`: keeps one line in a file.

use std::fs;
use std::path::PathBuf;

use regex_lite::Regex;
use serde::Deserialize;

use crate::attributes::Wanted;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::{Options, replace, resolve};

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
    Regex::new(text)
        .map_err(|error| Failure::new(format!("`{text}` is no regular expression: {error}")))
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
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (after, message) = if args.state == "absent" {
        removed(args, &lines)?
    } else {
        kept(args, lines)?
    };
    let mut new = after.join("\n");
    if !new.is_empty() {
        new.push('\n');
    }
    // A file that only lacks its last line break is left alone.
    let same = new == text || new.strip_suffix('\n') == Some(&text);
    let mut outcome = Outcome::changed(!same || before.is_none());
    if outcome.changed {
        if context.diff {
            outcome = outcome.diff(&path.to_string_lossy(), &text, &new);
        }
        if !context.check {
            let options = Options {
                validate: args.validate.as_deref(),
                backup: args.backup,
            };
            if let Some(backup) = replace(context, &path, new.as_bytes(), &args.wanted, &options)? {
                outcome = outcome.with("backup", backup.to_string_lossy());
            }
        }
    } else {
        outcome.changed = args.wanted.apply(&path, context.check)?;
    }
    let message = if outcome.changed { message } else { "" };
    Ok(outcome.with("msg", message))
}

fn finder(args: &Args) -> Result<Option<Find>, Failure> {
    Ok(match (&args.regexp, &args.search_string) {
        (Some(text), _) => Some(Find::Expression(expression(text)?)),
        (None, Some(text)) => Some(Find::Text(text.clone())),
        (None, None) => None,
    })
}

fn removed(args: &Args, lines: &[String]) -> Result<(Vec<String>, &'static str), Failure> {
    let find = finder(args)?;
    if find.is_none() && args.line.is_none() {
        return Err(Failure::new(
            "`line`, `regexp` or `search_string` is needed for removing a line",
        ));
    }
    let goes = |line: &String| match &find {
        Some(find) => find.is_in(line),
        None => args.line.as_ref() == Some(line),
    };
    Ok((
        lines.iter().filter(|line| !goes(line)).cloned().collect(),
        "line(s) removed",
    ))
}

fn kept(args: &Args, mut lines: Vec<String>) -> Result<(Vec<String>, &'static str), Failure> {
    let Some(line) = args.line.clone() else {
        return Err(Failure::new("`line` is needed for keeping one"));
    };
    let find = finder(args)?;
    let found = find
        .as_ref()
        .and_then(|find| lines.iter().rposition(|candidate| find.is_in(candidate)));
    if let Some(at) = found {
        let new = match (&find, args.backrefs, lines.get(at)) {
            (Some(Find::Expression(expression)), true, Some(old)) => {
                expanded(expression, old, &line)
            }
            _ => line,
        };
        if let Some(slot) = lines.get_mut(at) {
            *slot = new;
        }
        return Ok((lines, "line replaced"));
    }
    if args.backrefs || lines.contains(&line) {
        return Ok((lines, ""));
    }
    let position = |text: &str, lines: &[String]| -> Result<Option<usize>, Failure> {
        let expression = expression(text)?;
        let mut all = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| expression.is_match(line))
            .map(|(at, _)| at);
        Ok(if args.firstmatch {
            all.next()
        } else {
            all.last()
        })
    };
    let at = match (args.insertbefore.as_deref(), args.insertafter.as_deref()) {
        (Some("BOF"), _) => 0,
        (Some(text), _) => position(text, &lines)?.unwrap_or(lines.len()),
        (None, None | Some("EOF")) => lines.len(),
        (None, Some(text)) => position(text, &lines)?.map_or(lines.len(), |at| at + 1),
    };
    lines.insert(at, line);
    Ok((lines, "line added"))
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
    use serde_json::{Value, json};

    fn edit(text: &str, args: &Value) -> Vec<String> {
        let mut all = json!({"path": "/x", "state": "present"});
        all.as_object_mut()
            .unwrap()
            .extend(args.as_object().unwrap().clone());
        let args: Args = serde_json::from_value(all).unwrap();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if args.state == "absent" {
            removed(&args, &lines).unwrap().0
        } else {
            kept(&args, lines).unwrap().0
        }
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
