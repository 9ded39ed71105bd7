//! `command` and `shell`: run a program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::accounts;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::process;

#[derive(Deserialize)]
pub(super) struct Args {
    cmd: Option<String>,
    argv: Option<Vec<String>>,
    chdir: Option<PathBuf>,
    creates: Option<String>,
    removes: Option<String>,
    stdin: Option<String>,
    executable: Option<PathBuf>,
    #[serde(default = "yes")]
    stdin_add_newline: bool,
    #[serde(default = "yes")]
    strip_empty_ends: bool,
    #[serde(default = "yes")]
    expand_argument_vars: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn command(context: &Context<'_>, args: &Args) -> ModuleResult {
    let words = match (&args.argv, &args.cmd) {
        (Some(words), _) => words.clone(),
        (None, Some(line)) => split(line)?,
        (None, None) => return Err(Failure::new("no command was given").with("rc", 256)),
    };
    let expand = |word: &String| {
        if args.expand_argument_vars {
            home(&expand(context, word))
        } else {
            word.clone()
        }
    };
    let expanded: Vec<String> = words.iter().map(expand).collect();
    let Some((program, rest)) = expanded.split_first() else {
        return Err(Failure::new("no command was given").with("rc", 256));
    };
    let mut command = Command::new(program);
    command.args(rest);
    execute(context, args, &mut command, &json!(words))
}

pub(super) fn shell(context: &Context<'_>, args: &Args) -> ModuleResult {
    let line = args.cmd.clone().unwrap_or_default();
    let shell = args.executable.clone().unwrap_or_else(|| "/bin/sh".into());
    let mut command = Command::new(shell);
    command.arg("-c").arg(&line);
    execute(context, args, &mut command, &json!(line))
}

fn execute(
    context: &Context<'_>,
    args: &Args,
    command: &mut Command,
    shown: &Value,
) -> ModuleResult {
    let directory = args.chdir.as_deref();
    if let Some(directory) = directory {
        if !directory.is_dir() {
            return Err(Failure::new(format!(
                "cannot change to `{}`: it is no directory",
                directory.display()
            ))
            .with("cmd", shown.clone()));
        }
        command.current_dir(directory);
    }
    let unneeded = args
        .creates
        .as_deref()
        .filter(|pattern| exists(directory, pattern))
        .map(|pattern| (pattern, "exists"))
        .or_else(|| {
            args.removes
                .as_deref()
                .filter(|pattern| !exists(directory, pattern))
                .map(|pattern| (pattern, "does not exist"))
        });
    if let Some((pattern, why)) = unneeded {
        let did = if context.check { "Would" } else { "Did" };
        let said = format!("skipped, since {pattern} {why}");
        return Ok(printed(Outcome::changed(false), 0, said, String::new())
            .with("cmd", shown.clone())
            .with(
                "msg",
                format!("{did} not run command since '{pattern}' {why}"),
            ));
    }
    if context.check {
        // Only what creates or removes a file can be predicted.
        let predictable = args.creates.is_some() || args.removes.is_some();
        let outcome = printed(
            Outcome::changed(predictable),
            0,
            String::new(),
            String::new(),
        )
        .with("cmd", shown.clone())
        .with("msg", "Command would have run if not in check mode");
        return Ok(if predictable {
            outcome
        } else {
            outcome.with("skipped", true)
        });
    }
    let stdin = args.stdin.as_ref().map(|text| {
        let newline = if args.stdin_add_newline && !text.ends_with('\n') {
            "\n"
        } else {
            ""
        };
        format!("{text}{newline}")
    });
    let (start, clock) = (SystemTime::now(), Instant::now());
    let finished = process::run(context, command, stdin.as_ref().map(String::as_bytes))
        .map_err(|failure| failure.with("cmd", shown.clone()))?;
    let delta = clock.elapsed();
    let trim = |text: String| {
        if args.strip_empty_ends {
            text.trim_end_matches(['\n', '\r']).to_owned()
        } else {
            text
        }
    };
    let (stdout, stderr) = (trim(finished.stdout), trim(finished.stderr));
    let values = printed(Outcome::changed(true), finished.rc, stdout, stderr)
        .with("cmd", shown.clone())
        .with("start", timestamp(start))
        .with("end", timestamp(start + delta))
        .with("delta", duration(delta.as_micros()))
        .with("msg", "");
    if finished.rc == 0 {
        return Ok(values);
    }
    let mut failure = Failure::new("non-zero return code");
    failure.values = values.values;
    failure.values.insert("changed".to_owned(), true.into());
    failure.values.remove("msg");
    Err(failure)
}

/// What a program returned and printed, also in lines.
fn printed(outcome: Outcome, rc: i32, stdout: String, stderr: String) -> Outcome {
    outcome
        .with("rc", rc)
        .with("stdout_lines", json!(lines(&stdout)))
        .with("stderr_lines", json!(lines(&stderr)))
        .with("stdout", stdout)
        .with("stderr", stderr)
}

/// Splits a text at everything that Python takes for the end of a line.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| {
            matches!(
                c,
                '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'
                    ..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
            )
        });
        let at = end.unwrap_or(rest.len());
        let (line, behind) = rest.split_at(at);
        lines.push(line);
        rest = behind.strip_prefix("\r\n").unwrap_or_else(|| {
            let mut characters = behind.chars();
            characters.next();
            characters.as_str()
        });
    }
    lines
}

