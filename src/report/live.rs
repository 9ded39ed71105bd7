//! The moving part of a terminal: a line a host with the step it is in, and a line of totals.
//!
//! Used by [`super::printer`], which also moves it on ten times a second. Finished things are printed above it.

use std::time::Duration;

use edgewright_playbook::events::{self as playbook, Status};
use indexmap::{IndexMap, IndexSet};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words;
use crate::cluster::event::{Event, Step};

/// Moving lines.
#[derive(Debug)]
pub struct Live {
    multi: MultiProgress,
    totals: Option<ProgressBar>,
    bars: IndexMap<String, ProgressBar>,
    hosts: IndexMap<String, Working>,
    done: IndexSet<String>,
    failed: IndexSet<String>,
    changed: usize,
    whole: String,
}

/// What a host is at.
#[derive(Debug, Default)]
struct Working {
    since: Option<Duration>,
    words: String,
}

impl Live {
    /// Lines at the foot of what is drawn to `target`; none is there before the first host is known.
    pub fn new(target: ProgressDrawTarget) -> Self {
        Self {
            multi: MultiProgress::with_draw_target(target),
            totals: None,
            bars: IndexMap::new(),
            hosts: IndexMap::new(),
            done: IndexSet::new(),
            failed: IndexSet::new(),
            changed: 0,
            whole: String::new(),
        }
    }

    /// An event of a cluster.
    pub fn cluster(&mut self, at: Duration, event: &Event) {
        match event {
            Event::Hosts(hosts) => self.know(hosts),
            Event::Step { host: None, step } => self.whole = step.words(),
            Event::Step {
                host: Some(host),
                step,
            } => {
                if !matches!(step, Step::Done | Step::Failed(_)) {
                    self.work(at, host, step.words());
                }
            }
            Event::Changed(_) => self.changed += 1,
            Event::Playbook(event) => self.playbook(at, event),
            Event::HostDone { host, well, .. } => self.end(host, *well),
            Event::Planned(_) | Event::Checked(_) | Event::Warning(_) | Event::Failed(_) => {}
        }
        self.draw(at);
    }

    /// An event of a playbook's run.
    pub fn playbook(&mut self, at: Duration, event: &playbook::Event) {
        match event {
            playbook::Event::Play { hosts, .. } => self.know(hosts),
            playbook::Event::Connected { host } => self.work(at, host, "connected".to_owned()),
            playbook::Event::Task { host, task } => self.work(at, host, task.name.clone()),
            playbook::Event::Item {
                host, task, label, ..
            } => self.work(at, host, format!("{} ({label})", task.name)),
            playbook::Event::Retry { host, task, left } => {
                self.work(at, host, format!("{} (again, {left} more)", task.name));
            }
            playbook::Event::Result { host, status, .. } => match status {
                Status::Changed => self.changed += 1,
                Status::Failed | Status::Unreachable => {
                    self.failed.insert(host.clone());
                }
                Status::Ok | Status::Skipped | Status::Ignored => {}
            },
            playbook::Event::Notified { .. }
            | playbook::Event::Warning(_)
            | playbook::Event::Recap(_) => {}
        }
        self.draw(at);
    }

    /// Prints something above the lines.
    pub fn above(&self, print: impl FnOnce()) {
        self.multi.suspend(print);
    }

    /// Moves spinners and times on.
    pub fn tick(&mut self, at: Duration) {
        self.draw(at);
        for bar in self.bars.values().chain(&self.totals) {
            bar.tick();
        }
    }

    /// Takes the lines away; the next event of a host brings them back.
    pub fn clear(&mut self) {
        for bar in self.bars.values().chain(&self.totals) {
            bar.finish_and_clear();
            self.multi.remove(bar);
        }
        self.bars.clear();
        self.totals = None;
        for working in self.hosts.values_mut() {
            *working = Working::default();
        }
    }

    fn know(&mut self, hosts: &[String]) {
        for host in hosts {
            self.hosts.entry(host.clone()).or_default();
        }
    }

    fn work(&mut self, at: Duration, host: &str, words: String) {
        let working = self.hosts.entry(host.to_owned()).or_default();
        working.since.get_or_insert(at);
        working.words = words;
        self.show();
    }

    fn end(&mut self, host: &str, well: bool) {
        let set = if well {
            &mut self.done
        } else {
            &mut self.failed
        };
        set.insert(host.to_owned());
        if let Some(bar) = self.bars.shift_remove(host) {
            bar.finish_and_clear();
            self.multi.remove(&bar);
        }
    }

    /// Makes the lines that are missing.
    fn show(&mut self) {
        let totals = self.totals.get_or_insert_with(|| {
            let bar = self.multi.add(ProgressBar::new_spinner());
            bar.set_style(style("  {wide_msg} {prefix}"));
            bar
        });
        let column = self.hosts.keys().map(String::len).max().unwrap_or(0);
        for (host, working) in &self.hosts {
            let ended = self.done.contains(host);
            if ended || working.since.is_none() || self.bars.contains_key(host) {
                continue;
            }
            let bar = self.multi.insert_before(totals, ProgressBar::new_spinner());
            bar.set_style(style(&format!(
                "{{spinner}} {host:<column$}  {{wide_msg}} {{prefix}}"
            )));
            self.bars.insert(host.clone(), bar);
        }
    }

    fn draw(&self, at: Duration) {
        for (host, bar) in &self.bars {
            if let Some(working) = self.hosts.get(host) {
                let since = working
                    .since
                    .map_or(Duration::ZERO, |since| at.saturating_sub(since));
                bar.set_message(working.words.clone());
                bar.set_prefix(words::duration(since));
            }
        }
        if let Some(totals) = &self.totals {
            totals.set_message(self.totals_words());
            totals.set_prefix(words::duration(at));
        }
    }

    fn totals_words(&self) -> String {
        let mut parts = vec![words::count(self.hosts.len(), "host", "hosts")];
        if !self.done.is_empty() {
            parts.push(format!("{} done", self.done.len()));
        }
        if !self.failed.is_empty() {
            parts.push(format!("{} failed", self.failed.len()));
        }
        parts.push(format!("{} changed", self.changed));
        if !self.whole.is_empty() {
            parts.push(self.whole.clone());
        }
        parts.join(", ")
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
