//! Finds the worker on a host by its digest, or pushes it there, over the one channel there is.
//!
//! A line of POSIX shell looks for the file. When it is missing, the line asks for it and reads exactly as many
//! bytes as it was told; the worker then takes the shell's place, and frames follow. While the file is there the line
//! starts no other program: ten of them cost more than the whole rest of a connection.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::error::{Phase, TransportError};
use crate::process::{Process, Tail, one_line};
use crate::session::Session;

/// What the line of shell puts before everything it says, so that a login message is not taken for it.
const MARK: &str = "edgewright-bootstrap ";

/// Most bytes that may come before the worker starts: login messages and the like.
const MOST_NOISE: usize = 64 * 1024;

/// How long the last words of a shell that failed may be on their way.
const LAST_WORDS: Duration = Duration::from_millis(50);

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
    // Linux tells its architecture in a file since 6.1, and only root owns `/`.
    let script = format!(
        "umask 022; read -r m 2>/dev/null </proc/sys/kernel/arch || m=$(uname -m); \
         case $m in {cases}*) echo \"{MARK}machine $m\"; exit 3;; esac; \
         if [ -O / ]; then d=/var/lib/edgewright; else d=${{XDG_CACHE_HOME:-$HOME/.cache}}/edgewright; fi; \
         w=$d/worker-$k; f() {{ rm -f \"$t\"; echo \"{MARK}failed $1\"; exit 4; }}; \
         if ! [ -x \"$w\" ] || ! [ -O \"$w\" ] || ! [ -s \"$w\" ]; then t=$d/arriving-$k.$$; \
         mkdir -p \"$d\" || f \"cannot make the directory $d\"; \
         echo \"{MARK}need $m\"; \
         head -c $n | gzip -dc > \"$t\" || f \"cannot write $t\"; \
         s=$(sha256sum \"$t\"); [ \"${{s%% *}}\" = $k ] || f \"the worker did not arrive whole in $t\"; \
         chmod 755 \"$t\" && {{ sync \"$t\" 2>/dev/null; mv -f \"$t\" \"$w\"; }} || f \"cannot write $w\"; \
         for o in \"$d\"/worker-*; do [ \"$o\" = \"$w\" ] || rm -f \"$o\"; done; fi; \
         echo \"{MARK}start\"; exec \"$w\""
    );
    format!("exec /bin/sh -c '{script}'")
}

/// What is known of a connection when its shell starts.
pub(crate) struct Start<'s> {
    /// Name in the inventory.
    pub host: &'s str,
    /// Address and port, where there is one.
    pub address: Option<String>,
    /// The key that the host proved to have.
    pub host_key: Option<String>,
    /// How long the worker may take to start, the upload included.
    pub limit: Duration,
}

/// Talks with the line of shell until the worker runs, and hands the streams over to a session.
pub(crate) async fn start(
    start: Start<'_>,
    process: Process,
    workers: &[WorkerImage],
) -> Result<Session, TransportError> {
    match timeout(
        start.limit,
        talk(start.host, process, workers, start.host_key),
    )
    .await
    {
        Ok(result) => result,
        Err(_) => Err(TransportError::TimedOut {
            host: start.host.to_owned(),
            address: start.address,
            phase: Phase::Worker,
            limit: start.limit,
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
    let mut sent = false;
    loop {
        let line = match read_line(&mut process.output, &mut noise).await {
            Ok(Some(line)) => line,
            Ok(None) => {
                let said = last_words(&process.errors).await;
                return Err(failed(if said.is_empty() {
                    "its shell ended without a word".to_owned()
                } else {
                    said
                }));
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        let Some(said) = line.strip_prefix(MARK) else {
            continue;
        };
        match said.split_once(' ').unwrap_or((said, "")) {
            ("start", _) => return Session::start(host, process, host_key).await,
            ("need", machine) if !sent => {
                let worker = workers.iter().find(|worker| worker.machine == machine);
                let Some(worker) = worker else {
                    return Err(no_worker(host, machine));
                };
                sent = true;
                // Why the host stops reading, it says itself.
                if process.input.write_all(worker.gzip).await.is_ok() {
                    process.input.flush().await.ok();
                }
            }
            ("need", _) => return Err(failed("its shell asks for the worker twice".to_owned())),
            ("machine", machine) => return Err(no_worker(host, machine)),
            (_, reason) => {
                let reason = one_line(reason);
                let said = last_words(&process.errors).await;
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

/// What a shell that failed said on standard error, which may still be on its way.
async fn last_words(errors: &Tail) -> String {
    tokio::time::sleep(LAST_WORDS).await;
    errors.text()
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
        assert!(line.contains("x86_64) k=00ff;n=3;;"), "{line}");
    }

    #[tokio::test]
    async fn endless_noise_before_the_worker_is_refused() {
        let noise = vec![b'x'; MOST_NOISE + 10];
        let mut count = 0;
        assert!(read_line(&mut noise.as_slice(), &mut count).await.is_err());
    }
}
