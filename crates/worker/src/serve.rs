//! The loop: one request after the other, each answered before the next is read.

use std::io::{Read, Write};

use edgewright_protocol::frame::{self, Frame, FrameError, Kind, MAX_FRAME};
use edgewright_protocol::message::{Reply, Request, Task, VERSION};
use serde_json::Value;

use crate::become_user::Children;
use crate::blobs::Blobs;
use crate::lifeline::Lifeline;
use crate::outcome::Failure;
use crate::run;

/// Serves requests until `input` ends, or until the lifeline is cut: then what runs is ended and nothing more is begun.
///
/// # Errors
/// [`FrameError`] when what arrives is no frame, or an answer cannot be written.
pub fn serve(
    input: &mut impl Read,
    output: &mut impl Write,
    lifeline: Lifeline,
) -> Result<(), FrameError> {
    let name = rustix::system::uname();
    let hello = Reply::Hello {
        version: VERSION,
        machine: name.machine().to_string_lossy().into_owned(),
        uid: rustix::process::geteuid().as_raw(),
    };
    answer(output, &hello)?;
    let mut blobs = Blobs::default();
    let mut children = Children::default();
    while let Some(frame) = frame::read(input)? {
        match frame.kind {
            Kind::Blob => match blobs.add(&frame.payload) {
                Some(Ok(digest)) => answer(output, &Reply::Stored { digest })?,
                Some(Err(reason)) => answer(output, &Reply::Refused { reason })?,
                None => {}
            },
            Kind::Message => match serde_json::from_slice(&frame.payload) {
                Ok(Request::Run { tasks }) => {
                    if !batch(output, tasks, &blobs, &mut children, lifeline)? {
                        return Ok(());
                    }
                }
                Ok(Request::Have { digests }) => {
                    let missing = digests
                        .into_iter()
                        .filter(|digest| !blobs.has(digest))
                        .collect();
                    answer(output, &Reply::Missing { digests: missing })?;
                }
                Ok(Request::Blob { digest, size }) => {
                    if let Err(reason) = blobs.announce(digest, size) {
                        answer(output, &Reply::Refused { reason })?;
                    }
                }
                Err(error) => answer(
                    output,
                    &Reply::Refused {
                        reason: format!("not a request: {error}"),
                    },
                )?,
            },
        }
    }
    Ok(())
}

/// Runs tasks until one fails, the rest is skipped. False when nobody waits for the answers any more.
fn batch(
    output: &mut impl Write,
    tasks: Vec<Task>,
    blobs: &Blobs,
    children: &mut Children,
    lifeline: Lifeline,
) -> Result<bool, FrameError> {
    let mut failed = false;
    for task in tasks {
        if lifeline.is_cut() {
            return Ok(false);
        }
        let reply = if failed {
            Reply::Skipped { id: task.id }
        } else {
            let result = run::task(&task, blobs, children, lifeline);
            failed = result.get("failed").and_then(Value::as_bool) == Some(true);
            Reply::Done {
                id: task.id,
                result,
            }
        };
        failed |= answer_task(output, &reply)?;
    }
    Ok(true)
}

/// Sends what became of a task. An answer that fits in no frame becomes a failure, which is told by `true`.
fn answer_task(output: &mut impl Write, reply: &Reply) -> Result<bool, FrameError> {
    let Reply::Done { id, result } = reply else {
        return answer(output, reply).map(|()| false);
    };
    let payload = serde_json::to_vec(reply).map_err(std::io::Error::from)?;
    if payload.len() < usize::try_from(MAX_FRAME).unwrap_or(usize::MAX) {
        send(output, payload)?;
        return Ok(false);
    }
    let size = payload.len() / 1024 / 1024;
    let failure = Failure::new(format!(
        "the task has returned {size} MB, which is more than the connection carries: let it write a file"
    ));
    let changed = result.get("changed").cloned().unwrap_or(Value::Bool(true));
    let mut result = run::values(Err(failure));
    result.insert("changed".to_owned(), changed);
    answer(output, &Reply::Done { id: *id, result })?;
    Ok(true)
}

