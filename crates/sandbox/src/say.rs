//! The one place that prints.
//!
//! Verbs print results with [`out`] and errors with [`error`]; long work tells with [`progress`] how far it is; the daemon,
//! whose output is a log file, uses [`log`].
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line prints, and this is the module that does"
)]

use std::io::Write;
use std::sync::OnceLock;
use std::time::Instant;

static BEGUN: OnceLock<Instant> = OnceLock::new();

/// Prints a line of a result. A reader that went away is not an error.
pub fn out(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

/// Prints an error and what to do about it, in the form of the other programs of this project.
pub fn error(message: &str, help: Option<&str>) {
    eprintln!("error: {message}");
    if let Some(help) = help {
        eprintln!("  = help: {help}");
    }
}

/// Says how far long work is, with the seconds since the first such line.
pub fn progress(line: &str) {
    let seconds = BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{seconds:6.1} s  {line}").ok();
}

/// Writes a line with the time to the daemon's log.
pub fn log(line: &str) {
    println!("{} {line}", crate::now());
}
