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
            playbook::Event::Task { host, task } => self.work(at, host, task.name.clone()),
            playbook::Event::Item {
                host, task, label, ..
            } => self.work(at, host, format!("{} ({label})", task.name)),
            playbook::Event::Retry { host, task, left } => {
                self.work(at, host, format!("{} (again, {left} more)", task.name));
            }
            playbook::Event::Result { host, status, .. } => match status {
                Status::Changed => self.changed += 1,
                Status::Failed | Status::Unreachable => self.end(host, false),
                Status::Ok | Status::Skipped | Status::Ignored => {}
            },
            // That it is connected says less than the task for which it is.
            playbook::Event::Connected { .. }
            | playbook::Event::Notified { .. }
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
        // A failure that is rescued or ignored is not the end.
        self.failed.shift_remove(host);
        self.done.shift_remove(host);
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
            let ended = self.done.contains(host) || self.failed.contains(host);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use edgewright_playbook::events::TaskInfo;
    use indicatif::InMemoryTerm;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn live() -> (Live, InMemoryTerm) {
        let term = InMemoryTerm::new(10, 60);
        // As many frames a second as there are events: nothing is left out.
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
        (Live::new(target), term)
    }

    fn step(host: &str, step: Step) -> Event {
        Event::Step {
            host: Some(host.to_owned()),
            step,
        }
    }

    /// The screen, spinners shown as `*`.
    fn screen(live: &mut Live, term: &InMemoryTerm, at: u64) -> String {
        std::thread::sleep(Duration::from_millis(20));
        live.tick(seconds(at));
        term.contents()
            .chars()
            .map(|c| {
                if ('\u{2800}'..='\u{28ff}').contains(&c) {
                    '*'
                } else {
                    c
                }
            })
            .collect()
    }

    #[test]
    fn each_host_has_a_line_with_its_step_and_its_time() {
        let (mut live, term) = live();
        let hosts = ["edge-vhost0", "edge-9"].map(str::to_owned).to_vec();
        live.cluster(seconds(0), &Event::Hosts(hosts));
        live.cluster(seconds(1), &step("edge-vhost0", Step::Ordering));
        live.cluster(seconds(2), &step("edge-9", Step::Configuring));
        let task = Arc::new(TaskInfo {
            name: "frr : Install".to_owned(),
            action: "apt".to_owned(),
            role: None,
            place: "x:1:1".to_owned(),
            handler: false,
        });
        let task = playbook::Event::Task {
            host: "edge-9".to_owned(),
            task,
        };
        live.cluster(seconds(3), &Event::Playbook(task));
        assert_eq!(
            screen(&mut live, &term, 13),
            "* edge-vhost0  ordering the instance                    12 s
* edge-9       frr : Install                            11 s
  2 hosts, 0 changed                                    13 s"
        );
        let done = Event::HostDone {
            host: "edge-9".to_owned(),
            well: true,
            elapsed: seconds(12),
        };
        live.cluster(seconds(14), &done);
        assert_eq!(
            screen(&mut live, &term, 14),
            "* edge-vhost0  ordering the instance                    13 s
  2 hosts, 1 done, 0 changed                            14 s"
        );
        live.clear();
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn what_is_too_long_for_the_terminal_is_cut_off() {
        let (mut live, term) = live();
        live.cluster(
            seconds(0),
            &step("edge-0", Step::WaitingForSsh("no route to host ".repeat(5))),
        );
        let shown = screen(&mut live, &term, 5);
        assert!(
            shown.lines().all(|line| line.chars().count() <= 60),
            "{shown}"
        );
        assert_eq!(shown.lines().count(), 2, "{shown}");
    }
}
