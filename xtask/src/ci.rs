//! `cargo xtask ci`: everything that must hold before a change is taken, cheapest first, with a table of times at the end.

use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::command::Run;
use crate::failure::Failure;
use crate::{deny, house, need, reach, say, test};

/// As typed.
#[derive(Debug, Args)]
pub struct Words {
    /// Only this step
    #[arg(long, value_enum)]
    only: Option<Step>,
}

/// One thing that must hold; they are tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// What rustfmt makes of the code is the code
    Format,
    /// Every file is reached from a crate root
    Reach,
    /// What the compiler cannot be told
    House,
    /// Licences, sources and advisories of dependencies
    Dependencies,
    /// Clippy has nothing to say
    Lints,
    /// Neither has rustdoc
    Docs,
    /// What `cargo xtask test` runs
    Tests,
}

/// How a step went that holds: what should be known besides, and tests.
type Held = (Option<&'static str>, Option<test::Count>);

impl Step {
    fn run(self) -> Result<Held, Failure> {
        let done = match self {
            Self::Format => Run::cargo().args(["fmt", "--all", "--", "--check"]).run(),
            Self::Reach => reach::run(),
            Self::House => house::run(),
            Self::Dependencies => return Ok((dependencies()?, None)),
            Self::Lints => lints(),
            Self::Docs => documentation(),
            Self::Tests => return Ok((None, Some(test::count(&test::Words::all())?))),
        };
        done.map(|()| (None, None))
    }

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// Does what CI does, up to the first thing that does not hold.
///
/// # Errors
/// The [`Failure`] of that.
pub fn run(words: &Words) -> Result<(), Failure> {
    let begun = Instant::now();
    need::packages(&[need::BUILD])?;
    need::rust_targets()?;
    let mut rows = Vec::new();
    let mut outcome = Ok((None, None));
    for step in Step::value_variants() {
        if words.only.is_none_or(|only| only == *step) {
            outcome = timed(*step, &mut rows);
        }
        if outcome.is_err() {
            break;
        }
    }
    say::heading(&format!("CI, in {}", say::time(begun.elapsed())));
    say::table(&rows);
    // The count of tests is the last that is said.
    match outcome? {
        (_, Some(count)) => count.judge(),
        _ => Ok(()),
    }
}

fn timed(step: Step, rows: &mut Vec<Vec<String>>) -> Result<Held, Failure> {
    say::heading(&format!("CI: {}", step.name()));
    let begun = Instant::now();
    let result = step.run();
    let word = match &result {
        Ok((_, Some(count))) if !count.is_well() => "DOES NOT HOLD",
        Ok((None, _)) => "holds",
        Ok((Some(but), _)) => but,
        Err(_) => "DOES NOT HOLD",
    };
    let row = [step.name(), say::time(begun.elapsed()), word.to_owned()];
    rows.push(row.to_vec());
    result
}

fn dependencies() -> Result<Option<&'static str>, Failure> {
    Ok(match deny::run()? {
        deny::Advisories::Checked => None,
        deny::Advisories::Skipped => {
            Some("holds, but ADVISORIES WERE NOT CHECKED (their database cannot be fetched)")
        }
    })
}

fn lints() -> Result<(), Failure> {
    Run::cargo()
        .args([
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
        .run()
}

fn documentation() -> Result<(), Failure> {
    let words = ["doc", "--locked", "--no-deps", "--workspace"];
    Run::cargo()
        .args(words)
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}
