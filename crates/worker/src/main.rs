//! `edgewright-worker`: see the library.

use std::io::{Write, stderr, stdin, stdout};
use std::process::ExitCode;

use edgewright_worker::Lifeline;

fn main() -> ExitCode {
    match edgewright_worker::serve(
        &mut stdin().lock(),
        &mut stdout().lock(),
        Lifeline::of_stdin(),
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The control machine shows this when the channel ends without an answer.
            if writeln!(stderr(), "edgewright-worker: {error}").is_err() {
                return ExitCode::from(2);
            }
            ExitCode::FAILURE
        }
    }
}
