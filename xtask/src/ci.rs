//! `cargo xtask ci`: everything that must hold before a change is taken, cheapest first, with a table of times at the end.

use std::time::Instant;

use crate::command::Run;
use crate::failure::Failure;
use crate::{deny, house, need, reach, say, test};

/// One thing that must hold.
type Step = (&'static str, fn() -> Result<Option<&'static str>, Failure>);

/// What must hold, in order.
const STEPS: [Step; 6] = [
    ("format", || {
        done(Run::cargo().args(["fmt", "--all", "--", "--check"]).run())
    }),
    ("every file is reached", || done(reach::run())),
    ("house rules", || done(house::run())),
    ("dependencies", dependencies),
    ("lints", || done(lints())),
    ("documentation", || done(documentation())),
];

/// Does what CI does, up to the first thing that does not hold.
///
/// # Errors
/// The [`Failure`] of that.
pub fn run() -> Result<(), Failure> {
    let begun = Instant::now();
    need::packages(&[need::BUILD])?;
    need::rust_targets()?;
    let mut rows = Vec::new();
    let mut outcome = Ok(());
    for (name, step) in STEPS {
        outcome = timed(name, step, &mut rows);
        if outcome.is_err() {
            break;
        }
    }
    let mut count = None;
    if outcome.is_ok() {
        let mut tests = || {
            count = Some(test::count(&test::Words::all())?);
            Ok(None)
        };
        outcome = timed("tests", &mut tests, &mut rows);
    }
    say::heading(&format!("CI, in {}", say::time(begun.elapsed())));
    say::table(&rows);
    outcome?;
    count.map_or(Ok(()), test::Count::judge)
}

fn timed(
    name: &str,
    mut step: impl FnMut() -> Result<Option<&'static str>, Failure>,
    rows: &mut Vec<Vec<String>>,
) -> Result<(), Failure> {
    say::heading(&format!("CI: {name}"));
    let begun = Instant::now();
    let result = step();
    let word = match &result {
        Ok(None) => "holds",
        Ok(Some(but)) => but,
        Err(_) => "DOES NOT HOLD",
    };
    let row = [name.to_owned(), say::time(begun.elapsed()), word.to_owned()];
    rows.push(row.to_vec());
    result.map(|_| ())
}

fn done(result: Result<(), Failure>) -> Result<Option<&'static str>, Failure> {
    result.map(|()| None)
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
