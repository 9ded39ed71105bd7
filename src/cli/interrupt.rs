//! Ctrl-C and SIGTERM: the first ends the work gracefully, the second at once.
//!
//! Used by verbs that wait for something. Work is ended by dropping its future; what `cluster` and the playbook engine
//! have begun is journalled and marked, so that the next run finds it.

use std::future::Future;
use std::pin::pin;

use edgewright_yaml::{Diagnostic, Diagnostics};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::Exit;

/// A runtime for a verb.
///
/// # Errors
/// A diagnostic when the system gives no threads.
pub fn runtime() -> Result<Runtime, Diagnostics> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Diagnostic::error(
                "cli::runtime",
                format!("the system gives no threads: {error}"),
            )
            .help("look at the limits of this session: `ulimit -u`")
            .into()
        })
}

/// Does the work to its end; `None` when it was interrupted before. From then on a second signal ends the program.
pub async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let (Ok(mut interrupts), Ok(mut terminations)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without handlers a signal ends the program at once, as it does anyway.
        return Some(work.await);
    };
    let work = pin!(work);
    tokio::select! {
        value = work => return Some(value),
        _ = interrupts.recv() => {}
        _ = terminations.recv() => {}
    }
    tokio::spawn(end_at_the_next(interrupts, terminations));
    None
}

async fn end_at_the_next(mut interrupts: Signal, mut terminations: Signal) {
    tokio::select! {
        _ = interrupts.recv() => {}
        _ = terminations.recv() => {}
    }
    std::process::exit(i32::from(Exit::Interrupted.code()));
}
