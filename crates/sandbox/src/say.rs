//! The one place that prints.
//!
//! Verbs print results with [`out`] and errors with [`error`]; long work tells with [`progress`] how far it is; the daemon,
//! whose output is a log file, uses [`log`]. A reader that went away is not an error.

use std::io::Write;
use std::sync::OnceLock;
use std::time::Instant;

static BEGUN: OnceLock<Instant> = OnceLock::new();

/// Prints a line of a result.
pub fn out(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

/// Prints an error and what to do about it, in the form of the other programs of this project.
pub fn error(message: &str, help: Option<&str>) {
    let help = help.map_or_else(String::new, |help| format!("\n  = help: {help}"));
    writeln!(std::io::stderr(), "error: {message}{help}").ok();
}

/// Says how far long work is, with the seconds since the first such line.
pub fn progress(line: &str) {
    let seconds = BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{seconds:6.1} s  {line}").ok();
}

/// Writes a line with the time to the daemon's log.
pub fn log(line: &str) {
    writeln!(std::io::stdout(), "{} {line}", crate::now()).ok();
}
