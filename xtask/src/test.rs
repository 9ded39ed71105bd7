//! `cargo xtask test`: examples in the documentation, the tests of all crates, and those that run real hosts in the sandbox.
//!
//! The latter are `tests/edge` and the integration tests of `crates/sandbox`. They find the sandbox's program beside
//! `edgewright`; the images of its hosts are made before the first of them starts. Where nextest is missing, cargo's own
//! runner does it all in one go.

use std::time::Instant;

use clap::Args;

use crate::command::Run;
use crate::failure::Failure;
use crate::sandbox::{Afterwards, Sandbox};
use crate::{need, place, say};

/// The tests that need Docker, as nextest selects them; `.config/nextest.toml` has the same.
const ON_HOSTS: &str =
    "(package(edgewright) and binary(/^edge$/)) or (package(edgewright-sandbox) and kind(test))";

/// Switch on the tests that take other people's clients from PyPI.
const CLIENTS: [&str; 2] = ["EDGEWRIGHT_TEST_LIBCLOUD", "EDGEWRIGHT_TEST_PYONE"];

/// As typed.
#[derive(Debug, Args)]
pub struct Words {
    /// Also run tests that are marked as slow
    #[arg(long)]
    full: bool,
    /// Run only tests whose names hold this text
    filter: Option<String>,
}

impl Words {
    /// All tests but slow ones, as CI runs them.
    pub fn all() -> Self {
        Self {
            full: false,
            filter: None,
        }
    }
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Whether none failed.
    pub fn is_well(self) -> bool {
        self.failed == 0
    }

    /// Says how many there were.
    ///
    /// # Errors
    /// [`Failure::Tests`] when one failed.
    pub fn judge(self) -> Result<(), Failure> {
        let Self { passed, failed } = self;
        if !self.is_well() {
            return Err(Failure::Tests { passed, failed });
        }
        say::line(&format!("\n{passed} passed, {failed} failed"));
        Ok(())
    }
}

/// Runs the tests.
///
/// # Errors
/// [`Failure::Tests`] with the counts, or as [`count`].
pub fn run(words: &Words) -> Result<(), Failure> {
    count(words)?.judge()
}

/// Runs the tests, and counts them.
///
/// # Errors
/// [`Failure::Command`] when something does not even compile.
pub fn count(words: &Words) -> Result<Count, Failure> {
    let begun = Instant::now();
    need::packages(&[need::BUILD, need::TEST])?;
    need::rust_targets()?;
    let nextest = need::on_path("cargo-nextest");
    let mut count = Count::default();
    let mut rows = Vec::new();
    let mut part = |name: &str, work: &dyn Fn() -> Result<Count, Failure>| {
        let begun = Instant::now();
        say::heading(name);
        let done = work()?;
        count.add(done);
        rows.push(vec![
            name.to_owned(),
            format!("{} passed, {} failed", done.passed, done.failed),
            say::time(begun.elapsed()),
        ]);
        Ok::<(), Failure>(())
    };
    if nextest {
        if words.filter.is_none() {
            part("Examples in the documentation", &examples)?;
        }
        part("All crates", &|| words.crates())?;
        if words.has_tests_on_hosts()? {
            part("Real hosts in the sandbox", &|| words.on_hosts())?;
        }
    } else {
        part("All tests", &|| words.all_by_cargo())?;
    }
    say::heading(&format!("Tests, in {}", say::time(begun.elapsed())));
    say::table(&rows);
    Ok(count)
}

fn examples() -> Result<Count, Failure> {
    counted(Run::cargo().args(["test", "--locked", "--workspace", "--doc"]))
}

impl Words {
    /// All that needs no Docker.
    fn crates(&self) -> Result<Count, Failure> {
        let run = self.nextest("run", &format!("not ({ON_HOSTS})"));
        counted(with_clients(run))
    }

