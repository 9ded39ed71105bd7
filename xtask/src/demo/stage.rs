//! What chapters are made of: headings with times, commands with their real output, and what they came to.
//!
//! What a verb of `edgewright` did is read from the log that it leaves, so that people see the output that is for people.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::Run;
use crate::failure::Failure;
use crate::sandbox::Sandbox;
use crate::{place, say};

/// The chapters so far, and how long each took.
#[derive(Debug, Default)]
pub struct Stage {
    chapters: Vec<(String, Duration)>,
}

impl Stage {
    /// Tells a chapter.
    ///
    /// # Errors
    /// Whatever ended it.
    pub fn chapter<T>(
        &mut self,
        title: &str,
        tell: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        say::heading(&format!("{}. {title}", self.chapters.len() + 1));
        let begun = Instant::now();
        let told = tell()?;
        say::note(&format!("({})", say::time(begun.elapsed())));
        self.chapters.push((title.to_owned(), begun.elapsed()));
        Ok(told)
    }

    /// Shows how long everything took.
    pub fn end(&self) {
        let whole: Duration = self.chapters.iter().map(|(_, time)| *time).sum();
        say::heading(&format!("The story holds; it took {}", say::time(whole)));
        let rows: Vec<Vec<String>> = self
            .chapters
            .iter()
            .map(|(title, time)| vec![title.clone(), say::time(*time)])
            .collect();
        say::table(&rows);
    }
}

/// Ends the story when it is not so.
///
/// # Errors
/// [`Failure::Story`].
pub fn holds(so: bool, what: &str) -> Result<(), Failure> {
    if so {
        say::note(&format!("checked: {what}"));
        return Ok(());
    }
    Err(Failure::Story(what.to_owned()))
}

/// What a verb came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Objects that were, or would be, created.
    pub created: u64,
    /// Changed.
    pub changed: u64,
    /// Removed.
    pub removed: u64,
    /// That failed.
    pub failed: u64,
    /// That are as they should be.
    pub unchanged: u64,
    /// Everything that was logged.
    pub events: Vec<Value>,
}

impl Came {
    /// Whether nothing had to be done.
    pub fn is_nothing(&self) -> bool {
        (self.created, self.changed, self.removed, self.failed) == (0, 0, 0, 0)
    }

    fn read(text: &str) -> Result<Self, serde_json::Error> {
        let events: Vec<Value> = text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        let summary = events.iter().rfind(|event| event["event"] == "summary");
        let number = |name: &str| summary.and_then(|event| event[name].as_u64()).unwrap_or(0);
        Ok(Self {
            created: number("created"),
            changed: number("changed"),
            removed: number("removed"),
            failed: number("failed"),
            unchanged: number("unchanged"),
            events: events.clone(),
        })
    }
}

/// Shows and runs `edgewright cluster VERB FILE …`.
///
/// # Errors
/// [`Failure::Command`] when it does not end with 0.
pub fn edgewright(
    sandbox: &Sandbox,
    verb: &str,
    file: &str,
    more: &[&str],
) -> Result<Came, Failure> {
    let logs = logs(sandbox)?;
    let words = [&["cluster", verb, file], more].concat();
    Run::new(place::release("edgewright"))
        .envs(sandbox.environment())
        .args(&words)
        .shown_as(&format!("edgewright {}", words.join(" ")))
        .run()?;
    let new = self::logs(sandbox)?
        .into_iter()
        .find(|log| !logs.contains(log));
    let Some(log) = new else {
        return Err(Failure::Story(format!("`{verb}` leaves a log")));
    };
    Came::read(&fs_err::read_to_string(&log)?)
        .map_err(|error| Failure::Unreadable(log.display().to_string(), error))
}

/// The logs that there are.
fn logs(sandbox: &Sandbox) -> Result<Vec<PathBuf>, Failure> {
    let state = sandbox.variable("EDGEWRIGHT_STATE_DIR").unwrap_or_default();
    let directory = Path::new(&state).join("logs");
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs_err::read_dir(directory)?;
    Ok(entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?)
}

/// All API calls so far.
///
/// # Errors
/// [`Failure`] of `edgewright-sandbox`.
pub fn calls(sandbox: &Sandbox) -> Result<Vec<Value>, Failure> {
    sandbox.lines(&["calls"])
}

/// How many calls after the first `skip` could change something.
pub fn mutating(calls: &[Value], skip: usize) -> usize {
    let new = calls.iter().skip(skip);
    new.filter(|call| call["mutating"] == true).count()
}

/// A host as the sandbox knows it.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its container.
    pub container: String,
    /// Its public address.
    pub address: String,
}

/// The hosts that there are.
///
/// # Errors
/// [`Failure`] of `edgewright-sandbox`.
pub fn hosts(sandbox: &Sandbox) -> Result<Vec<Host>, Failure> {
    let text = |host: &Value, key: &str| host[key].as_str().unwrap_or_default().to_owned();
    Ok(sandbox
        .lines(&["hosts"])?
        .iter()
        .map(|host| Host {
            name: text(host, "name"),
            container: text(host, "container"),
            address: text(host, "public_ip"),
        })
        .collect())
}

/// Shows and runs a line on a host, as somebody who stands before it would.
///
/// # Errors
/// [`Failure::Command`].
pub fn on_host(host: &Host, line: &str) -> Result<(), Failure> {
    Run::new("docker")
        .args(["exec", &host.container, "sh", "-c", line])
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_verb_came_to_stands_in_its_last_line() {
        let log = r#"{"event":"changed","at":0.1,"verb":"create"}
{"event":"summary","at":2.0,"verb":"apply","created":4,"changed":1,"removed":0,"failed":0,"unchanged":7,"seconds":2.0,"exit":0}
"#;
        let came = Came::read(log).unwrap();
        assert_eq!((came.created, came.changed, came.unchanged), (4, 1, 7));
        assert_eq!(came.events.len(), 2);
        assert!(!came.is_nothing());
    }

    #[test]
    fn calls_before_a_moment_do_not_count() {
        let calls = [
            serde_json::json!({"mutating": true}),
            serde_json::json!({"mutating": false}),
            serde_json::json!({"mutating": true}),
        ];
        assert_eq!(mutating(&calls, 0), 2);
        assert_eq!(mutating(&calls, 1), 1);
    }
}
