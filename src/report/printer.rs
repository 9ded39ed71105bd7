//! What is printed for each thing that a verb tells: one voice for people, one for programs.
//!
//! Runs in a thread of its own behind [`super::Report`], so that a slow reader never holds up the work.

use std::time::Duration;

use edgewright_playbook::events::{self as playbook, Recap};
use edgewright_yaml::{Diagnostic, Diagnostics};

use super::console::Console;
use super::json::{self, Line};
use super::lines::Lines;
use super::live::Live;
use super::log::Log;
use super::output::{Format, Output};
use super::{checks, plan, recap, status, words};
use crate::cluster::change::{Plan, Summary};
use crate::cluster::event::Event;
use crate::cluster::status::Status;
use crate::cluster::verify::Check;

/// One thing to be told.
#[derive(Debug)]
pub enum Item {
    /// An event of a cluster.
    Cluster(Event),
    /// An event of a playbook's run.
    Playbook(playbook::Event),
    /// What would be done.
    Plan(Plan),
    /// What there is.
    Status(Status),
    /// What was looked at.
    Checks(Vec<Check>),
    /// What a playbook's run came to.
    Recap(Recap),
    /// Complaints.
    Diagnostics(Diagnostics),
    /// Something to know, for people on standard error, for programs an event of that name.
    Note(&'static str, String),
    /// Text for standard output, as it is, in every format.
    Text(String),
    /// Text for standard error, as it is, in every format.
    ErrText(String),
    /// The end of a verb: what it came to, and its exit code.
    Summary {
        /// The verb.
        verb: &'static str,
        /// Its counts.
        counts: Summary,
        /// Its exit code.
        exit: u8,
        /// Whether people are told, too.
        aloud: bool,
    },
}

/// Prints and logs.
pub struct Printer {
    output: Output,
    console: Console,
    log: Option<Log>,
    lines: Lines,
    live: Option<Live>,
}

impl Printer {
    /// A printer that has printed nothing yet.
    pub fn new(output: Output, console: Console, log: Option<Log>, live: Option<Live>) -> Self {
        Self {
            lines: output.lines(live.is_some()),
            output,
            console,
            log,
            live,
        }
    }

    /// Tells one thing that came at this time.
    pub fn tell(&mut self, at: Duration, item: &Item) {
        let lines = objects(at, item);
        for line in &lines {
            self.record(line);
        }
        match self.output.format {
            Format::Json => match item {
                Item::Text(text) => self.console.out(text),
                Item::ErrText(text) => self.console.err(text),
                _ => lines
                    .iter()
                    .for_each(|line| self.console.out(&json::text(line))),
            },
            Format::Text => self.speak(at, item),
        }
    }

    /// Moves what moves.
    pub fn tick(&mut self, at: Duration) {
        if let Some(live) = &mut self.live {
            live.tick(at);
        }
    }

    /// Takes moving lines away.
    pub fn settle(&mut self) {
        if let Some(live) = &mut self.live {
            live.clear();
        }
    }

    /// Takes moving lines away for good, and tells on standard error what standard output lacks; returns it, too.
    pub fn end(&mut self) -> Option<String> {
        self.settle();
        let trouble = self.console.trouble()?;
        let text = format!("cannot write to standard output: {trouble}");
        self.console
            .err(&format!("{}: {text}\n", self.output.err_ink.red("error")));
        Some(text)
    }

    fn record(&mut self, line: &Line) {
        let failed = self.log.as_mut().and_then(|log| log.write(line));
        if let Some(error) = failed {
            let warning = Diagnostic::warning("log::write", format!("the log ends here: {error}"));
            self.print("", &warning.render(self.output.err_ink.palette()));
        }
    }

    fn print(&self, out: &str, err: &str) {
        let print = || {
            if !out.is_empty() {
                self.console.out(out);
            }
            if !err.is_empty() {
                self.console.err(err);
            }
        };
        match &self.live {
            Some(live) if !(out.is_empty() && err.is_empty()) => live.above(print),
            _ => print(),
        }
    }

    fn speak(&mut self, at: Duration, item: &Item) {
        let (ink, width) = (self.output.ink, self.output.width);
        match item {
            Item::Cluster(event) => {
                let said = self.lines.cluster(at, event);
                self.print(&said.out, &said.err);
                if let Some(live) = &mut self.live {
                    live.cluster(at, event);
                }
            }
            Item::Playbook(event) => {
                let said = self.lines.playbook(at, event);
                self.print(&said.out, &said.err);
                if let Some(live) = &mut self.live {
                    live.playbook(at, event);
                }
            }
            Item::Plan(found) => self.whole(&plan::render(ink, found), ""),
            Item::Status(found) => self.whole(&status::render(ink, found, width), ""),
            Item::Checks(found) => self.whole(&checks::render(ink, found, width), ""),
            Item::Recap(found) => self.whole(&recap::render(ink, found, width), ""),
            Item::Diagnostics(found) => {
                self.whole("", &found.render(self.output.err_ink.palette()));
            }
            Item::Note(_, text) => self.whole("", &format!("{text}\n")),
            Item::Text(text) => self.whole(text, ""),
            Item::ErrText(text) => self.whole("", text),
            Item::Summary { aloud: false, .. } => self.settle(),
            Item::Summary { counts, .. } => {
                self.whole(
                    &format!("{} in {}\n", sentence(counts), words::duration(at)),
                    "",
                );
            }
        }
    }

    /// Prints what nothing moves below.
    fn whole(&mut self, out: &str, err: &str) {
        self.settle();
        self.print(out, err);
    }
}

/// The same for programs and logs.
fn objects(at: Duration, item: &Item) -> Vec<Line> {
    match item {
        Item::Cluster(event) => json::cluster(at, event).into_iter().collect(),
        Item::Playbook(event) => json::playbook(at, event).into_iter().collect(),
        Item::Plan(found) => json::plan(at, found),
        Item::Status(found) => json::status(at, found),
        // Each check was told as an event when it ended.
        Item::Checks(_) | Item::Text(_) | Item::ErrText(_) => Vec::new(),
        Item::Recap(found) => vec![json::recap(at, found)],
        Item::Diagnostics(found) => found
            .0
            .iter()
            .map(|one| json::diagnostic(at, one))
            .collect(),
        Item::Note(event, text) => vec![json::note(at, event, text)],
        Item::Summary {
            verb, counts, exit, ..
        } => vec![json::summary(at, verb, counts, *exit)],
    }
}

fn sentence(counts: &Summary) -> String {
    let Summary {
        created,
        changed,
        removed,
        failed,
        unchanged,
    } = counts;
    format!(
        "{created} created, {changed} changed, {removed} removed, {failed} failed, {unchanged} unchanged"
    )
}

#[cfg(test)]
mod tests;
