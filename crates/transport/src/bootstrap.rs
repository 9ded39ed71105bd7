//! Finds the worker on a host by its digest, or pushes it there, over the one channel there is.
//!
//! A line of POSIX shell looks for the file. When it is missing, the line asks for it and reads exactly as many
//! bytes as it was told; the worker then takes the shell's place, and frames follow.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::error::{Phase, TransportError};
use crate::process::Process;
use crate::session::Session;

/// What the line of shell puts before everything it says, so that a login message is not taken for it.
const MARK: &str = "edgewright-bootstrap ";

/// Most bytes that may come before the worker starts: login messages and the like.
const MOST_NOISE: usize = 64 * 1024;

/// How long the worker may take to start, the upload included.
const LIMIT: Duration = Duration::from_secs(60);

/// A worker binary for one architecture.
#[derive(Clone, Copy, Debug)]
pub struct WorkerImage {
    /// Architecture, as `uname -m` says it.
    pub machine: &'static str,
    /// SHA-256 of the binary, in lower-case hexadecimal.
    pub digest: &'static str,
    /// The binary under gzip.
    pub gzip: &'static [u8],
}

/// The line that is run on the host.
pub(crate) fn line(workers: &[WorkerImage]) -> String {
    let cases: Vec<String> = workers
        .iter()
        .map(|worker| {
            format!(
                "{}) k={};n={};; ",
                worker.machine,
                worker.digest,
                worker.gzip.len()
            )
        })
        .collect();
    let cases = cases.concat();
    // Single quotes would end the argument of `sh -c`: the script has none.
    let script = format!(
        "m=$(uname -m); u=$(id -u); umask 022; \
         case $m in {cases}*) echo \"{MARK}machine $m\"; exit 3;; esac; \
         if [ $u = 0 ]; then d=/var/lib/edgewright; else d=${{XDG_CACHE_HOME:-$HOME/.cache}}/edgewright; fi; \
         w=$d/worker-$k; f() {{ rm -f \"$t\"; echo \"{MARK}failed $1\"; exit 4; }}; \
         if ! [ -x \"$w\" ] || ! [ -O \"$w\" ]; then t=$w.$$; \
         mkdir -p \"$d\" || f \"cannot make the directory $d\"; \
         echo \"{MARK}need $m\"; \
         head -c $n | gzip -dc > \"$t\" || f \"cannot write $t\"; \
         s=$(sha256sum \"$t\"); [ \"${{s%% *}}\" = $k ] || f \"the worker did not arrive whole in $t\"; \
         chmod 755 \"$t\" && mv -f \"$t\" \"$w\" || f \"cannot write $w\"; \
         for o in \"$d\"/worker-*; do [ \"$o\" = \"$w\" ] || rm -f \"$o\"; done; fi; \
         echo \"{MARK}start\"; exec \"$w\""
    );
    format!("exec /bin/sh -c '{script}'")
}

/// Talks with the line of shell until the worker runs, and hands the streams over to a session.
pub(crate) async fn start(
    host: &str,
    process: Process,
    workers: &[WorkerImage],
    host_key: Option<String>,
) -> Result<Session, TransportError> {
    match timeout(LIMIT, talk(host, process, workers, host_key)).await {
        Ok(result) => result,
        Err(_) => Err(TransportError::TimedOut {
            host: host.to_owned(),
            address: "its shell".to_owned(),
            phase: Phase::Worker,
            limit: LIMIT,
        }),
    }
}

async fn talk(
    host: &str,
    mut process: Process,
    workers: &[WorkerImage],
    host_key: Option<String>,
) -> Result<Session, TransportError> {
    let failed = |reason: String| TransportError::Bootstrap {
        host: host.to_owned(),
        reason,
    };
    let mut noise = 0;
    loop {
        let line = match read_line(&mut process.output, &mut noise).await {
            Ok(Some(line)) => line,
            Ok(None) => {
                // What it said on standard error may still be on its way.
                tokio::time::sleep(Duration::from_millis(50)).await;
                let said = process.errors.text();
                let said = if said.is_empty() {
                    "its shell ended without a word".to_owned()
                } else {
                    said
                };
                return Err(failed(said));
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        let Some(said) = line.strip_prefix(MARK) else {
            continue;
        };
        match said.split_once(' ').unwrap_or((said, "")) {
            ("start", _) => return Session::start(host, process, host_key).await,
            ("need", machine) => {
                let worker = workers.iter().find(|worker| worker.machine == machine);
                let Some(worker) = worker else {
                    return Err(no_worker(host, machine));
                };
                let sent = process.input.write_all(worker.gzip).await;
                if sent.is_ok() {
                    process
                        .input
                        .flush()
                        .await
                        .map_err(|error| failed(error.to_string()))?;
                }
            }
            ("machine", machine) => return Err(no_worker(host, machine)),
            (_, reason) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let said = process.errors.text();
                let more = if said.is_empty() {
                    String::new()
                } else {
                    format!(" ({said})")
                };
                return Err(failed(format!("{reason}{more}")));
            }
        }
    }
}

fn no_worker(host: &str, machine: &str) -> TransportError {
    let machine: String = machine
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(32)
        .collect();
    TransportError::NoWorker {
        host: host.to_owned(),
        machine,
    }
}

/// Reads one line, byte by byte: what follows the last one belongs to the worker.
async fn read_line(
    stream: &mut (impl AsyncRead + Unpin),
    noise: &mut usize,
) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await {
            Ok(b'\n') => {
                let text = String::from_utf8_lossy(&line);
                return Ok(Some(text.trim_end_matches('\r').to_owned()));
            }
            Ok(byte) => line.push(byte),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        *noise += 1;
        if *noise > MOST_NOISE {
            return Err(std::io::Error::other(
                "its shell prints without end before the worker starts",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_survives_the_quotes_around_it() {
        let workers = [WorkerImage {
            machine: "x86_64",
            digest: "00ff",
            gzip: b"abc",
        }];
        let line = line(&workers);
        assert_eq!(line.matches('\'').count(), 2);
        assert!(line.contains("x86_64) k=00ff;n=3;;"));
    }

    #[tokio::test]
    async fn endless_noise_before_the_worker_is_refused() {
        let noise = vec![b'x'; MOST_NOISE + 10];
        let mut count = 0;
        assert!(read_line(&mut noise.as_slice(), &mut count).await.is_err());
    }
}
