//! Events as lines of text: what a log, a pipe, or the part of a terminal above the moving lines gets.
//!
//! Used by [`super::Report`]. Pure: takes events and the time they came at, returns text.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use edgewright_playbook::events::{self as playbook, Status, TaskInfo};
use serde_json::{Map, Value};

use super::ink::Ink;
use super::task;
use super::words;
use crate::cluster::change::{Change, Side, Verb};
use crate::cluster::event::{Event, Step};

/// What is to be printed where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub err: String,
}

impl Said {
    fn out(text: String) -> Self {
        Self {
            out: text,
            err: String::new(),
        }
    }

    fn err(text: String) -> Self {
        Self {
            out: String::new(),
            err: text,
        }
    }
}

/// Whether steps are told as lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// A line a step.
    Told,
    /// Moving lines show them.
    Shown,
}

/// Tells events, and remembers what it has told already.
#[derive(Debug)]
pub struct Lines {
    ink: Ink,
    err_ink: Ink,
    verbosity: u8,
    steps: Steps,
    column: usize,
    told: HashMap<Option<String>, String>,
    itemised: HashSet<(String, String)>,
}

impl Lines {
    /// A teller that has told nothing yet; one ink for each stream.
    pub fn new(ink: Ink, err_ink: Ink, verbosity: u8, steps: Steps) -> Self {
        Self {
            ink,
            err_ink,
            verbosity,
            steps,
            column: 0,
            told: HashMap::new(),
            itemised: HashSet::new(),
        }
    }

    /// An event of a cluster.
    pub fn cluster(&mut self, at: Duration, event: &Event) -> Said {
        match event {
            Event::Hosts(hosts) => {
                // What concerns no host is told of `cluster` and `OpenNebula`.
                let longest = hosts.iter().map(String::len).max().unwrap_or(0);
                self.column = longest.max("OpenNebula".len());
                Said::default()
            }
            Event::Step { host, step } => self.step(at, host.as_deref(), step),
            Event::Planned(_) => Said::default(),
            Event::Changed(change) => Said::out(self.changed(at, change)),
            Event::Playbook(event) => self.playbook(at, event),
            Event::Checked(check) if check.passed && self.verbosity == 0 => Said::default(),
            Event::Checked(check) => {
                let peer = check
                    .peer
                    .as_ref()
                    .map_or(String::new(), |peer| format!(" to {peer}"));
                let result = if check.passed {
                    self.ink.green("passed")
                } else {
                    self.ink.red("FAILED")
                };
                Said::out(self.line(
                    at,
                    &check.host,
                    &format!("{result}  {}{peer}: {}", check.name, check.seen),
                ))
            }
            Event::Warning(found) | Event::Failed(found) => {
                Said::err(found.render(self.err_ink.palette()))
            }
            Event::HostDone {
                host,
                well,
                elapsed,
            } => {
                let took = words::duration(*elapsed);
                let text = if *well {
                    self.ink.green(&format!("done in {took}"))
                } else {
                    self.ink.red(&format!("FAILED after {took}"))
                };
                Said::out(self.line(at, host, &text))
            }
        }
    }

    /// An event of a playbook's run.
    pub fn playbook(&mut self, at: Duration, event: &playbook::Event) -> Said {
        match event {
            playbook::Event::Play { name, hosts } => Said::out(self.play(name, hosts)),
            playbook::Event::Connected { host } if self.verbosity > 0 => {
                Said::out(self.line(at, host, "connected"))
            }
            playbook::Event::Notified { host, handler } if self.verbosity > 0 => {
                Said::out(self.line(at, host, &format!("notified {handler}")))
            }
            playbook::Event::Connected { .. }
            | playbook::Event::Task { .. }
            | playbook::Event::Notified { .. }
            | playbook::Event::Recap(_) => Said::default(),
            playbook::Event::Item {
                host,
                task,
                label,
                status,
                result,
            } => {
                if self.hides(*status, task) {
                    return Said::default();
                }
                self.itemised.insert((host.clone(), task.place.clone()));
                Said::out(self.result(at, host, task, Some(label), *status, result))
            }
            playbook::Event::Retry { host, task, left } => {
                let text = format!("{}  {} ({left} more)", self.ink.yellow("retry"), task.name);
                Said::out(self.line(at, host, &text))
            }
            playbook::Event::Result {
                host,
                task,
                status,
                result,
                ..
            } => {
                let itemised = self.itemised.remove(&(host.clone(), task.place.clone()));
                // The items of a loop have said all; that a failure was ignored, or the host lost, they have not.
                let told = itemised && !matches!(status, Status::Ignored | Status::Unreachable);
                if told || self.hides(*status, task) {
                    return Said::default();
                }
                Said::out(self.result(at, host, task, None, *status, result))
            }
            playbook::Event::Warning(text) => {
                Said::err(format!("{}: {text}\n", self.err_ink.yellow("warning")))
            }
        }
    }