/// Replaces `~` and `~NAME` at the start by the home directory.
fn home(word: &str) -> String {
    let Some(rest) = word.strip_prefix('~') else {
        return word.to_owned();
    };
    let (name, behind) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let home = if name.is_empty() {
        std::env::var("HOME").ok()
    } else {
        accounts::user(name)
            .filter(|user| user.name == name)
            .map(|user| user.home)
    };
    home.map_or_else(|| word.to_owned(), |home| format!("{home}{behind}"))
}

fn exists(directory: Option<&Path>, pattern: &str) -> bool {
    let path = directory.map_or_else(
        || PathBuf::from(pattern),
        |directory| directory.join(pattern),
    );
    if !pattern.contains(['*', '?', '[']) {
        return path.exists();
    }
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return false;
    };
    let name = name.to_string_lossy();
    std::fs::read_dir(parent).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| wildcard(&name, &entry.file_name().to_string_lossy()))
    })
}

/// Shell patterns of `*` and `?`.
pub(super) fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let mut reachable = vec![false; text.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        for (at, slot) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1);
            let from = |reachable: &[bool], at: Option<usize>| {
                at.and_then(|at| reachable.get(at)).copied() == Some(true)
            };
            *slot = match symbol {
                '*' => reachable.iter().take(at + 1).any(|reached| *reached),
                '?' => from(&reachable, before),
                symbol => {
                    from(&reachable, before) && before.and_then(|at| text.get(at)) == Some(&symbol)
                }
            };
        }
        reachable = next;
    }
    reachable.last().copied() == Some(true)
}

/// Splits a line into words as a POSIX shell does, without expanding anything.
fn split(line: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(c),
            (Some(_), '\\') => {
                let next = characters.next().unwrap_or('\\');
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(Failure::new(format!("a quote is not closed in `{line}`")));
    }
    words.extend(word);
    Ok(words)
}

/// Replaces `$NAME` and `${NAME}` by variables of the environment; unknown ones stay.
fn expand(context: &Context<'_>, word: &str) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        text.push_str(rest.get(..at).unwrap_or_default());
        let behind = rest.get(at + 1..).unwrap_or_default();
        let (name, length) = match behind
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
        {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = behind
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(behind.len());
                (behind.get(..end).unwrap_or_default(), end)
            }
        };
        let value = context
            .environment
            .get(name)
            .cloned()
            .or_else(|| std::env::var(name).ok());
        match value.filter(|_| !name.is_empty()) {
            Some(value) => text.push_str(&value),
            None => {
                text.push('$');
                text.push_str(behind.get(..length).unwrap_or_default());
            }
        }
        rest = behind.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

fn duration(micros: u128) -> String {
    let seconds = micros / 1_000_000;
    format!(
        "{}:{:02}:{:02}.{:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    )
}

/// A time as `2026-11-24 16:02:31.000000`, in UTC.
fn timestamp(time: SystemTime) -> String {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let (year, month, day) = crate::facts::civil(since.as_secs() / 86_400);
    let seconds = since.as_secs() % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_micros()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        assert_eq!(
            split(r#"a 'b c' "d \" e" f\ g ''"#).unwrap(),
            ["a", "b c", "d \" e", "f g", ""]
        );
        assert!(split("a 'b").is_err());
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(lines("a\rb\r\nc\n\nd"), ["a", "b", "c", "", "d"]);
        assert_eq!(lines("a\n"), ["a"]);
        assert!(lines("").is_empty());
    }

    #[test]
    fn patterns_match_whole_names() {
        assert!(
            wildcard("a*c?", "abbbcd")
                && wildcard("*", "")
                && !wildcard("a?", "a")
                && !wildcard("a", "ab")
        );
    }
}
