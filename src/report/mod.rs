//! The one place that prints: events become text for people, JSON lines for programs, and logs.
//!
//! `cli` makes a [`Report`] and gives it as the observer to `cluster` and to the playbook engine. Telling it something
//! never blocks: a thread of its own prints, in order. Nothing else in this program prints.

mod checks;
mod console;
mod ink;
mod json;
mod lines;
mod live;
mod log;
mod output;
mod plan;
mod printer;
mod recap;
mod status;
mod table;
mod task;
mod words;

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use edgewright_playbook::events::{self as playbook, Recap};
use edgewright_yaml::{Diagnostic, Diagnostics};
use indicatif::ProgressDrawTarget;

use crate::cluster::change::{Plan, Summary, Verb};
use crate::cluster::event::{Event, Observer};
use crate::cluster::status::Status;
use crate::cluster::verify::Check;

pub use ink::Ink;
pub use output::{Format, Output};
pub use plan::question;
pub use recap::summary as recap_summary;

use console::Console;
use live::Live;
use log::Log;
use printer::{Item, Printer};

/// How often moving lines move: fast enough for a spinner.
const TICK: Duration = Duration::from_millis(100);

enum Message {
    Tell(Duration, Item),
    /// Answer when all that came before is printed and nothing moves.
    Settle(Sender<()>),
    /// Answer with what standard output lacks, and end.
    End(Sender<Option<String>>),
}

/// Takes everything that is to be shown.
pub struct Report {
    started: Instant,
    verb: &'static str,
    output: Output,
    messages: Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
    tally: Mutex<Summary>,
}

impl Report {
    /// A report on a verb; with a state directory, everything is logged below it, too.
    ///
    /// # Errors
    /// When the thread that prints cannot be started.
    pub fn start(
        output: Output,
        verb: &'static str,
        state_dir: Option<&Path>,
    ) -> std::io::Result<Self> {
        let started = Instant::now();
        let log = state_dir.map(|directory| Log::create(directory, jiff::Timestamp::now(), verb));
        let (log, no_log) = match log {
            None => (None, None),
            Some(Ok(log)) => (Some(log), None),
            Some(Err(error)) => (None, Some(error)),
        };
        let live = output.live.then(|| Live::new(ProgressDrawTarget::stderr()));
        let printer = Printer::new(output, Console::standard(), log, live);
        let (messages, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("report".to_owned())
            .spawn(move || run(printer, &inbox, started))?;
        let report = Self {
            started,
            verb,
            output,
            messages,
            thread: Mutex::new(Some(thread)),
            tally: Mutex::new(Summary::default()),
        };
        if let Some(error) = no_log {
            let warning = Diagnostic::warning(
                "log::create",
                format!("this run is not logged: {error}"),
            )
            .help(
                "name a directory that can be written to: `export EDGEWRIGHT_STATE_DIR=DIRECTORY`",
            );
            report.diagnostics(warning);
        }
        Ok(report)
    }

    /// How output is wanted.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Shows what would be done.
    pub fn plan(&self, plan: &Plan) {
        self.tell(Item::Plan(plan.clone()));
    }

    /// Shows what there is.
    pub fn status(&self, status: &Status) {
        self.tell(Item::Status(status.clone()));
    }

    /// Shows what was looked at.
    pub fn checks(&self, checks: &[Check]) {
        self.tell(Item::Checks(checks.to_vec()));
    }

    /// Shows what a playbook's run came to.
    pub fn recap(&self, recap: &Recap) {
        self.tell(Item::Recap(recap.clone()));
    }

    /// Shows complaints.
    pub fn diagnostics(&self, found: impl Into<Diagnostics>) {
        let found = found.into();
        if found.has_errors() {
            self.count(|tally| tally.failed += 1);
        }
        self.tell(Item::Diagnostics(found));
    }

    /// Says something to people on standard error, to programs as an event of that name.
    pub fn note(&self, event: &'static str, text: impl Into<String>) {
        self.tell(Item::Note(event, text.into()));
    }

    /// Prints to standard output, whatever the format.
    pub fn text(&self, text: impl Into<String>) {
        self.tell(Item::Text(text.into()));
    }

    /// Prints to standard error, whatever the format.
    pub fn err_text(&self, text: impl Into<String>) {
        self.tell(Item::ErrText(text.into()));
    }

    /// The last word of a verb: counts and exit code. Programs always get it, people when `aloud`.
    pub fn summary(&self, counts: Summary, exit: u8, aloud: bool) {
        self.tell(Item::Summary {
            verb: self.verb,
            counts,
            exit,
            aloud,
        });
    }

    /// What events have told so far, for a verb that did not come to its end.
    pub fn tally(&self) -> Summary {
        self.tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until all is printed and nothing moves, so that somebody can be asked.
    pub fn settle(&self) {
        let (answer, answered) = mpsc::channel();
        if self.messages.send(Message::Settle(answer)).is_ok() {
            answered.recv().unwrap_or_default();
        }
    }

    /// Waits until all is printed; returns why standard output lacks something, if it does.
    pub fn end(&self) -> Option<String> {
        let (answer, answered) = mpsc::channel();
        self.messages.send(Message::End(answer)).ok()?;
        let trouble = answered.recv().ok().flatten();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        thread.map(JoinHandle::join);
        trouble
    }

    fn tell(&self, item: Item) {
        // Once the printer has ended nobody listens any more; nothing is lost that could still be shown.
        self.messages
            .send(Message::Tell(self.started.elapsed(), item))
            .unwrap_or_default();
    }

    fn count(&self, count: impl FnOnce(&mut Summary)) {
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn count_playbook(&self, event: &playbook::Event) {
        if let playbook::Event::Result { status, .. } = event {
            self.count(|tally| match status {
                playbook::Status::Ok => tally.unchanged += 1,
                playbook::Status::Changed => tally.count(Verb::Change),
                playbook::Status::Failed | playbook::Status::Unreachable => tally.failed += 1,
                playbook::Status::Skipped | playbook::Status::Ignored => {}
            });
        }
    }
}

impl Observer for Report {
    fn event(&self, event: &Event) {
        match event {
            Event::Changed(change) => self.count(|tally| tally.count(change.verb)),
            Event::Failed(_) => self.count(|tally| tally.failed += 1),
            Event::Playbook(event) => self.count_playbook(event),
            _ => {}
        }
        self.tell(Item::Cluster(event.clone()));
    }
}

impl playbook::Observer for Report {
    fn event(&self, event: &playbook::Event) {
        self.count_playbook(event);
        self.tell(Item::Playbook(event.clone()));
    }
}

/// The thread that prints.
fn run(mut printer: Printer, inbox: &Receiver<Message>, started: Instant) {
    let mut over = false;
    loop {
        match inbox.recv_timeout(TICK) {
            // What is still under way when a run is interrupted has nothing to say after the last word.
            Ok(Message::Tell(..)) if over => {}
            Ok(Message::Tell(at, item)) => {
                over = matches!(item, Item::Summary { .. });
                printer.tell(at, &item);
            }
            Ok(Message::Settle(answer)) => {
                printer.settle();
                answer.send(()).unwrap_or_default();
            }
            Ok(Message::End(answer)) => {
                answer.send(printer.end()).unwrap_or_default();
                return;
            }
            Err(RecvTimeoutError::Timeout) => printer.tick(started.elapsed()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
