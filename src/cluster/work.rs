//! One run that changes things: its journal, its counts, and whoever watches.
//!
//! Made by `apply` and `destroy`, handed to the parts that act. Every object that is made, changed or removed goes through
//! here, so that journal, counts and events cannot disagree.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edgewright_yaml::{Diagnostic, Diagnostics};

use super::change::{Change, Side, Summary, Verb};
use super::event::{Event, Observer, Step};
use super::limits;
use crate::journal::{JournalError, Run};

/// A run that is under way. Clones share it.
#[derive(Clone)]
pub struct Work {
    run: Run,
    observer: Arc<dyn Observer>,
    summary: Arc<Mutex<Summary>>,
}

impl Work {
    /// Starts counting.
    pub fn new(run: Run, observer: Arc<dyn Observer>) -> Self {
        Self {
            run,
            observer,
            summary: Arc::default(),
        }
    }

    /// An id for an operation: 16 hexadecimal digits that nobody else has.
    ///
    /// # Errors
    /// A diagnostic when the system gives no random bytes.
    pub fn operation() -> Result<String, Diagnostics> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| {
            Diagnostic::error(
                "keys::random",
                format!("the system gives no random bytes: {error}"),
            )
        })?;
        Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
    }

    /// Carries out one change: it is in the journal before `act` is polled, and counted and told when it has succeeded.
    ///
    /// # Errors
    /// What `act` says, or that the journal cannot be written; then nothing was sent.
    pub async fn carry_out<T>(
        &self,
        change: Change,
        operation: &str,
        act: impl Future<Output = Result<T, Diagnostics>>,
    ) -> Result<T, Diagnostics> {
        self.run
            .announce(operation, change.kind, &change.name)
            .map_err(|error| unwritten(&error))?;
        let result = act.await;
        let outcome = if result.is_ok() { "done" } else { "failed" };
        self.run
            .ended(operation, outcome)
            .map_err(|error| unwritten(&error))?;
        match result {
            Ok(value) => {
                self.tell(change);
                Ok(value)
            }
            Err(diagnostics) => Err(purpose(&change, diagnostics)),
        }
    }

    /// Counts a change that has been made and tells about it.
    pub fn tell(&self, change: Change) {
        self.count(|summary| summary.count(change.verb));
        self.observer.event(&Event::Changed(change));
    }

    /// Counts objects that are as they should be.
    pub fn unchanged(&self, number: u32) {
        self.count(|summary| summary.unchanged += number);
    }

    /// Counts changes that were told by somebody else.
    pub fn changed(&self, verb: Verb, number: u32) {
        self.count(|summary| (0..number).for_each(|_| summary.count(verb)));
    }

    /// Counts a failure and tells about each part of it.
    pub fn failed(&self, diagnostics: &Diagnostics) {
        self.count(|summary| summary.failed += 1);
        for diagnostic in &diagnostics.0 {
            self.observer.event(&Event::Failed(diagnostic.clone()));
        }
    }

    /// Tells where a host, or the cluster, is.
    pub fn step(&self, host: Option<&str>, step: Step) {
        self.observer.event(&Event::Step {
            host: host.map(str::to_owned),
            step,
        });
    }

    /// Whoever watches.
    pub fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// The counts so far.
    pub fn summary(&self) -> Summary {
        self.summary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the run in the journal.
    ///
    /// # Errors
    /// A diagnostic when the journal cannot be written.
    pub fn end(&self) -> Result<Summary, Diagnostics> {
        let summary = self.summary();
        let outcome = if summary.failed == 0 {
            "done"
        } else {
            "partly failed"
        };
        self.run.end(outcome).map_err(|error| unwritten(&error))?;
        Ok(summary)
    }

    fn count(&self, change: impl FnOnce(&mut Summary)) {
        change(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Says with the first complaint what was to be done: the call alone does not name the object.
fn purpose(change: &Change, diagnostics: Diagnostics) -> Diagnostics {
    let side = match &change.side {
        Side::Vultr => "at Vultr".to_owned(),
        Side::OpenNebula => "in OpenNebula".to_owned(),
        Side::Host(host) => format!("on {host}"),
    };
    let (verb, kind, name) = (change.verb.word(), change.kind, &change.name);
    let note = format!("this was to {verb} the {kind} `{name}` {side}");
    noted(diagnostics, &note)
}

/// The last cause of an error that does not tell it itself, such as the operating system's: `: connection refused`.
pub fn cause(error: &dyn std::error::Error) -> String {
    let mut last = error.source();
    while let Some(next) = last.and_then(std::error::Error::source) {
        last = Some(next);
    }
    last.map_or_else(String::new, |cause| format!(": {cause}"))
}

/// Both values, or every complaint.
///
/// # Errors
/// The complaints of both.
pub fn both<A, B>(
    one: Result<A, Diagnostics>,
    other: Result<B, Diagnostics>,
) -> Result<(A, B), Diagnostics> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => {
            let complaints = [one.err(), other.err()].into_iter().flatten();
            Err(Diagnostics(complaints.flat_map(|found| found.0).collect()))
        }
    }
}

/// The complaints with a note at the first of them.
pub fn noted(found: Diagnostics, note: &str) -> Diagnostics {
    let mut found = found.0.into_iter();
    let first = found.next().map(|first| first.note(note));
    Diagnostics(first.into_iter().chain(found).collect())
}

/// The message of the first complaint.
pub fn first_line(diagnostics: &Diagnostics) -> String {
    diagnostics
        .0
        .first()
        .map(|diagnostic| diagnostic.message().to_owned())
        .unwrap_or_default()
}

/// The complaint about a journal that cannot be used.
pub fn unwritten(error: &JournalError) -> Diagnostics {
    Diagnostic::error("journal::unusable", error.to_string())
        .help("free space, or name another directory with `EDGEWRIGHT_STATE_DIR`; nothing that costs money is ordered without a journal")
        .into()
}

/// Looks again and again, with growing pauses, until `look` gives a value or `limit` has passed since the call.
///
/// # Errors
/// What `look` says.
pub async fn poll<T>(
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Diagnostics>,
) -> Result<Option<T>, Diagnostics> {
    let (mut pause, longest) = limits::LOOK;
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        if let Some(value) = look().await? {
            return Ok(Some(value));
        }
        if tokio::time::Instant::now() + pause > deadline {
            return Ok(None);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(longest);
    }
}
