//! The command line: arguments, one file a verb, and the exit code: 0 done, 1 failed, 2 wrong usage.

mod calls;
mod down;
mod fault;
mod hosts;
mod serve;
mod status;
mod up;

use crate::control::ControlError;
use crate::daemon::DaemonError;
use crate::docker::DockerError;
use crate::fault::FaultError;
use crate::frontend::FrontendError;
use crate::home::{Home, HomeError};
use crate::image::ImageError;
use crate::network::NetworkError;
use crate::say;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;

/// A Vultr account and an OpenNebula front-end on this machine, with real hosts in containers
#[derive(Debug, Parser)]
#[command(name = "edgewright-sandbox", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a sandbox; ends when both sides answer
    Up(up::Arguments),
    /// End a sandbox and remove everything that belongs to it
    Down(Place),
    /// Say whether a sandbox runs, and where it answers
    Status(status::Arguments),
    /// List the calls to both APIs
    Calls(calls::Arguments),
    /// List the hosts that exist
    Hosts(hosts::Arguments),
    /// Make the next calls fail, stall or lose their connection
    Fault(fault::Arguments),
    /// Serve; started by `up`
    #[command(hide = true)]
    Serve(Place),
}

/// Which sandbox.
#[derive(Debug, Args)]
struct Place {
    /// Directory of the sandbox
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

impl Place {
    fn home(&self) -> Result<Home, HomeError> {
        Home::at(&self.dir)
    }
}

/// A verb did not do what it was asked.
#[derive(Debug, Error)]
enum SandboxError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    Docker(#[from] DockerError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Frontend(#[from] FrontendError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    #[error(transparent)]
    Fault(#[from] FaultError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("no sandbox runs in {0}")]
    NotUp(String),
    #[error("the sandbox's daemon ended before it was ready:\n{0}")]
    DaemonEnded(String),
    #[error("the sandbox's daemon was not ready after {0} seconds; its log is {1}")]
    DaemonSlow(u64, String),
    #[error("hosts cannot reach this machine on {0}: {1}")]
    Firewall(String, String),
    #[error("interrupted; what had been started was removed")]
    Interrupted,
}

impl SandboxError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Docker(error) | Self::Network(NetworkError::Docker(error)) => {
                error.help().map(str::to_owned)
            }
            Self::Image(error) => error.help(),
            Self::NotUp(dir) => Some(format!("start one: `edgewright-sandbox up --dir {dir}`")),
            Self::Firewall(..) => Some(
                "let Docker's networks in, for example: `sudo ufw allow from 198.18.0.0/15`"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Runs the program.
pub async fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Up(arguments) => up::run(arguments).await,
        Verb::Down(place) => down::run(&place).await,
        Verb::Status(arguments) => status::run(&arguments).await,
        Verb::Calls(arguments) => calls::run(&arguments),
        Verb::Hosts(arguments) => hosts::run(&arguments).await,
        Verb::Fault(arguments) => fault::run(arguments).await,
        Verb::Serve(place) => serve::run(&place).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error.to_string(), error.help().as_deref());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_sandbox_that_is_not_there_is_told_with_what_starts_it() {
        let error = SandboxError::NotUp("/s".to_owned());
        assert_eq!(error.to_string(), "no sandbox runs in /s");
        assert_eq!(
            error.help().unwrap(),
            "start one: `edgewright-sandbox up --dir /s`"
        );
    }
}