    /// Whether the filter leaves a test that needs Docker.
    fn has_tests_on_hosts(&self) -> Result<bool, Failure> {
        if self.filter.is_none() {
            return Ok(true);
        }
        let list = self.nextest("list", ON_HOSTS);
        Ok(!list
            .args(["--message-format", "oneline"])
            .read()?
            .trim()
            .is_empty())
    }

    fn on_hosts(&self) -> Result<Count, Failure> {
        prepare_sandbox()?;
        counted(self.nextest("run", ON_HOSTS))
    }

    fn nextest(&self, verb: &str, set: &str) -> Run {
        let mut run = Run::cargo().args(["nextest", verb, "--locked", "--workspace", "-E", set]);
        if verb == "run" {
            run = run.args(["--no-fail-fast", "--no-tests=pass"]);
        }
        if self.full {
            run = run.args(["--run-ignored=all"]);
        }
        run.args(&self.filter)
    }

    /// Everything, by what comes with cargo.
    fn all_by_cargo(&self) -> Result<Count, Failure> {
        prepare_sandbox()?;
        let words = ["test", "--locked", "--workspace", "--no-fail-fast"];
        let mut run = Run::cargo().args(words).args(&self.filter);
        if self.full {
            run = run.args(["--", "--include-ignored"]);
        }
        counted(with_clients(run))
    }
}

/// Switches on the tests of other people's clients.
fn with_clients(run: Run) -> Run {
    CLIENTS
        .into_iter()
        .fold(run, |run, name| run.env(name, "1"))
}

/// Builds the sandbox's program where tests look for it, and makes the images of its hosts where they are missing.
fn prepare_sandbox() -> Result<(), Failure> {
    need::sandbox()?;
    // What tests are built for builds the programs they start, too; nothing is left to do where tests have just run.
    Run::cargo()
        .args(["test", "--locked", "--workspace", "--no-run", "--quiet"])
        .run()?;
    // This also shows that hosts can run here, before many tests find out that they cannot.
    say::note(
        "one sandbox goes up and down first: it makes the hosts' images where they are missing",
    );
    let program = place::target().join("debug/edgewright-sandbox");
    let dir = place::target().join("tmp/sandbox-before-tests");
    Sandbox::up(program, &dir, Afterwards::Down)?.close()
}

/// Runs tests, and counts them by what the runner says at its end.
fn counted(run: Run) -> Result<Count, Failure> {
    let line = run.line();
    let (status, text) = run.watch()?;
    let count = closing_lines(&text);
    if status.success() || count.failed > 0 {
        Ok(count)
    } else {
        Err(Failure::Command { line, status })
    }
}

/// Adds up the closing lines of nextest and of cargo's own runner.
fn closing_lines(text: &str) -> Count {
    let mut sum = Count::default();
    for line in text.lines() {
        let line = plain(line);
        let is_end = line.starts_with("test result: ")
            || (line.trim_start().starts_with("Summary [") && line.contains(" run: "));
        if !is_end {
            continue;
        }
        for part in line.split([':', ',', ';', '.', '(', ')']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => sum.passed += number,
                "failed" | "timed" | "exec" => sum.failed += number,
                _ => {}
            }
        }
    }
    sum
}

/// A line without colours.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // Up to the letter that ends the sequence.
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_nextest_are_counted() {
        let text = "     Summary [   0.008s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped\n";
        assert_eq!(
            closing_lines(text),
            Count {
                passed: 10,
                failed: 2
            }
        );
        let coloured = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m3\u{1b}[0m tests run: \u{1b}[1m3\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped\n";
        assert_eq!(
            closing_lines(coloured),
            Count {
                passed: 3,
                failed: 0
            }
        );
    }

    #[test]
    fn closing_lines_of_cargo_are_added_up() {
        let text = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 4 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(
            closing_lines(text),
            Count {
                passed: 6,
                failed: 3
            }
        );
    }

    #[test]
    fn other_lines_count_for_nothing() {
        assert_eq!(
            closing_lines("12 passed\n        PASS [ 0.1s] crate 3 passed\n"),
            Count::default()
        );
    }
}