    fn play(&mut self, name: &str, hosts: &[String]) -> String {
        let longest = hosts.iter().map(String::len).max().unwrap_or(0);
        self.column = self.column.max(longest);
        let on = match hosts {
            [] => "no hosts matched".to_owned(),
            hosts if hosts.len() <= 8 => hosts.join(" "),
            hosts => format!("{} hosts", hosts.len()),
        };
        format!("{} {name}: {on}\n", self.ink.bold("PLAY"))
    }

    fn step(&mut self, at: Duration, host: Option<&str>, step: &Step) -> Said {
        let key = match step {
            // Reasons of waiting alternate while something boots: that it waits is one step.
            Step::WaitingForSsh(_) => "waiting for SSH".to_owned(),
            Step::WaitingForMonitoring(_) => "waiting for OpenNebula".to_owned(),
            other => other.words(),
        };
        let before = self.told.insert(host.map(str::to_owned), key.clone());
        let ends = matches!(step, Step::Done | Step::Failed(_));
        // The end of a host is told with the time it took.
        if self.steps == Steps::Shown || before.as_deref() == Some(&key) || (ends && host.is_some())
        {
            return Said::default();
        }
        Said::out(self.line(at, host.unwrap_or("cluster"), &step.words()))
    }

    fn changed(&self, at: Duration, change: &Change) -> String {
        let who = match &change.side {
            Side::Vultr => "Vultr",
            Side::OpenNebula => "OpenNebula",
            Side::Host(name) => name,
        };
        let details = if change.details.is_empty() {
            String::new()
        } else {
            format!(": {}", change.details.join("; "))
        };
        let text = format!(
            "{} {} {}{}",
            sign(self.ink, change.verb),
            change.kind,
            change.name,
            self.ink.dim(&details)
        );
        self.line(at, who, &text)
    }

    /// Whether a result is told only to those who ask for more.
    fn hides(&self, status: Status, task: &TaskInfo) -> bool {
        match status {
            Status::Ok => self.verbosity == 0 && !task::speaks(&task.action),
            Status::Skipped => self.verbosity == 0,
            Status::Changed | Status::Failed | Status::Ignored | Status::Unreachable => false,
        }
    }

    fn result(
        &self,
        at: Duration,
        host: &str,
        task: &TaskInfo,
        item: Option<&String>,
        status: Status,
        result: &Map<String, Value>,
    ) -> String {
        let item = item.map_or(String::new(), |label| format!(" ({label})"));
        let head = format!("{}  {}{item}", task::word(self.ink, status), task.name);
        let mut text = self.line(at, host, &head);
        for line in task::body(self.ink, self.verbosity, task, status, result) {
            text.push_str("            ");
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    fn line(&self, at: Duration, who: &str, text: &str) -> String {
        let time = self.ink.dim(&format!("{:>7.1}s", at.as_secs_f64()));
        format!("{time}  {who:<width$}  {text}\n", width = self.column)
    }
}

/// `+`, `~` or `-`.
pub fn sign(ink: Ink, verb: Verb) -> String {
    match verb {
        Verb::Create => ink.green("+"),
        Verb::Change => ink.yellow("~"),
        Verb::Remove => ink.red("-"),
    }
}

#[cfg(test)]
mod tests;
