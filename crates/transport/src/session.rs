//! The worker at the other end: tasks go out, answers come back, files go once.

use std::any::Any;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edgewright_protocol::frame::{BLOB_CHUNK, Frame, Kind};
use edgewright_protocol::message::{Digest, Reply, Request, Task, VERSION};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::error::TransportError;
use crate::process::{Process, Tail};

/// What became of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It has ended with these return values.
    Done(Map<String, Value>),
    /// It was not started, because an earlier one of its batch failed.
    Skipped,
}

/// A worker that runs on a host. Clones share the one channel.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
}

type Writer = Box<dyn AsyncWrite + Send + Unpin>;

struct Shared {
    host: String,
    machine: String,
    uid: u32,
    host_key: Option<String>,
    writer: AsyncMutex<Writer>,
    waiting: Mutex<Waiting>,
    next: AtomicU64,
    held: Mutex<HashSet<Digest>>,
    errors: Tail,
    _keep: Mutex<Box<dyn Any + Send>>,
}

#[derive(Default)]
struct Waiting {
    tasks: HashMap<u64, oneshot::Sender<Answer>>,
    others: VecDeque<oneshot::Sender<Reply>>,
    ended: Option<String>,
}

impl Session {
    /// Reads the worker's greeting and starts listening to it.
    pub(crate) async fn start(
        host: &str,
        process: Process,
        host_key: Option<String>,
    ) -> Result<Self, TransportError> {
        let Process {
            input,
            mut output,
            errors,
            keep,
        } = process;
        let failed = |reason: String| TransportError::Bootstrap {
            host: host.to_owned(),
            reason,
        };
        let hello = match read_reply(&mut output).await {
            Ok(Some(reply)) => reply,
            Ok(None) => {
                // What it said on standard error may still be on its way.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Err(failed(format!(
                    "the worker ended at once ({})",
                    errors.text()
                )));
            }
            Err(reason) => return Err(failed(reason)),
        };
        let Reply::Hello {
            version: VERSION,
            machine,
            uid,
        } = hello
        else {
            return Err(failed("the worker does not greet as it should".to_owned()));
        };
        let shared = Arc::new(Shared {
            host: host.to_owned(),
            machine,
            uid,
            host_key,
            writer: AsyncMutex::new(input),
            waiting: Mutex::default(),
            next: AtomicU64::new(1),
            held: Mutex::default(),
            errors,
            _keep: Mutex::new(keep),
        });
        tokio::spawn(listen(Arc::downgrade(&shared), output));
        Ok(Self { shared })
    }

    /// Architecture of the host, as `uname -m` says it.
    pub fn machine(&self) -> &str {
        &self.shared.machine
    }

    /// User id under which the worker runs.
    pub fn uid(&self) -> u32 {
        self.shared.uid
    }

    /// The key that the host proved to have, in OpenSSH's form; `None` for other connections than SSH.
    pub fn host_key(&self) -> Option<&str> {
        self.shared.host_key.as_deref()
    }

    /// Runs one task.
    ///
    /// # Errors
    /// [`TransportError::Lost`] when the connection ends before the answer.
    pub async fn run(&self, task: Task) -> Result<Map<String, Value>, TransportError> {
        match self.run_all(vec![task]).await?.pop() {
            Some(Answer::Done(result)) => Ok(result),
            _ => Err(self.lost("the worker skipped a task that stood alone".to_owned())),
        }
    }

    /// Runs tasks one after the other in one message; after the first that fails, the others are skipped.
    /// Their ids are set here.
    ///
    /// # Errors
    /// [`TransportError::Lost`] when the connection ends before all answers have come.
    pub async fn run_all(&self, mut tasks: Vec<Task>) -> Result<Vec<Answer>, TransportError> {
        let mut answers = Vec::with_capacity(tasks.len());
        {
            let mut waiting = self.waiting();
            if let Some(reason) = &waiting.ended {
                return Err(self.lost(reason.clone()));
            }
            for task in &mut tasks {
                task.id = self.shared.next.fetch_add(1, Ordering::Relaxed);
                let (sender, receiver) = oneshot::channel();
                waiting.tasks.insert(task.id, sender);
                answers.push(receiver);
            }
        }
        self.send(&Request::Run { tasks }).await?;
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            results.push(answer.await.map_err(|_| self.ended())?);
        }
        Ok(results)
    }

    /// Makes sure that the worker holds a file's content, and returns the digest that tasks name it by.
    ///
    /// # Errors
    /// [`TransportError::Lost`] when the connection ends, or the file does not arrive whole.
    pub async fn put(&self, content: &[u8]) -> Result<Digest, TransportError> {
        let digest = Digest(Sha256::digest(content).iter().fold(
            String::new(),
            |mut text, byte| {
                // Writing to a string cannot fail.
                write!(text, "{byte:02x}").map_or_else(|_| String::new(), |()| text)
            },
        ));
        if self.held().contains(&digest) {
            return Ok(digest);
        }
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let mut bytes = message(&Request::Blob {
            digest: digest.clone(),
            size,
        })
        .map_err(|reason| self.lost(reason))?;
        for chunk in content.chunks(BLOB_CHUNK) {
            bytes.extend(
                Frame {
                    kind: Kind::Blob,
                    payload: chunk.to_vec(),
                }
                .encode(),
            );
        }
        if content.is_empty() {
            self.write(&bytes).await?;
        } else {
            match self.ask(&bytes).await? {
                Reply::Stored { .. } => {}
                Reply::Refused { reason } => return Err(self.lost(reason)),
                other => return Err(self.lost(format!("unexpected answer {other:?}"))),
            }
        }
        self.held().insert(digest.clone());
        Ok(digest)
    }

    async fn ask(&self, bytes: &[u8]) -> Result<Reply, TransportError> {
        let (sender, receiver) = oneshot::channel();
        {
            // Answers come in the order of the questions: queueing and writing are one step.
            let mut writer = self.shared.writer.lock().await;
            self.waiting().others.push_back(sender);
            let written = writer.write_all(bytes).await;
            let flushed = match written {
                Ok(()) => writer.flush().await,
                Err(error) => Err(error),
            };
            flushed.map_err(|error| self.lost(error.to_string()))?;
        }
        receiver.await.map_err(|_| self.ended())
    }

    async fn send(&self, request: &Request) -> Result<(), TransportError> {
        let bytes = message(request).map_err(|reason| self.lost(reason))?;
        self.write(&bytes).await
    }

    async fn write(&self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut writer = self.shared.writer.lock().await;
        let written = writer.write_all(bytes).await;
        let flushed = if written.is_ok() {
            writer.flush().await
        } else {
            written
        };
        flushed.map_err(|error| self.lost(error.to_string()))
    }

    /// Ends the worker by closing its input. Waits a moment for what is under way on the wire.
    pub async fn close(self) {
        let mut writer = self.shared.writer.lock().await;
        // A host that is gone already needs no goodbye.
        tokio::time::timeout(Duration::from_secs(1), writer.shutdown())
            .await
            .ok();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.shared
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lost(&self, reason: String) -> TransportError {
        TransportError::Lost {
            host: self.shared.host.clone(),
            reason,
        }
    }

    fn ended(&self) -> TransportError {
        let reason = self
            .waiting()
            .ended
            .clone()
            .unwrap_or_else(|| "the worker ended".to_owned());
        self.lost(reason)
    }
}

