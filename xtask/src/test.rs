//! `cargo xtask test`: examples in the documentation, the tests of all crates, and those that run whole clusters in the
//! sandbox.
//!
//! Tests against whole clusters are the targets of the root package whose names begin with `e2e`. They find the sandbox's
//! program in `EDGEWRIGHT_SANDBOX_PROGRAM`; the images of its hosts are made before the first of them starts.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::command::Run;
use crate::failure::Failure;
use crate::sandbox::{Afterwards, Sandbox};
use crate::{need, place, say};

/// The tests against whole clusters, as nextest selects them.
const END_TO_END: &str = "package(edgewright) and binary(/^e2e/)";

/// Has the path of `edgewright-sandbox` for tests.
const SANDBOX_PROGRAM: &str = "EDGEWRIGHT_SANDBOX_PROGRAM";

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

    /// Says how many there were.
    ///
    /// # Errors
    /// [`Failure::Tests`] when one failed.
    pub fn judge(self) -> Result<(), Failure> {
        let Self { passed, failed } = self;
        if failed > 0 {
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
    let runner = Runner {
        words,
        nextest: need::on_path("cargo-nextest"),
    };
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
    if words.filter.is_none() {
        part("Examples in the documentation", &Runner::examples)?;
    }
    part("All crates", &|| runner.crates())?;
    if runner.has_end_to_end()? {
        part("Whole clusters in the sandbox", &|| runner.end_to_end())?;
    }
    say::heading(&format!("Tests, in {}", say::time(begun.elapsed())));
    say::table(&rows);
    Ok(count)
}

/// Runs tests with nextest where it is there, else with what comes with cargo.
#[derive(Clone, Copy, Debug)]
struct Runner<'a> {
    words: &'a Words,
    nextest: bool,
}

impl Runner<'_> {
    fn examples() -> Result<Count, Failure> {
        counted(Run::cargo().args(["test", "--locked", "--workspace", "--doc"]))
    }

    fn crates(&self) -> Result<Count, Failure> {
        let mut run = if self.nextest {
            self.nextest("run", &format!("not ({END_TO_END})"))
        } else {
            let words = [
                "test",
                "--locked",
                "--no-fail-fast",
                "--workspace",
                "--lib",
                "--bins",
            ];
            let mut run = Run::cargo().args(words);
            for target in integration_tests()?
                .iter()
                .filter(|name| !is_end_to_end(name))
            {
                run = run.args(["--test", target]);
            }
            self.selected(run)
        };
        for client in CLIENTS {
            run = run.env(client, "1");
        }
        counted(run)
    }

    /// Whether there are such tests, and the filter leaves one.
    fn has_end_to_end(&self) -> Result<bool, Failure> {
        if !integration_tests()?.iter().any(|name| is_end_to_end(name)) {
            return Ok(false);
        }
        if self.words.filter.is_none() || !self.nextest {
            return Ok(true);
        }
        let list = self
            .nextest("list", END_TO_END)
            .args(["--message-format", "oneline"]);
        Ok(!list.read()?.trim().is_empty())
    }

    fn end_to_end(&self) -> Result<Count, Failure> {
        need::sandbox()?;
        let program = sandbox_program()?;
        // Makes the images, and shows that hosts can run here, before many tests find out that they cannot.
        say::note(
            "one sandbox goes up and down first: it makes the hosts' images where they are missing",
        );
        let dir = place::target().join("tmp/sandbox-before-tests");
        Sandbox::up(program.clone(), &dir, Afterwards::Down)?.close()?;
        let run = if self.nextest {
            self.nextest("run", END_TO_END)
        } else {
            let mut run = Run::cargo().args([
                "test",
                "--locked",
                "--no-fail-fast",
                "--package",
                "edgewright",
            ]);
            for target in integration_tests()?
                .iter()
                .filter(|name| is_end_to_end(name))
            {
                run = run.args(["--test", target]);
            }
            self.selected(run)
        };
        counted(run.env(SANDBOX_PROGRAM, &program))
    }

    fn nextest(&self, verb: &str, set: &str) -> Run {
        let mut run = Run::cargo().args(["nextest", verb, "--locked", "--workspace", "-E", set]);
        if verb == "run" {
            run = run.args(["--no-fail-fast", "--no-tests=pass"]);
        }
        if self.words.full {
            run = run.args(["--run-ignored=all"]);
        }
        run.args(&self.words.filter)
    }

    /// Adds what cargo's own runner takes: filter and slow tests.
    fn selected(&self, run: Run) -> Run {
        let run = run.args(&self.words.filter);
        if self.words.full {
            run.args(["--", "--include-ignored"])
        } else {
            run
        }
    }
}

/// Builds the sandbox's program as tests use it, and returns its path.
fn sandbox_program() -> Result<PathBuf, Failure> {
    Run::cargo()
        .args(["build", "--locked", "--package", "edgewright-sandbox"])
        .run()?;
    Ok(place::target().join("debug/edgewright-sandbox"))
}

fn is_end_to_end(target: &str) -> bool {
    target.starts_with("e2e")
}

/// The names of all integration tests.
fn integration_tests() -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for target in crate::reach::targets()? {
        if target.kind == "test" && !names.contains(&target.name) {
            names.push(target.name);
        }
    }
    Ok(names)
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
