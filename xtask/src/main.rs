//! `cargo xtask`: installs what is missing, then builds, tests, demonstrates, measures, or does all that CI does.
//!
//! A file a verb. Verbs say what they need ([`need`]), run programs through [`command`], print through [`say`], and end
//! with a [`failure::Failure`] that knows its exit code: 1 something failed, 2 something is missing that only you may install.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the people who work on Edgewright; it has no other output"
)]

mod bench;
mod build;
mod ci;
mod command;
mod demo;
mod deny;
mod failure;
mod house;
mod need;
mod place;
mod reach;
mod sandbox;
mod say;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, tests, demonstrates and measures Edgewright; installs what is missing, and says so
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Words {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Build target/release/edgewright and target/release/edgewright-sandbox
    Build,
    /// Tell the story of a cluster in the sandbox, from nothing to nothing
    Demo(demo::Words),
    /// Run all tests
    Test(test::Words),
    /// Measure times, memory and sizes, and hold them against the goals
    Bench(bench::Words),
    /// Do what CI does
    Ci(ci::Words),
}

fn main() -> ExitCode {
    let done = match Words::parse().verb {
        Verb::Build => build::run(),
        Verb::Demo(words) => demo::run(&words),
        Verb::Test(words) => test::run(&words),
        Verb::Bench(words) => bench::run(&words),
        Verb::Ci(words) => ci::run(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::failure(&failure);
            ExitCode::from(failure.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_sound() {
        Words::command().debug_assert();
    }
}