fn answer(output: &mut impl Write, reply: &Reply) -> Result<(), FrameError> {
    send(
        output,
        serde_json::to_vec(reply).map_err(std::io::Error::from)?,
    )
}

fn send(output: &mut impl Write, payload: Vec<u8>) -> Result<(), FrameError> {
    let frame = Frame {
        kind: Kind::Message,
        payload,
    };
    frame::write(output, &frame)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgewright_protocol::message::Digest;
    use serde_json::json;

    fn message(value: &Value) -> Vec<u8> {
        Frame {
            kind: Kind::Message,
            payload: value.to_string().into_bytes(),
        }
        .encode()
    }

    fn replies(input: &[u8]) -> Vec<Reply> {
        let mut output = Vec::new();
        serve(&mut &*input, &mut output, Lifeline::none()).unwrap();
        let mut rest = output.as_slice();
        let mut replies = Vec::new();
        while let Some(frame) = frame::read(&mut rest).unwrap() {
            replies.push(serde_json::from_slice(&frame.payload).unwrap());
        }
        replies
    }

    #[test]
    fn the_worker_says_hello_and_answers_a_ping() {
        let input = message(
            &json!({"request": "run", "tasks": [{"id": 7, "module": "ping", "args": {"data": "pong"}}]}),
        );
        let replies = replies(&input);
        assert!(matches!(
            &replies[0],
            Reply::Hello {
                version: VERSION,
                ..
            }
        ));
        let Reply::Done { id: 7, result } = &replies[1] else {
            panic!("{replies:?}")
        };
        assert_eq!(
            Value::Object(result.clone()),
            json!({"changed": false, "ping": "pong"})
        );
    }

    #[test]
    fn after_a_failure_the_rest_of_the_batch_is_skipped() {
        let input = message(&json!({"request": "run", "tasks": [
            {"id": 1, "module": "nonsense", "args": {}},
            {"id": 2, "module": "ping", "args": {}},
        ]}));
        let replies = replies(&input);
        let Reply::Done { id: 1, result } = &replies[1] else {
            panic!("{replies:?}")
        };
        assert_eq!(result["failed"], true);
        assert_eq!(replies[2], Reply::Skipped { id: 2 });
    }

    #[test]
    fn a_file_that_is_not_what_was_announced_is_refused_and_the_worker_goes_on() {
        let mut input = message(&json!({"request": "blob", "digest": "00", "size": 3}));
        input.extend(
            Frame {
                kind: Kind::Blob,
                payload: b"abc".to_vec(),
            }
            .encode(),
        );
        input.extend(message(&json!({"request": "have", "digests": ["00"]})));
        let replies = replies(&input);
        assert!(matches!(&replies[1], Reply::Refused { .. }));
        assert_eq!(
            replies[2],
            Reply::Missing {
                digests: vec![Digest("00".to_owned())]
            }
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        assert!(matches!(
            &replies(&message(&json!({"request": "dance"})))[1],
            Reply::Refused { .. }
        ));
    }

    #[test]
    fn an_answer_that_fits_in_no_frame_is_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("large");
        std::fs::write(&file, vec![b'x'; 14_000_000]).unwrap();
        let input = message(&json!({"request": "run", "tasks": [
            {"id": 1, "module": "slurp", "args": {"src": file}},
            {"id": 2, "module": "ping", "args": {}},
        ]}));
        let replies = replies(&input);
        let Reply::Done { id: 1, result } = &replies[1] else {
            panic!("{replies:?}")
        };
        assert_eq!(
            Value::Object(result.clone()),
            json!({"changed": false, "failed": true, "msg": "the task has returned 17 MB, which is more than the \
                connection carries: let it write a file"})
        );
        assert_eq!(replies[2], Reply::Skipped { id: 2 });
    }
}
