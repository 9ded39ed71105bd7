//! `apt_repository`: repositories of apt, as lines in `/etc/apt/sources.list.d`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use crate::apt_get::AptGet;
use crate::attributes::Wanted;
use crate::outcome::{Context, Failure, ModuleResult, Outcome};
use crate::write::{Options, replace};

#[derive(Deserialize)]
pub(super) struct Args {
    repo: String,
    #[serde(default)]
    state: String,
    filename: Option<String>,
    #[serde(default)]
    update_cache: bool,
    #[serde(flatten)]
    wanted: Wanted,
}

/// Seconds to wait for apt's lock.
const LOCK_TIMEOUT: u64 = 60;

const DIRECTORY: &str = "/etc/apt/sources.list.d";

pub(super) fn run(context: &Context<'_>, args: &Args) -> ModuleResult {
    let line = args.repo.split_whitespace().collect::<Vec<_>>().join(" ");
    if !line.starts_with("deb ") && !line.starts_with("deb-src ") {
        return Err(Failure::new(format!(
            "`{line}` is no line of sources.list: it starts with `deb` or `deb-src`"
        )));
    }
    let own = Path::new(DIRECTORY).join(format!(
        "{}.list",
        args.filename.clone().unwrap_or_else(|| file_name(&line))
    ));
    let present = args.state != "absent";
    let sources = changes(&own, &line, present)?;
    let changed = !sources.is_empty();
    let elsewhere = present
        && files(&own)
            .iter()
            .any(|path| *path != own && has_line(path, &line));
    if elsewhere {
        return Ok(Outcome::changed(false)
            .with("repo", args.repo.clone())
            .with("state", "present")
            .with("sources_added", json!([]))
            .with("sources_removed", json!([])));
    }
    let mut outcome = Outcome::changed(changed);
    let mut diffs = Vec::new();
    for (path, before, after) in &sources {
        let shown = path.to_string_lossy();
        let header = |text: &str| {
            if text.is_empty() {
                "/dev/null".into()
            } else {
                shown.clone()
            }
        };
        diffs.push(json!({
            "before": before, "before_header": header(before), "after": after, "after_header": header(after),
        }));
        if context.check {
            continue;
        }
        if after.is_empty() {
            fs::remove_file(path).map_err(|error| Failure::io("remove", path, &error))?;
        } else {
            replace(
                context,
                path,
                after.as_bytes(),
                &args.wanted,
                &Options::default(),
            )?;
        }
    }
    if present && !changed && own.exists() {
        outcome.changed = args.wanted.apply(&own, context.check)?.any();
    }
    if changed && args.update_cache && !context.check {
        let apt_get = AptGet {
            lock_timeout: LOCK_TIMEOUT,
            ..AptGet::default()
        };
        let updated = apt_get.run(context, &["update"]);
        if let Err(failure) = updated {
            // The next run must try again: a repository that is there counts as done.
            restore(&sources);
            return Err(failure);
        }
    }
    if context.diff && !diffs.is_empty() {
        outcome = outcome.with("diff", diffs);
    }
    // Files that were made or are gone by this.
    let named = |is: &dyn Fn(&str, &str) -> bool| -> Vec<String> {
        let chosen = sources
            .iter()
            .filter(|(_, before, after)| is(before, after));
        chosen
            .map(|(path, ..)| path.to_string_lossy().into_owned())
            .collect()
    };
    Ok(outcome
        .with("sources_added", named(&|before, _| before.is_empty()))
        .with("sources_removed", named(&|_, after| after.is_empty()))
        .with("repo", args.repo.clone())
        .with("state", if present { "present" } else { "absent" }))
}

/// Files that have to change, each before and after.
fn changes(
    own: &Path,
    line: &str,
    present: bool,
) -> Result<Vec<(PathBuf, String, String)>, Failure> {
    let mut sources = vec![];
    for path in files(own) {
        let before = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::io("read", &path, &error)),
        };
        let after = if present && path == own {
            with_line(&before, line)
        } else if present {
            continue;
        } else {
            without_line(&before, line)
        };
        if after != before {
            sources.push((path, before, after));
        }
    }
    Ok(sources)
}

fn restore(sources: &[(PathBuf, String, String)]) {
    for (path, before, _) in sources {
        let restored = if before.is_empty() {
            fs::remove_file(path)
        } else {
            fs::write(path, before)
        };
        // The failure that led here is the one to tell.
        restored.ok();
    }
}

fn files(own: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(DIRECTORY)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<PathBuf> = listed
        .filter(|path| path.extension().is_some_and(|ext| ext == "list"))
        .collect();
    files.push(PathBuf::from("/etc/apt/sources.list"));
    if !files.iter().any(|path| path == own) {
        files.push(own.to_owned());
    }
    files
}

fn normal(line: &str) -> String {
    line.split('#')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn has_line(path: &Path, line: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.lines().any(|found| normal(found) == line))
}

fn with_line(text: &str, line: &str) -> String {
    if text.lines().any(|found| normal(found) == line) {
        return text.to_owned();
    }
    // A line that was put aside as a comment is taken back where it stands.
    let aside = |found: &str| {
        found
            .trim()
            .strip_prefix('#')
            .is_some_and(|rest| normal(rest) == line)
    };
    if text.lines().any(aside) {
        return text
            .lines()
            .flat_map(|found| [if aside(found) { line } else { found }, "\n"])
            .collect();
    }
    let separator = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{text}{separator}{line}\n")
}

fn without_line(text: &str, line: &str) -> String {
    text.lines()
        .filter(|found| normal(found) != line)
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// A name made of the repository's address, as Ansible makes it.
fn file_name(line: &str) -> String {
    let address = line
        .split_whitespace()
        .find(|word| word.contains("://"))
        .unwrap_or(line);
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let words: String = address
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    words.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_once_and_removed_whole() {
        let line = "deb https://example.org/debian stable main";
        let text = with_line("# mine\n", line);
        assert_eq!(text, "# mine\ndeb https://example.org/debian stable main\n");
        assert_eq!(with_line(&text, line), text);
        let aside = format!("a\n# {line}\n");
        assert_eq!(with_line(&aside, line), format!("a\n{line}\n"));
        assert_eq!(without_line(&text, line), "# mine\n");
        assert_eq!(file_name(line), "example_org_debian");
    }
}
