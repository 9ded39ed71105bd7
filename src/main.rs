//! The `edgewright` command: hands the words that were typed to [`edgewright::cli`] and its answer to the system.

use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = edgewright::cli::run(std::env::args_os());
    ExitCode::from(exit.code())
}