fn message(request: &Request) -> Result<Vec<u8>, String> {
    let payload = serde_json::to_vec(request).map_err(|error| error.to_string())?;
    Ok(Frame {
        kind: Kind::Message,
        payload,
    }
    .encode())
}

/// Reads one answer; `None` at the end of the stream.
async fn read_reply(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Reply>, String> {
    let unreadable = |reason: String| format!("the worker sent what cannot be read: {reason}");
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    let length = Frame::checked_length(length).map_err(|error| unreadable(error.to_string()))?;
    // The length is only a claim: memory is taken as bytes arrive.
    let mut body = Vec::new();
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    let count = stream
        .take(limit)
        .read_to_end(&mut body)
        .await
        .map_err(|error| error.to_string())?;
    if count < length {
        return Err("the worker ended in the middle of an answer".to_owned());
    }
    let frame = Frame::decode(body).map_err(|error| unreadable(error.to_string()))?;
    if frame.kind != Kind::Message {
        return Err(unreadable(
            "bytes of a file that nobody asked for".to_owned(),
        ));
    }
    serde_json::from_slice(&frame.payload)
        .map(Some)
        .map_err(|error| unreadable(error.to_string()))
}

/// Hands answers to those who wait for them, until the worker ends or nobody is left to ask.
async fn listen(shared: std::sync::Weak<Shared>, mut output: Box<dyn AsyncRead + Send + Unpin>) {
    let reason = loop {
        let reply = match read_reply(&mut output).await {
            Ok(Some(reply)) => reply,
            Ok(None) => break "the worker ended".to_owned(),
            Err(reason) => break reason,
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let mut waiting = shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Whoever asked may have stopped waiting; then the answer is for nobody.
        let delivered = match reply {
            Reply::Done { id, result } => waiting
                .tasks
                .remove(&id)
                .map(|ask| ask.send(Answer::Done(result)).is_ok()),
            Reply::Skipped { id } => waiting
                .tasks
                .remove(&id)
                .map(|ask| ask.send(Answer::Skipped).is_ok()),
            other => waiting
                .others
                .pop_front()
                .map(|ask| ask.send(other).is_ok()),
        };
        if delivered.is_none() {
            break "the worker answered what nobody asked".to_owned();
        }
    };
    if let Some(shared) = shared.upgrade() {
        let said = shared.errors.text();
        let mut waiting = shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.ended = Some(if said.is_empty() {
            reason
        } else {
            format!("{reason} ({said})")
        });
        waiting.tasks.clear();
        waiting.others.clear();
    }
}
