//! `edgewright-sandbox`: see the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    edgewright_sandbox::main().await
}
