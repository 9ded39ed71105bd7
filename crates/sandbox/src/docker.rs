//! The program `docker`: one function that runs it, and what its refusals mean.
//!
//! Called by everything that touches containers, networks and images. Secrets never stand among the arguments: they are
//! copied into containers or written to a command's input.

use std::process::Stdio;
use std::time::Duration;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Label of everything that belongs to a sandbox; its value is the sandbox's directory.
pub const LABEL: &str = "edgewright.sandbox";

/// Longest time that one command may take; importing an image of 300 MB takes 3 s.
const LIMIT: Duration = Duration::from_secs(180);

/// `docker` did not do what it was asked.
#[derive(Debug, Error)]
pub enum DockerError {
    /// The program is not there, or may not be run.
    #[error("the program `docker` cannot be started: {0}")]
    NoProgram(#[source] std::io::Error),
    /// The engine cannot be reached.
    #[error("the Docker engine does not answer: {0}")]
    NoEngine(String),
    /// A refusal.
    #[error("`docker {command}` failed: {said}")]
    Refused {
        /// The first words of the command.
        command: String,
        /// What it wrote.
        said: String,
    },
    /// It takes too long.
    #[error("`docker {command}` was not done after {} seconds", LIMIT.as_secs())]
    TooSlow {
        /// The first words of the command.
        command: String,
    },
}

impl DockerError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoProgram(_) => Some("install it: `sudo apt-get install -y docker.io`"),
            Self::NoEngine(said) if said.contains("permission denied") => {
                Some("let yourself use it: `sudo usermod -aG docker $USER`, and log in again")
            }
            Self::NoEngine(_) => Some("start it: `sudo systemctl start docker`"),
            Self::Refused { .. } | Self::TooSlow { .. } => None,
        }
    }

    /// Whether the reason is that the thing does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { said, .. }
            if ["No such", "no such", "not found"].iter().any(|words| said.contains(words)))
    }

    /// Whether the reason is that addresses are in use.
    pub fn is_overlap(&self) -> bool {
        matches!(self, Self::Refused { said, .. } if said.contains("overlaps"))
    }
}

/// Runs `docker` and returns what it printed, without white space at its end.
///
/// # Errors
/// [`DockerError`], with what `docker` wrote to its error output.
pub async fn docker<S: AsRef<str>>(arguments: &[S]) -> Result<String, DockerError> {
    docker_fed(arguments, &[]).await
}

/// The same, with an input.
///
/// # Errors
/// [`DockerError`], as [`docker`].
pub async fn docker_fed<S: AsRef<str>>(
    arguments: &[S],
    input: &[u8],
) -> Result<String, DockerError> {
    let output = output(arguments, input).await?;
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(refusal(first_words(arguments), &text(&output.stderr)))
}

/// Runs `docker` and returns whatever came of it.
///
/// # Errors
/// [`DockerError::NoProgram`] and [`DockerError::TooSlow`].
pub async fn output<S: AsRef<str>>(
    arguments: &[S],
    input: &[u8],
) -> Result<std::process::Output, DockerError> {
    let work = async {
        let mut child = Command::new("docker")
            .args(arguments.iter().map(AsRef::as_ref))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A command that does not read all of its input says so itself.
                stdin.write_all(input).await.ok();
            }
        };
        let (output, ()) = tokio::join!(child.wait_with_output(), feed);
        output
    };
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done.map_err(DockerError::NoProgram),
        Err(_) => Err(DockerError::TooSlow {
            command: first_words(arguments),
        }),
    }
}

/// What an output says, without white space at its end.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn first_words<S: AsRef<str>>(arguments: &[S]) -> String {
    let words: Vec<&str> = arguments.iter().take(2).map(AsRef::as_ref).collect();
    words.join(" ")
}

fn refusal(command: String, said: &str) -> DockerError {
    let said = said
        .trim_start_matches("Error response from daemon: ")
        .trim_start_matches("ERROR: ")
        .to_owned();
    let unreachable = [
        "Cannot connect to the Docker daemon",
        "permission denied while trying",
    ];
    if unreachable.iter().any(|words| said.contains(words)) {
        DockerError::NoEngine(said)
    } else {
        DockerError::Refused { command, said }
    }
}

/// What must be known of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its version.
    pub version: String,
    /// Whether its cgroups are of version 2.
    pub cgroups_v2: bool,
}

/// Asks the engine what it is.
///
/// # Errors
/// [`DockerError::NoProgram`] and [`DockerError::NoEngine`], among others.
pub async fn engine() -> Result<Engine, DockerError> {
    let said = docker(&["info", "--format", "{{.ServerVersion}} {{.CgroupVersion}}"]).await?;
    let (version, cgroups) = said.split_once(' ').unwrap_or((&said, "1"));
    if version.is_empty() {
        return Err(DockerError::NoEngine(said));
    }
    Ok(Engine {
        version: version.to_owned(),
        cgroups_v2: cgroups == "2",
    })
}

/// Ids of what carries a sandbox's label. `kind` is `container`, `network` or `volume`.
///
/// # Errors
/// [`DockerError`].
pub async fn labelled(kind: &str, directory: &str) -> Result<Vec<String>, DockerError> {
    let filter = format!("label={LABEL}={directory}");
    let mut arguments = vec![kind, "ls", "--quiet", "--filter", &filter];
    if kind == "container" {
        arguments.push("--all");
    }
    Ok(docker(&arguments)
        .await?
        .lines()
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_without_the_words_that_stand_before_each() {
        let error = refusal(
            "network create".to_owned(),
            "Error response from daemon: Pool overlaps with other one on this address space",
        );
        assert!(error.is_overlap());
        assert_eq!(
            error.to_string(),
            "`docker network create` failed: Pool overlaps with other one on this address space"
        );
        assert_eq!(error.help(), None);
    }

    #[test]
    fn an_engine_that_is_not_there_is_told_apart() {
        let error = refusal(
            "info".to_owned(),
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        );
        assert!(matches!(error, DockerError::NoEngine(_)));
        assert_eq!(
            error.help(),
            Some("start it: `sudo systemctl start docker`")
        );
    }

    #[test]
    fn what_does_not_exist_is_told_apart() {
        let gone = |said| refusal("rm -f".to_owned(), said).is_missing();
        assert!(gone("Error response from daemon: No such container: x"));
        assert!(gone("Error response from daemon: network x not found"));
        assert!(!gone(
            "Error response from daemon: network x has active endpoints"
        ));
    }
}
